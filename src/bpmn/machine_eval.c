#include "bpmn/machine.h"
#include "dmn/evaluate.h"
#include "feel/text.h"

/* ---- variables ---- */

static const struct bpmn_variable *find_variable(const struct bpmn_scope *scope, struct slice name)
{
    for (uint32_t i = 0; i < scope->variable_count; i++) {
        if (slice_equal(scope->variables[i].name, name)) {
            return &scope->variables[i];
        }
    }
    return NULL;
}

static bool bounds_view(const struct bpmn_scope *scope)
{
    return scope->kind == BPMN_SCOPE_CASE || scope->kind == BPMN_SCOPE_CALL;
}

/* The counters of a multi-instance activity. Source: BPMN 2.0.2, table 10.30. */
static bool counter(const struct bpmn_scope *scope, struct slice name, uint32_t *ret_count)
{
    if (scope->kind == BPMN_SCOPE_INSTANCE && slice_equal(name, SLICE("loopCounter"))) {
        *ret_count = scope->started;
        return true;
    }
    if (scope->kind != BPMN_SCOPE_MULTI) {
        return false;
    }
    const struct {
        struct slice name;
        uint32_t count;
    } counters[] = {
        {SLICE("numberOfInstances"), scope->total},
        {SLICE("numberOfActiveInstances"), scope->live},
        {SLICE("numberOfCompletedInstances"), scope->completed},
        {SLICE("numberOfTerminatedInstances"), scope->started - scope->live - scope->completed},
    };
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
        if (slice_equal(name, counters[i].name)) {
            *ret_count = counters[i].count;
            return true;
        }
    }
    return false;
}

bool machine_lookup(const struct machine *m, uint32_t scope, struct slice name,
                    struct feel_value *ret_value)
{
    for (;;) {
        const struct bpmn_scope *at = &m->state->scopes[machine_scope(m->state, scope)];
        const struct bpmn_variable *variable = find_variable(at, name);
        uint32_t count = 0;
        if (variable != NULL) {
            *ret_value = variable->value;
            return true;
        }
        if (counter(at, name, &count)) {
            *ret_value = feel_integer(count);
            return true;
        }
        if (bounds_view(at)) {
            return false;
        }
        scope = at->parent;
    }
}

void machine_set(struct machine *m, uint32_t scope, struct slice name, struct feel_value value)
{
    struct bpmn_scope *at = &m->state->scopes[machine_scope(m->state, scope)];
    struct bpmn_variable *variable = (struct bpmn_variable *)find_variable(at, name);
    if (variable != NULL) {
        variable->value = value;
        return;
    }
    if (at->variable_count == at->variable_capacity) {
        const uint32_t capacity = at->variable_capacity == 0 ? 8 : at->variable_capacity * 2;
        struct bpmn_variable *larger = arena_take_array(m->env->arena, capacity, sizeof *larger);
        if (larger == NULL) {
            m->failed = true;
            return;
        }
        if (at->variable_count > 0) {
            memcpy(larger, at->variables, at->variable_count * sizeof *larger);
        }
        at->variables = larger;
        at->variable_capacity = capacity;
    }
    at->variables[at->variable_count++] = (struct bpmn_variable){name, value};
}

void machine_assign(struct machine *m, uint32_t scope, struct slice name, struct feel_value value)
{
    for (;;) {
        const struct bpmn_scope *at = &m->state->scopes[machine_scope(m->state, scope)];
        if (bounds_view(at) || at->kind == BPMN_SCOPE_INSTANCE || find_variable(at, name) != NULL) {
            machine_set(m, scope, name, value);
            return;
        }
        scope = at->parent;
    }
}

void machine_assign_all(struct machine *m, uint32_t scope, const struct feel_context *variables)
{
    for (uint32_t i = 0; variables != NULL && i < variables->count; i++) {
        machine_assign(m, scope, variables->entries[i].name, variables->entries[i].value);
    }
}

