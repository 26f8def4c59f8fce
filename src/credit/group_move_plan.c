/* Which limits a move of a group changes, and the chain for it. */
#include "base/amount.h"
#include "credit/group_move_internal.h"
#include "credit/shown.h"

enum { COMMAND_ID_SIZE = 40, CASE_SIZE = 200 };

/* ---- whom it changes ---- */

static bool is_member(const struct obligor_group_member *members, size_t count,
                      struct slice customer)
{
    for (size_t i = 0; i < count; i++) {
        if (members[i].until == DATE_NONE && slice_equal(members[i].customer, customer)) {
            return true;
        }
    }
    return false;
}

static bool chosen(const struct group_move_request *request, struct slice customer)
{
    for (size_t i = 0; i < request->customer_count; i++) {
        if (slice_equal(request->customers[i], customer)) {
            return true;
        }
    }
    return false;
}

enum credit_status group_turn_add(struct group_planning *planning, struct slice customer,
                                  const struct group_side *to)
{
    struct group_plan *plan = planning->plan;
    struct credit_limit *limits;
    struct customer whose;
    size_t count;

    REQUIRE(plan->turn_count < plan->turn_room, CREDIT_TOO_MANY_LIMITS);
    TRY(move_from_customer(&plan->customer_status, customer_read(planning->store, &whose,
                                                                 planning->arena, customer, NULL)));
    TRY(credit_limits_read(planning->store, &limits, &count, planning->arena, customer));
    struct group_turn *turn = &plan->turns[plan->turn_count++];
    *turn = (struct group_turn){.customer = customer,
                                .type = customer_type_name(whose.type),
                                .limits = limits,
                                .limit_count = count,
                                .parents = SLICE(""),
                                .to = to};
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(limits[i].kind, SLICE("total")) &&
            slice_equal(limits[i].legal_entity, plan->from.legal_entity)) {
            turn->total = &limits[i];
            turn->parents = limits[i].parents;
        }
    }
    return CREDIT_OK;
}

/* Customers that join: they stand, and have no group. */
static enum credit_status joining_judge(struct group_planning *planning)
{
    const struct group_move_request *request = &planning->move->request;
    enum customer_status *refused = &planning->plan->customer_status;

    for (size_t i = 0; i < request->customer_count; i++) {
        struct customer customer;
        struct obligor_group other;
        TRY(move_from_customer(refused, customer_read(planning->store, &customer, planning->arena,
                                                      request->customers[i], NULL)));
        REQUIRE(customer.merged_into.size == 0, move_from_customer(refused, CUSTOMER_MERGED));
        TRY(move_from_customer(refused,
                               obligor_group_of(planning->store, &other, planning->arena,
                                                planning->plan->from.legal_entity, customer.id)));
        REQUIRE(other.id.size == 0, move_from_customer(refused, CUSTOMER_IN_GROUP));
        TRY(group_turn_add(planning, request->customers[i], &planning->plan->sides[0]));
    }
    return CREDIT_OK;
}

/* Members that go: each is one, and the group keeps its lead. */
static enum credit_status leaving_judge(struct group_planning *planning,
                                        const struct obligor_group_member *members, size_t count)
{
    const struct group_move_request *request = &planning->move->request;
    enum customer_status *refused = &planning->plan->customer_status;

    for (size_t i = 0; i < request->customer_count; i++) {
        REQUIRE(is_member(members, count, request->customers[i]),
                move_from_customer(refused, CUSTOMER_NOT_IN_GROUP));
        REQUIRE(!slice_equal(request->customers[i], planning->plan->from.lead), CREDIT_GROUP_LEAD);
        TRY(group_turn_add(planning, request->customers[i],
                           request->kind == GROUP_MOVE_SPLIT ? &planning->plan->sides[1] : NULL));
    }
    return CREDIT_OK;
}

