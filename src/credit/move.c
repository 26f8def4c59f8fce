#include "credit/move_internal.h"

static const struct slice kind_names[] = {{"merge", 5}, {"split", 5}};

struct slice move_kind_name(enum move_kind kind)
{
    return kind_names[kind];
}

enum credit_status move_from_customer(enum customer_status *ret_customer,
                                      enum customer_status status)
{
    *ret_customer = status;
    return status == CUSTOMER_OK          ? CREDIT_OK
           : status == CUSTOMER_STORE     ? CREDIT_STORE
           : status == CUSTOMER_NO_MEMORY ? CREDIT_NO_MEMORY
                                          : CREDIT_MOVE_CUSTOMER;
}

/* ---- rows ---- */

static enum credit_status row_read(struct move *ret_move, struct arena *arena,
                                   const struct store_value *row)
{
    struct json_error error;
    const struct json_value *request = json_parse(arena, &error, row[4].bytes);

    *ret_move = (struct move){
        .number = row[0].number,
        .kind = slice_equal(row[1].bytes, kind_names[MOVE_MERGE]) ? MOVE_MERGE : MOVE_SPLIT,
        .source = row[2].bytes,
        .target = row[3].bytes,
        .reason = row[5].bytes,
        .state = row[6].bytes,
        .proposed = row[7].number,
        .proposed_by = row[8].bytes,
        .person = row[9].bytes,
        .plan = row[10].bytes,
        .result = row[11].bytes,
        .ended = row[12].type == STORE_NULL ? TIME_NONE : row[12].number,
    };
    REQUIRE(request != NULL, error.memory_short ? CREDIT_NO_MEMORY : CREDIT_STORE);
    return move_request_read(&ret_move->request, request) == CREDIT_OK ? CREDIT_OK : CREDIT_STORE;
}

enum credit_status move_row_read(struct store *store, struct move *ret_move, struct arena *arena,
                                 int64_t number)
{
    const struct store_value values[] = {store_integer(number)};
    struct store_rows rows;

    TRY(credit_from_store(store_select(store, &rows, arena, QUERY_MOVE_GET, values)));
    REQUIRE(rows.count == 1, CREDIT_MOVE_NOT_FOUND);
    return row_read(ret_move, arena, store_row(&rows, 0));
}

static enum credit_status rows_read(struct store *store, struct move **ret_moves, size_t *ret_count,
                                    struct arena *arena, struct slice customer, int64_t below,
                                    size_t count)
{
    const struct store_value values[] = {store_text(customer), store_integer(below),
                                         store_integer((int64_t)count)};
    struct store_rows rows;

    TRY(credit_from_store(store_select(store, &rows, arena, QUERY_MOVE_PAGE, values)));
    struct move *moves = arena_take_array(arena, rows.count + 1, sizeof(*moves));
    REQUIRE(moves != NULL, CREDIT_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        TRY(row_read(&moves[i], arena, store_row(&rows, i)));
    }
    *ret_moves = moves;
    *ret_count = rows.count;
    return CREDIT_OK;
}

enum credit_status move_merge_find(struct store *store, struct move *ret_move, struct arena *arena,
                                   struct slice source, struct slice target)
{
    int64_t below = INT64_MAX;
    struct move *moves;
    size_t count;

    do {
        TRY(rows_read(store, &moves, &count, arena, source, below, MOVE_PAGE_MAX));
        for (size_t i = 0; i < count; i++) {
            below = moves[i].number;
            if (moves[i].kind == MOVE_MERGE && slice_equal(moves[i].source, source) &&
                slice_equal(moves[i].target, target) &&
                slice_equal(moves[i].state, SLICE("done"))) {
                *ret_move = moves[i];
                return CREDIT_OK;
            }
        }
    } while (count == MOVE_PAGE_MAX);
    return CREDIT_MOVE_NOT_FOUND;
}

static enum credit_status customer_seen_judge(struct store *store, bool *ret_seen,
                                              struct arena *arena,
                                              const struct customer_reach *reach, struct slice id)
{
    struct customer customer;

    const enum customer_status status = customer_read(store, &customer, arena, id, NULL);
    REQUIRE(status != CUSTOMER_STORE, CREDIT_STORE);
    REQUIRE(status != CUSTOMER_NO_MEMORY, CREDIT_NO_MEMORY);
    *ret_seen = status == CUSTOMER_OK && customer_seen(reach, &customer);
    return CREDIT_OK;
}