const struct feel_context *machine_view(struct machine *m, uint32_t scope)
{
    struct feel_context *view = feel_context_new(m->env->arena, 8);
    for (bool more = true; more && view != NULL;) {
        const struct bpmn_scope *at = &m->state->scopes[machine_scope(m->state, scope)];
        for (uint32_t i = 0; i < at->variable_count && view != NULL; i++) {
            if (feel_context_get(view, at->variables[i].name) == NULL &&
                !feel_context_put(m->env->arena, view, at->variables[i].name,
                                  at->variables[i].value)) {
                view = NULL;
            }
        }
        more = !bounds_view(at);
        scope = at->parent;
    }
    m->failed = m->failed || view == NULL;
    return view;
}

/* ---- expressions ---- */

struct view {
    const struct machine *m;
    uint32_t scope;
    const struct feel_context *overlay;
};

static struct feel_value find_global(struct feel_eval *eval, struct feel_globals *globals,
                                     uint32_t index)
{
    const struct view *view = globals->data;
    const struct slice name = view->m->model->names[index];
    const struct feel_value *over =
        view->overlay == NULL ? NULL : feel_context_get(view->overlay, name);
    struct feel_value value = FEEL_NOTHING;
    if (over != NULL) {
        return *over;
    }
    if (!machine_lookup(view->m, view->scope, name, &value)) {
        return feel_fail(eval, 0, "there is no variable %.*s", (int)name.size, name.data);
    }
    return value;
}

bool machine_evaluate(struct machine *m, uint32_t scope, const struct feel_context *overlay,
                      const struct bpmn_expression *expression, struct feel_value *ret_value,
                      struct slice *reterr_text)
{
    struct view view = {m, scope, overlay};
    struct arena *arena = m->env->arena;
    const uint32_t count = m->model->name_count;
    struct feel_globals globals = {
        .values = arena_take_array(arena, (size_t)count + 1, sizeof(struct feel_value)),
        .states = arena_take(arena, (size_t)count + 1),
        .count = count,
        .find = find_global,
        .data = &view,
    };
    struct feel_eval eval;
    const int64_t days = m->state->now / US_PER_DAY - (m->state->now % US_PER_DAY < 0);
    const struct feel_moment now = {
        .days = days, .nanos = (m->state->now - days * US_PER_DAY) * 1000, .has_offset = true};
    *ret_value = FEEL_NOTHING;
    *reterr_text = SLICE("");
    if (globals.values == NULL || globals.states == NULL) {
        m->failed = true;
        return false;
    }
    feel_eval_init(&eval, arena, (struct feel_limits){.steps_max = 1000000, .depth_max = 500},
                   &now);
    eval.globals = &globals;
    *ret_value = feel_run(&eval, &expression->program, NULL, 0);
    if (eval.status == FEEL_STATUS_MEMORY) {
        m->failed = true;
    }
    if (eval.status != FEEL_STATUS_OK) {
        *ret_value = FEEL_NOTHING;
        *reterr_text = feel_status_text(eval.status);
        return false;
    }
    if (eval.first != NULL) {
        *reterr_text = eval.first->message;
    }
    return true;
}

/* ---- mappings ---- */

const struct feel_context *machine_map(struct machine *m, uint32_t t, uint32_t scope,
                                       const struct feel_context *overlay,
                                       const struct bpmn_mapping *mappings)
{
    struct feel_context *mapped = feel_context_new(m->env->arena, 4);
    for (; mappings != NULL && mapped != NULL; mappings = mappings->next) {
        struct feel_value value = FEEL_NOTHING;
        struct slice why = SLICE("");
        if (bpmn_expression_given(&mappings->source) &&
            !machine_evaluate(m, scope, overlay, &mappings->source, &value, &why)) {
            machine_incident(m, t, "the mapping to %.*s: %.*s", (int)mappings->target.size,
                             mappings->target.data, (int)why.size, why.data);
            return NULL;
        }
        if (!feel_context_put(m->env->arena, mapped, mappings->target, value)) {
            mapped = NULL;
        }
    }
    m->failed = m->failed || mapped == NULL;
    return mapped;
}