/* A group has room for so many more. */
static enum credit_status room_judge(struct group_planning *planning, struct slice group,
                                     size_t more)
{
    struct group_plan *plan = planning->plan;
    struct obligor_group_member *members;
    size_t count;
    size_t open = 0;

    TRY(move_from_customer(&plan->customer_status,
                           obligor_group_members_read(planning->store, &members, &count,
                                                      planning->arena, group, DATE_NONE)));
    for (size_t i = 0; i < count; i++) {
        open += members[i].until == DATE_NONE ? 1 : 0;
    }
    REQUIRE(open + more <= GROUP_MEMBERS_MAX && count + more <= GROUP_ROWS_MAX,
            move_from_customer(&plan->customer_status, CUSTOMER_TOO_MANY));
    return CREDIT_OK;
}

static enum credit_status turns_find(struct group_planning *planning)
{
    struct group_plan *plan = planning->plan;
    const struct group_move_request *request = &planning->move->request;
    struct obligor_group_member *members;
    size_t count;

    TRY(move_from_customer(&plan->customer_status,
                           obligor_group_members_read(planning->store, &members, &count,
                                                      planning->arena, plan->from.id, DATE_NONE)));
    plan->turn_room = 3UL * GROUP_MEMBERS_MAX;
    plan->turns = arena_take_array(planning->arena, plan->turn_room, sizeof(*plan->turns));
    REQUIRE(plan->turns != NULL, CREDIT_NO_MEMORY);
    if (request->kind == GROUP_MOVE_JOIN) {
        TRY(room_judge(planning, plan->from.id, request->customer_count));
        return joining_judge(planning);
    }
    if (request->kind == GROUP_MOVE_LEAVE || request->kind == GROUP_MOVE_SPLIT) {
        return leaving_judge(planning, members, count);
    }
    for (size_t i = 0; i < count; i++) {
        if (members[i].until == DATE_NONE) {
            TRY(group_turn_add(planning, members[i].customer,
                               &plan->sides[request->kind == GROUP_MOVE_MERGE ? 1 : 0]));
        }
    }
    return request->kind == GROUP_MOVE_MERGE ? room_judge(planning, plan->to.id, plan->turn_count)
                                             : CREDIT_OK;
}

/* ---- limits ---- */

static enum credit_status cap_add(struct obligor_group *group, const struct obligor_group *by,
                                  int64_t amount_minor)
{
    REQUIRE(group->currency == by->currency, CREDIT_CURRENCY_DIFFERS);
    REQUIRE(amount_minor <= 0 || group->cap_minor <= AMOUNT_MAX - amount_minor,
            CREDIT_AMOUNT_OVERFLOW);
    REQUIRE(group->cap_minor + amount_minor > 0, CREDIT_NO_GROUP_LIMIT);
    group->cap_minor += amount_minor;
    return CREDIT_OK;
}

/* The total of a group that has none: its id is the group's. */
static enum credit_status limit_new(struct group_planning *planning, struct obligor_group *group)
{
    const struct group_move_request *request = &planning->move->request;
    char text[GROUP_MOVE_TEXT_SIZE];

    (void)snprintf(text, sizeof(text), "%.*s.T", (int)group->id.size, group->id.data);
    group->limit = arena_copy(planning->arena, slice_from_cstr(text));
    REQUIRE(group->limit.data != NULL, CREDIT_NO_MEMORY);
    group->currency = request->currency;
    group->cap_minor = request->cap_minor;
    planning->plan->opens = true;
    return CREDIT_OK;
}

static enum credit_status limit_plan(struct group_planning *planning)
{
    struct group_plan *plan = planning->plan;
    const struct group_move_request *request = &planning->move->request;

    plan->from_changes = true;
    if (plan->from.limit.size == 0) {
        return limit_new(planning, &plan->from);
    }
    REQUIRE(plan->from.currency == request->currency, CREDIT_CURRENCY_DIFFERS);
    plan->from.cap_minor = request->cap_minor;
    plan->turn_count = 0; /* they stand below it already */
    return CREDIT_OK;
}

static enum credit_status merge_plan(struct group_planning *planning)
{
    struct group_plan *plan = planning->plan;

    if (plan->from.limit.size > 0) {
        REQUIRE(plan->to.limit.size > 0, CREDIT_NO_GROUP_LIMIT);
        plan->closes = true;
        if (planning->move->request.cap_moves) {
            TRY(cap_add(&plan->to, &plan->from, plan->from.cap_minor));
            plan->to_changes = true;
        }
    }
    plan->from.merged_into = plan->to.id;
    return CREDIT_OK;
}

