#include "credit/group_move_internal.h"

/* ---- rows ---- */

static enum credit_status row_read(struct group_move *ret_move, struct arena *arena,
                                   const struct store_value *row)
{
    struct json_error error;
    const struct json_value *body = json_parse(arena, &error, row[2].bytes);

    *ret_move = (struct group_move){
        .number = row[0].number,
        .legal_entity = row[1].bytes,
        .body = row[2].bytes,
        .reason = row[3].bytes,
        .state = row[4].bytes,
        .proposed = row[5].number,
        .proposed_by = row[6].bytes,
        .person = row[7].bytes,
        .agreed_by = row[8].type == STORE_NULL ? SLICE("") : row[8].bytes,
        .made = row[9].type == STORE_NULL ? SLICE("") : row[9].bytes,
        .ended = row[10].type == STORE_NULL ? TIME_NONE : row[10].number,
        .rules = row[11].type == STORE_NULL ? SLICE("") : row[11].bytes,
    };
    REQUIRE(body != NULL, error.memory_short ? CREDIT_NO_MEMORY : CREDIT_STORE);
    const enum credit_status status = group_move_request_read(&ret_move->request, arena, body);
    return status == CREDIT_BAD_GROUP_MOVE ? CREDIT_STORE : status;
}

static enum credit_status move_find(struct store *store, struct group_move *ret_move,
                                    struct arena *arena, int64_t number)
{
    const struct store_value values[] = {store_integer(number)};
    struct store_rows rows;

    TRY(credit_from_store(store_select(store, &rows, arena, QUERY_GROUP_MOVE_GET, values)));
    REQUIRE(rows.count == 1, CREDIT_MOVE_NOT_FOUND);
    return row_read(ret_move, arena, store_row(&rows, 0));
}

/* Who sees the group sees what is moved of it. */
static enum credit_status move_seen(struct store *store, bool *ret_seen, struct arena *arena,
                                    const struct customer_reach *reach,
                                    const struct group_move *move)
{
    struct obligor_group group;

    enum customer_status status =
        obligor_group_read(store, &group, arena, reach, move->request.group);
    if (status == CUSTOMER_NO_GROUP && move->request.target.size > 0) {
        status = obligor_group_read(store, &group, arena, reach, move->request.target);
    }
    REQUIRE(status != CUSTOMER_STORE, CREDIT_STORE);
    REQUIRE(status != CUSTOMER_NO_MEMORY, CREDIT_NO_MEMORY);
    *ret_seen = status == CUSTOMER_OK;
    return CREDIT_OK;
}

enum credit_status group_move_read(struct store *store, struct group_move *ret_move,
                                   struct arena *arena, const struct customer_reach *reach,
                                   int64_t number)
{
    bool seen = false;

    TRY(move_find(store, ret_move, arena, number));
    TRY(move_seen(store, &seen, arena, reach, ret_move));
    return seen ? CREDIT_OK : CREDIT_MOVE_NOT_FOUND;
}

enum credit_status group_move_page(struct store *store, struct group_move **ret_moves,
                                   size_t *ret_count, int64_t *ret_last, struct arena *arena,
                                   const struct customer_reach *reach, struct slice group,
                                   int64_t below, size_t count)
{
    const struct store_value values[] = {store_text(group), store_integer(below),
                                         store_integer((int64_t)count)};
    struct store_rows rows;
    size_t kept = 0;

    TRY(credit_from_store(store_select(store, &rows, arena, QUERY_GROUP_MOVE_PAGE, values)));
    struct group_move *moves = arena_take_array(arena, rows.count + 1, sizeof(*moves));
    REQUIRE(moves != NULL, CREDIT_NO_MEMORY);
    *ret_last = rows.count < count ? 0 : store_row(&rows, rows.count - 1)[0].number;
    for (size_t i = 0; i < rows.count; i++) {
        bool seen = false;
        TRY(row_read(&moves[kept], arena, store_row(&rows, i)));
        TRY(move_seen(store, &seen, arena, reach, &moves[kept]));
        kept += seen ? 1 : 0;
    }
    *ret_moves = moves;
    *ret_count = kept;
    return CREDIT_OK;
}

