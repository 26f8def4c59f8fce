/* Which limits a move changes: pure but for what it reads of the store. */
#include "credit/group_rule.h"
#include "credit/move_internal.h"
#include "credit/pack_rules.h"
#include "credit/shown.h"
#include "customer/obligor_group.h"

enum { COMMAND_ID_SIZE = 33, MOVE_APPLICATIONS_MAX = 1000 };

struct planning {
    struct store *store;
    struct arena *arena;
    const struct people_actor *actor;
    const struct move *move;
    struct move_plan *plan;
    struct move_limit *limits; /* all of both customers and of those merged into them */
    size_t count;
    struct slice *family; /* the target and those merged into it */
    size_t family_count;
    bool under_way; /* the ledger has accepted it: what was planned then is done */
};

/* ---- lists of parents ---- */

static bool parents_have(struct slice parents, struct slice id)
{
    struct slice rest = parents;
    struct slice parent;

    while (slice_split(&rest, ' ', &parent)) {
        if (slice_equal(parent, id)) {
            return true;
        }
    }
    return false;
}

static void parent_put(char *text, size_t *inout_size, struct slice id)
{
    const struct slice so_far = slice_of(text, *inout_size);

    if (id.size == 0 || parents_have(so_far, id)) {
        return;
    }
    const int added = snprintf(text + *inout_size, MOVE_PARENTS_SIZE - *inout_size, "%s%.*s",
                               *inout_size == 0 ? "" : " ", (int)id.size, id.data);
    check(added > 0 && (size_t)added < MOVE_PARENTS_SIZE - *inout_size);
    *inout_size += (size_t)added;
}

enum credit_status move_parents_edit(struct slice *inout_parents, struct arena *arena,
                                     struct slice from, struct slice to)
{
    char *text = arena_take(arena, MOVE_PARENTS_SIZE);
    struct slice rest = *inout_parents;
    struct slice parent;
    size_t size = 0;

    REQUIRE(text != NULL, CREDIT_NO_MEMORY);
    REQUIRE(inout_parents->size + to.size + 1 < MOVE_PARENTS_SIZE, CREDIT_TOO_MANY_LIMITS);
    while (slice_split(&rest, ' ', &parent)) {
        parent_put(text, &size, from.size > 0 && slice_equal(parent, from) ? to : parent);
    }
    if (from.size == 0) {
        parent_put(text, &size, to);
    }
    *inout_parents = slice_of(text, size);
    return CREDIT_OK;
}

static enum credit_status parents_edit(struct planning *planning, struct move_limit *limit,
                                       struct slice from, struct slice to)
{
    return move_parents_edit(&limit->parents, planning->arena, from, to);
}

/* ---- limits ---- */

static struct move_limit *limit_by_id(struct planning *planning, struct slice id)
{
    for (size_t i = 0; i < planning->count; i++) {
        if (slice_equal(planning->limits[i].was->id, id)) {
            return &planning->limits[i];
        }
    }
    return NULL;
}

static bool kind_is(const struct move_limit *limit, const char *kind)
{
    return slice_equal(limit->was->kind, slice_from_cstr(kind));
}

static struct move_limit *limit_of(struct planning *planning, struct slice customer,
                                   const char *kind, struct slice clause, struct slice legal_entity)
{
    for (size_t i = 0; i < planning->count; i++) {
        struct move_limit *limit = &planning->limits[i];
        if (slice_equal(limit->customer, customer) && kind_is(limit, kind) &&
            slice_equal(limit->was->clause, clause) &&
            slice_equal(limit->was->legal_entity, legal_entity)) {
            return limit;
        }
    }
    return NULL;
}

static struct move_limit *total_of(struct planning *planning, struct slice customer,
                                   struct slice legal_entity)
{
    return limit_of(planning, customer, "total", SLICE("total"), legal_entity);
}

