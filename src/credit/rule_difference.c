#include "credit/rule_difference.h"

#include "credit/activation.h"
#include "credit/credit_internal.h"
#include "credit/move_internal.h"

enum { LOOKED_MAX = 500 /* customers and groups, for one page */ };

/* ---- the rules of the day, by organisation ---- */

struct ground {
    struct slice path;
    struct credit_rule *rules; /* NULL: no pack is in force */
    size_t count;
};

struct reading {
    struct store *store;
    struct arena *arena;
    struct pack_shelf *shelf;
    const struct customer_reach *reach;
    const struct rule_difference_query *query;
    date_days today;
    struct ground grounds[LOOKED_MAX]; /* one of each looked at, at most */
    size_t ground_count;
    struct rule_difference_page *page;
    size_t looked;
};

static enum credit_status ground_read(const struct reading *reading, struct ground *ground)
{
    struct pack_activation activation;
    const struct pack *pack;

    const enum pack_status found =
        pack_in_force(reading->store, &activation, reading->arena, ground->path, INT64_MAX);
    if (found == PACK_STATUS_NOT_FOUND) {
        return CREDIT_OK;
    }
    TRY(credit_from_pack(found));
    TRY(credit_from_pack(pack_shelf_take(reading->shelf, &pack, reading->store, activation.pack)));
    return pack_rules(&ground->rules, &ground->count, reading->arena, pack, SLICE(""),
                      reading->today);
}

static enum credit_status ground_take(struct reading *reading, const struct ground **ret_ground,
                                      struct slice path)
{
    for (size_t i = 0; i < reading->ground_count; i++) {
        if (slice_equal(reading->grounds[i].path, path)) {
            *ret_ground = &reading->grounds[i];
            return CREDIT_OK;
        }
    }
    check(reading->ground_count < LOOKED_MAX);
    struct ground *ground = &reading->grounds[reading->ground_count++];
    *ground = (struct ground){.path = path};
    *ret_ground = ground;
    return ground_read(reading, ground);
}

/* ---- what differs ---- */

static enum credit_status limit_add(struct rule_difference *item,
                                    const struct rule_difference_limit *limit, size_t room)
{
    REQUIRE(item->limit_count < room, CREDIT_TOO_MANY_LIMITS);
    item->limits[item->limit_count++] = *limit;
    return CREDIT_OK;
}

static const struct credit_limit *standing_of(const struct credit_limit *limits, size_t count,
                                              struct slice legal_entity,
                                              const struct credit_rule *rule)
{
    for (size_t i = 0; i < count; i++) {
        if (credit_limit_is(&limits[i], legal_entity, rule)) {
            return &limits[i];
        }
    }
    return NULL;
}

static enum credit_status customer_compare(const struct reading *reading,
                                           struct rule_difference *item,
                                           const struct ground *ground)
{
    struct credit_limit *limits;
    size_t count;

    TRY(credit_limits_read(reading->store, &limits, &count, reading->arena, item->id));
    item->limits = arena_take_array(reading->arena, ground->count + 1, sizeof(*item->limits));
    REQUIRE(item->limits != NULL, CREDIT_NO_MEMORY);
    for (size_t i = 0; i < ground->count; i++) {
        const struct credit_rule *rule = &ground->rules[i];
        if (!credit_rule_own(ground->rules, ground->count, i, item->type, item->group.size > 0)) {
            continue;
        }
        const struct credit_limit *standing =
            standing_of(limits, count, reading->reach->legal_entity, rule);
        /* One that counts products alone is opened by the next decision. */
        if (standing == NULL ? rule->product_count == 0 : standing->cap_minor != rule->cap_minor) {
            TRY(limit_add(item,
                          &(struct rule_difference_limit){
                              .id = standing == NULL ? SLICE("") : standing->id,
                              .rule = rule->id,
                              .currency = rule->currency,
                              .was_minor = standing == NULL ? 0 : standing->cap_minor,
                              .is_minor = rule->cap_minor},
                          ground->count));
        }
    }
    return CREDIT_OK;
}

static const struct credit_rule *rule_of(const struct ground *ground,
                                         const struct group_rule *standing)
{
    for (size_t i = 0; i < ground->count; i++) {
        const struct credit_rule *rule = &ground->rules[i];
        if (rule->of_group && rule->currency == standing->currency &&
            slice_equal(rule->id, standing->rule)) {
            return rule;
        }
    }
    return NULL;
}