/* ---- what is written of a step ---- */

static struct slice subject_write(char text[GROUP_MOVE_TEXT_SIZE], int64_t number)
{
    (void)snprintf(text, GROUP_MOVE_TEXT_SIZE, "group-move/%lld", (long long)number);
    return slice_from_cstr(text);
}

static enum credit_status step_record(struct store *store, const struct people_actor *actor,
                                      const struct group_move *move, const char *verb,
                                      struct slice reason)
{
    char text[GROUP_MOVE_TEXT_SIZE];
    const struct move_step step = {.what = "group-move",
                                   .verb = verb,
                                   .subject = subject_write(text, move->number),
                                   .after = move->body,
                                   .reason = reason};

    return move_step_record(store, actor, &step);
}

static enum credit_status state_store(struct store *store, const struct group_move *move)
{
    const struct store_value values[] = {store_integer(move->number),
                                         store_text(move->state),
                                         store_text_or_null(move->agreed_by),
                                         store_text_or_null(move->made),
                                         move->ended == TIME_NONE ? store_null()
                                                                  : store_integer(move->ended),
                                         store_text_or_null(move->rules)};

    return credit_from_store(store_change(store, NULL, QUERY_GROUP_MOVE_SET, values));
}

/* ---- who is kept from other changes ---- */

static enum credit_status moving_set(struct store *store, const struct group_plan *plan,
                                     const struct group_move *move, int64_t number)
{
    enum customer_status ignored;

    TRY(move_from_customer(&ignored, obligor_group_moving_set(store, plan->from.id, number)));
    if (move->request.kind == GROUP_MOVE_MERGE) {
        TRY(move_from_customer(&ignored, obligor_group_moving_set(store, plan->to.id, number)));
    }
    for (size_t i = 0; i < plan->turn_count; i++) {
        TRY(move_from_customer(&ignored,
                               customer_moving_set(store, plan->turns[i].customer, number)));
    }
    return CREDIT_OK;
}

/* Decisions that waited meanwhile get their turn. */
static enum credit_status turns_give(struct store *store, struct arena *arena,
                                     const struct group_plan *plan, time_us now)
{
    for (size_t i = 0; i < plan->turn_count; i++) {
        TRY(credit_turns(store, arena, plan->turns[i].customer, now));
    }
    return CREDIT_OK;
}

/* ---- done ---- */

static struct slice action_of(enum group_move_kind kind)
{
    static const char *const actions[] = {
#define X(identifier, name, action) action,
        GROUP_MOVE_LIST(X)
#undef X
    };

    return slice_from_cstr(actions[kind]);
}

static enum credit_status limits_store(struct store *store, const struct group_plan *plan)
{
    for (size_t i = 0; i < plan->turn_count; i++) {
        const struct group_turn *turn = &plan->turns[i];
        if (turn->total != NULL) {
            const struct store_value values[] = {store_text(turn->total->id),
                                                 store_text(turn->parents)};
            TRY(credit_from_store(store_change(store, NULL, QUERY_CREDIT_LIMIT_PLACE, values)));
        }
    }
    return CREDIT_OK;
}

/* Limits of the pack over customers alone. */
static enum credit_status own_store(struct store *store, const struct group_plan *plan)
{
    for (size_t i = 0; i < plan->own_count; i++) {
        const struct group_own *own = &plan->own[i];
        const struct store_value opened[] = {
            store_text(own->id),
            store_text(plan->from.legal_entity),
            store_text(own->customer),
            store_text(SLICE("rule")),
            store_text(own->decision),
            store_text(own->rule->id),
            store_text(SLICE("")),
            store_text(currency_code(own->rule->currency)),
            store_integer(own->rule->cap_minor),
        };
        const struct store_value settled[] = {store_text(own->decision), store_text(SLICE("open"))};
        if (own->standing == NULL) {
            TRY(credit_from_store(store_change(store, NULL, QUERY_CREDIT_LIMIT_PUT, opened)));
            TRY(credit_from_store(store_change(store, NULL, QUERY_CREDIT_LIMIT_SETTLE, settled)));
        } else {
            const struct store_value changed[] = {store_text(own->id),
                                                  store_integer(own->rule->cap_minor),
                                                  store_text(own->standing->parents)};
            TRY(credit_from_store(store_change(store, NULL, QUERY_CREDIT_LIMIT_CHANGE, changed)));
        }
    }
    return CREDIT_OK;
}

