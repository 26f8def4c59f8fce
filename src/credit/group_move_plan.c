/* Which limits a move of a group changes, and the chain for it. */
#include "base/amount.h"
#include "credit/group_move_internal.h"

enum { COMMAND_ID_SIZE = 40 };

struct planning {
    struct store *store;
    struct arena *arena;
    const struct people_actor *actor;
    const struct group_move *move;
    struct group_plan *plan;
    bool under_way; /* the ledger has accepted it: what was planned then is done */
    struct json_writer writer;
};

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

static enum credit_status turn_add(struct planning *planning, struct slice customer)
{
    struct group_plan *plan = planning->plan;
    struct credit_limit *limits;
    size_t count;

    struct group_turn *turn = &plan->turns[plan->turn_count++];
    *turn = (struct group_turn){.customer = customer, .parents = SLICE("")};
    TRY(credit_limits_read(planning->store, &limits, &count, planning->arena, customer));
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
static enum credit_status joining_judge(struct planning *planning)
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
        TRY(turn_add(planning, request->customers[i]));
    }
    return CREDIT_OK;
}

/* Members that go: each is one, and the group keeps its lead. */
static enum credit_status leaving_judge(struct planning *planning,
                                        const struct obligor_group_member *members, size_t count)
{
    const struct group_move_request *request = &planning->move->request;
    enum customer_status *refused = &planning->plan->customer_status;

    for (size_t i = 0; i < request->customer_count; i++) {
        REQUIRE(is_member(members, count, request->customers[i]),
                move_from_customer(refused, CUSTOMER_NOT_IN_GROUP));
        REQUIRE(!slice_equal(request->customers[i], planning->plan->from.lead), CREDIT_GROUP_LEAD);
        TRY(turn_add(planning, request->customers[i]));
    }
    return CREDIT_OK;
}

/* A group has room for so many more. */
static enum credit_status room_judge(struct planning *planning, struct slice group, size_t more)
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

static enum credit_status turns_find(struct planning *planning)
{
    struct group_plan *plan = planning->plan;
    const struct group_move_request *request = &planning->move->request;
    struct obligor_group_member *members;
    size_t count;

    TRY(move_from_customer(&plan->customer_status,
                           obligor_group_members_read(planning->store, &members, &count,
                                                      planning->arena, plan->from.id, DATE_NONE)));
    plan->turns = arena_take_array(planning->arena, count + request->customer_count + 1,
                                   sizeof(*plan->turns));
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
            TRY(turn_add(planning, members[i].customer));
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
static enum credit_status limit_new(struct planning *planning, struct obligor_group *group)
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

static enum credit_status limit_plan(struct planning *planning)
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

static enum credit_status merge_plan(struct planning *planning)
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

static enum credit_status split_plan(struct planning *planning)
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

/* The totals of those who are turned stand below the total of the group that they come to. */
static enum credit_status turns_plan(struct planning *planning, struct slice was, struct slice is)
{
    for (size_t i = 0; i < planning->plan->turn_count; i++) {
        struct group_turn *turn = &planning->plan->turns[i];
        if (turn->total != NULL) {
            TRY(move_parents_edit(&turn->parents, planning->arena, was, is));
        }
    }
    return CREDIT_OK;
}

static enum credit_status limits_plan(struct planning *planning)
{
    struct group_plan *plan = planning->plan;
    const struct slice none = SLICE("");
    const struct slice was = plan->from.limit;

    switch (planning->move->request.kind) {
    case GROUP_MOVE_LIMIT:
        TRY(limit_plan(planning));
        return turns_plan(planning, none, plan->from.limit);
    case GROUP_MOVE_JOIN:
        return turns_plan(planning, none, was);
    case GROUP_MOVE_LEAVE:
        return turns_plan(planning, was, none);
    case GROUP_MOVE_MERGE:
        TRY(merge_plan(planning));
        return turns_plan(planning, was, plan->to.limit);
    default:
        TRY(split_plan(planning));
        return turns_plan(planning, was, plan->to.limit);
    }
}

/* ---- commands ---- */

static void text_member(struct json_writer *writer, const char *name, struct slice text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, text);
}

static void cap_member(struct json_writer *writer, const struct obligor_group *group)
{
    json_name(writer, SLICE("cap"));
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    amount_write(writer->buffer, group->cap_minor, group->currency);
    buffer_append_byte(writer->buffer, '"');
}

/* In: id  of the command; empty: the next of the move's */
static void command_begin(struct planning *planning, const char *op, struct slice id,
                          struct slice limit)
{
    struct group_plan *plan = planning->plan;
    char own[COMMAND_ID_SIZE];
    char of[COMMAND_ID_SIZE];