static enum credit_status family_load(struct planning *planning, struct slice id, size_t room)
{
    TRY(move_from_customer(&planning->plan->customer_status,
                           customer_family_read(planning->store, &planning->family,
                                                &planning->family_count, planning->arena, id)));
    for (size_t i = 0; i < planning->family_count; i++) {
        struct credit_limit *limits;
        size_t limit_count;
        TRY(credit_limits_read(planning->store, &limits, &limit_count, planning->arena,
                               planning->family[i]));
        for (size_t j = 0; j < limit_count; j++) {
            if (limit_by_id(planning, limits[j].id) != NULL) {
                continue;
            }
            REQUIRE(planning->count < room, CREDIT_TOO_MANY_LIMITS);
            planning->limits[planning->count++] =
                (struct move_limit){.was = &limits[j],
                                    .customer = limits[j].customer,
                                    .cap_minor = limits[j].cap_minor,
                                    .parents = limits[j].parents};
        }
    }
    return CREDIT_OK;
}

static enum credit_status limits_load(struct planning *planning)
{
    const size_t room = 4UL * OUTBOX_COMMANDS_MAX;

    planning->limits = arena_take_array(planning->arena, room, sizeof(*planning->limits));
    REQUIRE(planning->limits != NULL, CREDIT_NO_MEMORY);
    TRY(family_load(planning, planning->move->source, room));
    return family_load(planning, planning->move->target, room);
}

/* ---- a merge ---- */

static enum credit_status cap_add(struct move_limit *to, struct move_limit *from, int64_t sign)
{
    const int64_t amount = from->was->cap_minor;

    REQUIRE(to->was->currency == from->was->currency, CREDIT_CURRENCY_DIFFERS);
    REQUIRE(sign < 0 || to->cap_minor <= AMOUNT_MAX - amount, CREDIT_AMOUNT_OVERFLOW);
    REQUIRE(sign > 0 || to->cap_minor >= amount, CREDIT_ENTANGLED);
    to->cap_minor += sign * amount;
    return CREDIT_OK;
}

/* Whether a limit of the pack stands over the target's group, so that none of its own is needed. */
static enum credit_status rule_of_group(struct planning *planning, bool *ret_stands,
                                        const struct move_limit *rule)
{
    struct obligor_group group;
    struct group_rule *rules;
    size_t count = 0;

    *ret_stands = false;
    TRY(move_from_customer(&planning->plan->customer_status,
                           obligor_group_of(planning->store, &group, planning->arena,
                                            rule->was->legal_entity, planning->move->target)));
    if (group.id.size > 0) {
        TRY(group_rules_read(planning->store, &rules, &count, planning->arena, group.id));
    }
    for (size_t i = 0; i < count; i++) {
        *ret_stands =
            *ret_stands || (!rules[i].closed && slice_equal(rules[i].rule, rule->was->clause));
    }
    return CREDIT_OK;
}

/* A limit of the pack: the target's own of the same clause counts for everything that counted on
 * it; where the target has none it becomes the target's, above its total if it counted the total.
 */
static enum credit_status rule_merge(struct planning *planning, struct move_limit *rule,
                                     const struct move_limit *source_total,
                                     struct move_limit *target_total)
{
    const struct slice target = planning->move->target;
    const struct slice legal_entity = rule->was->legal_entity;
    const struct move_limit *own =
        limit_of(planning, target, "rule", rule->was->clause, legal_entity);

    if (own == NULL) {
        bool of_group;
        TRY(rule_of_group(planning, &of_group, rule));
        rule->customer = target;
        return of_group ? CREDIT_OK
               : parents_have(source_total->was->parents, rule->was->id)
                   ? parents_edit(planning, target_total, SLICE(""), rule->was->id)
                   : CREDIT_OK;
    }
    for (size_t i = 0; i < planning->count; i++) {
        struct move_limit *limit = &planning->limits[i];
        if (kind_is(limit, "line") && parents_have(limit->parents, rule->was->id)) {
            TRY(parents_edit(planning, limit, rule->was->id, own->was->id));
        }
    }
    return CREDIT_OK;
}

/* A total that becomes the target's stands below the limits of the target's group, in the place of
 * those of a group of its own. */
static enum credit_status group_limits_put(struct planning *planning, struct move_limit *total,
                                           struct slice type)
{
    struct obligor_group group;
    struct group_rule *rules;
    size_t count;

