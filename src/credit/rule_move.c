#include "credit/rule_move.h"

#include "credit/group_move_internal.h"
#include "credit/shown.h"

enum { TEXT_SIZE = 40, NUMBERS_EACH = 1000 /* of one move, for the ids of its commands */ };

struct slice rule_turn_name(enum rule_turn_state state)
{
    static const char *const names[] = {
#define X(identifier, name) name,
        RULE_TURN_LIST(X)
#undef X
    };

    return slice_from_cstr(names[state]);
}

/* ---- whom ---- */

static bool customers_read(struct rule_move *move, struct arena *arena,
                           const struct json_value *list)
{
    if (list == NULL || list->type != JSON_ARRAY || list->count == 0 ||
        list->count > RULE_MOVE_CUSTOMERS_MAX) {
        return false;
    }
    struct slice *customers = arena_take_array(arena, list->count, sizeof(*customers));
    bool good = customers != NULL;
    for (const struct json_value *at = list->first; at != NULL && good; at = at->next) {
        good = at->type == JSON_STRING && people_id_valid(at->text);
        for (size_t i = 0; i < move->customer_count; i++) {
            good = good && !slice_equal(customers[i], at->text);
        }
        customers[move->customer_count++] = at->text;
    }
    move->customers = customers;
    return good;
}

bool rule_move_request_read(struct rule_move *ret_move, struct arena *arena,
                            const struct json_value *body)
{
    *ret_move = (struct rule_move){.ended = TIME_NONE};
    if (body == NULL || body->type != JSON_OBJECT || body->count != 2) {
        return false;
    }
    const struct json_value *reason = json_member(body, SLICE("reason"));
    if (reason == NULL || reason->type != JSON_STRING) {
        return false;
    }
    ret_move->reason = slice_trim(reason->text);
    return customers_read(ret_move, arena, json_member(body, SLICE("customers")));
}

static enum credit_status body_write(struct rule_move *move, struct arena *arena)
{
    struct buffer out = {0};
    struct json_writer writer;

    json_writer_init(&writer, &out);
    json_object_begin(&writer);
    json_name(&writer, SLICE("customers"));
    json_array_begin(&writer);
    for (size_t i = 0; i < move->customer_count; i++) {
        json_string(&writer, move->customers[i]);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    move->body = buffer_failed(&out) ? slice_of(NULL, 0) : arena_copy(arena, buffer_slice(&out));
    buffer_release(&out);
    return move->body.data == NULL ? CREDIT_NO_MEMORY : CREDIT_OK;
}

/* ---- planned ---- */

static struct customer_rules_asked asked_of(const struct rule_move *move, size_t index)
{
    return (struct customer_rules_asked){.customer = move->customers[index],
                                         .reason = move->reason,
                                         .tag = "RM",
                                         .number = move->number * NUMBERS_EACH + (int64_t)index};
}

/* Who cannot be brought now is left out, and shown so; what is wrong with all of them refuses. */
static enum credit_status turn_plan(struct store *store, struct rule_turn *turn,
                                    enum customer_status *ret_customer, struct arena *arena,
                                    const struct move_asking *asking,
                                    const struct customer_rules_asked *asked)
{
    *turn = (struct rule_turn){.customer = asked->customer, .state = RULE_TURN_READY};
    const enum credit_status status =
        customer_rules_foresee(store, &turn->plan, ret_customer, arena, asking, asked);
    if (status == CREDIT_MOVE_OPEN || status == CREDIT_DECISION_PENDING) {
        turn->state = RULE_TURN_WAITING;
        return CREDIT_OK;
    }
    if (status == CREDIT_MOVE_CUSTOMER &&
        (*ret_customer == CUSTOMER_IN_GROUP || *ret_customer == CUSTOMER_MERGED)) {
        turn->state = *ret_customer == CUSTOMER_MERGED ? RULE_TURN_GONE : RULE_TURN_GROUPED;
        return CREDIT_OK;
    }
    if (status == CREDIT_OK && turn->plan.command_count == 0) {
        turn->state = RULE_TURN_TODAY;
    }
    return status;
}

static bool counts(const struct rule_turn *turn)
{
    return turn->state == RULE_TURN_READY;
}

/* All their chains as one, to be looked at. */
static enum credit_status commands_join(struct rule_move_plan *plan, struct arena *arena)
{
    struct buffer out = {0};
    size_t limits = 0;