const struct feel_context *machine_inputs(struct machine *m, uint32_t t)
{
    const struct bpmn_node *node = node_of(m, t);
    const uint32_t scope = token_at(m, t)->scope;
    return node->inputs == NULL ? machine_view(m, scope)
                                : machine_map(m, t, scope, NULL, node->inputs);
}

bool machine_take_results(struct machine *m, uint32_t t, const struct feel_context *results)
{
    const struct bpmn_node *node = node_of(m, t);
    const uint32_t scope = token_at(m, t)->scope;
    if (node->outputs != NULL) {
        results = machine_map(m, t, scope, results, node->outputs);
        if (results == NULL) {
            return false;
        }
    }
    machine_assign_all(m, scope, results);
    return true;
}

/* ---- decisions ---- */

static struct feel_value run_rule(struct machine *m, uint32_t t, const struct feel_context *inputs,
                                  enum feel_status *ret_status)
{
    const struct bpmn_node *node = node_of(m, t);
    const int64_t days = m->state->now / US_PER_DAY - (m->state->now % US_PER_DAY < 0);
    const struct feel_moment now = {
        .days = days, .nanos = (m->state->now - days * US_PER_DAY) * 1000, .has_offset = true};
    struct dmn_evaluation evaluation;
    if (!dmn_evaluation_init(&evaluation, node->rules, m->env->arena,
                             (struct feel_limits){.steps_max = 1000000, .depth_max = 500}, &now)) {
        m->failed = true;
        *ret_status = FEEL_STATUS_MEMORY;
        return FEEL_NOTHING;
    }
    struct feel_value value;
    if (node->rule->kind == DMN_DECISION) {
        for (uint32_t i = 0; i < inputs->count; i++) {
            if (!dmn_evaluation_set(&evaluation, inputs->entries[i].name,
                                    inputs->entries[i].value)) {
                continue; /* a variable that the decisions do not ask for */
            }
        }
        value = dmn_evaluation_get(&evaluation, node->rule);
    } else {
        value = dmn_evaluation_invoke(&evaluation, node->rule, inputs);
    }
    *ret_status = evaluation.eval.status;
    return value;
}

bool machine_decide(struct machine *m, uint32_t t)
{
    const struct bpmn_node *node = node_of(m, t);
    const struct feel_context *inputs = machine_inputs(m, t);
    enum feel_status status = FEEL_STATUS_OK;
    struct feel_context *results = feel_context_new(m->env->arena, 4);
    if (inputs == NULL || results == NULL) {
        m->failed = m->failed || results == NULL;
        return false;
    }
    const struct feel_value value = run_rule(m, t, inputs, &status);
    if (status != FEEL_STATUS_OK) {
        const struct slice why = feel_status_text(status);
        m->failed = m->failed || status == FEEL_STATUS_MEMORY;
        machine_incident(m, t, "the decision %.*s: %.*s", (int)node->decision.size,
                         node->decision.data, (int)why.size, why.data);
        return false;
    }
    const struct slice name = node->result.size > 0 ? node->result : node->rule->name;
    if (node->result.size == 0 && value.kind == FEEL_CONTEXT) {
        results = (struct feel_context *)value.context;
    } else if (!feel_context_put(m->env->arena, results, name, value)) {
        m->failed = true;
        return false;
    }
    struct bpmn_effect *effect = machine_effect(m, BPMN_EFFECT_DECIDED, t);
    effect->name = node->decision;
    effect->variables = results;
    return machine_take_results(m, t, results);
}

/* ---- timers ---- */

