#include "customer/customer_internal.h"
#include "customer/obligor_group.h"

enum { PAGE_ROUNDS_MAX = 20 }; /* of looking for what is within reach */

/* ---- rows ---- */

static void obligor_group_take(struct obligor_group *group, const struct store_value *row)
{
    const bool limited = row[9].type != STORE_NULL;

    *group = (struct obligor_group){
        .number = row[0].number,
        .id = row[1].bytes,
        .version = row[2].number,
        .legal_entity = row[3].bytes,
        .organisation = row[4].bytes,
        .path = row[5].bytes,
        .name = row[6].bytes,
        .lead = row[7].bytes,
        .merged_into = row[8].type == STORE_NULL ? SLICE("") : row[8].bytes,
        .limit = limited ? row[9].bytes : SLICE(""),
        .currency = limited ? currency_from_code(row[10].bytes) : CURRENCY_NONE,
        .cap_minor = limited ? row[11].number : 0,
        .moving = row[12].type == STORE_NULL ? 0 : row[12].number,
        .created = row[13].number,
    };
}

enum customer_status obligor_group_row_read(struct store *store, struct obligor_group *ret_group,
                                            struct arena *arena, struct slice id)
{
    const struct store_value values[] = {store_text(id)};
    struct store_rows rows;

    REQUIRE(id.size > 0 && id.size < GROUP_ID_SIZE, CUSTOMER_NO_GROUP);
    TRY(customer_from_store(store_select(store, &rows, arena, QUERY_GROUP_GET, values)));
    REQUIRE(rows.count == 1, CUSTOMER_NO_GROUP);
    obligor_group_take(ret_group, store_row(&rows, 0));
    return CUSTOMER_OK;
}

/* Within reach is a group of the own legal entity whose organisation is, or one of whose members
 * is. */
static enum customer_status obligor_group_seen(struct store *store, bool *ret_seen,
                                               struct arena *arena,
                                               const struct customer_reach *reach,
                                               const struct obligor_group *group)
{
    const bool own = reach->everywhere || slice_equal(reach->legal_entity, group->legal_entity);

    *ret_seen = own && customer_reaches(reach, group->path);
    for (size_t i = 0; own && i < reach->count && !*ret_seen; i++) {
        const struct store_value values[] = {store_text(group->id),
                                             store_text(reach->organisations[i])};
        struct store_rows rows;
        TRY(customer_from_store(store_select(store, &rows, arena, QUERY_GROUP_SEEN, values)));
        *ret_seen = store_row(&rows, 0)[0].number > 0;
    }
    return CUSTOMER_OK;
}

enum customer_status obligor_group_read(struct store *store, struct obligor_group *ret_group,
                                        struct arena *arena, const struct customer_reach *reach,
                                        struct slice id)
{
    bool seen;

    TRY(obligor_group_row_read(store, ret_group, arena, id));
    TRY(obligor_group_seen(store, &seen, arena, reach, ret_group));
    return seen ? CUSTOMER_OK : CUSTOMER_NO_GROUP;
}

enum customer_status obligor_group_of(struct store *store, struct obligor_group *ret_group,
                                      struct arena *arena, struct slice legal_entity,
                                      struct slice customer)
{
    const struct store_value values[] = {store_text(legal_entity), store_text(customer)};
    struct store_rows rows;

    TRY(customer_from_store(store_select(store, &rows, arena, QUERY_GROUP_OF, values)));
    if (rows.count == 0) {
        *ret_group = (struct obligor_group){.id = SLICE("")};
        return CUSTOMER_OK;
    }
    return obligor_group_row_read(store, ret_group, arena, store_row(&rows, 0)[0].bytes);
}

enum customer_status obligor_group_members_read(struct store *store,
                                                struct obligor_group_member **ret_members,
                                                size_t *ret_count, struct arena *arena,
                                                struct slice id, date_days day)
{
    const struct store_value values[] = {store_text(id)};
    struct store_rows rows;
    size_t count = 0;