/* Limits of the pack over each group. */
static enum credit_status rules_store(struct store *store, const struct group_plan *plan)
{
    for (size_t s = 0; s < 2; s++) {
        const struct group_side *side = &plan->sides[s];
        for (size_t i = 0; i < side->rule_count; i++) {
            TRY(group_rule_put(store, side->group->id, &side->rules[i].is));
        }
    }
    return CREDIT_OK;
}

/* Closes before it opens: a customer has one group at a time. */
static enum customer_status members_store(struct store *store, struct arena *arena,
                                          const struct group_move *move,
                                          const struct group_plan *plan, date_days today)
{
    const enum group_move_kind kind = move->request.kind;
    const bool goes =
        kind == GROUP_MOVE_LEAVE || kind == GROUP_MOVE_MERGE || kind == GROUP_MOVE_SPLIT;
    const bool comes =
        kind == GROUP_MOVE_JOIN || kind == GROUP_MOVE_MERGE || kind == GROUP_MOVE_SPLIT;
    const struct obligor_group *to = kind == GROUP_MOVE_JOIN ? &plan->from : &plan->to;

    for (size_t i = 0; i < plan->mover_count && goes; i++) {
        TRY(obligor_group_member_close(store, &plan->from, plan->turns[i].customer, today));
    }
    for (size_t i = 0; i < plan->mover_count && comes; i++) {
        TRY(obligor_group_member_put(store, arena, to, plan->turns[i].customer, move->reason,
                                     today));
    }
    return CUSTOMER_OK;
}

static enum customer_status groups_store(struct store *store, struct arena *arena,
                                         const struct people_actor *actor, struct group_move *move,
                                         struct group_plan *plan)
{
    const enum group_move_kind kind = move->request.kind;

    if (kind == GROUP_MOVE_MERGE) {
        plan->from.limit = SLICE("");
        TRY(obligor_group_store(store, &plan->to, arena, actor, SLICE("group.absorb"),
                                move->reason));
    }
    TRY(obligor_group_store(store, &plan->from, arena, actor, action_of(kind), move->reason));
    if (kind == GROUP_MOVE_SPLIT) {
        const struct slice limit = plan->to.limit;
        plan->to.limit = SLICE(""); /* it is entered without; the next version has it */
        TRY(obligor_group_make(store, &plan->to, arena, actor, SLICE("group.create"),
                               move->reason));
        if (limit.size > 0) {
            plan->to.limit = limit;
            TRY(obligor_group_store(store, &plan->to, arena, actor, SLICE("group.limit"),
                                    move->reason));
        }
        move->made = plan->to.id;
    }
    return CUSTOMER_OK;
}

static enum credit_status finish(struct store *store, struct arena *arena,
                                 const struct people_actor *actor, struct group_move *move,
                                 struct group_plan *plan)
{
    enum customer_status ignored;

    TRY(moving_set(store, plan, move, 0));
    TRY(limits_store(store, plan));
    TRY(own_store(store, plan));
    TRY(move_from_customer(&ignored, groups_store(store, arena, actor, move, plan)));
    TRY(rules_store(store, plan));
    TRY(move_from_customer(&ignored,
                           members_store(store, arena, move, plan, customer_today(actor->now))));
    move->state = SLICE("done");
    move->ended = actor->now;
    TRY(state_store(store, move));
    TRY(step_record(store, actor, move, "finish", SLICE("")));
    return turns_give(store, arena, plan, actor->now);
}

static enum credit_status refused(struct store *store, struct arena *arena,
                                  const struct people_actor *actor, struct group_move *move,
                                  const struct group_plan *plan)
{
    TRY(moving_set(store, plan, move, 0));
    move->state = SLICE("refused");
    move->ended = actor->now;
    TRY(state_store(store, move));
    TRY(step_record(store, actor, move, "refuse", SLICE("")));
    return turns_give(store, arena, plan, actor->now);
}