    plan->command_count++;
    (void)snprintf(own, sizeof(own), "GM-%lld.%zu", (long long)planning->move->number,
                   plan->command_count);
    (void)snprintf(of, sizeof(of), "GM-%lld", (long long)planning->move->number);
    json_object_begin(&planning->writer);
    text_member(&planning->writer, "op", slice_from_cstr(op));
    text_member(&planning->writer, "id", id.size > 0 ? id : slice_from_cstr(own));
    text_member(&planning->writer, "actor", planning->actor->id);
    text_member(&planning->writer, "case", slice_from_cstr(of));
    if (id.size == 0) {
        text_member(&planning->writer, "limit", limit);
    }
    plan->limits[plan->limit_count++] = limit;
}

static void open_write(struct planning *planning, const struct obligor_group *group)
{
    command_begin(planning, "limit.open", group->limit, group->limit);
    text_member(&planning->writer, "holder", group->id);
    text_member(&planning->writer, "kind", SLICE("group"));
    text_member(&planning->writer, "currency", currency_code(group->currency));
    cap_member(&planning->writer, group);
    text_member(&planning->writer, "mode", SLICE("hard"));
    json_object_end(&planning->writer);
}

static void adjust_write(struct planning *planning, const struct obligor_group *group)
{
    command_begin(planning, "limit.adjust", SLICE(""), group->limit);
    cap_member(&planning->writer, group);
    json_object_end(&planning->writer);
}

static void turn_write(struct planning *planning, const struct group_turn *turn)
{
    struct slice rest = turn->parents;
    struct slice parent;

    if (turn->total == NULL || slice_equal(turn->parents, turn->total->parents)) {
        return;
    }
    command_begin(planning, "limit.move", SLICE(""), turn->total->id);
    json_name(&planning->writer, SLICE("parents"));
    json_array_begin(&planning->writer);
    while (slice_split(&rest, ' ', &parent)) {
        if (parent.size > 0) {
            json_string(&planning->writer, parent);
        }
    }
    json_array_end(&planning->writer);
    json_object_end(&planning->writer);
}

/* The group's own first: what goes below it stands where it will stay. A total that is given up is
 * closed when nothing stands below it any more. */
static enum credit_status commands_write(struct planning *planning)
{
    struct group_plan *plan = planning->plan;
    struct buffer out = {0};
    const struct obligor_group *opened =
        planning->move->request.kind == GROUP_MOVE_SPLIT ? &plan->to : &plan->from;

    plan->limits = arena_take_array(planning->arena, plan->turn_count + 4, sizeof(*plan->limits));
    REQUIRE(plan->limits != NULL, CREDIT_NO_MEMORY);
    json_writer_init(&planning->writer, &out);
    json_array_begin(&planning->writer);
    if (plan->opens) {
        open_write(planning, opened);
    }
    if (plan->from_changes && !(plan->opens && opened == &plan->from)) {
        adjust_write(planning, &plan->from);
    }
    if (plan->to_changes) {
        adjust_write(planning, &plan->to);
    }
    for (size_t i = 0; i < plan->turn_count; i++) {
        turn_write(planning, &plan->turns[i]);
    }
    if (plan->closes) {
        command_begin(planning, "limit.close", SLICE(""), plan->from.limit);
        json_object_end(&planning->writer);
        plan->limit_count--; /* nothing is left of it to look at */
    }
    json_array_end(&planning->writer);
    plan->commands =
        buffer_failed(&out) ? slice_of(NULL, 0) : arena_copy(planning->arena, buffer_slice(&out));
    buffer_release(&out);
    REQUIRE(plan->commands.data != NULL, CREDIT_NO_MEMORY);
    return plan->command_count <= OUTBOX_COMMANDS_MAX ? CREDIT_OK : CREDIT_TOO_MANY_LIMITS;
}

/* ---- judging ---- */

/* Nothing of those whom it changes is under way elsewhere. */
static enum credit_status free_judge(struct planning *planning)
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

static enum credit_status groups_read(struct planning *planning)
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

enum credit_status group_plan_make(struct store *store, struct group_plan *ret_plan,
                                   struct arena *arena, const struct people_actor *actor,
                                   const struct group_move *move)
{
    struct planning planning = {
        .store = store, .arena = arena, .actor = actor, .move = move, .plan = ret_plan};

    planning.under_way = slice_equal(move->state, SLICE("owed"));
    *ret_plan = (struct group_plan){.customer_status = CUSTOMER_OK};
    TRY(groups_read(&planning));
    TRY(turns_find(&planning));
    TRY(limits_plan(&planning));
    if (!planning.under_way) {
        TRY(free_judge(&planning));
    }
    return commands_write(&planning);
}
