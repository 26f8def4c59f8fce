/* Cases started, cancelled, and given what they wait for. */
#include "process/process_internal.h"

/* ---- start ---- */

static enum process_status start_row(struct store *store, struct process_change *change,
                                     const struct process_start *start)
{
    struct people_organisation organisation;
    struct store_rows rows;
    char id[PROCESS_ID_SIZE];

    const enum people_status found =
        people_organisation_read(store, &organisation, change->arena, start->organisation);
    REQUIRE(found != PEOPLE_STORE, PROCESS_STORE);
    REQUIRE(found != PEOPLE_NO_MEMORY, PROCESS_NO_MEMORY);
    REQUIRE(found == PEOPLE_OK, PROCESS_ORGANISATION_NOT_FOUND);
    TRY(process_from_store(
        store_select(store, &rows, &change->scratch, QUERY_PROCESS_CASE_LAST, NULL)));
    const int64_t number = store_row(&rows, 0)[0].number + 1;
    const int size = snprintf(id, sizeof(id), "CS-%08lld", (long long)number);
    check(size > 0 && (size_t)size < sizeof(id));
    change->row = (struct process_case){.number = number,
                                        .id = arena_copy(change->arena, slice_of(id, (size_t)size)),
                                        .pack = start->pack,
                                        .process = start->process,
                                        .organisation = organisation.id,
                                        .path = organisation.path,
                                        .subject = start->subject,
                                        .started_by = change->asking->actor->id,
                                        .started = change->asking->actor->now};
    return change->row.id.data == NULL ? PROCESS_NO_MEMORY : PROCESS_OK;
}

static enum process_status initiator_add(struct store *store, const struct process_change *change,
                                         struct slice person)
{
    const struct store_value duty[] = {store_integer(change->row.number), store_text(person),
                                       store_text(SLICE("initiate"))};

    return process_from_store(store_change(store, NULL, QUERY_PROCESS_DUTY_ADD, duty));
}

/* The natural persons who have begun a case: the actor, and the users named. */
static enum process_status initiators_add(struct store *store, struct process_change *change,
                                          const struct process_start *start)
{
    struct people_user user;

    TRY(process_person(store, change));
    TRY(initiator_add(store, change, change->person));
    for (size_t i = 0; i < start->initiator_count; i++) {
        const enum people_status status =
            people_user_read(store, &user, &change->scratch, start->initiators[i]);
        REQUIRE(status != PEOPLE_NO_MEMORY, PROCESS_NO_MEMORY);
        REQUIRE(status != PEOPLE_STORE, PROCESS_STORE);
        /* What is no user is a token, by its own id. */
        TRY(initiator_add(store, change, status == PEOPLE_OK ? user.person : start->initiators[i]));
    }
    return PROCESS_OK;
}

/* Whom the case is about: as its starter says, and by a subject that is a customer or application.
 */
static enum process_status parties_add(struct store *store, const struct process_change *change,
                                       const struct process_start *start)
{
    const struct store_value named[] = {store_integer(change->row.number),
                                        store_text(start->customer)};
    struct slice rest = start->subject;
    struct slice kind = SLICE("");

    if (start->customer.size > 0) {
        TRY(process_from_store(store_change(store, NULL, QUERY_PROCESS_PARTY_ADD, named)));
    }
    (void)slice_split(&rest, '/', &kind);
    const struct store_value subject[] = {store_integer(change->row.number), store_text(kind),
                                          store_text(rest.data == NULL ? SLICE("") : rest)};
    return process_from_store(store_change(store, NULL, QUERY_PROCESS_PARTY_OF_SUBJECT, subject));
}

static enum process_status start_work(struct store *store, struct process_change *change)
{
    const struct process_start *start = change->input;
    struct bpmn_effects effects = {0};
    struct bpmn_event event = {.kind = BPMN_EVENT_START,
                               .at = change->asking->actor->now,
                               .by = change->asking->actor->id};