/* Who reaches one of the customers sees the move. */
static enum credit_status move_seen(struct store *store, bool *ret_seen, struct arena *arena,
                                    const struct customer_reach *reach, const struct move *move)
{
    TRY(customer_seen_judge(store, ret_seen, arena, reach, move->source));
    return *ret_seen ? CREDIT_OK : customer_seen_judge(store, ret_seen, arena, reach, move->target);
}

enum credit_status move_read(struct store *store, struct move *ret_move, struct arena *arena,
                             const struct customer_reach *reach, int64_t number)
{
    bool seen = false;

    TRY(move_row_read(store, ret_move, arena, number));
    TRY(move_seen(store, &seen, arena, reach, ret_move));
    return seen ? CREDIT_OK : CREDIT_MOVE_NOT_FOUND;
}

static bool related(const struct customer *customer, struct slice legal_entity)
{
    for (size_t i = 0; i < customer->relation_count; i++) {
        if (slice_equal(customer->relations[i].legal_entity, legal_entity)) {
            return true;
        }
    }
    return false;
}

enum credit_status move_reached(struct store *store, struct arena *arena,
                                const struct customer_reach *reach, const struct move *move)
{
    const struct slice ids[] = {move->source, move->target};

    for (size_t i = 0; i < 2; i++) {
        enum customer_status refused;
        struct customer customer;
        TRY(move_from_customer(&refused, customer_read(store, &customer, arena, ids[i], NULL)));
        REQUIRE(!related(&customer, reach->legal_entity) || customer_seen(reach, &customer),
                CREDIT_CUSTOMER_NOT_FOUND);
    }
    return CREDIT_OK;
}

enum credit_status move_page(struct store *store, struct move **ret_moves, size_t *ret_count,
                             int64_t *ret_last, struct arena *arena,
                             const struct customer_reach *reach, struct slice customer,
                             int64_t below, size_t count)
{
    size_t found;
    size_t kept = 0;

    TRY(rows_read(store, ret_moves, &found, arena, customer, below, count));
    *ret_last = found < count ? 0 : (*ret_moves)[found - 1].number;
    for (size_t i = 0; i < found; i++) {
        bool seen = false;
        TRY(move_seen(store, &seen, arena, reach, &(*ret_moves)[i]));
        if (seen) {
            (*ret_moves)[kept++] = (*ret_moves)[i];
        }
    }
    *ret_count = kept;
    return CREDIT_OK;
}

enum credit_status move_consents_read(struct store *store, struct move_consent **ret_consents,
                                      size_t *ret_count, struct arena *arena, int64_t number)
{
    const struct store_value values[] = {store_integer(number)};
    struct store_rows rows;

    TRY(credit_from_store(store_select(store, &rows, arena, QUERY_MOVE_CONSENTS, values)));
    struct move_consent *consents = arena_take_array(arena, rows.count + 1, sizeof(*consents));
    REQUIRE(consents != NULL, CREDIT_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        consents[i] =
            (struct move_consent){row[0].bytes, row[1].bytes, row[2].bytes, row[3].number};
    }
    *ret_consents = consents;
    *ret_count = rows.count;
    return CREDIT_OK;
}

/* ---- what is written of a step ---- */

enum { SUBJECT_SIZE = 40 };

static struct slice subject_write(char text[SUBJECT_SIZE], int64_t number)
{
    (void)snprintf(text, SUBJECT_SIZE, "customer-move/%lld", (long long)number);
    return slice_from_cstr(text);
}

enum credit_status move_step_record(struct store *store, const struct people_actor *actor,
                                    const struct move_step *step)
{
    char action[40];

    (void)snprintf(action, sizeof(action), "%s.%s", step->what, step->verb);
    const struct trail_entry entry = {.at = actor->now,
                                      .actor = actor->id,
                                      .address = actor->address,
                                      .action = slice_from_cstr(action),
                                      .subject = step->subject,
                                      .after = step->after,
                                      .reason =
                                          step->reason.size > 0 ? step->reason : slice_of(NULL, 0)};
    const struct event event = {.at = actor->now,
                                .op = entry.action,
                                .subject = step->subject,
                                .actor = actor->id,
                                .detail = step->detail};
    TRY(credit_from_store(trail_add(store, &entry)));
    return credit_from_store(event_add(store, &event));
}