enum credit_status group_move_answered(struct store *store, struct arena *arena,
                                       const struct outbox_chain *chain)
{
    static const char prefix[] = "group-move/";
    const struct people_actor actor = {
        .id = chain->actor, .address = SLICE(""), .now = chain->answered};
    const size_t skip = sizeof(prefix) - 1;
    struct group_plan plan;
    struct group_move move;
    uint64_t number;

    check(chain->subject.size > skip &&
          slice_to_u64(slice_of(chain->subject.data + skip, chain->subject.size - skip), INT64_MAX,
                       &number));
    TRY(move_find(store, &move, arena, (int64_t)number));
    /* What it was planned from has been kept from changing since. */
    TRY(group_plan_make(store, &plan, arena, &actor, NULL, &move));
    return chain->state == OUTBOX_ACCEPTED ? finish(store, arena, &actor, &move, &plan)
                                           : refused(store, arena, &actor, &move, &plan);
}

/* ---- agreed ---- */

static enum credit_status owe(struct store *store, const struct people_actor *actor,
                              struct group_move *move, const struct group_plan *plan)
{
    char text[GROUP_MOVE_TEXT_SIZE];
    char case_ref[24];

    (void)snprintf(case_ref, sizeof(case_ref), "GM-%lld", (long long)move->number);
    const struct outbox_chain chain = {.case_ref = slice_from_cstr(case_ref),
                                       .step = group_move_kind_name(move->request.kind),
                                       .purpose = SLICE(GROUP_MOVE_PURPOSE),
                                       .subject = subject_write(text, move->number),
                                       .actor = actor->id,
                                       .commands = plan->commands,
                                       .made = actor->now};
    TRY(moving_set(store, plan, move, move->number));
    move->state = SLICE("owed");
    TRY(state_store(store, move));
    return credit_from_store(outbox_add(store, &chain));
}

/* With the consent stand the limits of the pack that the plan was made by. */
static enum credit_status agreed(struct store *store, struct arena *arena,
                                 const struct people_actor *actor, struct group_move *move,
                                 struct group_plan *plan)
{
    if (plan->has_pack) {
        TRY(credit_rules_write(&move->rules, arena, plan->rules, plan->rule_count));
    }
    move->agreed_by = actor->id;
    TRY(step_record(store, actor, move, "agree", SLICE("")));
    return plan->command_count > 0 ? owe(store, actor, move, plan)
                                   : finish(store, arena, actor, move, plan);
}

static enum credit_status move_add(struct store *store, const struct people_actor *actor,
                                   struct slice person, const struct group_move *move)
{
    const struct store_value values[] = {store_integer(move->number),
                                         store_text(group_move_kind_name(move->request.kind)),
                                         store_text(move->legal_entity),
                                         store_text(move->request.group),
                                         store_text(move->request.target),
                                         store_text(move->body),
                                         store_text(move->reason),
                                         store_text(SLICE("proposed")),
                                         store_integer(actor->now),
                                         store_text(actor->id),
                                         store_text(person)};

    TRY(credit_from_store(store_change(store, NULL, QUERY_GROUP_MOVE_ADD, values)));
    return step_record(store, actor, move, "propose", move->reason);
}

struct deciding {
    const struct move_asking *asking;
    int64_t number;
    struct slice reason;
    struct slice shown;
    struct arena *arena;
    enum customer_status customer;
    enum credit_status (*work)(struct store *store, struct deciding *deciding,
                               struct group_move *move);
    enum credit_status status;
};

/* Who moves a group reaches its organisation. */
static enum credit_status place_judge(struct store *store, struct arena *arena,
                                      enum customer_status *ret_customer,
                                      const struct customer_reach *reach, struct slice id)
{
    struct obligor_group group;

    TRY(move_from_customer(ret_customer, obligor_group_read(store, &group, arena, reach, id)));
    REQUIRE(customer_reaches(reach, group.path),
            move_from_customer(ret_customer, CUSTOMER_NO_GROUP));
    return CREDIT_OK;
}

