/* One step of a case: state in, one event, and all that follows into the store. */
#include "process/process_internal.h"

#include "feel/text.h"

/* ---- what a step needs ---- */

enum process_status process_pack_open(struct store *store, struct process_change *change,
                                      struct slice hash)
{
    const enum pack_status status =
        pack_shelf_take(change->asking->shelf, &change->pack, store, hash);

    REQUIRE(status != PACK_STATUS_STORE, PROCESS_STORE);
    REQUIRE(status != PACK_STATUS_NO_MEMORY, PROCESS_NO_MEMORY);
    REQUIRE(status == PACK_STATUS_OK && change->pack->processes != NULL, PROCESS_NO_PACK);
    change->env = (struct bpmn_env){.model = change->pack->processes,
                                    .calendar = &change->pack->calendar,
                                    .arena = &change->scratch};
    change->zones = (struct feel_zones){.arena = &change->scratch};
    return PROCESS_OK;
}

static enum process_status from_machine(enum bpmn_status status)
{
    switch (status) {
    case BPMN_STATUS_OK:
        return PROCESS_OK;
    case BPMN_STATUS_MEMORY:
        return PROCESS_NO_MEMORY;
    case BPMN_STATUS_DAMAGED:
    case BPMN_STATUS_VERSION:
        return PROCESS_DAMAGED;
    default:
        return PROCESS_EVENT;
    }
}

enum process_status process_case_open(struct store *store, struct process_change *change,
                                      int64_t number)
{
    const struct store_value values[] = {store_integer(number)};
    struct store_rows rows;

    TRY(process_case_get(store, &change->row, change->arena, number));
    TRY(process_from_store(
        store_select(store, &rows, &change->scratch, QUERY_PROCESS_CASE_STATE, values)));
    REQUIRE(rows.count > 0, PROCESS_NOT_FOUND);
    TRY(process_pack_open(store, change, change->row.pack));
    return from_machine(bpmn_case_load(&change->env, store_row(&rows, 0)[0].bytes, &change->state));
}

enum process_status process_variables(struct process_change *change, struct slice text,
                                      const struct feel_context **ret_variables)
{
    struct json_error error;
    struct feel_value value = FEEL_NOTHING;

    *ret_variables = NULL;
    if (text.size == 0) {
        return PROCESS_OK;
    }
    REQUIRE(text.size <= PROCESS_INPUT_MAX, PROCESS_BAD_INPUT);
    const struct json_value *json = json_parse(&change->scratch, &error, text);
    REQUIRE(json != NULL || !error.memory_short, PROCESS_NO_MEMORY);
    REQUIRE(json != NULL && json->type == JSON_OBJECT, PROCESS_BAD_INPUT);
    REQUIRE(text_from_json(&change->scratch, &change->zones, json, NULL, &value),
            PROCESS_NO_MEMORY);
    *ret_variables = value.context;
    return PROCESS_OK;
}

/* ---- what follows from a step ---- */

static const struct bpmn_wait *wait_find(const struct bpmn_case *state, int64_t number)
{
    for (uint32_t w = 0; w < state->wait_count; w++) {
        if (state->waits[w].number == number) {
            return &state->waits[w];
        }
    }
    return NULL;
}

static struct slice wait_kind(enum bpmn_wait_kind kind)
{
    static const char *const names[] = {
        [BPMN_WAIT_TASK] = "task",         [BPMN_WAIT_SERVICE] = "service",
        [BPMN_WAIT_TIMER] = "timer",       [BPMN_WAIT_MESSAGE] = "message",
        [BPMN_WAIT_INCIDENT] = "incident",
    };

    return slice_from_cstr(names[kind]);
}

/* What a message is found by. */
static struct store_value name_value(const struct process_change *change,
                                     const struct bpmn_wait *wait)
{
    return wait->kind == BPMN_WAIT_MESSAGE
               ? store_text(change->env.model->nodes[wait->node].message)
               : store_null();
}