/* The two customers are told, identifiers are not. */
static enum credit_status step_record(struct store *store, const struct people_actor *actor,
                                      const struct move *move, const char *verb,
                                      struct slice reason)
{
    char text[SUBJECT_SIZE];
    char after[160];

    (void)snprintf(after, sizeof(after),
                   "{\"kind\":\"%s\",\"source\":\"%.*s\",\"target\":\"%.*s\"}",
                   kind_names[move->kind].data, (int)move->source.size, move->source.data,
                   (int)move->target.size, move->target.data);
    const struct move_step step = {.what = "move",
                                   .verb = verb,
                                   .subject = subject_write(text, move->number),
                                   .after = slice_from_cstr(after),
                                   .reason = reason,
                                   .detail = slice_from_cstr(after)};
    return move_step_record(store, actor, &step);
}

static enum credit_status state_store(struct store *store, const struct move *move)
{
    const struct store_value values[] = {
        store_integer(move->number), store_text(move->state), store_text_or_null(move->plan),
        store_text_or_null(move->result),
        move->ended == TIME_NONE ? store_null() : store_integer(move->ended)};

    return credit_from_store(store_change(store, NULL, QUERY_MOVE_SET, values));
}

static enum credit_status json_keep(struct slice *ret_json, struct arena *arena, struct buffer *out)
{
    *ret_json = buffer_failed(out) ? slice_of(NULL, 0) : arena_copy(arena, buffer_slice(out));
    buffer_release(out);
    return ret_json->data == NULL ? CREDIT_NO_MEMORY : CREDIT_OK;
}

/* ---- done ---- */

/* An application that was not decided names the customer that took its own. */
static enum credit_status application_hand(struct store *store, struct arena *arena,
                                           const struct people_actor *actor,
                                           const struct application *was, struct slice target)
{
    const struct credit_asking asking = {.actor = actor};
    struct credit_change change = {
        .arena = arena, .asking = &asking, .action = SLICE("application.move")};
    char where[PROPOSAL_WHERE_SIZE];
    struct application now = *was;
    struct buffer out = {0};
    struct proposal proposal;
    struct json_writer writer;
    struct json_error error;

    const struct json_value *value = json_parse(arena, &error, was->body);
    REQUIRE(value != NULL && proposal_read(&proposal, where, arena, value) == CREDIT_OK,
            CREDIT_STORE);
    proposal.customer = now.customer = target;
    json_writer_init(&writer, &out);
    proposal_write(&writer, &proposal);
    TRY(json_keep(&now.body, arena, &out));
    TRY(credit_application_put(store, &now, was, actor->id, actor->now));
    (void)snprintf(change.subject, sizeof(change.subject), "application/%.*s", (int)was->id.size,
                   was->id.data);
    change.before = was->body;
    change.after = now.body;
    change.case_ref = was->case_ref.size > 0 ? was->case_ref : slice_of(NULL, 0);
    return credit_from_store(credit_record(store, &change));
}

static enum credit_status limits_store(struct store *store, struct arena *arena, struct slice plan)
{
    struct move_turn *turns;
    size_t count;

    TRY(move_turns_read(&turns, &count, arena, plan));
    for (size_t i = 0; i < count; i++) {
        const struct store_value values[] = {
            store_text(turns[i].id), store_text(turns[i].customer[1]),
            store_integer(turns[i].cap_minor[1]), store_text(turns[i].parents[1])};
        TRY(credit_from_store(store_change(store, NULL, QUERY_CREDIT_LIMIT_MOVE, values)));
    }
    return CREDIT_OK;
}

/* Decisions that waited meanwhile get their turn; those of a merged customer are the other's now.
 */