enum credit_status group_move_reached(struct store *store, enum customer_status *ret_customer,
                                      struct arena *arena, const struct customer_reach *reach,
                                      const struct group_move_request *request)
{
    TRY(place_judge(store, arena, ret_customer, reach, request->group));
    if (request->kind == GROUP_MOVE_MERGE) {
        TRY(place_judge(store, arena, ret_customer, reach, request->target));
    }
    for (size_t i = 0; request->kind == GROUP_MOVE_JOIN && i < request->customer_count; i++) {
        struct customer customer;
        TRY(move_from_customer(
            ret_customer, customer_read(store, &customer, arena, request->customers[i], NULL)));
        REQUIRE(customer_seen(reach, &customer),
                move_from_customer(ret_customer, CUSTOMER_NOT_FOUND));
    }
    return CREDIT_OK;
}

static enum credit_status agree_work(struct store *store, struct deciding *deciding,
                                     struct group_move *move)
{
    const struct move_asking *asking = deciding->asking;
    const struct people_actor *actor = asking->actor;
    struct group_plan plan;

    TRY(group_move_reached(store, &deciding->customer, deciding->arena, asking->reach,
                           &move->request));
    REQUIRE(asking->person.size > 0 && !slice_equal(asking->person, move->person),
            CREDIT_FOUR_EYES);
    const enum credit_status planned =
        group_plan_make(store, &plan, deciding->arena, actor, asking->shelf, move);
    deciding->customer = plan.customer_status;
    TRY(planned);
    REQUIRE(deciding->shown.size > 0, CREDIT_SHOWN_NEEDED);
    REQUIRE(slice_equal(deciding->shown, plan.hash), CREDIT_SHOWN_CHANGED);
    return agreed(store, deciding->arena, actor, move, &plan);
}

static enum credit_status reject_work(struct store *store, struct deciding *deciding,
                                      struct group_move *move)
{
    move->state = SLICE("rejected");
    move->ended = deciding->asking->actor->now;
    TRY(state_store(store, move));
    return step_record(store, deciding->asking->actor, move, "reject", deciding->reason);
}

static enum credit_status decide_within(struct store *store, struct deciding *deciding)
{
    struct group_move move;

    TRY(group_move_read(store, &move, deciding->arena, deciding->asking->reach, deciding->number));
    REQUIRE(slice_equal(move.state, SLICE("proposed")), CREDIT_MOVE_ENDED);
    TRY(place_judge(store, deciding->arena, &deciding->customer, deciding->asking->reach,
                    move.request.group));
    return deciding->work(store, deciding, &move);
}

static enum store_status decide_work(struct store *store, void *context)
{
    struct deciding *deciding = context;

    deciding->status = decide_within(store, deciding);
    return deciding->status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

static enum credit_status decide_run(struct store *store, struct deciding *deciding,
                                     enum customer_status *ret_customer)
{
    const enum store_status status = store_transact(store, STORE_WRITE, decide_work, deciding);

    *ret_customer = deciding->customer;
    return credit_outcome(status, deciding->status);
}

enum credit_status group_move_agree(struct store *store, enum customer_status *ret_customer,
                                    struct arena *arena, const struct move_asking *asking,
                                    int64_t number, struct slice shown)
{
    struct deciding deciding = {
        .asking = asking, .number = number, .shown = shown, .arena = arena, .work = agree_work};

    return decide_run(store, &deciding, ret_customer);
}

enum credit_status group_move_reject(struct store *store, enum customer_status *ret_customer,
                                     struct arena *arena, const struct move_asking *asking,
                                     int64_t number, struct slice reason)
{
    struct deciding deciding = {
        .asking = asking, .number = number, .reason = reason, .arena = arena, .work = reject_work};

    return decide_run(store, &deciding, ret_customer);
}

/* ---- proposed ---- */

struct proposing {
    const struct move_asking *asking;
    struct group_move move;
    struct arena *arena;
    enum customer_status customer;
    enum credit_status status;
};

enum credit_status group_place_take(struct store *store, struct obligor_group *group,
                                    enum customer_status *ret_customer, struct arena *arena,
                                    struct slice organisation)
{
    struct people_organisation place;