    TRY(move_from_customer(&planning->plan->customer_status,
                           obligor_group_of(planning->store, &group, planning->arena,
                                            total->was->legal_entity, planning->move->target)));
    if (group.id.size == 0) {
        return CREDIT_OK;
    }
    if (group.limit.size > 0) {
        TRY(parents_edit(planning, total, SLICE(""), group.limit));
    }
    TRY(group_rules_read(planning->store, &rules, &count, planning->arena, group.id));
    for (size_t i = 0; i < count; i++) {
        if (!rules[i].closed && credit_types_have(rules[i].types, type)) {
            const struct move_limit *own = limit_of(planning, planning->move->target, "rule",
                                                    rules[i].rule, total->was->legal_entity);
            TRY(parents_edit(planning, total, own == NULL ? SLICE("") : own->was->id, rules[i].id));
            TRY(parents_edit(planning, total, SLICE(""), rules[i].id));
        }
    }
    return CREDIT_OK;
}

/* The source's total of one legal entity, and what it brings with it. */
static enum credit_status total_merge(struct planning *planning, struct move_limit *total)
{
    const struct slice source = planning->move->source;
    struct move_limit *target_total =
        total_of(planning, planning->move->target, total->was->legal_entity);

    for (size_t i = 0; i < planning->count; i++) {
        struct move_limit *limit = &planning->limits[i];
        if (!slice_equal(limit->was->customer, source) ||
            !slice_equal(limit->was->legal_entity, total->was->legal_entity)) {
            continue;
        }
        if (target_total == NULL) {
            limit->customer = planning->move->target;
        } else if (kind_is(limit, "rule")) {
            TRY(rule_merge(planning, limit, total, target_total));
        }
    }
    if (target_total == NULL) {
        return group_limits_put(planning, total,
                                customer_type_name(planning->plan->customers.target_before.type));
    }
    total->parents = target_total->was->id;
    return planning->move->request.cap_added ? cap_add(target_total, total, 1) : CREDIT_OK;
}

static enum credit_status merge_plan(struct planning *planning)
{
    for (size_t i = 0; i < planning->count; i++) {
        struct move_limit *limit = &planning->limits[i];
        if (kind_is(limit, "total") && slice_equal(limit->was->customer, planning->move->source)) {
            TRY(total_merge(planning, limit));
        }
    }
    return CREDIT_OK;
}

static enum credit_status applications_read(struct planning *planning)
{
    struct application_query query = {.customer = planning->move->source,
                                      .count = APPLICATION_PAGE_MAX};
    struct move_plan *plan = planning->plan;
    size_t count;

    /* Beyond what is let in there is room for those that are entered while it is under way. */
    plan->applications =
        arena_take_array(planning->arena, 4UL * MOVE_APPLICATIONS_MAX, sizeof(*plan->applications));
    REQUIRE(plan->applications != NULL, CREDIT_NO_MEMORY);
    do {
        struct application *page;
        TRY(application_page(planning->store, &page, &count, planning->arena, &query));
        for (size_t i = 0; i < count; i++) {
            query.behind = page[i].number;
            if (page[i].state == APPLICATION_DRAFT || page[i].state == APPLICATION_SUBMITTED) {
                REQUIRE(plan->application_count <
                            (planning->under_way ? 4UL : 1UL) * MOVE_APPLICATIONS_MAX,
                        CREDIT_TOO_MANY_LIMITS);
                plan->applications[plan->application_count++] = page[i];
            }
        }
    } while (count == query.count);
    return CREDIT_OK;
}

/* ---- a merge taken back ---- */

/* Every parent that the merge put goes, every one that it took comes back; what came since stays.
 */
static enum credit_status parents_return(struct planning *planning, struct move_limit *limit,
                                         const struct move_turn *turn)
{
    struct slice rest = turn->parents[1];
    struct slice parent;

    while (slice_split(&rest, ' ', &parent)) {
        if (!parents_have(turn->parents[0], parent)) {
            TRY(parents_edit(planning, limit, parent, SLICE("")));
        }
    }
    rest = turn->parents[0];
    while (slice_split(&rest, ' ', &parent)) {
        if (!parents_have(turn->parents[1], parent)) {
            TRY(parents_edit(planning, limit, SLICE(""), parent));
        }
    }
    return CREDIT_OK;
}