    for (size_t i = 0; i < plan->turn_count; i++) {
        limits += counts(&plan->turns[i]) ? plan->turns[i].plan.limit_count : 0;
    }
    plan->limits = arena_take_array(arena, limits + 1, sizeof(*plan->limits));
    REQUIRE(plan->limits != NULL, CREDIT_NO_MEMORY);
    buffer_append_byte(&out, '[');
    for (size_t i = 0; i < plan->turn_count; i++) {
        const struct group_plan *each = &plan->turns[i].plan;
        if (!counts(&plan->turns[i])) {
            continue;
        }
        if (plan->command_count > 0) {
            buffer_append_byte(&out, ',');
        }
        buffer_append(&out, slice_of(each->commands.data + 1, each->commands.size - 2));
        plan->command_count += each->command_count;
        for (size_t j = 0; j < each->limit_count; j++) {
            plan->limits[plan->limit_count++] = each->limits[j];
        }
    }
    buffer_append_byte(&out, ']');
    plan->commands =
        buffer_failed(&out) ? slice_of(NULL, 0) : arena_copy(arena, buffer_slice(&out));
    buffer_release(&out);
    REQUIRE(plan->commands.data != NULL, CREDIT_NO_MEMORY);
    return plan->command_count <= OUTBOX_COMMANDS_MAX ? CREDIT_OK : CREDIT_TOO_MANY_LIMITS;
}

static enum credit_status hash_make(struct rule_move_plan *plan, struct arena *arena)
{
    struct buffer out = {0};

    for (size_t i = 0; i < plan->turn_count; i++) {
        shown_text(&out, plan->turns[i].customer);
        shown_text(&out, rule_turn_name(plan->turns[i].state));
        shown_text(&out, counts(&plan->turns[i]) ? plan->turns[i].plan.hash : SLICE(""));
    }
    return shown_hash(&plan->hash, arena, &out);
}

enum credit_status rule_move_plan_make(struct store *store, struct rule_move_plan *ret_plan,
                                       enum customer_status *ret_customer, struct arena *arena,
                                       const struct move_asking *asking,
                                       const struct rule_move *move)
{
    *ret_customer = CUSTOMER_OK;
    *ret_plan = (struct rule_move_plan){
        .turns = arena_take_array(arena, move->customer_count + 1, sizeof(*ret_plan->turns))};
    REQUIRE(ret_plan->turns != NULL, CREDIT_NO_MEMORY);
    for (size_t i = 0; i < move->customer_count; i++) {
        const struct customer_rules_asked asked = asked_of(move, i);
        TRY(turn_plan(store, &ret_plan->turns[ret_plan->turn_count++], ret_customer, arena, asking,
                      &asked));
    }
    TRY(commands_join(ret_plan, arena));
    return hash_make(ret_plan, arena);
}

/* ---- stored ---- */

static enum credit_status step_record(struct store *store, const struct people_actor *actor,
                                      const struct rule_move *move, const char *verb,
                                      struct slice reason)
{
    char subject[TEXT_SIZE];