    const enum people_status status = people_organisation_read(store, &place, arena, organisation);
    REQUIRE(status != PEOPLE_STORE, CREDIT_STORE);
    REQUIRE(status != PEOPLE_NO_MEMORY, CREDIT_NO_MEMORY);
    REQUIRE(status == PEOPLE_OK && slice_equal(place.legal_entity, group->legal_entity),
            move_from_customer(ret_customer, CUSTOMER_NO_ORGANISATION));
    group->organisation = place.id;
    group->path = place.path;
    return CREDIT_OK;
}

static enum credit_status number_take(struct store *store, struct arena *arena,
                                      struct group_move *move)
{
    struct store_rows rows;

    TRY(credit_from_store(store_select(store, &rows, arena, QUERY_GROUP_MOVE_LAST, NULL)));
    move->number = store_row(&rows, 0)[0].number + 1;
    return CREDIT_OK;
}

enum credit_status group_move_foresee(struct store *store, struct group_plan *ret_plan,
                                      enum customer_status *ret_customer, struct arena *arena,
                                      const struct move_asking *asking,
                                      const struct group_move *move)
{
    struct group_move next = *move;

    *ret_plan = (struct group_plan){.customer_status = CUSTOMER_OK};
    *ret_customer = CUSTOMER_OK;
    TRY(group_move_reached(store, ret_customer, arena, asking->reach, &move->request));
    TRY(number_take(store, arena, &next));
    const enum credit_status status =
        group_plan_make(store, ret_plan, arena, asking->actor, asking->shelf, &next);
    *ret_customer = ret_plan->customer_status;
    return status;
}

static enum credit_status propose_within(struct store *store, struct proposing *proposing)
{
    struct group_move *move = &proposing->move;
    const struct slice group = move->request.group;
    const struct slice target = move->request.target.size > 0 ? move->request.target : group;
    const struct store_value ids[] = {store_text(group), store_text(target)};
    struct group_plan plan;
    struct store_rows rows;

    TRY(group_move_reached(store, &proposing->customer, proposing->arena, proposing->asking->reach,
                           &move->request));
    TRY(credit_from_store(
        store_select(store, &rows, proposing->arena, QUERY_GROUP_MOVE_OPEN, ids)));
    REQUIRE(rows.count == 0, CREDIT_MOVE_OPEN);
    TRY(number_take(store, proposing->arena, move));
    const enum credit_status planned = group_plan_make(
        store, &plan, proposing->arena, proposing->asking->actor, proposing->asking->shelf, move);
    proposing->customer = plan.customer_status;
    TRY(planned);
    move->legal_entity = plan.from.legal_entity;
    return move_add(store, proposing->asking->actor, proposing->asking->person, move);
}

static enum store_status propose_work(struct store *store, void *context)
{
    struct proposing *proposing = context;

    proposing->status = propose_within(store, proposing);
    return proposing->status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

enum credit_status group_move_propose(struct store *store, int64_t *ret_number,
                                      enum customer_status *ret_customer, struct arena *arena,
                                      const struct move_asking *asking,
                                      const struct group_move *move)
{
    struct proposing proposing = {.asking = asking, .move = *move, .arena = arena};

    const enum store_status status = store_transact(store, STORE_WRITE, propose_work, &proposing);
    *ret_customer = proposing.customer;
    *ret_number = proposing.move.number;
    return credit_outcome(status, proposing.status);
}

/* ---- the limits of the pack, without anybody's asking ---- */

/* Nothing is chosen in it: the pack is in force because two people wanted it so. */
static enum credit_status rules_owe(struct store *store, struct arena *arena,
                                    const struct people_actor *actor, struct group_move *move,
                                    struct group_plan *plan)
{
    move->legal_entity = plan->from.legal_entity;
    TRY(move_add(store, actor, SLICE(""), move));
    return agreed(store, arena, actor, move, plan);
}

static enum credit_status rules_move_make(struct store *store, struct group_move *ret_move,
                                          struct arena *arena, struct slice group)
{
    struct buffer text = {0};