static bool add_duration(const struct machine *m, const struct bpmn_timer *timer,
                         struct feel_value duration, time_us from, time_us *ret_due)
{
    const int64_t offset_us = m->calendar->offset_s * US_PER_SECOND;
    const int64_t max_us = 253402300799LL * US_PER_SECOND; /* 9999-12-31T23:59:59Z */
    if (duration.kind == FEEL_MONTHS) {
        const int64_t local_us = from + offset_us;
        const int64_t day = local_us / US_PER_DAY - (local_us % US_PER_DAY < 0);
        int64_t moved = 0;
        if (duration.months < 0 || !calendar_add_months(day, duration.months, &moved) ||
            moved > max_us / US_PER_DAY) {
            return false;
        }
        const time_us due = moved * US_PER_DAY + (local_us - day * US_PER_DAY) - offset_us;
        *ret_due = due;
        return !timer->business || bpmn_calendar_add(m->calendar, due, 0, 0, ret_due);
    }
    const struct feel_span span = duration.span;
    if (duration.kind != FEEL_SPAN || span.seconds < 0 || span.nanos < 0 ||
        span.seconds > max_us / US_PER_SECOND) {
        return false;
    }
    if (timer->business) {
        return bpmn_calendar_add(m->calendar, from, span.seconds / 86400, span.seconds % 86400,
                                 ret_due);
    }
    *ret_due = from + span.seconds * US_PER_SECOND + span.nanos / 1000;
    return *ret_due <= max_us;
}

static bool moment_us(const struct machine *m, const struct feel_moment *moment, time_us *ret_time)
{
    const int64_t offset_s = moment_has_place(moment) ? moment->offset : m->calendar->offset_s;
    if (moment->days < -719162 || moment->days > 2932896) { /* years 0001 to 9999 */
        return false;
    }
    *ret_time = moment->days * US_PER_DAY + moment->nanos / 1000 - offset_s * US_PER_SECOND;
    return true;
}

/* R, R5 or R/ off the front of a repeated interval. */
static struct slice take_repeat(struct slice text, uint32_t *ret_left)
{
    struct slice rest = text;
    struct slice count = SLICE("");
    uint64_t times = 0;
    if (text.size < 2 || text.data[0] != 'R' || !slice_split(&rest, '/', &count)) {
        return SLICE("");
    }
    count = slice_of(count.data + 1, count.size - 1);
    *ret_left = UINT32_MAX;
    if (count.size > 0) {
        if (!slice_to_u64(count, UINT32_MAX - 1, &times) || times == 0) {
            return SLICE("");
        }
        *ret_left = (uint32_t)times;
    }
    return rest;
}

bool machine_due(struct machine *m, uint32_t scope, const struct bpmn_timer *timer, time_us from,
                 struct bpmn_wait *inout_wait, struct slice *reterr_text)
{
    struct feel_value value = feel_string(timer->literal);
    struct slice text = timer->literal;
    uint32_t left = 1;
    bool good = true;
    if (timer->literal.size == 0) {
        if (!machine_evaluate(m, scope, NULL, &timer->expression, &value, reterr_text)) {
            return false;
        }
        text = value.kind == FEEL_STRING ? feel_text(value) : SLICE("");
    }
    if (timer->form == BPMN_CYCLE) {
        text = value.kind == FEEL_STRING ? take_repeat(text, &left) : text;
        good = value.kind != FEEL_STRING || text.size > 0;
    }
    if (value.kind == FEEL_STRING && timer->form != BPMN_DATE) {
        good = good && duration_read(text, &value);
    } else if (value.kind == FEEL_STRING) {
        struct feel_moment moment;
        good = date_time_read(&m->zones, text, &moment) && moment_us(m, &moment, &inout_wait->due);
    } else if (value.kind == FEEL_DATE) {
        const struct feel_moment midnight = {.days = value.days};
        good = timer->form == BPMN_DATE && moment_us(m, &midnight, &inout_wait->due);
    } else if (value.kind == FEEL_DATE_TIME) {
        good = timer->form == BPMN_DATE && moment_us(m, value.moment, &inout_wait->due);
    }
    if (timer->form != BPMN_DATE) {
        good = good && add_duration(m, timer, value, from, &inout_wait->due);
    } else {
        good = good && value.kind >= FEEL_STRING && value.kind <= FEEL_DATE_TIME &&
               value.kind != FEEL_TIME;
    }
    if (!good && reterr_text->size == 0) {
        *reterr_text = SLICE("its time is no duration or date within the calendar");
    }
    inout_wait->left = inout_wait->left == 0 ? left : inout_wait->left;
    return good;
}