static enum credit_status turns_give(struct store *store, struct arena *arena,
                                     const struct move *move, bool done, time_us now)
{
    if (done && move->kind == MOVE_MERGE) {
        const struct store_value values[] = {store_text(move->source), store_text(move->target)};
        TRY(credit_from_store(store_change(store, NULL, QUERY_VERDICTS_HAND, values)));
    }
    TRY(credit_turns(store, arena, move->source, now));
    return credit_turns(store, arena, move->target, now);
}

/* The customers become what was planned; `plan` was made in this transaction. */
static enum credit_status finish(struct store *store, struct arena *arena,
                                 const struct people_actor *actor, struct move *move,
                                 struct move_plan *plan)
{
    const bool merge = move->kind == MOVE_MERGE;
    const struct slice actions[] = {merge ? SLICE("customer.merge") : SLICE("customer.part"),
                                    merge ? SLICE("customer.absorb") : SLICE("customer.split")};
    enum customer_status ignored;
    struct buffer out = {0};
    struct json_writer writer;

    TRY(limits_store(store, arena, move->plan));
    TRY(move_from_customer(&ignored, customer_merge_store(store, &plan->customers, arena, actor,
                                                          actions, move->reason)));
    for (size_t i = 0; i < plan->application_count; i++) {
        TRY(application_hand(store, arena, actor, &plan->applications[i], move->target));
    }
    json_writer_init(&writer, &out);
    move_result_write(&writer, &plan->customers);
    TRY(json_keep(&move->result, arena, &out));
    move->state = SLICE("done");
    move->ended = actor->now;
    TRY(state_store(store, move));
    TRY(step_record(store, actor, move, "finish", SLICE("")));
    return turns_give(store, arena, move, true, actor->now);
}

/* ---- the ledger's answer ---- */

static enum credit_status refused(struct store *store, struct arena *arena,
                                  const struct people_actor *actor, struct move *move)
{
    enum customer_status ignored;

    TRY(move_from_customer(&ignored, customer_moving_set(store, move->source, 0)));
    TRY(move_from_customer(&ignored, customer_moving_set(store, move->target, 0)));
    move->state = SLICE("refused");
    move->ended = actor->now;
    TRY(state_store(store, move));
    TRY(step_record(store, actor, move, "refuse", SLICE("")));
    return turns_give(store, arena, move, false, actor->now);
}

enum credit_status move_answered(struct store *store, struct arena *arena,
                                 const struct outbox_chain *chain)
{
    static const char prefix[] = "customer-move/";
    const struct people_actor actor = {
        .id = chain->actor, .address = SLICE(""), .now = chain->answered};
    const size_t skip = sizeof(prefix) - 1;
    struct move_plan plan;
    struct move move;
    uint64_t number;

    check(chain->subject.size > skip &&
          slice_to_u64(slice_of(chain->subject.data + skip, chain->subject.size - skip), INT64_MAX,
                       &number));
    TRY(move_row_read(store, &move, arena, (int64_t)number));
    if (chain->state != OUTBOX_ACCEPTED) {
        return refused(store, arena, &actor, &move);
    }
    /* What it was planned from has been kept from changing since. */
    TRY(move_plan_make(store, &plan, arena, &actor, &move));
    return finish(store, arena, &actor, &move, &plan);
}

/* ---- agreed ---- */

/* Writes what the ledger is owed, and keeps the customers as they are until it has answered. */
static enum credit_status owe(struct store *store, const struct people_actor *actor,
                              struct move *move, const struct move_plan *plan)
{
    enum customer_status ignored;
    char text[SUBJECT_SIZE];
    char case_ref[24];

    (void)snprintf(case_ref, sizeof(case_ref), "MV-%lld", (long long)move->number);
    const struct outbox_chain chain = {.case_ref = slice_from_cstr(case_ref),
                                       .step = move_kind_name(move->kind),
                                       .purpose = SLICE(MOVE_PURPOSE),
                                       .subject = subject_write(text, move->number),
                                       .actor = actor->id,
                                       .commands = plan->commands,
                                       .made = actor->now};
    TRY(move_from_customer(&ignored, customer_moving_set(store, move->source, move->number)));
    TRY(move_from_customer(&ignored, customer_moving_set(store, move->target, move->number)));
    move->state = SLICE("owed");
    TRY(state_store(store, move));
    return credit_from_store(outbox_add(store, &chain));
}