static enum credit_status split_plan(struct group_planning *planning)
{
    struct group_plan *plan = planning->plan;
    const struct group_move_request *request = &planning->move->request;
    char text[GROUP_MOVE_TEXT_SIZE];

    (void)snprintf(text, sizeof(text), "GS-%08lld", (long long)planning->move->number);
    plan->to = (struct obligor_group){.id = arena_copy(planning->arena, slice_from_cstr(text)),
                                      .legal_entity = plan->from.legal_entity,
                                      .name = request->name,
                                      .lead = request->lead};
    REQUIRE(plan->to.id.data != NULL, CREDIT_NO_MEMORY);
    REQUIRE(chosen(request, request->lead), CREDIT_GROUP_LEAD);
    TRY(group_place_take(planning->store, &plan->to, &plan->customer_status, planning->arena,
                         request->organisation));
    /* Without a total of its own what is drawn would count on none any more. */
    REQUIRE(request->has_cap == (plan->from.limit.size > 0), CREDIT_NO_GROUP_LIMIT);
    if (request->has_cap) {
        TRY(limit_new(planning, &plan->to));
        if (request->cap_moves) {
            TRY(cap_add(&plan->from, &plan->to, -request->cap_minor));
            plan->from_changes = true;
        }
    }
    return CREDIT_OK;
}

static enum credit_status limits_plan(struct group_planning *planning)
{
    switch (planning->move->request.kind) {
    case GROUP_MOVE_LIMIT:
        return limit_plan(planning);
    case GROUP_MOVE_MERGE:
        return merge_plan(planning);
    case GROUP_MOVE_SPLIT:
        return split_plan(planning);
    default:
        return CREDIT_OK;
    }
}

/* ---- commands ---- */

static void text_member(struct json_writer *writer, const char *name, struct slice text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, text);
}

static void cap_member(struct json_writer *writer, int64_t cap_minor, enum currency currency)
{
    json_name(writer, SLICE("cap"));
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    amount_write(writer->buffer, cap_minor, currency);
    buffer_append_byte(writer->buffer, '"');
}

static void parents_member(struct json_writer *writer, struct slice parents)
{
    struct slice parent;

    json_name(writer, SLICE("parents"));
    json_array_begin(writer);
    while (slice_split(&parents, ' ', &parent)) {
        if (parent.size > 0) {
            json_string(writer, parent);
        }
    }
    json_array_end(writer);
}

/* In: id  of the command; empty: the next of the move's */
static void command_begin(struct group_planning *planning, const char *op, struct slice id,
                          struct slice limit)
{
    struct group_plan *plan = planning->plan;
    char own[COMMAND_ID_SIZE];
    char of[COMMAND_ID_SIZE];

    plan->command_count++;
    (void)snprintf(own, sizeof(own), "%s-%lld.%zu", planning->tag,
                   (long long)planning->move->number, plan->command_count);
    (void)snprintf(of, sizeof(of), "%s-%lld", planning->tag, (long long)planning->move->number);
    json_object_begin(&planning->writer);
    text_member(&planning->writer, "op", slice_from_cstr(op));
    text_member(&planning->writer, "id", id.size > 0 ? id : slice_from_cstr(own));
    text_member(&planning->writer, "actor", planning->actor->id);
    text_member(&planning->writer, "case",
                planning->case_text.size > 0 ? planning->case_text : slice_from_cstr(of));
    if (id.size == 0) {
        text_member(&planning->writer, "limit", limit);
    }
    plan->limits[plan->limit_count++] = limit;
}

/* A limit of the pack is opened over a group or a customer. */
static void rule_open_write(struct group_planning *planning, const struct credit_rule *rule,
                            struct slice id, struct slice holder)
{
    struct json_writer *writer = &planning->writer;

    command_begin(planning, "limit.open", id, id);
    text_member(writer, "holder", holder);
    text_member(writer, "kind", SLICE("regulatory"));
    text_member(writer, "currency", currency_code(rule->currency));
    cap_member(writer, rule->cap_minor, rule->currency);
    text_member(writer, "measure", credit_rule_measure(rule));
    text_member(writer, "mode", credit_rule_mode(rule));
    json_object_end(writer);
}