static struct store_value due_value(const struct bpmn_wait *wait)
{
    return wait->kind == BPMN_WAIT_TIMER ? store_integer(wait->due) : store_null();
}

/* Takes away what nobody waits for any more, with its task or effect. */
static enum store_status wait_ended(struct store *store, const struct process_change *change,
                                    const struct store_value *row)
{
    const struct store_value values[] = {store_integer(change->row.number), row[0],
                                         store_integer(change->asking->actor->now)};

    TRY(store_change(store, NULL, QUERY_PROCESS_WAIT_END, values));
    if (slice_equal(row[1].bytes, SLICE("task"))) {
        TRY(store_change(store, NULL, QUERY_PROCESS_CANDIDATES_CLEAR, values));
        return store_change(store, NULL, QUERY_PROCESS_TASK_CANCEL, values);
    }
    if (slice_equal(row[1].bytes, SLICE("service"))) {
        return store_change(store, NULL, QUERY_PROCESS_EFFECT_CANCEL, values);
    }
    return STORE_OK;
}

/* Makes the rows what the state says that it waits for. */
static enum store_status waits_write(struct store *store, struct process_change *change)
{
    const struct bpmn_case *state = change->state;
    const struct store_value key[] = {store_integer(change->row.number)};
    struct store_rows rows;
    int64_t last = 0;

    TRY(store_select(store, &rows, &change->scratch, QUERY_PROCESS_WAITS_OF, key));
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        const struct bpmn_wait *wait = wait_find(state, row[0].number);
        last = row[0].number;
        if (wait == NULL) {
            TRY(wait_ended(store, change, row));
        } else if (wait->kind == BPMN_WAIT_TIMER && wait->due != row[2].number) {
            const struct store_value values[] = {key[0], row[0], store_integer(wait->due)};
            TRY(store_change(store, NULL, QUERY_PROCESS_WAIT_SET, values));
        }
    }
    for (uint32_t w = 0; w < state->wait_count; w++) {
        const struct bpmn_wait *wait = &state->waits[w];
        bool known = false;
        for (size_t i = 0; i < rows.count && wait->number <= last && !known; i++) {
            known = store_row(&rows, i)[0].number == wait->number;
        }
        if (!known) {
            const struct store_value values[] = {
                key[0],
                store_integer(wait->number),
                store_text(wait_kind(wait->kind)),
                due_value(wait),
                name_value(change, wait),
                wait->kind == BPMN_WAIT_MESSAGE ? store_text(wait->key) : store_null()};
            TRY(store_change(store, NULL, QUERY_PROCESS_WAIT_ADD, values));
        }
    }
    return STORE_OK;
}

static struct slice inputs_text(struct process_change *change, const struct bpmn_effect *effect)
{
    struct buffer text = {0};
    struct json_writer writer;
    struct slice copy = {NULL, 0};

    if (effect->variables == NULL) {
        return SLICE("{}");
    }
    json_writer_init(&writer, &text);
    text_write_json(&writer, feel_context_value(effect->variables));
    if (!buffer_failed(&text)) {
        copy = arena_copy(&change->scratch, buffer_slice(&text));
    }
    buffer_release(&text);
    return copy;
}

static enum process_status effect_add(struct store *store, struct process_change *change,
                                      const struct bpmn_effect *effect)
{
    const struct bpmn_node *node = &change->env.model->nodes[effect->node];
    const bool service = effect->kind == BPMN_EFFECT_SERVICE;
    const struct slice payload = inputs_text(change, effect);

    REQUIRE(payload.data != NULL, PROCESS_NO_MEMORY);
    const struct store_value values[] = {
        store_integer(change->row.number),
        store_integer(effect->step),
        store_integer(effect->ordinal),
        store_integer(effect->wait),
        store_text(service ? SLICE("service") : SLICE("message")),
        store_text(effect->name),
        store_text(effect->key),
        store_text(node->id),
        store_text(payload),
        store_integer(change->asking->actor->now),
    };
    return process_from_store(store_change(store, NULL, QUERY_PROCESS_EFFECT_ADD, values));
}