static bool concerned(const struct move_plan *plan, struct slice legal_entity)
{
    for (size_t i = 0; i < plan->entity_count; i++) {
        if (slice_equal(plan->entities[i], legal_entity)) {
            return true;
        }
    }
    return false;
}

/* Whether the consents and this one cover every legal entity; refuses a second part of a person. */
static enum credit_status consent_judge(struct store *store, bool *ret_whole, struct arena *arena,
                                        const struct move_asking *asking, const struct move *move,
                                        const struct move_plan *plan)
{
    const struct slice own = asking->reach->legal_entity;
    struct move_consent *consents;
    size_t count;
    size_t covered = 1;

    REQUIRE(asking->person.size > 0 && !slice_equal(asking->person, move->person),
            CREDIT_FOUR_EYES);
    REQUIRE(concerned(plan, own), CREDIT_NOT_CONCERNED);
    TRY(move_consents_read(store, &consents, &count, arena, move->number));
    for (size_t i = 0; i < count; i++) {
        REQUIRE(!slice_equal(consents[i].legal_entity, own), CREDIT_NOT_CONCERNED);
        REQUIRE(!slice_equal(consents[i].person, asking->person), CREDIT_FOUR_EYES);
        covered += concerned(plan, consents[i].legal_entity) ? 1 : 0;
    }
    *ret_whole = covered == plan->entity_count;
    return CREDIT_OK;
}

static enum credit_status plan_keep(struct move *move, struct arena *arena,
                                    const struct move_plan *plan)
{
    struct buffer out = {0};
    struct json_writer writer;

    json_writer_init(&writer, &out);
    move_plan_write(&writer, plan);
    return json_keep(&move->plan, arena, &out);
}

struct deciding {
    const struct move_asking *asking;
    int64_t number;
    struct slice reason;
    struct slice shown;
    struct arena *arena;
    enum customer_status customer;
    enum credit_status (*work)(struct store *store, struct deciding *deciding, struct move *move);
    enum credit_status status;
};

static enum credit_status agree_work(struct store *store, struct deciding *deciding,
                                     struct move *move)
{
    const struct move_asking *asking = deciding->asking;
    const struct people_actor *actor = asking->actor;
    struct move_plan plan;
    bool whole = false;

    TRY(move_reached(store, deciding->arena, asking->reach, move));
    const enum credit_status planned = move_plan_make(store, &plan, deciding->arena, actor, move);
    deciding->customer = plan.customer_status;
    TRY(planned);
    TRY(consent_judge(store, &whole, deciding->arena, asking, move, &plan));
    REQUIRE(deciding->shown.size > 0, CREDIT_SHOWN_NEEDED);
    REQUIRE(slice_equal(deciding->shown, plan.hash), CREDIT_SHOWN_CHANGED);
    const struct store_value values[] = {
        store_integer(move->number), store_text(asking->reach->legal_entity), store_text(actor->id),
        store_text(asking->person), store_integer(actor->now)};
    TRY(credit_from_store(store_change(store, NULL, QUERY_MOVE_CONSENT_ADD, values)));
    TRY(step_record(store, actor, move, "agree", SLICE("")));
    if (!whole) {
        return CREDIT_OK;
    }
    TRY(plan_keep(move, deciding->arena, &plan));
    return plan.command_count > 0 ? owe(store, actor, move, &plan)
                                  : finish(store, deciding->arena, actor, move, &plan);
}

static enum credit_status reject_work(struct store *store, struct deciding *deciding,
                                      struct move *move)
{
    move->state = SLICE("rejected");
    move->ended = deciding->asking->actor->now;
    TRY(state_store(store, move));
    return step_record(store, deciding->asking->actor, move, "reject", deciding->reason);
}

static enum credit_status decide_within(struct store *store, struct deciding *deciding)
{
    struct move move;

    TRY(move_read(store, &move, deciding->arena, deciding->asking->reach, deciding->number));
    REQUIRE(slice_equal(move.state, SLICE("proposed")), CREDIT_MOVE_ENDED);
    return deciding->work(store, deciding, &move);
}

static enum store_status decide_work(struct store *store, void *context)
{
    struct deciding *deciding = context;