    buffer_printf(&text, "{\"kind\":\"rules\",\"group\":\"%.*s\"}", (int)group.size, group.data);
    *ret_move = (struct group_move){
        .request = {.kind = GROUP_MOVE_RULES, .group = group},
        .body = buffer_failed(&text) ? slice_of(NULL, 0) : arena_copy(arena, buffer_slice(&text)),
        .reason = SLICE("limits of the pack in force"),
        .state = SLICE("proposed"),
        .ended = TIME_NONE};
    buffer_release(&text);
    REQUIRE(ret_move->body.data != NULL, CREDIT_NO_MEMORY);
    return number_take(store, arena, ret_move);
}

/* Whether a limit that counts a type of customers is yet to be opened. */
static bool rule_missing(const struct group_side *side, struct slice type)
{
    for (size_t i = 0; i < side->rule_count; i++) {
        if (side->rules[i].was.id.size == 0 && credit_types_have(side->rules[i].is.types, type)) {
            return true;
        }
    }
    return false;
}

enum credit_status group_rules_bring(struct store *store, bool *ret_waits, struct arena *arena,
                                     struct pack_shelf *shelf, struct slice legal_entity,
                                     struct slice customer, time_us now)
{
    const struct people_actor actor = {.id = SLICE("system"), .address = SLICE(""), .now = now};
    enum customer_status ignored;
    struct obligor_group group;
    struct customer whose;
    struct group_move move;
    struct group_plan plan;

    *ret_waits = false;
    TRY(move_from_customer(&ignored,
                           obligor_group_of(store, &group, arena, legal_entity, customer)));
    if (group.id.size == 0) {
        return CREDIT_OK;
    }
    TRY(move_from_customer(&ignored, customer_read(store, &whose, arena, customer, NULL)));
    TRY(rules_move_make(store, &move, arena, group.id));
    const enum credit_status status = group_plan_make(store, &plan, arena, &actor, shelf, &move);
    if (status == CREDIT_MOVE_OPEN || status == CREDIT_DECISION_PENDING) {
        *ret_waits = rule_missing(&plan.sides[0], customer_type_name(whose.type));
        return CREDIT_OK;
    }
    TRY(status);
    return plan.sides[0].reforms || plan.sides[0].adjusts
               ? rules_owe(store, arena, &actor, &move, &plan)
               : CREDIT_OK;
}

struct entering {
    struct obligor_group *group;
    struct arena *arena;
    const struct customer_asking *asking;
    struct pack_shelf *shelf;
    const struct obligor_group_draft *draft;
    enum customer_status customer;
    enum credit_status status;
};

static enum credit_status enter_within(struct store *store, struct entering *entering)
{
    const struct people_actor *actor = entering->asking->actor;
    struct group_move move;
    struct group_plan plan;

    TRY(move_from_customer(&entering->customer,
                           obligor_group_add(store, entering->group, entering->arena,
                                             entering->asking, entering->draft)));
    TRY(rules_move_make(store, &move, entering->arena, entering->group->id));
    TRY(group_plan_make(store, &plan, entering->arena, actor, entering->shelf, &move));
    return plan.command_count > 0 ? rules_owe(store, entering->arena, actor, &move, &plan)
                                  : CREDIT_OK;
}

static enum store_status enter_work(struct store *store, void *context)
{
    struct entering *entering = context;

    entering->customer = CUSTOMER_OK;
    entering->status = enter_within(store, entering);
    return entering->status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

enum credit_status group_enter(struct store *store, struct obligor_group *ret_group,
                               enum customer_status *ret_customer, struct arena *arena,
                               const struct customer_asking *asking, struct pack_shelf *shelf,
                               const struct obligor_group_draft *draft)
{
    struct entering entering = {
        .group = ret_group, .arena = arena, .asking = asking, .shelf = shelf, .draft = draft};

    const enum store_status status = store_transact(store, STORE_WRITE, enter_work, &entering);
    *ret_customer = entering.customer;
    return credit_outcome(status, entering.status);
}