static enum credit_status turn_return(struct planning *planning, const struct move_turn *turn)
{
    struct move_limit *limit = limit_by_id(planning, turn->id);
    const int64_t added = turn->cap_minor[1] - turn->cap_minor[0];

    REQUIRE(limit != NULL && slice_equal(limit->was->customer, turn->customer[1]),
            CREDIT_ENTANGLED);
    REQUIRE(limit->cap_minor - added > 0, CREDIT_ENTANGLED);
    limit->customer = turn->customer[0];
    limit->cap_minor -= added;
    return parents_return(planning, limit, turn);
}

static bool of_target(const struct planning *planning, const struct move_limit *limit)
{
    for (size_t i = 0; i < planning->family_count; i++) {
        if (slice_equal(limit->customer, planning->family[i])) {
            return true;
        }
    }
    return false;
}

/* Nothing of one customer may stand below a limit of the other. */
static enum credit_status apart_judge(struct planning *planning)
{
    for (size_t i = 0; i < planning->count; i++) {
        const struct move_limit *limit = &planning->limits[i];
        for (size_t j = 0; j < planning->count; j++) {
            const struct move_limit *above = &planning->limits[j];
            REQUIRE(of_target(planning, limit) == of_target(planning, above) ||
                        !parents_have(limit->parents, above->was->id),
                    CREDIT_ENTANGLED);
        }
    }
    return CREDIT_OK;
}

static bool chosen(const struct move_request *request, struct slice id)
{
    for (size_t i = 0; i < request->limit_count; i++) {
        if (slice_equal(request->limits[i], id)) {
            return true;
        }
    }
    return false;
}

/* The line at the top that a line stands in; itself, when it stands right below a total. */
static struct move_limit *top_of(struct planning *planning, struct move_limit *line)
{
    struct move_limit *top = line;

    for (unsigned depth = 0; depth < LEDGER_PATH_MAX; depth++) {
        struct move_limit *above = NULL;
        struct slice rest = top->was->parents;
        struct slice parent;
        while (above == NULL && slice_split(&rest, ' ', &parent)) {
            above = limit_by_id(planning, parent);
            above = above != NULL && kind_is(above, "line") ? above : NULL;
        }
        if (above == NULL) {
            return top;
        }
        top = above;
    }
    return top;
}

/* Gives a line to another customer: it counts on that one's total and limits of the pack. */
static enum credit_status line_turn(struct planning *planning, struct move_limit *line,
                                    struct slice to)
{
    const struct slice legal_entity = line->was->legal_entity;
    struct move_limit *total = total_of(planning, to, legal_entity);
    struct slice rest = line->parents;
    struct slice parent;

    REQUIRE(total != NULL, CREDIT_NO_TOTAL);
    while (slice_split(&rest, ' ', &parent)) {
        const struct move_limit *above = limit_by_id(planning, parent);
        if (above != NULL && kind_is(above, "total")) {
            TRY(parents_edit(planning, line, parent, total->was->id));
        } else if (above != NULL && kind_is(above, "rule")) {
            const struct move_limit *own =
                limit_of(planning, to, "rule", above->was->clause, legal_entity);
            REQUIRE(own != NULL, CREDIT_NO_TOTAL);
            TRY(parents_edit(planning, line, parent, own->was->id));
        }
    }
    line->customer = to;
    return CREDIT_OK;
}

/* Of the lines that go back, those that were not chosen stay where they are now. */
static enum credit_status rest_keep(struct planning *planning)
{
    const struct move *move = planning->move;

    for (size_t i = 0; i < planning->count; i++) {
        struct move_limit *line = &planning->limits[i];
        if (kind_is(line, "line") && slice_equal(line->customer, move->target) &&
            !chosen(&move->request, top_of(planning, line)->was->id)) {
            REQUIRE(total_of(planning, move->source, line->was->legal_entity) != NULL,
                    CREDIT_ENTANGLED);
            TRY(line_turn(planning, line, move->source));
        }
    }
    return CREDIT_OK;
}