    (void)snprintf(subject, sizeof(subject), "rule-move/%lld", (long long)move->number);
    const struct move_step step = {.what = "rule-move",
                                   .verb = verb,
                                   .subject = slice_from_cstr(subject),
                                   .after = move->body,
                                   .reason = reason};
    return move_step_record(store, actor, &step);
}

static enum credit_status ended(struct store *store, const struct people_actor *actor,
                                const struct rule_move *move, struct slice state)
{
    const bool agreed = slice_equal(state, SLICE("agreed"));
    const struct store_value values[] = {store_integer(move->number), store_text(state),
                                         agreed ? store_text(actor->id) : store_null(),
                                         store_integer(actor->now)};

    return credit_from_store(store_change(store, NULL, QUERY_RULE_MOVE_SET, values));
}

static enum credit_status row_read(struct rule_move *ret_move, struct arena *arena,
                                   const struct store_value *row)
{
    struct json_error error;

    *ret_move =
        (struct rule_move){.number = row[0].number,
                           .legal_entity = row[1].bytes,
                           .body = row[2].bytes,
                           .reason = row[3].bytes,
                           .state = row[4].bytes,
                           .proposed = row[5].number,
                           .proposed_by = row[6].bytes,
                           .person = row[7].bytes,
                           .agreed_by = row[8].type == STORE_NULL ? SLICE("") : row[8].bytes,
                           .ended = row[9].type == STORE_NULL ? TIME_NONE : row[9].number};
    const struct json_value *body = json_parse(arena, &error, ret_move->body);
    REQUIRE(body != NULL, error.memory_short ? CREDIT_NO_MEMORY : CREDIT_STORE);
    return customers_read(ret_move, arena, json_member(body, SLICE("customers"))) ? CREDIT_OK
                                                                                  : CREDIT_STORE;
}

/* In: count  of the first customers, that are looked at */
static enum credit_status seen(struct store *store, bool *ret_seen, struct arena *arena,
                               const struct customer_reach *reach, const struct rule_move *move,
                               size_t count)
{
    enum customer_status ignored;
    struct customer customer;

    *ret_seen = slice_equal(move->legal_entity, reach->legal_entity);
    for (size_t i = 0; i < count && *ret_seen; i++) {
        TRY(move_from_customer(&ignored,
                               customer_read(store, &customer, arena, move->customers[i], NULL)));
        *ret_seen = customer_seen(reach, &customer);
    }
    return CREDIT_OK;
}

enum credit_status rule_move_read(struct store *store, struct rule_move *ret_move,
                                  struct arena *arena, const struct customer_reach *reach,
                                  int64_t number)
{
    const struct store_value values[] = {store_integer(number)};
    struct store_rows rows;
    bool is_seen = false;

    TRY(credit_from_store(store_select(store, &rows, arena, QUERY_RULE_MOVE_GET, values)));
    REQUIRE(rows.count == 1, CREDIT_MOVE_NOT_FOUND);
    TRY(row_read(ret_move, arena, store_row(&rows, 0)));
    TRY(seen(store, &is_seen, arena, reach, ret_move, ret_move->customer_count));
    return is_seen ? CREDIT_OK : CREDIT_MOVE_NOT_FOUND;
}

enum credit_status rule_move_page(struct store *store, struct rule_move **ret_moves,
                                  size_t *ret_count, int64_t *ret_last, struct arena *arena,
                                  const struct customer_reach *reach, int64_t below, size_t count)
{
    const struct store_value values[] = {store_text(reach->legal_entity), store_integer(below),
                                         store_integer((int64_t)count)};
    struct store_rows rows;
    size_t kept = 0;

    TRY(credit_from_store(store_select(store, &rows, arena, QUERY_RULE_MOVE_PAGE, values)));
    struct rule_move *moves = arena_take_array(arena, rows.count + 1, sizeof(*moves));
    REQUIRE(moves != NULL, CREDIT_NO_MEMORY);
    *ret_last = rows.count < count ? 0 : store_row(&rows, rows.count - 1)[0].number;
    for (size_t i = 0; i < rows.count; i++) {
        bool is_seen = false;
        TRY(row_read(&moves[kept], arena, store_row(&rows, i)));
        /* Whoever proposed it reached all of them; one says enough for a row without names. */
        TRY(seen(store, &is_seen, arena, reach, &moves[kept], 1));
        kept += is_seen ? 1 : 0;
    }
    *ret_moves = moves;
    *ret_count = kept;
    return CREDIT_OK;
}

/* ---- changes ---- */

struct moving {
    const struct move_asking *asking;
    struct arena *arena;
    struct rule_move move;
    struct slice reason, shown;
    enum customer_status customer;
    enum credit_status (*work)(struct store *store, struct moving *moving);
    enum credit_status status;
};

static enum store_status moving_work(struct store *store, void *context)
{
    struct moving *moving = context;

    moving->status = moving->work(store, moving);
    return moving->status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

static enum credit_status moving_run(struct store *store, struct moving *moving)
{
    const enum store_status status = store_transact(store, STORE_WRITE, moving_work, moving);