    enum process_status status =
        process_case_of(store, &change->row, change->arena, start->subject, start->step);
    if (status == PROCESS_OK) {
        change->unchanged = true;
        return slice_equal(change->row.pack, start->pack) &&
                       slice_equal(change->row.process, start->process)
                   ? PROCESS_OK
                   : PROCESS_EXISTS;
    }
    REQUIRE(status == PROCESS_NOT_FOUND, status);
    TRY(process_pack_open(store, change, start->pack));
    event.node = pack_process_find(change->pack, start->process);
    REQUIRE(event.node != BPMN_NOWHERE, PROCESS_NO_PACK);
    TRY(process_variables(change, start->variables, &event.variables));
    TRY(start_row(store, change, start));
    event.id = change->row.id;
    const enum bpmn_status started =
        bpmn_case_start(&change->env, &event, &change->state, &effects);
    REQUIRE(started != BPMN_STATUS_MEMORY, PROCESS_NO_MEMORY);
    REQUIRE(started == BPMN_STATUS_OK, PROCESS_EVENT);
    TRY(process_step_write(store, change, &effects, true));
    TRY(parties_add(store, change, start));
    return initiators_add(store, change, start);
}

enum process_status process_start(struct store *store, struct process_case *ret_case,
                                  struct arena *arena, const struct process_asking *asking,
                                  const struct process_start *start)
{
    struct process_change change = {.arena = arena,
                                    .asking = asking,
                                    .work = start_work,
                                    .input = start,
                                    .action = SLICE("case.start"),
                                    .detail = start->variables};

    REQUIRE(process_text_valid(start->subject, TRAIL_TEXT_MAX) && start->subject.size > 0 &&
                process_text_valid(start->step, TRAIL_TEXT_MAX) &&
                process_text_valid(start->organisation, TRAIL_TEXT_MAX),
            PROCESS_BAD_INPUT);
    TRY(process_change_run(store, &change));
    *ret_case = change.row;
    return PROCESS_OK;
}

/* ---- events for a case ---- */

/* One event, with what is read from texts once the case is open. */
struct given {
    int64_t number;
    struct bpmn_event event;
    struct slice variables;
    int64_t effect[3]; /* completed by it; 0: none */
};

static enum process_status effect_close(struct store *store, struct process_change *change,
                                        const struct given *given, struct bpmn_event *event)
{
    const struct store_value key[] = {store_integer(given->effect[0]),
                                      store_integer(given->effect[1]),
                                      store_integer(given->effect[2]), store_text(SLICE("done")),
                                      store_integer(change->asking->actor->now)};
    struct store_rows rows;

    TRY(process_from_store(
        store_select(store, &rows, &change->scratch, QUERY_PROCESS_EFFECT_GET, key)));
    REQUIRE(rows.count > 0, PROCESS_NOT_FOUND);
    const struct store_value *row = store_row(&rows, 0);
    change->unchanged = slice_equal(row[9].bytes, SLICE("done"));
    if (change->unchanged) {
        return process_case_get(store, &change->row, change->arena, given->number);
    }
    REQUIRE(slice_equal(row[9].bytes, SLICE("owed")), PROCESS_EVENT);
    change->element = row[7].bytes;
    event->wait = (uint32_t)row[3].number;
    return process_from_store(store_change(store, NULL, QUERY_PROCESS_EFFECT_END, key));
}

static enum process_status event_work(struct store *store, struct process_change *change)
{
    const struct given *given = change->input;
    struct bpmn_event event = given->event;

    change->element = SLICE("");
    if (given->effect[0] > 0) {
        TRY(effect_close(store, change, given, &event));
        if (change->unchanged) {
            return PROCESS_OK;
        }
    }
    TRY(process_case_open(store, change, given->number));
    TRY(process_variables(change, given->variables, &event.variables));
    if (given->effect[0] > 0 && event.wait == 0) {
        return PROCESS_OK; /* a message that was sent: nobody waits for it */
    }
    return process_step(store, change, &event);
}

static enum process_status event_run(struct store *store, struct process_case *ret_case,
                                     struct process_change *change, const struct given *given)
{
    change->work = event_work;
    change->input = given;
    change->detail = given->variables;
    TRY(process_change_run(store, change));
    *ret_case = change->row;
    return PROCESS_OK;
}