    TRY(customer_from_store(store_select(store, &rows, arena, QUERY_GROUP_MEMBERS, values)));
    struct obligor_group_member *members =
        arena_take_array(arena, rows.count + 1, sizeof(*members));
    REQUIRE(members != NULL, CUSTOMER_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        const struct obligor_group_member member = {
            .number = row[0].number,
            .customer = row[1].bytes,
            .reason = row[2].bytes,
            .since = (date_days)row[3].number,
            .until = row[4].type == STORE_NULL ? DATE_NONE : (date_days)row[4].number};
        if (day == DATE_NONE ||
            (member.since <= day && (member.until == DATE_NONE || member.until > day))) {
            members[count++] = member;
        }
    }
    *ret_members = members;
    *ret_count = count;
    return CUSTOMER_OK;
}

enum customer_status obligor_group_versions_read(struct store *store,
                                                 struct obligor_group_version **ret_versions,
                                                 size_t *ret_count, struct arena *arena,
                                                 struct slice id, int64_t before, date_days as_of,
                                                 size_t count)
{
    const struct store_value values[] = {store_text(id), store_integer(before),
                                         store_integer(as_of == DATE_NONE ? INT64_MAX : as_of),
                                         store_integer((int64_t)count)};
    struct store_rows rows;

    TRY(customer_from_store(store_select(store, &rows, arena, QUERY_GROUP_VERSIONS, values)));
    struct obligor_group_version *versions =
        arena_take_array(arena, rows.count + 1, sizeof(*versions));
    REQUIRE(versions != NULL, CUSTOMER_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        versions[i] = (struct obligor_group_version){
            .version = row[0].number,
            .valid_from = (date_days)row[1].number,
            .recorded_at = row[2].number,
            .actor = row[3].bytes,
            .action = row[4].bytes,
            .reason = row[5].bytes,
            .name = row[6].bytes,
            .organisation = row[7].bytes,
            .lead = row[8].bytes,
            .merged_into = row[9].type == STORE_NULL ? SLICE("") : row[9].bytes};
    }
    *ret_versions = versions;
    *ret_count = rows.count;
    return CUSTOMER_OK;
}

/* ---- pages ---- */

/* Where a page has come to, and the next row that is read. */
struct paging {
    struct store *store;
    struct arena *arena;
    const struct obligor_group_query *query;
    struct slice name;
    int64_t number;
    bool ended;
};

static enum customer_status rows_read(struct paging *paging, struct store_rows *ret_rows,
                                      size_t count)
{
    static const enum store_query queries[2][2] = {
        {QUERY_GROUP_PAGE_NAME, QUERY_GROUP_PAGE_NAME_DOWN},
        {QUERY_GROUP_PAGE_NUMBER, QUERY_GROUP_PAGE_NUMBER_DOWN}};
    const struct obligor_group_query *query = paging->query;
    const struct store_value values[] = {store_text(paging->name), store_integer(paging->number),
                                         store_text(query->match), store_text(query->customer),
                                         store_integer((int64_t)count)};
    struct obligor_group last;

    TRY(customer_from_store(store_select(paging->store, ret_rows, paging->arena,
                                         queries[query->sort][query->descending ? 1 : 0],
                                         query->sort == GROUP_BY_NAME ? values : values + 1)));
    paging->ended = ret_rows->count < count;
    if (ret_rows->count > 0) {
        obligor_group_take(&last, store_row(ret_rows, ret_rows->count - 1));
        paging->name = last.name;
        paging->number = last.number;
    }
    return CUSTOMER_OK;
}

/* Goes behind the rows that the pages before have passed. */
static enum customer_status rows_pass(struct paging *paging, int64_t passed)
{
    while (passed > 0 && !paging->ended) {
        const size_t count = passed < GROUP_PAGE_MAX ? (size_t)passed : (size_t)GROUP_PAGE_MAX;
        struct store_rows rows;
        TRY(rows_read(paging, &rows, count));
        passed -= (int64_t)count;
    }
    return CUSTOMER_OK;
}

static enum customer_status rows_keep(struct paging *paging, struct obligor_group_page *page,
                                      const struct customer_reach *reach,
                                      const struct store_rows *rows)
{
    const size_t count = paging->query->count;

    for (size_t i = 0; i < rows->count && page->count < count; i++) {
        struct obligor_group *group = &page->groups[page->count];
        bool seen;
        obligor_group_take(group, store_row(rows, i));
        TRY(obligor_group_seen(paging->store, &seen, paging->arena, reach, group));
        if (seen) {
            page->last = (struct obligor_group_place){group->name, group->number, 0};
            page->count++;
        } else {
            page->last.passed++;
        }
        page->more = i + 1 < rows->count || !paging->ended;
    }
    return CUSTOMER_OK;
}