/* Each that was named is a line at the top of the customer that gives. */
static enum credit_status chosen_judge(struct planning *planning, bool merged_too)
{
    const struct move *move = planning->move;

    for (size_t i = 0; i < move->request.limit_count; i++) {
        struct move_limit *line = limit_by_id(planning, move->request.limits[i]);
        REQUIRE(line != NULL && kind_is(line, "line") && top_of(planning, line) == line,
                CREDIT_NO_LIMIT);
        REQUIRE(slice_equal(line->was->customer, move->source) ||
                    (merged_too && slice_equal(line->was->customer, move->target)),
                CREDIT_NO_LIMIT);
    }
    return CREDIT_OK;
}

static enum credit_status unmerge_plan(struct planning *planning, const struct move *merge)
{
    struct move_turn *turns;
    size_t count;

    TRY(move_turns_read(&turns, &count, planning->arena, merge->plan));
    for (size_t i = 0; i < count; i++) {
        TRY(turn_return(planning, &turns[i]));
    }
    if (!planning->move->request.all_limits) {
        TRY(chosen_judge(planning, true));
        TRY(rest_keep(planning));
    }
    return apart_judge(planning);
}

static enum credit_status unmerge_judge(struct planning *planning, const struct move *merge)
{
    const struct move *move = planning->move;
    struct customer_unmerge unmerge = {.source = move->source,
                                       .target = move->target,
                                       .all = move->request.all_identifiers,
                                       .identifiers = move->request.identifiers,
                                       .identifier_count = move->request.identifier_count};

    TRY(move_result_read(&unmerge, planning->arena, merge->result));
    return move_from_customer(&planning->plan->customer_status,
                              customer_unmerge_judge(planning->store, &planning->plan->customers,
                                                     planning->arena, planning->actor, &unmerge));
}

/* ---- a part taken out ---- */

static enum credit_status part_plan(struct planning *planning)
{
    const struct move *move = planning->move;
    const struct customer_unmerge part = {.source = move->source,
                                          .target = move->target,
                                          .identifiers = move->request.identifiers,
                                          .identifier_count = move->request.identifier_count};

    TRY(move_from_customer(&planning->plan->customer_status,
                           customer_part_judge(planning->store, &planning->plan->customers,
                                               planning->arena, planning->actor, &part)));
    TRY(chosen_judge(planning, false));
    for (size_t i = 0; i < planning->count; i++) {
        struct move_limit *line = &planning->limits[i];
        struct move_limit *top = kind_is(line, "line") ? top_of(planning, line) : NULL;
        if (top == NULL || !chosen(&move->request, top->was->id)) {
            continue;
        }
        struct move_limit *from = total_of(planning, move->source, line->was->legal_entity);
        TRY(line_turn(planning, line, move->target));
        if (line == top && move->request.cap_added) {
            REQUIRE(from != NULL, CREDIT_NO_LIMIT);
            TRY(cap_add(total_of(planning, move->target, line->was->legal_entity), line, 1));
            TRY(cap_add(from, line, -1));
        }
    }
    return apart_judge(planning);
}

/* ---- commands ---- */

static void text_member(struct json_writer *writer, const char *name, struct slice text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, text);
}

static void command_begin(struct planning *planning, struct json_writer *writer, const char *op,
                          const struct move_limit *limit)
{
    const int64_t number = planning->move->number;
    char id[COMMAND_ID_SIZE];
    char of[COMMAND_ID_SIZE];

    (void)snprintf(id, sizeof(id), "MV-%lld.%zu", (long long)number,
                   ++planning->plan->command_count);
    (void)snprintf(of, sizeof(of), "MV-%lld", (long long)number);
    json_object_begin(writer);
    text_member(writer, "op", slice_from_cstr(op));
    text_member(writer, "id", slice_from_cstr(id));
    text_member(writer, "actor", planning->actor->id);
    text_member(writer, "case", slice_from_cstr(of));
    text_member(writer, "limit", limit->was->id);
}