enum process_status process_cancel(struct store *store, struct process_case *ret_case,
                                   struct arena *arena, const struct process_asking *asking,
                                   struct slice case_id, struct slice reason)
{
    struct given given = {.event = {.kind = BPMN_EVENT_CANCEL}};
    struct process_change change = {
        .arena = arena, .asking = asking, .action = SLICE("case.cancel"), .reason = reason};

    REQUIRE(reason.size > 0 && process_text_valid(reason, PROCESS_REASON_MAX), PROCESS_BAD_REASON);
    REQUIRE(process_number(case_id, &given.number), PROCESS_NOT_FOUND);
    return event_run(store, ret_case, &change, &given);
}

enum process_status process_message(struct store *store, struct process_case *ret_case,
                                    struct arena *arena, const struct process_asking *asking,
                                    const struct process_message *message)
{
    struct given given = {.event = {.kind = BPMN_EVENT_MESSAGE,
                                    .name = message->name,
                                    .key = message->key,
                                    .id = message->id},
                          .variables = message->variables};
    struct process_change change = {
        .arena = arena, .asking = asking, .action = SLICE("case.message")};

    REQUIRE(process_text_valid(message->name, BPMN_NAME_MAX) &&
                process_text_valid(message->key, BPMN_NAME_MAX) &&
                process_text_valid(message->id, BPMN_NAME_MAX),
            PROCESS_BAD_INPUT);
    REQUIRE(process_number(message->case_id, &given.number), PROCESS_NOT_FOUND);
    return event_run(store, ret_case, &change, &given);
}

enum process_status process_resolve(struct store *store, struct process_case *ret_case,
                                    struct arena *arena, const struct process_asking *asking,
                                    struct slice case_id, int64_t wait, struct slice flow,
                                    struct slice variables)
{
    struct given given = {.event = {.kind = BPMN_EVENT_RESOLVE, .flow = flow},
                          .variables = variables};
    struct process_change change = {
        .arena = arena, .asking = asking, .action = SLICE("case.resolve")};

    REQUIRE(process_text_valid(flow, BPMN_NAME_MAX), PROCESS_BAD_INPUT);
    REQUIRE(process_number(case_id, &given.number), PROCESS_NOT_FOUND);
    REQUIRE(wait > 0 && wait < UINT32_MAX, PROCESS_EVENT);
    given.event.wait = (uint32_t)wait;
    return event_run(store, ret_case, &change, &given);
}

/* ---- effects ---- */

enum process_status process_effect_complete(struct store *store, struct process_case *ret_case,
                                            struct arena *arena,
                                            const struct process_asking *asking, struct slice id,
                                            struct slice outputs)
{
    struct given given = {.event = {.kind = BPMN_EVENT_DONE}, .variables = outputs};
    struct process_change change = {
        .arena = arena, .asking = asking, .action = SLICE("effect.complete")};

    REQUIRE(process_effect_numbers(id, given.effect), PROCESS_NOT_FOUND);
    given.number = given.effect[0];
    return event_run(store, ret_case, &change, &given);
}

enum process_status process_effect_fail(struct store *store, struct process_case *ret_case,
                                        struct arena *arena, const struct process_asking *asking,
                                        struct slice id, struct slice code, struct slice text)
{
    struct given given = {.event = {.kind = code.size > 0 ? BPMN_EVENT_ERROR : BPMN_EVENT_FAILED,
                                    .code = code,
                                    .text = text}};
    struct process_change change = {
        .arena = arena, .asking = asking, .action = SLICE("effect.fail"), .reason = text};

    REQUIRE(process_text_valid(code, BPMN_NAME_MAX) && process_text_valid(text, PROCESS_REASON_MAX),
            PROCESS_BAD_INPUT);
    REQUIRE(process_effect_numbers(id, given.effect), PROCESS_NOT_FOUND);
    given.number = given.effect[0];
    return event_run(store, ret_case, &change, &given);
}

/* ---- timers ---- */

struct timer {
    time_us due;
    int64_t number;
    int64_t wait;
};