    deciding->status = decide_within(store, deciding);
    return deciding->status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

static enum credit_status decide_run(struct store *store, struct deciding *deciding)
{
    const enum store_status status = store_transact(store, STORE_WRITE, decide_work, deciding);

    return credit_outcome(status, deciding->status);
}

enum credit_status move_agree(struct store *store, enum customer_status *ret_customer,
                              struct arena *arena, const struct move_asking *asking, int64_t number,
                              struct slice shown)
{
    struct deciding deciding = {
        .asking = asking, .number = number, .shown = shown, .arena = arena, .work = agree_work};

    const enum credit_status status = decide_run(store, &deciding);
    *ret_customer = deciding.customer;
    return status;
}

enum credit_status move_reject(struct store *store, struct arena *arena,
                               const struct move_asking *asking, int64_t number,
                               struct slice reason)
{
    struct deciding deciding = {
        .asking = asking, .number = number, .reason = reason, .arena = arena, .work = reject_work};

    return decide_run(store, &deciding);
}

/* ---- proposed ---- */

struct proposing {
    const struct move_asking *asking;
    struct move move;
    struct arena *arena;
    enum customer_status customer;
    enum credit_status status;
};

/* Whoever proposes reaches both customers. */
static enum credit_status reach_judge(struct store *store, const struct proposing *proposing)
{
    const struct move *move = &proposing->move;
    const struct customer_reach *reach = proposing->asking->reach;
    bool seen[2] = {false, false};

    TRY(customer_seen_judge(store, &seen[0], proposing->arena, reach, move->source));
    TRY(customer_seen_judge(store, &seen[1], proposing->arena, reach, move->target));
    return seen[0] && seen[1] ? CREDIT_OK : CREDIT_CUSTOMER_NOT_FOUND;
}

static enum credit_status move_add(struct store *store, struct proposing *proposing)
{
    const struct people_actor *actor = proposing->asking->actor;
    struct move *move = &proposing->move;
    struct buffer out = {0};
    struct json_writer writer;
    struct slice request;

    json_writer_init(&writer, &out);
    move_request_write(&writer, &move->request);
    TRY(json_keep(&request, proposing->arena, &out));
    const struct store_value values[] = {
        store_integer(move->number),   store_text(move_kind_name(move->kind)),
        store_text(move->source),      store_text(move->target),
        store_text(request),           store_text(move->reason),
        store_text(SLICE("proposed")), store_integer(actor->now),
        store_text(actor->id),         store_text(proposing->asking->person)};
    TRY(credit_from_store(store_change(store, NULL, QUERY_MOVE_ADD, values)));
    return step_record(store, actor, move, "propose", move->reason);
}

static enum credit_status propose_within(struct store *store, struct proposing *proposing)
{
    struct move *move = &proposing->move;
    const struct store_value ids[] = {store_text(move->source), store_text(move->target)};
    struct move_plan plan;
    struct store_rows rows;

    TRY(reach_judge(store, proposing));
    TRY(credit_from_store(store_select(store, &rows, proposing->arena, QUERY_MOVE_OPEN, ids)));
    REQUIRE(rows.count == 0, CREDIT_MOVE_OPEN);
    TRY(credit_from_store(store_select(store, &rows, proposing->arena, QUERY_MOVE_LAST, NULL)));
    move->number = store_row(&rows, 0)[0].number + 1;
    const enum credit_status planned =
        move_plan_make(store, &plan, proposing->arena, proposing->asking->actor, move);
    proposing->customer = plan.customer_status;
    TRY(planned);
    return move_add(store, proposing);
}

static enum store_status propose_work(struct store *store, void *context)
{
    struct proposing *proposing = context;

    proposing->status = propose_within(store, proposing);
    return proposing->status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

enum credit_status move_propose(struct store *store, int64_t *ret_number,
                                enum customer_status *ret_customer, struct arena *arena,
                                const struct move_asking *asking, const struct move *move)
{
    struct proposing proposing = {.asking = asking, .move = *move, .arena = arena};

    const enum store_status status = store_transact(store, STORE_WRITE, propose_work, &proposing);
    *ret_customer = proposing.customer;
    *ret_number = proposing.move.number;
    return credit_outcome(status, proposing.status);
}
