#include "bpmn/script.h"

#include <stdlib.h>

#include "feel/temporal.h"
#include "feel/text.h"

struct player {
    struct bpmn_script *script;
    struct buffer *error;
    struct arena arena; /* of one line */
    struct bpmn_env env;
    struct feel_zones zones;
    struct bpmn_case *state; /* loaded for this line; NULL before the start */
    const struct json_value *line;
    uint32_t number; /* of the line, from 1 */
    uint32_t steps;
    time_us now;
};

static bool fail(struct player *p, const char *what, struct slice detail)
{
    buffer_printf(p->error, "line %u: %s", p->number, what);
    if (detail.size > 0) {
        buffer_printf(p->error, ": %.*s", (int)detail.size, detail.data);
    }
    buffer_append_byte(p->error, '\n');
    return false;
}

static struct slice text_member(const struct player *p, const char *name)
{
    const struct json_value *member = json_member(p->line, slice_from_cstr(name));
    return member != NULL && member->type == JSON_STRING ? member->text : SLICE("");
}

/* ---- steps ---- */

static bool keep_state(struct player *p, const struct bpmn_effects *effects)
{
    struct buffer *kept = &p->script->state;
    const struct bpmn_effect *effect = effects->first;
    for (; effect != NULL && p->script->show != NULL; effect = effect->next) {
        p->script->show(p->script->data, p->state, effect);
    }
    buffer_reset(kept);
    const enum bpmn_status status = bpmn_case_save(&p->env, p->state, kept);
    if (status != BPMN_STATUS_OK) {
        return fail(p, "the state cannot be saved", bpmn_status_text(status));
    }
    return true;
}

static bool load_state(struct player *p)
{
    p->state = NULL;
    if (p->script->state.size == 0) {
        return true;
    }
    const enum bpmn_status status =
        bpmn_case_load(&p->env, buffer_slice(&p->script->state), &p->state);
    return status == BPMN_STATUS_OK ||
           fail(p, "the state cannot be read again", bpmn_status_text(status));
}

/* Takes one event and goes on from the saved state. */
static bool step(struct player *p, const struct bpmn_event *event)
{
    struct bpmn_effects effects = {0};
    enum bpmn_status status;
    if (++p->steps > BPMN_SCRIPT_STEPS_MAX) {
        return fail(p, "the script takes more steps than allowed", SLICE(""));
    }
    if (event->kind == BPMN_EVENT_START) {
        status = bpmn_case_start(&p->env, event, &p->state, &effects);
    } else {
        status = bpmn_case_step(&p->env, p->state, event, &effects);
    }
    if (status != BPMN_STATUS_OK) {
        return fail(p, "refused", bpmn_status_text(status));
    }
    return keep_state(p, &effects) && load_state(p);
}

/* ---- the clock ---- */

static uint32_t next_timer(const struct bpmn_case *state)
{
    uint32_t next = BPMN_NOWHERE;
    for (uint32_t w = 0; state != NULL && w < state->wait_count; w++) {
        const struct bpmn_wait *wait = &state->waits[w];
        if (wait->kind == BPMN_WAIT_TIMER &&
            (next == BPMN_NOWHERE || wait->due < state->waits[next].due)) {
            next = w;
        }
    }
    return next;
}

/* Moves the clock; what is due on the way fires in its order. */
static bool advance(struct player *p, time_us to)
{
    for (;;) {
        const uint32_t w = next_timer(p->state);
        if (w == BPMN_NOWHERE || p->state->waits[w].due > to) {
            break;
        }
        const time_us due = p->state->waits[w].due;
        const struct bpmn_event event = {.kind = BPMN_EVENT_TIMER,
                                         .at = due > p->now ? due : p->now,
                                         .by = SLICE("clock"),
                                         .wait = p->state->waits[w].number};
        if (!step(p, &event)) {
            return false;
        }
    }
    p->now = to > p->now ? to : p->now;
    return true;
}

/* A date and time, or a duration from now on. */
static bool read_time(const struct player *p, struct slice text, time_us *ret_time)
{
    struct feel_value duration;
    if (time_parse(text, ret_time)) {
        return true;
    }
    if (!duration_read(text, &duration) || duration.kind != FEEL_SPAN ||
        duration.span.seconds < 0 || duration.span.seconds > 4000000000LL) {
        return false;
    }
    *ret_time = p->now + duration.span.seconds * US_PER_SECOND;
    return true;
}

/* ---- lines ---- */

static bool read_variables(struct player *p, const struct feel_context **ret_variables)
{
    const struct json_value *member = json_member(p->line, SLICE("variables"));
    struct feel_value value = FEEL_NOTHING;
    *ret_variables = NULL;
    if (member == NULL) {
        return true;
    }
    if (member->type != JSON_OBJECT ||
        !text_from_json(&p->arena, &p->zones, member, NULL, &value)) {
        return fail(p, "variables is no object", SLICE(""));
    }
    *ret_variables = value.context;
    return true;
}