static enum process_status effect_write(struct store *store, struct process_change *change,
                                        const struct bpmn_effect *effect)
{
    struct buffer text = {0};

    bpmn_effect_write(&text, change->state, effect);
    const struct store_value values[] = {
        store_integer(change->row.number), store_integer(effect->step),
        store_integer(effect->ordinal),    store_integer(effect->at),
        store_text(buffer_slice(&text)),
    };
    const enum process_status status =
        buffer_failed(&text)
            ? PROCESS_NO_MEMORY
            : process_from_store(store_change(store, NULL, QUERY_PROCESS_HISTORY_ADD, values));
    buffer_release(&text);
    TRY(status);
    /* What was asked for and given up again in the same step is history alone. */
    const bool waits = effect->wait != 0 && wait_find(change->state, effect->wait) != NULL;
    if (effect->kind == BPMN_EFFECT_TASK && waits) {
        return process_task_add(store, change, effect);
    }
    if ((effect->kind == BPMN_EFFECT_SERVICE && waits) || effect->kind == BPMN_EFFECT_SEND) {
        return effect_add(store, change, effect);
    }
    return PROCESS_OK;
}

/* ---- the row ---- */

static struct slice phase_name(enum bpmn_phase phase)
{
    return phase == BPMN_RUNNING     ? SLICE("running")
           : phase == BPMN_COMPLETED ? SLICE("completed")
                                     : SLICE("cancelled");
}

static void row_update(struct process_change *change)
{
    struct process_case *row = &change->row;
    const time_us now = change->asking->actor->now;

    row->step = change->state->step;
    row->phase = phase_name(change->state->phase);
    row->incidents = 0;
    for (uint32_t w = 0; w < change->state->wait_count; w++) {
        row->incidents += change->state->waits[w].kind == BPMN_WAIT_INCIDENT;
    }
    row->changed = now;
    row->ended = change->state->phase == BPMN_RUNNING ? TIME_NONE : now;
}

static enum store_status row_add(struct store *store, const struct process_change *change,
                                 struct slice state)
{
    const struct process_start *start = change->input;
    const struct process_case *row = &change->row;
    const struct store_value values[] = {
        store_integer(row->number),     store_text(row->pack),
        store_text(row->process),       store_text(row->organisation),
        store_text(row->path),          store_text(row->subject),
        store_text(start->step),        store_text(row->started_by),
        store_integer(row->step),       store_text(row->phase),
        store_integer(row->incidents),  store_bytes(state.data, state.size),
        store_integer(row->started),    store_integer(row->changed),
        process_time_value(row->ended),
    };

    return store_change(store, NULL, QUERY_PROCESS_CASE_ADD, values);
}

static enum store_status row_set(struct store *store, const struct process_change *change,
                                 struct slice state)
{
    const struct process_case *row = &change->row;
    const struct store_value values[] = {
        store_integer(row->number),
        store_integer(row->step),
        store_text(row->phase),
        store_integer(row->incidents),
        store_bytes(state.data, state.size),
        store_integer(row->changed),
        process_time_value(row->ended),
    };

    return store_change(store, NULL, QUERY_PROCESS_CASE_SET, values);
}

enum process_status process_step_write(struct store *store, struct process_change *change,
                                       const struct bpmn_effects *effects, bool is_new)
{
    struct buffer bytes = {0};

    row_update(change);
    enum process_status status = from_machine(bpmn_case_save(&change->env, change->state, &bytes));
    if (status == PROCESS_OK) {
        status = process_from_store(is_new ? row_add(store, change, buffer_slice(&bytes))
                                           : row_set(store, change, buffer_slice(&bytes)));
    }
    buffer_release(&bytes);
    TRY(status);
    for (const struct bpmn_effect *effect = effects->first; effect != NULL; effect = effect->next) {
        TRY(effect_write(store, change, effect));
    }
    return process_from_store(waits_write(store, change));
}