/* One that stands. Without a pack it stays as it is. */
static enum credit_status standing_compare(struct rule_difference *item,
                                           const struct ground *ground,
                                           const struct group_rule *standing, size_t room)
{
    const struct credit_rule *rule = rule_of(ground, standing);
    struct rule_difference_limit limit = {.id = standing->id,
                                          .rule = standing->rule,
                                          .currency = standing->currency,
                                          .was_minor = standing->cap_minor,
                                          .is_minor = standing->cap_minor,
                                          .closes = rule == NULL};

    if (rule != NULL) {
        const struct slice mode = credit_rule_mode(rule);
        limit.is_minor = rule->cap_minor;
        limit.types = !slice_equal(rule->types, standing->types);
        limit.mode = slice_equal(mode, standing->mode) ? SLICE("") : mode;
    }
    return limit.closes || limit.types || limit.mode.size > 0 || limit.is_minor != limit.was_minor
               ? limit_add(item, &limit, room)
               : CREDIT_OK;
}

static bool counts_any(const struct store_rows *types, const struct credit_rule *rule)
{
    for (size_t i = 0; i < types->count; i++) {
        if (credit_types_have(rule->types, store_row(types, i)[0].bytes)) {
            return true;
        }
    }
    return false;
}

static bool stands(const struct group_rule *standing, size_t count, const struct credit_rule *rule)
{
    for (size_t i = 0; i < count; i++) {
        if (!standing[i].closed && standing[i].currency == rule->currency &&
            slice_equal(standing[i].rule, rule->id)) {
            return true;
        }
    }
    return false;
}

static enum credit_status group_compare(const struct reading *reading, struct rule_difference *item,
                                        const struct ground *ground)
{
    const struct store_value key[] = {store_text(item->id)};
    struct group_rule *standing;
    struct store_rows types;
    size_t count;

    TRY(group_rules_read(reading->store, &standing, &count, reading->arena, item->id));
    TRY(credit_from_store(
        store_select(reading->store, &types, reading->arena, QUERY_GROUP_TYPES, key)));
    const size_t room = count + ground->count;
    item->limits = arena_take_array(reading->arena, room + 1, sizeof(*item->limits));
    REQUIRE(item->limits != NULL, CREDIT_NO_MEMORY);
    for (size_t i = 0; i < count; i++) {
        if (!standing[i].closed) {
            TRY(standing_compare(item, ground, &standing[i], room));
        }
    }
    for (size_t i = 0; i < ground->count; i++) {
        const struct credit_rule *rule = &ground->rules[i];
        if (rule->of_group && counts_any(&types, rule) && !stands(standing, count, rule)) {
            TRY(limit_add(item,
                          &(struct rule_difference_limit){.rule = rule->id,
                                                          .currency = rule->currency,
                                                          .is_minor = rule->cap_minor},
                          room));
        }
    }
    return CREDIT_OK;
}

/* ---- the page ---- */

static void keep(struct reading *reading, const struct rule_difference *item,
                 const struct rule_difference_place *place)
{
    struct rule_difference_page *page = reading->page;
    bool wanted = item->limit_count > 0 && reading->query->rule.size == 0;

    for (size_t i = 0; i < item->limit_count && !wanted; i++) {
        wanted = slice_equal(item->limits[i].rule, reading->query->rule);
    }
    if (wanted) {
        page->items[page->count++] = *item;
    }
    page->last = *place;
    reading->looked++;
}

static enum credit_status customer_look(struct reading *reading, struct rule_difference *item)
{
    const struct store_value key[] = {store_text(item->id),
                                      store_text(reading->reach->legal_entity)};
    const struct ground *ground;
    struct store_rows rows;

    TRY(credit_from_store(
        store_select(reading->store, &rows, reading->arena, QUERY_RULE_CUSTOMER, key)));
    if (rows.count == 0) { /* no total stands, or it has no relation: nothing stands above it */
        return CREDIT_OK;
    }
    const struct store_value *row = store_row(&rows, 0);
    item->type = row[0].bytes;
    item->group = row[2].type == STORE_NULL ? SLICE("") : row[2].bytes;
    item->waits = row[3].number != 0;
    TRY(ground_take(reading, &ground, row[1].bytes));
    return ground->rules == NULL ? CREDIT_OK : customer_compare(reading, item, ground);
}

static bool full(const struct reading *reading)
{
    return reading->page->count == reading->query->count || reading->looked >= LOOKED_MAX;
}