enum customer_status obligor_group_page_read(struct store *store,
                                             struct obligor_group_page *ret_page,
                                             struct arena *arena,
                                             const struct customer_reach *reach,
                                             const struct obligor_group_query *query)
{
    /* Behind no name of 240 bytes stands one of 241 of the greatest byte. */
    static const char last[] = "\xf4\x8f\xbf\xbf";
    const struct obligor_group_place first = {query->descending ? slice_of(last, sizeof(last) - 1)
                                                                : SLICE(""),
                                              query->descending ? INT64_MAX : 0, 0};
    struct obligor_group_page page = {.last = query->behind ? query->from : first};
    struct paging paging = {.store = store,
                            .arena = arena,
                            .query = query,
                            .name = page.last.name,
                            .number = page.last.number};

    check(query->count > 0 && query->count <= GROUP_PAGE_MAX);
    page.groups = arena_take_array(arena, query->count + 1, sizeof(*page.groups));
    REQUIRE(page.groups != NULL, CUSTOMER_NO_MEMORY);
    page.last.passed = page.last.passed > 0 ? page.last.passed : 0;
    TRY(rows_pass(&paging, page.last.passed));
    for (unsigned i = 0; i < PAGE_ROUNDS_MAX && !paging.ended && page.count < query->count; i++) {
        struct store_rows rows;
        TRY(rows_read(&paging, &rows, query->count));
        page.more = !paging.ended;
        TRY(rows_keep(&paging, &page, reach, &rows));
    }
    *ret_page = page;
    return CUSTOMER_OK;
}

/* ---- what the ties say ---- */

const struct customer_member *obligor_group_web_member(const struct customer_group *web,
                                                       struct slice customer)
{
    for (size_t i = 0; i < web->member_count; i++) {
        if (slice_equal(web->members[i].id, customer)) {
            return &web->members[i];
        }
    }
    return NULL;
}

static bool holder_counts(const struct customer_group *web, const struct customer_tie *tie,
                          struct slice customer)
{
    const struct customer_member *holder =
        tie->kind == CUSTOMER_TIE_DEPENDENCE ? NULL : obligor_group_web_member(web, tie->other);

    return holder != NULL && holder->by_control && slice_equal(tie->customer, customer);
}

/* The tie by which a customer is held or controlled first of all; NULL: by none. */
static const struct customer_tie *step_of(const struct customer_group *web, struct slice customer)
{
    const struct customer_tie *best = NULL;

    for (size_t i = 0; i < web->tie_count; i++) {
        const struct customer_tie *tie = &web->ties[i];
        if (holder_counts(web, tie, customer) &&
            (best == NULL || (best->kind != CUSTOMER_TIE_CONTROL &&
                              (tie->kind == CUSTOMER_TIE_CONTROL || tie->share > best->share)))) {
            best = tie;
        }
    }
    return best;
}

static bool step_taken(const struct customer_tie *const *steps, size_t count,
                       const struct customer_tie *step)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(steps[i]->customer, step->customer)) {
            return true;
        }
    }
    return false;
}

size_t obligor_group_path_find(const struct customer_tie *ret_steps[GROUP_PATH_MAX],
                               const struct customer_group *web, struct slice customer)
{
    const struct customer_tie *step = step_of(web, customer);
    size_t count = 0;

    while (step != NULL && count < GROUP_PATH_MAX && !step_taken(ret_steps, count, step)) {
        ret_steps[count++] = step;
        step = step_of(web, step->other);
    }
    return count;
}

uint32_t obligor_group_held(const struct customer_group *web, struct slice customer)
{
    uint32_t held = 0;

    for (size_t i = 0; i < web->tie_count; i++) {
        if (web->ties[i].kind == CUSTOMER_TIE_SHARE &&
            holder_counts(web, &web->ties[i], customer)) {
            held += web->ties[i].share;
        }
    }
    return held;
}