static void side_write(struct group_planning *planning, const struct group_side *side)
{
    for (size_t i = 0; i < side->rule_count; i++) {
        const struct group_rule *was = &side->rules[i].was;
        const struct group_rule *is = &side->rules[i].is;
        if (was->id.size == 0) {
            rule_open_write(planning, side->rules[i].rule, is->id, side->group->id);
        } else if (is->cap_minor != was->cap_minor || !slice_equal(is->mode, was->mode)) {
            command_begin(planning, "limit.adjust", SLICE(""), is->id);
            cap_member(&planning->writer, is->cap_minor, is->currency);
            text_member(&planning->writer, "mode", is->mode);
            json_object_end(&planning->writer);
        }
    }
}

static void own_write(struct group_planning *planning, const struct group_own *own)
{
    char text[CASE_SIZE];

    if (own->standing == NULL) {
        (void)snprintf(text, sizeof(text), "%.*s#%.*s", (int)own->decision.size, own->decision.data,
                       (int)own->rule->id.size, own->rule->id.data);
        planning->case_text = slice_from_cstr(text);
        rule_open_write(planning, own->rule, own->id, own->customer);
        planning->case_text = SLICE("");
    } else if (own->standing->cap_minor != own->rule->cap_minor) {
        command_begin(planning, "limit.adjust", SLICE(""), own->id);
        cap_member(&planning->writer, own->rule->cap_minor, own->rule->currency);
        json_object_end(&planning->writer);
    }
}

static void move_write(struct group_planning *planning, struct slice limit, struct slice parents)
{
    command_begin(planning, "limit.move", SLICE(""), limit);
    parents_member(&planning->writer, parents);
    json_object_end(&planning->writer);
}

/* The total of a group: opened, of another cap, below others. */
static enum credit_status total_write(struct group_planning *planning,
                                      const struct group_side *side, bool opens, bool changes)
{
    const struct obligor_group *group = side->group;
    struct slice was;
    struct slice is;

    if (group == NULL || group->limit.size == 0) {
        return CREDIT_OK;
    }
    TRY(group_total_parents(&was, planning->arena, side, false));
    TRY(group_total_parents(&is, planning->arena, side, true));
    if (opens) {
        command_begin(planning, "limit.open", group->limit, group->limit);
        text_member(&planning->writer, "holder", group->id);
        text_member(&planning->writer, "kind", SLICE("group"));
        text_member(&planning->writer, "currency", currency_code(group->currency));
        cap_member(&planning->writer, group->cap_minor, group->currency);
        text_member(&planning->writer, "mode", SLICE("hard"));
        parents_member(&planning->writer, is);
        json_object_end(&planning->writer);
        return CREDIT_OK;
    }
    if (changes) {
        command_begin(planning, "limit.adjust", SLICE(""), group->limit);
        cap_member(&planning->writer, group->cap_minor, group->currency);
        json_object_end(&planning->writer);
    }
    if (!slice_equal(was, is)) {
        move_write(planning, group->limit, is);
    }
    return CREDIT_OK;
}

static void close_write(struct group_planning *planning, struct slice limit)
{
    command_begin(planning, "limit.close", SLICE(""), limit);
    json_object_end(&planning->writer);
    planning->plan->limit_count--; /* nothing is left of it to look at */
}

/* What is given up is closed when nothing stands below it any more. */
static void closes_write(struct group_planning *planning)
{
    const struct group_plan *plan = planning->plan;

    if (plan->closes) {
        close_write(planning, plan->from.limit);
    }
    for (size_t s = 0; s < 2; s++) {
        for (size_t i = 0; i < plan->sides[s].rule_count; i++) {
            if (plan->sides[s].rules[i].is.closed) {
                close_write(planning, plan->sides[s].rules[i].is.id);
            }
        }
    }
}

/* What stands above first: what goes below it stands where it will stay. */
static enum credit_status all_write(struct group_planning *planning)
{
    struct group_plan *plan = planning->plan;
    const bool of_to = planning->move->request.kind == GROUP_MOVE_SPLIT;