enum process_status process_step(struct store *store, struct process_change *change,
                                 struct bpmn_event *event)
{
    struct bpmn_effects effects = {0};

    event->at = change->asking->actor->now;
    event->by = change->asking->actor->id;
    TRY(from_machine(bpmn_case_step(&change->env, change->state, event, &effects)));
    return process_step_write(store, change, &effects, false);
}

/* ---- changes ---- */

/* In: given  JSON; empty: not told */
static void detail_write(struct buffer *out, const struct process_change *change,
                         struct slice given)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_object_begin(&writer);
    json_name(&writer, SLICE("step"));
    json_i64(&writer, change->row.step);
    json_name(&writer, SLICE("phase"));
    json_string(&writer, change->row.phase);
    if (change->element.size > 0) {
        json_name(&writer, SLICE("element"));
        json_string(&writer, change->element);
    }
    if (change->task.state.size > 0) {
        json_name(&writer, SLICE("state"));
        json_string(&writer, change->task.state);
    }
    if (change->task.claimed_for.size > 0) {
        json_name(&writer, SLICE("in_stead_of"));
        json_string(&writer, change->task.claimed_for);
    }
    if (change->task.shown.size > 0) {
        json_name(&writer, SLICE("shown"));
        json_string(&writer, change->task.shown);
    }
    if (given.size > 0) {
        json_name(&writer, SLICE("given"));
        json_raw(&writer, given);
    }
    json_object_end(&writer);
}

static enum store_status record(struct store *store, struct process_change *change)
{
    const struct people_actor *actor = change->asking->actor;
    struct buffer after = {0};
    struct buffer shown = {0};
    struct slice given = change->detail;

    if (process_given_mask(&given, &change->scratch, change->pack) != PROCESS_OK) {
        return STORE_NO_MEMORY;
    }
    detail_write(&after, change, given);
    detail_write(&shown, change, SLICE(""));
    const struct trail_entry entry = {.at = actor->now,
                                      .actor = actor->id,
                                      .address = actor->address,
                                      .action = change->action,
                                      .subject = slice_from_cstr(change->subject),
                                      .before = change->before,
                                      .after = buffer_slice(&after),
                                      .reason = change->reason};
    const struct event event = {.at = actor->now,
                                .op = change->action,
                                .subject = slice_from_cstr(change->subject),
                                .actor = actor->id,
                                .case_ref = change->row.id,
                                .detail = buffer_slice(&shown)};
    enum store_status status =
        buffer_failed(&after) || buffer_failed(&shown) ? STORE_NO_MEMORY : STORE_OK;
    status = status == STORE_OK ? trail_add(store, &entry) : status;
    status = status == STORE_OK ? event_add(store, &event) : status;
    buffer_release(&after);
    buffer_release(&shown);
    return status;
}

static enum store_status change_work(struct store *store, void *context)
{
    struct process_change *change = context;

    /* It may be run again from the start. */
    arena_reset(&change->scratch);
    change->unchanged = false;
    change->status = change->work(store, change);
    if (change->status != PROCESS_OK) {
        return STORE_REFUSED;
    }
    if (change->unchanged) {
        return STORE_OK;
    }
    (void)snprintf(change->subject, sizeof(change->subject), "%s/%.*s",
                   change->task.id.size > 0 ? "task" : "case",
                   (int)(change->task.id.size > 0 ? change->task.id.size : change->row.id.size),
                   change->task.id.size > 0 ? change->task.id.data : change->row.id.data);
    return record(store, change);
}

enum process_status process_change_run(struct store *store, struct process_change *change)
{
    arena_init(&change->scratch, PROCESS_STEP_MEMORY);
    change->status = PROCESS_OK;
    const enum store_status status = store_transact(store, STORE_WRITE, change_work, change);
    arena_release(&change->scratch);
    return status == STORE_OK || (status == STORE_REFUSED && change->status != PROCESS_OK)
               ? change->status
               : process_from_store(status);
}