/* The oldest wait of a kind at an element. */
static uint32_t find_wait(const struct player *p, struct slice element, bool incident)
{
    for (uint32_t w = 0; p->state != NULL && w < p->state->wait_count; w++) {
        const struct bpmn_wait *wait = &p->state->waits[w];
        const bool fits = incident
                              ? wait->kind == BPMN_WAIT_INCIDENT
                              : wait->kind == BPMN_WAIT_TASK || wait->kind == BPMN_WAIT_SERVICE;
        if (fits && slice_equal(p->script->model->nodes[wait->node].id, element)) {
            return wait->number;
        }
    }
    return 0;
}

static bool play_start(struct player *p, struct bpmn_event *event, const struct json_value *start)
{
    const struct bpmn_model *model = p->script->model;
    const struct slice id = text_member(p, "id");
    event->kind = BPMN_EVENT_START;
    event->id = id.size == 0 ? SLICE("case") : id;
    event->name = text_member(p, "message");
    event->node = start->text.size == 0 || start->type != JSON_STRING
                      ? bpmn_model_main(model)
                      : bpmn_model_find(model, start->text);
    if (p->state != NULL) {
        return fail(p, "the case has been started", SLICE(""));
    }
    return step(p, event);
}

struct verb {
    const char *name;
    enum bpmn_event_kind kind;
};

static bool play_event(struct player *p, struct bpmn_event *event)
{
    static const struct verb verbs[] = {
        {"complete", BPMN_EVENT_DONE},   {"fail", BPMN_EVENT_FAILED},
        {"error", BPMN_EVENT_ERROR},     {"escalate", BPMN_EVENT_ESCALATE},
        {"resolve", BPMN_EVENT_RESOLVE}, {"message", BPMN_EVENT_MESSAGE},
        {"cancel", BPMN_EVENT_CANCEL},
    };
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        const struct json_value *member = json_member(p->line, slice_from_cstr(verbs[i].name));
        if (member == NULL) {
            continue;
        }
        if (member->type != JSON_STRING) {
            return fail(p, "a text is expected", slice_from_cstr(verbs[i].name));
        }
        if (p->state == NULL) {
            return fail(p, "the case has not been started", SLICE(""));
        }
        event->kind = verbs[i].kind;
        if (event->kind == BPMN_EVENT_MESSAGE) {
            event->name = member->text;
        } else if (event->kind == BPMN_EVENT_CANCEL) {
            event->text = member->text;
        } else {
            event->wait = find_wait(p, member->text, event->kind == BPMN_EVENT_RESOLVE);
            if (event->wait == 0) {
                return fail(p, "nothing of that kind is open at", member->text);
            }
        }
        return step(p, event);
    }
    return true;
}

/* ---- expectations ---- */