static void adjust_write(struct planning *planning, struct json_writer *writer,
                         const struct move_limit *limit)
{
    command_begin(planning, writer, "limit.adjust", limit);
    json_name(writer, SLICE("cap"));
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    amount_write(writer->buffer, limit->cap_minor, limit->was->currency);
    buffer_append_byte(writer->buffer, '"');
    json_object_end(writer);
}

static void move_write(struct planning *planning, struct json_writer *writer,
                       const struct move_limit *limit)
{
    struct slice rest = limit->parents;
    struct slice parent;

    command_begin(planning, writer, "limit.move", limit);
    json_name(writer, SLICE("parents"));
    json_array_begin(writer);
    while (slice_split(&rest, ' ', &parent)) {
        if (parent.size > 0) {
            json_string(writer, parent);
        }
    }
    json_array_end(writer);
    json_object_end(writer);
}

static bool changes(const struct move_limit *limit)
{
    return !slice_equal(limit->customer, limit->was->customer) ||
           limit->cap_minor != limit->was->cap_minor ||
           !slice_equal(limit->parents, limit->was->parents);
}

/* Totals before lines: what a line goes below stands where it will stay. */
static enum credit_status commands_write(struct planning *planning)
{
    struct move_plan *plan = planning->plan;
    struct buffer out = {0};
    struct json_writer writer;

    plan->limits = arena_take_array(planning->arena, planning->count + 1, sizeof(*plan->limits));
    REQUIRE(plan->limits != NULL, CREDIT_NO_MEMORY);
    json_writer_init(&writer, &out);
    json_array_begin(&writer);
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < planning->count; i++) {
            const struct move_limit *limit = &planning->limits[i];
            if (!changes(limit) || kind_is(limit, "line") != (pass == 1)) {
                continue;
            }
            plan->limits[plan->limit_count++] = *limit;
            if (limit->cap_minor != limit->was->cap_minor) {
                adjust_write(planning, &writer, limit);
            }
            if (!slice_equal(limit->parents, limit->was->parents)) {
                move_write(planning, &writer, limit);
            }
        }
    }
    json_array_end(&writer);
    plan->commands =
        buffer_failed(&out) ? slice_of(NULL, 0) : arena_copy(planning->arena, buffer_slice(&out));
    buffer_release(&out);
    REQUIRE(plan->commands.data != NULL, CREDIT_NO_MEMORY);
    return plan->command_count <= OUTBOX_COMMANDS_MAX ? CREDIT_OK : CREDIT_TOO_MANY_LIMITS;
}

/* ---- whom it concerns ---- */

static enum credit_status entity_add(struct move_plan *plan, struct slice legal_entity)
{
    for (size_t i = 0; i < plan->entity_count; i++) {
        if (slice_equal(plan->entities[i], legal_entity)) {
            return CREDIT_OK;
        }
    }
    REQUIRE(plan->entity_count < MOVE_ENTITIES_MAX, CREDIT_TOO_MANY_LIMITS);
    plan->entities[plan->entity_count++] = legal_entity;
    return CREDIT_OK;
}

static enum credit_status entities_find(struct planning *planning)
{
    const struct customer_merge *merge = &planning->plan->customers;
    const struct customer *customers[] = {&merge->source_before, &merge->target_before};

    for (size_t c = 0; c < 2; c++) {
        for (size_t i = 0; i < customers[c]->relation_count; i++) {
            TRY(entity_add(planning->plan, customers[c]->relations[i].legal_entity));
        }
    }
    for (size_t i = 0; i < planning->count; i++) {
        TRY(entity_add(planning->plan, planning->limits[i].was->legal_entity));
    }
    return CREDIT_OK;
}

/* A decision that the ledger owes an answer to is built from the limits as they stand; one that
 * came while the move is under way waits for it. */
static enum credit_status pending_judge(struct planning *planning)
{
    const struct slice ids[] = {planning->move->source, planning->move->target};
    const struct customer_merge *merge = &planning->plan->customers;