static enum credit_status customers_page(struct reading *reading)
{
    const struct rule_difference_query *query = reading->query;
    struct customer_query page = {.sort = CUSTOMER_BY_CREATED,
                                  .behind = query->behind,
                                  .behind_created = query->from.order,
                                  .behind_id = query->from.id,
                                  .organisation = query->organisation,
                                  .path = query->path,
                                  .today = reading->today,
                                  .count = CUSTOMER_PAGE_MAX};
    enum customer_status ignored;
    struct customer_row *rows;
    bool more = true;
    size_t count;

    while (more && !full(reading)) {
        TRY(move_from_customer(&ignored, customer_page(reading->store, &rows, &count, &more,
                                                       reading->arena, reading->reach, &page)));
        for (size_t i = 0; i < count && !full(reading); i++) {
            struct rule_difference item = {.id = rows[i].id, .name = rows[i].name};
            TRY(customer_look(reading, &item));
            keep(reading, &item,
                 &(struct rule_difference_place){.id = rows[i].id, .order = rows[i].created});
        }
        page.behind = true;
        page.behind_created = reading->page->last.order;
        page.behind_id = reading->page->last.id;
        more = more && count > 0;
    }
    reading->page->more = full(reading);
    return CREDIT_OK;
}

static enum credit_status group_look(struct reading *reading, const struct obligor_group *group)
{
    struct rule_difference item = {.of_group = true, .id = group->id, .name = group->name};
    const struct rule_difference_place place = {
        .of_group = true, .id = SLICE(""), .order = group->number};
    const struct store_value key[] = {store_text(group->id)};
    const struct ground *ground;
    struct store_rows rows;

    /* One of another legal entity, seen by its members, is not moved from here. */
    if (group->merged_into.size == 0 &&
        slice_equal(group->legal_entity, reading->reach->legal_entity) &&
        customer_reaches(reading->reach, group->path)) {
        TRY(credit_from_store(
            store_select(reading->store, &rows, reading->arena, QUERY_GROUP_WAITS, key)));
        item.waits = group->moving != 0 || rows.count > 0;
        TRY(ground_take(reading, &ground, group->path));
        if (ground->rules != NULL) {
            TRY(group_compare(reading, &item, ground));
        }
    }
    keep(reading, &item, &place);
    return CREDIT_OK;
}

static enum credit_status groups_page(struct reading *reading)
{
    const struct rule_difference_query *query = reading->query;
    const struct rule_difference_place *from = &query->from;
    struct obligor_group_query ask = {.sort = GROUP_BY_NUMBER,
                                      .behind = query->behind && from->of_group,
                                      .from = {SLICE(""), from->order, from->passed},
                                      .count = GROUP_PAGE_MAX};
    struct obligor_group_page page = {.more = true};
    enum customer_status ignored;

    while (page.more && !full(reading)) {
        TRY(move_from_customer(
            &ignored,
            obligor_group_page_read(reading->store, &page, reading->arena, reading->reach, &ask)));
        size_t i = 0;
        while (i < page.count && !full(reading)) {
            TRY(group_look(reading, &page.groups[i++]));
        }
        ask.behind = true;
        ask.from = page.last;
        /* What is not seen counts as looked at, and has no place of its own. */
        if (i == page.count) {
            reading->page->last =
                (struct rule_difference_place){true, SLICE(""), page.last.number, page.last.passed};
            reading->looked += page.count == 0 ? GROUP_PAGE_MAX : 0;
        }
    }
    reading->page->more = full(reading);
    return CREDIT_OK;
}

enum credit_status rule_differences_read(struct store *store, struct rule_difference_page *ret_page,
                                         struct arena *arena, struct pack_shelf *shelf,
                                         const struct customer_reach *reach,
                                         const struct rule_difference_query *query, date_days today)
{
    struct reading *reading = arena_take(arena, sizeof(*reading));

    *ret_page = (struct rule_difference_page){0};
    ret_page->items = arena_take_array(arena, query->count + 1, sizeof(*ret_page->items));
    REQUIRE(reading != NULL && ret_page->items != NULL, CREDIT_NO_MEMORY);
    *reading = (struct reading){.store = store,
                                .arena = arena,
                                .shelf = shelf,
                                .reach = reach,
                                .query = query,
                                .today = today,
                                .page = ret_page};
    if (query->customers && !(query->behind && query->from.of_group)) {
        TRY(customers_page(reading));
    }
    return query->groups && !full(reading) ? groups_page(reading) : CREDIT_OK;
}