    for (size_t s = 0; s < 2; s++) {
        side_write(planning, &plan->sides[s]);
    }
    for (size_t i = 0; i < plan->own_count; i++) {
        own_write(planning, &plan->own[i]);
    }
    TRY(total_write(planning, &plan->sides[0], plan->opens && !of_to, plan->from_changes));
    TRY(total_write(planning, &plan->sides[1], plan->opens && of_to, plan->to_changes));
    for (size_t i = 0; i < plan->turn_count; i++) {
        const struct group_turn *turn = &plan->turns[i];
        if (turn->total != NULL && !slice_equal(turn->parents, turn->total->parents)) {
            move_write(planning, turn->total->id, turn->parents);
        }
    }
    closes_write(planning);
    return CREDIT_OK;
}

static enum credit_status commands_write(struct group_planning *planning)
{
    struct group_plan *plan = planning->plan;
    const size_t room = plan->turn_count + plan->own_count + plan->sides[0].rule_count +
                        plan->sides[1].rule_count + 6;
    struct buffer out = {0};

    /* A limit of the pack stands at most twice, changed and closed. */
    plan->limits = arena_take_array(planning->arena, 2 * room, sizeof(*plan->limits));
    REQUIRE(plan->limits != NULL, CREDIT_NO_MEMORY);
    json_writer_init(&planning->writer, &out);
    json_array_begin(&planning->writer);
    const enum credit_status status = all_write(planning);
    json_array_end(&planning->writer);
    plan->commands = buffer_failed(&out) || status != CREDIT_OK
                         ? slice_of(NULL, 0)
                         : arena_copy(planning->arena, buffer_slice(&out));
    buffer_release(&out);
    TRY(status);
    REQUIRE(plan->commands.data != NULL, CREDIT_NO_MEMORY);
    return plan->command_count <= OUTBOX_COMMANDS_MAX ? CREDIT_OK : CREDIT_TOO_MANY_LIMITS;
}

/* ---- the hash of what is shown ---- */

static void hash_total(struct buffer *out, const struct group_side *side)
{
    if (side->group == NULL) {
        return;
    }
    shown_text(out, side->group->id);
    shown_text(out, side->group->limit);
    shown_number(out, side->group->cap_minor);
    for (size_t i = 0; i < side->rule_count; i++) {
        const struct group_rule *is = &side->rules[i].is;
        shown_text(out, is->id);
        shown_text(out, is->mode);
        buffer_printf(out, "%lld %d %d\n", (long long)is->cap_minor, is->above_total ? 1 : 0,
                      is->closed ? 1 : 0);
    }
}

/* Over what was asked, and over each limit as it will be; not over who looks, nor over what is
 * drawn, which changes all the time and is asked for by the names of what would be over. */
static enum credit_status hash_make(struct group_planning *planning)
{
    struct group_plan *plan = planning->plan;
    struct buffer out = {0};

    shown_text(&out, planning->move->body);
    for (size_t s = 0; s < 2; s++) {
        hash_total(&out, &plan->sides[s]);
    }
    for (size_t i = 0; i < plan->own_count; i++) {
        shown_text(&out, plan->own[i].id);
        shown_number(&out, plan->own[i].rule->cap_minor);
    }
    for (size_t i = 0; i < plan->turn_count; i++) {
        shown_text(&out, plan->turns[i].customer);
        shown_text(&out, plan->turns[i].total == NULL ? SLICE("") : plan->turns[i].total->id);
        shown_text(&out, plan->turns[i].parents);
    }
    return shown_hash(&plan->hash, planning->arena, &out);
}

/* ---- judging ---- */

/* Nothing of those whom it changes is under way elsewhere. */
static enum credit_status free_judge(struct group_planning *planning)
{
    struct group_plan *plan = planning->plan;

    REQUIRE(plan->from.moving == 0 && plan->to.moving == 0, CREDIT_MOVE_OPEN);
    for (size_t i = 0; i < plan->turn_count; i++) {
        const struct store_value values[] = {store_text(plan->turns[i].customer)};
        struct customer customer;
        struct store_rows rows;
        TRY(move_from_customer(&plan->customer_status,
                               customer_read(planning->store, &customer, planning->arena,
                                             plan->turns[i].customer, NULL)));
        REQUIRE(customer.moving == 0, CREDIT_MOVE_OPEN);
        TRY(credit_from_store(
            store_select(planning->store, &rows, planning->arena, QUERY_VERDICTS_TURN, values)));
        REQUIRE(rows.count == 0, CREDIT_DECISION_PENDING);
    }
    return CREDIT_OK;
}