    for (size_t i = 0; i < 2 && !planning->under_way; i++) {
        const struct store_value values[] = {store_text(ids[i])};
        struct store_rows rows;
        TRY(credit_from_store(
            store_select(planning->store, &rows, planning->arena, QUERY_VERDICTS_TURN, values)));
        REQUIRE(rows.count == 0, CREDIT_DECISION_PENDING);
    }
    REQUIRE(planning->under_way ||
                (merge->source_before.moving == 0 && merge->target_before.moving == 0),
            CREDIT_MOVE_OPEN);
    return CREDIT_OK;
}

static enum credit_status split_plan(struct planning *planning)
{
    const struct move *move = planning->move;
    struct customer target;
    struct move merge;

    TRY(move_from_customer(
        &planning->plan->customer_status,
        customer_read(planning->store, &target, planning->arena, move->target, NULL)));
    if (slice_equal(target.merged_into, move->source)) {
        TRY(move_merge_find(planning->store, &merge, planning->arena, move->target, move->source));
        TRY(unmerge_judge(planning, &merge));
        TRY(limits_load(planning));
        return unmerge_plan(planning, &merge);
    }
    REQUIRE(move->request.identifier_count + move->request.limit_count > 0, CREDIT_NO_LIMIT);
    TRY(limits_load(planning));
    return part_plan(planning);
}

/* ---- the hash of what is shown ---- */

static void hash_customers(struct buffer *out, const struct customer_merge *merge)
{
    const struct customer *customers[] = {&merge->source_before, &merge->target_before};

    for (size_t c = 0; c < 2; c++) { /* a version says all of a customer but the ties */
        shown_text(out, customers[c]->id);
        shown_number(out, customers[c]->version);
    }
    for (size_t i = 0; i < merge->tie_count; i++) {
        const struct customer_tie *now = &merge->ties[i].now;
        shown_number(out, merge->ties[i].was.number);
        shown_text(out, now->customer);
        shown_number(out, now->kind);
        shown_text(out, now->other);
    }
}

/* Over what was asked, and over each customer, limit and application as it would be; not over who
 * looks, nor over what is drawn, which changes all the time and is asked for by the names of what
 * would be over. */
static enum credit_status hash_make(const struct planning *planning)
{
    struct move_plan *plan = planning->plan;
    struct buffer out = {0};
    struct json_writer writer;

    shown_text(&out, move_kind_name(planning->move->kind));
    json_writer_init(&writer, &out);
    move_request_write(&writer, &planning->move->request);
    hash_customers(&out, &plan->customers);
    for (size_t i = 0; i < plan->limit_count; i++) {
        const struct move_limit *limit = &plan->limits[i];
        shown_text(&out, limit->was->id);
        shown_text(&out, limit->customer);
        shown_number(&out, limit->cap_minor);
        shown_text(&out, limit->parents);
    }
    for (size_t i = 0; i < plan->application_count; i++) {
        shown_text(&out, plan->applications[i].id);
    }
    for (size_t i = 0; i < plan->entity_count; i++) {
        shown_text(&out, plan->entities[i]);
    }
    return shown_hash(&plan->hash, planning->arena, &out);
}

enum credit_status move_plan_make(struct store *store, struct move_plan *ret_plan,
                                  struct arena *arena, const struct people_actor *actor,
                                  const struct move *move)
{
    struct planning planning = {
        .store = store, .arena = arena, .actor = actor, .move = move, .plan = ret_plan};

    planning.under_way = slice_equal(move->state, SLICE("owed"));
    *ret_plan = (struct move_plan){.customer_status = CUSTOMER_OK};
    if (move->kind == MOVE_MERGE) {
        TRY(move_from_customer(&ret_plan->customer_status,
                               customer_merge_judge(store, &ret_plan->customers, arena, actor,
                                                    move->source, move->target)));
        TRY(limits_load(&planning));
        TRY(merge_plan(&planning));
        TRY(applications_read(&planning));
    } else {
        TRY(split_plan(&planning));
    }
    TRY(pending_judge(&planning));
    TRY(entities_find(&planning));
    TRY(commands_write(&planning));
    return hash_make(&planning);
}