struct timer_look {
    struct timer first;
    bool found;
    bool memory_short;
};

static enum process_status timer_first(struct store *store, struct arena *arena,
                                       struct timer_look *ret_look)
{
    struct store_rows rows;

    TRY(process_from_store(store_select(store, &rows, arena, QUERY_PROCESS_TIMER_FIRST, NULL)));
    ret_look->found = rows.count > 0;
    if (ret_look->found) {
        const struct store_value *row = store_row(&rows, 0);
        ret_look->first = (struct timer){row[0].number, row[1].number, row[2].number};
    }
    return PROCESS_OK;
}

enum { POSTPONED_S = 3600, SHORT_S = 60 /* where memory was short */ };

/* A timer that its case cannot take does not keep those of others from firing. */
static enum process_status postpone_work(struct store *store, struct process_change *change)
{
    const struct timer_look *look = change->input;
    const int64_t wait_s = look->memory_short ? SHORT_S : POSTPONED_S;
    const struct store_value values[] = {
        store_integer(look->first.number), store_integer(look->first.wait),
        store_integer(change->asking->actor->now + wait_s * US_PER_SECOND)};

    TRY(process_case_get(store, &change->row, change->arena, look->first.number));
    return process_from_store(store_change(store, NULL, QUERY_PROCESS_WAIT_SET, values));
}

/* Fires the first timer that is due; `unchanged` when none is. */
static enum process_status timer_work(struct store *store, struct process_change *change)
{
    struct timer_look *look = (struct timer_look *)change->input;

    TRY(timer_first(store, &change->scratch, look));
    change->unchanged = !look->found || look->first.due > change->asking->actor->now;
    if (change->unchanged) {
        return PROCESS_OK;
    }
    struct bpmn_event event = {.kind = BPMN_EVENT_TIMER, .wait = (uint32_t)look->first.wait};
    TRY(process_case_open(store, change, look->first.number));
    return process_step(store, change, &event);
}

/* Whether a timer is due, without a transaction that writes: most looks find none. */
static enum store_status due_work(struct store *store, void *context)
{
    struct process_change *change = context;

    change->status = timer_first(store, change->arena, (struct timer_look *)change->input);
    return change->status == PROCESS_OK ? STORE_OK : STORE_REFUSED;
}

static enum process_status timer_fire(struct store *store, struct process_change *change,
                                      struct timer_look *look)
{
    const enum store_status looked = store_transact(store, STORE_READ, due_work, change);

    REQUIRE(looked == STORE_OK || looked == STORE_REFUSED, process_from_store(looked));
    TRY(change->status);
    change->unchanged = !look->found || look->first.due > change->asking->actor->now;
    if (change->unchanged) {
        return PROCESS_OK;
    }
    const enum process_status status = process_change_run(store, change);
    if (status == PROCESS_OK || status == PROCESS_STORE) {
        return status;
    }
    look->memory_short = status == PROCESS_NO_MEMORY;
    change->work = postpone_work;
    change->action = SLICE("case.timer.postpone");
    change->reason = slice_from_cstr(process_status_slug(status));
    return process_change_run(store, change);
}

enum process_status process_timers_due(struct store *store, size_t *ret_fired, time_us *ret_next,
                                       const struct process_asking *asking, size_t count)
{
    enum process_status status = PROCESS_OK;
    struct arena arena;

    *ret_fired = 0;
    *ret_next = TIME_NONE;
    arena_init(&arena, PROCESS_STEP_MEMORY);
    for (size_t tried = 0; tried < count && status == PROCESS_OK; tried++) {
        struct timer_look look = {0};
        struct process_change change = {.arena = &arena,
                                        .asking = asking,
                                        .work = timer_work,
                                        .input = &look,
                                        .action = SLICE("case.timer")};
        arena_reset(&arena);
        status = timer_fire(store, &change, &look);
        *ret_next = look.found ? look.first.due : TIME_NONE;
        if (status != PROCESS_OK || change.unchanged) {
            break;
        }
        *ret_fired += change.work == timer_work;
    }
    arena_release(&arena);
    return status;
}