    return credit_outcome(status, moving->status);
}

static enum credit_status propose_work(struct store *store, struct moving *moving)
{
    const struct people_actor *actor = moving->asking->actor;
    struct rule_move *move = &moving->move;
    struct rule_move_plan plan;
    struct store_rows rows;

    TRY(credit_from_store(store_select(store, &rows, moving->arena, QUERY_RULE_MOVE_LAST, NULL)));
    move->number = store_row(&rows, 0)[0].number + 1;
    move->legal_entity = moving->asking->reach->legal_entity;
    TRY(rule_move_plan_make(store, &plan, &moving->customer, moving->arena, moving->asking, move));
    TRY(body_write(move, moving->arena));
    const struct store_value values[] = {
        store_integer(move->number),       store_text(move->legal_entity), store_text(move->body),
        store_text(move->reason),          store_integer(actor->now),      store_text(actor->id),
        store_text(moving->asking->person)};
    TRY(credit_from_store(store_change(store, NULL, QUERY_RULE_MOVE_ADD, values)));
    return step_record(store, actor, move, "propose", move->reason);
}

enum credit_status rule_move_propose(struct store *store, int64_t *ret_number,
                                     enum customer_status *ret_customer, struct arena *arena,
                                     const struct move_asking *asking, const struct rule_move *move)
{
    struct moving moving = {.asking = asking, .arena = arena, .move = *move, .work = propose_work};

    REQUIRE(asking->person.size > 0, CREDIT_FOUR_EYES);
    const enum credit_status status = moving_run(store, &moving);
    *ret_number = moving.move.number;
    *ret_customer = moving.customer;
    return status;
}

static enum credit_status proposed_read(struct store *store, struct moving *moving)
{
    const int64_t number = moving->move.number;

    TRY(rule_move_read(store, &moving->move, moving->arena, moving->asking->reach, number));
    return slice_equal(moving->move.state, SLICE("proposed")) ? CREDIT_OK : CREDIT_MOVE_ENDED;
}

static enum credit_status agree_work(struct store *store, struct moving *moving)
{
    const struct move_asking *asking = moving->asking;
    const struct rule_move *move = &moving->move;
    struct rule_move_plan plan;

    TRY(proposed_read(store, moving));
    REQUIRE(asking->person.size > 0 && !slice_equal(asking->person, move->person),
            CREDIT_FOUR_EYES);
    TRY(rule_move_plan_make(store, &plan, &moving->customer, moving->arena, asking, move));
    REQUIRE(moving->shown.size > 0, CREDIT_SHOWN_NEEDED);
    REQUIRE(slice_equal(moving->shown, plan.hash), CREDIT_SHOWN_CHANGED);
    for (size_t i = 0; i < plan.turn_count; i++) {
        if (counts(&plan.turns[i])) {
            const struct customer_rules_asked asked = asked_of(move, i);
            TRY(customer_rules_owe(store, asking, &asked, &plan.turns[i].plan));
        }
    }
    TRY(ended(store, asking->actor, move, SLICE("agreed")));
    return step_record(store, asking->actor, move, "agree", SLICE(""));
}

enum credit_status rule_move_agree(struct store *store, enum customer_status *ret_customer,
                                   struct arena *arena, const struct move_asking *asking,
                                   int64_t number, struct slice shown)
{
    struct moving moving = {.asking = asking,
                            .arena = arena,
                            .move = {.number = number},
                            .shown = shown,
                            .work = agree_work};

    const enum credit_status status = moving_run(store, &moving);
    *ret_customer = moving.customer;
    return status;
}

static enum credit_status reject_work(struct store *store, struct moving *moving)
{
    TRY(proposed_read(store, moving));
    TRY(ended(store, moving->asking->actor, &moving->move, SLICE("rejected")));
    return step_record(store, moving->asking->actor, &moving->move, "reject", moving->reason);
}

enum credit_status rule_move_reject(struct store *store, struct arena *arena,
                                    const struct move_asking *asking, int64_t number,
                                    struct slice reason)
{
    struct moving moving = {.asking = asking,
                            .arena = arena,
                            .move = {.number = number},
                            .reason = reason,
                            .work = reject_work};

    return moving_run(store, &moving);
}