static enum credit_status groups_read(struct group_planning *planning)
{
    struct group_plan *plan = planning->plan;
    const struct group_move_request *request = &planning->move->request;
    enum customer_status *refused = &plan->customer_status;

    TRY(move_from_customer(refused, obligor_group_row_read(planning->store, &plan->from,
                                                           planning->arena, request->group)));
    REQUIRE(plan->from.merged_into.size == 0, move_from_customer(refused, CUSTOMER_GROUP_MERGED));
    if (request->kind == GROUP_MOVE_MERGE) {
        TRY(move_from_customer(refused, obligor_group_row_read(planning->store, &plan->to,
                                                               planning->arena, request->target)));
        REQUIRE(plan->to.merged_into.size == 0, move_from_customer(refused, CUSTOMER_GROUP_MERGED));
        REQUIRE(slice_equal(plan->to.legal_entity, plan->from.legal_entity),
                move_from_customer(refused, CUSTOMER_NO_GROUP));
        REQUIRE(!slice_equal(plan->to.id, plan->from.id),
                move_from_customer(refused, CUSTOMER_NO_OTHER));
    }
    return CREDIT_OK;
}

static enum credit_status plan_make(struct group_planning *planning)
{
    struct group_plan *plan = planning->plan;

    *plan = (struct group_plan){.customer_status = CUSTOMER_OK};
    TRY(groups_read(planning));
    TRY(group_rules_take(planning));
    TRY(turns_find(planning));
    TRY(limits_plan(planning));
    plan->mover_count = plan->turn_count;
    TRY(group_sides_plan(planning));
    TRY(group_turns_plan(planning));
    if (!planning->under_way) {
        TRY(free_judge(planning));
    }
    TRY(hash_make(planning));
    return commands_write(planning);
}

enum credit_status group_plan_make(struct store *store, struct group_plan *ret_plan,
                                   struct arena *arena, const struct people_actor *actor,
                                   struct pack_shelf *shelf, const struct group_move *move)
{
    struct group_planning planning = {.store = store,
                                      .arena = arena,
                                      .actor = actor,
                                      .move = move,
                                      .shelf = shelf,
                                      .tag = "GM",
                                      .plan = ret_plan};

    planning.under_way = slice_equal(move->state, SLICE("owed"));
    const enum credit_status status = plan_make(&planning);
    if (status != CREDIT_TOO_MANY_LIMITS || move->request.kind != GROUP_MOVE_RULES) {
        return status;
    }
    /* The limits over the group must be brought in one chain; those over each member alone are
     * brought by the member's next decision, too. */
    planning.members_stay = true;
    return plan_make(&planning);
}

enum credit_status group_alone_plan_make(struct store *store, struct group_plan *ret_plan,
                                         struct arena *arena, const struct people_actor *actor,
                                         struct pack_shelf *shelf, const struct group_alone *alone)
{
    const struct group_move move = {.number = alone->number, .request = {.kind = GROUP_MOVE_RULES}};
    struct group_planning planning = {.store = store,
                                      .arena = arena,
                                      .actor = actor,
                                      .move = &move,
                                      .shelf = shelf,
                                      .tag = alone->tag,
                                      .plan = ret_plan};

    *ret_plan = (struct group_plan){.customer_status = CUSTOMER_OK, .turn_room = 1};
    ret_plan->from.legal_entity = alone->relation->legal_entity;
    ret_plan->from.path = alone->relation->path;
    ret_plan->turns = arena_take_array(arena, 1, sizeof(*ret_plan->turns));
    REQUIRE(ret_plan->turns != NULL, CREDIT_NO_MEMORY);
    TRY(group_rules_take(&planning));
    REQUIRE(ret_plan->has_pack, CREDIT_NO_PACK);
    TRY(group_turn_add(&planning, alone->customer->id, NULL));
    TRY(group_turns_plan(&planning));
    TRY(free_judge(&planning));
    TRY(hash_make(&planning));
    return commands_write(&planning);
}