static int compare_text(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* The elements at which something is open, sorted, with spaces between. */
static void write_open(const struct player *p, struct buffer *out)
{
    const struct bpmn_case *state = p->state;
    struct slice *ids =
        arena_take_array((struct arena *)&p->arena, (size_t)state->wait_count + 1, sizeof *ids);
    for (uint32_t w = 0; ids != NULL && w < state->wait_count; w++) {
        ids[w] = state->model->nodes[state->waits[w].node].id;
    }
    if (ids == NULL) {
        out->failed = true;
        return;
    }
    qsort(ids, state->wait_count, sizeof *ids, compare_text);
    for (uint32_t w = 0; w < state->wait_count; w++) {
        buffer_append_cstr(out, w == 0 ? "" : " ");
        buffer_append(out, ids[w]);
    }
}

static bool expect_open(struct player *p, const struct json_value *open)
{
    struct buffer is;
    struct buffer wanted;
    struct buffer text;
    buffer_init(&is);
    buffer_init(&wanted);
    buffer_init(&text);
    struct slice *ids = arena_take_array(&p->arena, (size_t)open->count + 1, sizeof *ids);
    uint32_t count = 0;
    for (const struct json_value *at = open->first; ids != NULL && at != NULL; at = at->next) {
        ids[count++] = at->text;
    }
    if (ids != NULL) {
        qsort(ids, count, sizeof *ids, compare_text);
    }
    for (uint32_t i = 0; i < count; i++) {
        buffer_append_cstr(&wanted, i == 0 ? "" : " ");
        buffer_append(&wanted, ids[i]);
    }
    write_open(p, &is);
    const bool same = !is.failed && slice_equal(buffer_slice(&is), buffer_slice(&wanted));
    if (!same) {
        buffer_printf(&text, "[%.*s] instead of [%.*s]", (int)is.size, is.data, (int)wanted.size,
                      wanted.data);
        (void)fail(p, "open is", buffer_slice(&text));
    }
    buffer_release(&is);
    buffer_release(&wanted);
    buffer_release(&text);
    return same;
}

static bool expect_variables(struct player *p, const struct json_value *wanted)
{
    const struct feel_context *variables = bpmn_case_variables(p->state);
    struct feel_value value = FEEL_NOTHING;
    if (variables == NULL || wanted->type != JSON_OBJECT ||
        !text_from_json(&p->arena, &p->zones, wanted, NULL, &value)) {
        return fail(p, "the variables expected are no object", SLICE(""));
    }
    for (uint32_t i = 0; i < value.context->count; i++) {
        const struct feel_entry *entry = &value.context->entries[i];
        const struct feel_value *is = feel_context_get(variables, entry->name);
        struct buffer left = {0};
        struct buffer right = {0};
        text_write(&left, is == NULL ? FEEL_NOTHING : *is);
        text_write(&right, entry->value);
        const bool same = slice_equal(buffer_slice(&left), buffer_slice(&right));
        if (!same) {
            buffer_printf(p->error, "line %u: %.*s is %.*s instead of %.*s\n", p->number,
                          (int)entry->name.size, entry->name.data, (int)left.size, left.data,
                          (int)right.size, right.data);
        }
        buffer_release(&left);
        buffer_release(&right);
        if (!same) {
            return false;
        }
    }
    return true;
}

static bool expect(struct player *p, const struct json_value *wanted)
{
    static const char *const phases[] = {"running", "completed", "cancelled"};
    const struct json_value *status = json_member(wanted, SLICE("status"));
    const struct json_value *open = json_member(wanted, SLICE("open"));
    const struct json_value *variables = json_member(wanted, SLICE("variables"));
    if (p->state == NULL) {
        return fail(p, "the case has not been started", SLICE(""));
    }
    if (status != NULL && !slice_equal(status->text, slice_from_cstr(phases[p->state->phase]))) {
        return fail(p, "the case is", slice_from_cstr(phases[p->state->phase]));
    }
    return (open == NULL || expect_open(p, open)) &&
           (variables == NULL || expect_variables(p, variables));
}

/* ---- the whole ---- */

static bool known_members(struct player *p)
{
    static const char *const names[] = {
        "start",  "complete", "fail",   "error",     "escalate", "resolve", "message",
        "cancel", "clock",    "at",     "by",        "id",       "key",     "code",
        "text",   "flow",     "expect", "variables", "note",
    };
    for (const struct json_value *at = p->line->first; at != NULL; at = at->next) {
        bool known = false;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            known = known || slice_equal(at->name, slice_from_cstr(names[i]));
        }
        if (!known) {
            return fail(p, "a step has no member", at->name);
        }
    }
    return true;
}

static bool play_clock(struct player *p)
{
    static const char *const names[] = {"clock", "at"};
    for (size_t i = 0; i < 2; i++) {
        time_us to = 0;
        if (json_member(p->line, slice_from_cstr(names[i])) == NULL) {
            continue;
        }
        const struct slice text = text_member(p, names[i]);
        if (!read_time(p, text, &to)) {
            return fail(p, "neither a time such as 2026-03-02T09:00:00Z nor a duration", text);
        }
        if (!advance(p, to)) {
            return false;
        }
    }
    return true;
}

static bool play_line(struct player *p)
{
    const struct json_value *start = json_member(p->line, SLICE("start"));
    const struct json_value *wanted = json_member(p->line, SLICE("expect"));
    struct bpmn_event event = {.by = text_member(p, "by"),
                               .id = text_member(p, "id"),
                               .key = text_member(p, "key"),
                               .code = text_member(p, "code"),
                               .text = text_member(p, "text"),
                               .flow = text_member(p, "flow")};
    if (!known_members(p) || !load_state(p) || !play_clock(p) ||
        !read_variables(p, &event.variables)) {
        return false;
    }
    event.at = p->now;
    if (!(start != NULL ? play_start(p, &event, start) : play_event(p, &event))) {
        return false;
    }
    return wanted == NULL || expect(p, wanted);
}

bool bpmn_script_run(struct bpmn_script *script, struct buffer *reterr_text)
{
    struct player p = {.script = script, .error = reterr_text, .now = 1767258000 * US_PER_SECOND};
    struct slice rest = script->text;
    struct slice line;
    bool good = true;
    buffer_init(&script->state);
    arena_init(&p.arena, BPMN_STEP_MEMORY_MAX);
    while (good && slice_split(&rest, '\n', &line)) {
        struct json_error error;
        p.number++;
        line = slice_trim(line);
        if (line.size == 0 || line.data[0] == '#') {
            continue;
        }
        arena_reset(&p.arena);
        p.env = (struct bpmn_env){script->model, script->calendar, script->limits, &p.arena};
        p.zones = (struct feel_zones){.arena = &p.arena};
        p.line = json_parse(&p.arena, &error, line);
        if (p.line == NULL || p.line->type != JSON_OBJECT) {
            good = fail(&p, "no JSON object",
                        p.line == NULL ? slice_from_cstr(error.message) : SLICE(""));
        } else {
            good = play_line(&p);
        }
    }
    arena_release(&p.arena);
    return good;
}
