/* The insides of a step. Only the files of the machine include this. */
#ifndef HEADROOM_BPMN_MACHINE_H
#define HEADROOM_BPMN_MACHINE_H

#include "bpmn/case.h"
#include "feel/eval.h"

struct machine {
    const struct bpmn_env *env;
    const struct bpmn_model *model;
    const struct bpmn_calendar *calendar;
    const struct bpmn_limits *limits;
    struct bpmn_case *state;
    const struct bpmn_event *event;
    struct bpmn_effects *effects;
    uint32_t moves;
    uint32_t active; /* tokens below this place are not active */
    bool emptied;    /* a scope may have lost its last token */
    bool failed;     /* memory is exhausted */
    struct feel_zones zones;
    struct bpmn_effect lost; /* written to and never read when memory is exhausted */
};

/* Tokens, scopes and waits are named by their place in the state's arrays, which may move. */
static inline struct bpmn_token *token_at(const struct machine *m, uint32_t t)
{
    return &m->state->tokens[t];
}

static inline const struct bpmn_node *node_of(const struct machine *m, uint32_t t)
{
    return &m->model->nodes[m->state->tokens[t].node];
}

/* ---- machine_state.c: numbers and lists ---- */

bool machine_init(struct machine *m, const struct bpmn_env *env, struct bpmn_case *state,
                  const struct bpmn_event *event, struct bpmn_effects *effects);
/** Places; they must exist. */
uint32_t machine_scope(const struct bpmn_case *state, uint32_t number);
uint32_t machine_token(const struct bpmn_case *state, uint32_t number);
/** BPMN_NOWHERE when there is none. */
uint32_t machine_wait(const struct bpmn_case *state, uint32_t number);
/** New ones; BPMN_NOWHERE, and m->failed or the bound passed, when there is no room. */
uint32_t machine_new_scope(struct machine *m, enum bpmn_scope_kind kind, uint32_t parent,
                           uint32_t token, uint32_t node);
uint32_t machine_new_token(struct machine *m, uint32_t scope, uint32_t node);
uint32_t machine_new_wait(struct machine *m, uint32_t t, enum bpmn_wait_kind kind, uint32_t node);
/** True when the case may hold that many more tokens. */
bool machine_has_room(const struct machine *m, uint32_t tokens);
struct bpmn_effect *machine_effect(struct machine *m, enum bpmn_effect_kind kind, uint32_t t);
/** Ends the waits of a token, all but `keep`, and says so. */
void machine_end_waits(struct machine *m, uint32_t t, uint32_t keep);
void machine_activate(struct machine *m, uint32_t t, uint32_t node, uint32_t flow);
/** Takes a token away without a word. */
void machine_consume(struct machine *m, uint32_t t);
/** Stops all that a token opened, and its waits. */
void machine_cancel_inside(struct machine *m, uint32_t t);
/** Stops all tokens of a scope but `keep`. */
void machine_cancel_scope(struct machine *m, uint32_t s, uint32_t keep);
void machine_kill_scope(struct machine *m, uint32_t s);
/** Parks a token where a person must look. */
void machine_incident(struct machine *m, uint32_t t, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Drops what is dead. */
void machine_compact(struct bpmn_case *state);

/* ---- machine_eval.c: variables and expressions ---- */

/** The value that a name has in a scope. */
bool machine_lookup(const struct machine *m, uint32_t scope, struct slice name,
                    struct feel_value *ret_value);
/** Evaluates; `overlay` hides variables. False, with `reterr_text`, when the evaluation as a whole
 *  fails; `reterr_text` also tells the first thing that became null on the way. */
bool machine_evaluate(struct machine *m, uint32_t scope, const struct feel_context *overlay,
                      const struct bpmn_expression *expression, struct feel_value *ret_value,
                      struct slice *reterr_text);
/** Sets a variable where it is, else in the innermost scope that bounds it: an instance, the
 *  process. */
void machine_assign(struct machine *m, uint32_t scope, struct slice name, struct feel_value value);
/** Sets a variable of the scope itself. */
void machine_set(struct machine *m, uint32_t scope, struct slice name, struct feel_value value);
void machine_assign_all(struct machine *m, uint32_t scope, const struct feel_context *variables);
/** What mappings give, as a context; NULL with an incident at token `t`. */
const struct feel_context *machine_map(struct machine *m, uint32_t t, uint32_t scope,
                                       const struct feel_context *overlay,
                                       const struct bpmn_mapping *mappings);
/** All variables in view; NULL when memory is exhausted. */
const struct feel_context *machine_view(struct machine *m, uint32_t scope);
/** What goes along to work: the input mappings, or all in view. */
const struct feel_context *machine_inputs(struct machine *m, uint32_t t);
/** Takes the results of an activity: through its output mappings, else as they are. False with an
 *  incident. */
bool machine_take_results(struct machine *m, uint32_t t, const struct feel_context *results);
/** Runs the decision of a business rule task. False with an incident. */
bool machine_decide(struct machine *m, uint32_t t);
/** The due time of a timer from a time on. False, with `reterr_text`. */
bool machine_due(struct machine *m, uint32_t scope, const struct bpmn_timer *timer, time_us from,
                 struct bpmn_wait *inout_wait, struct slice *reterr_text);

/* ---- machine_move.c ---- */

void machine_run(struct machine *m);
/** Leaves the node by its flows. */
void machine_leave(struct machine *m, uint32_t t);
/** Ends the waits of an activity or event and leaves it. */
void machine_finish(struct machine *m, uint32_t t);
/** Puts a token onto a flow. */
void machine_follow(struct machine *m, uint32_t t, uint32_t flow);
bool machine_is_inner(const struct machine *m, uint32_t t);
/** Arms a timer or awaits a message at `node` for a token; false with an incident. */
bool machine_arm(struct machine *m, uint32_t t, uint32_t node);
/** Arms the boundary events of the activity of a token. */
bool machine_arm_boundaries(struct machine *m, uint32_t t);
/** Lets a boundary event fire on the activity of a token. */
void machine_fire_boundary(struct machine *m, uint32_t t, uint32_t boundary);

/* ---- machine_join.c ---- */

void machine_join(struct machine *m, uint32_t t);
/** Fires one inclusive join that need not wait any more; false when there is none. */
bool machine_fire_inclusive(struct machine *m);
/** True when every token stands at a join: none can ever move. */
bool machine_is_stuck(const struct machine *m);

/* ---- machine_multi.c ---- */

void machine_multi_begin(struct machine *m, uint32_t t);
void machine_instance_done(struct machine *m, uint32_t s);

/* ---- machine_throw.c ---- */

/** The boundary event that catches a code thrown by a token; false when there is none. */
bool machine_find_catch(const struct machine *m, uint32_t t, enum bpmn_trigger trigger,
                        struct slice code, uint32_t *ret_token, uint32_t *ret_boundary);
/** Throws an error; an incident at the token when nothing catches it. */
void machine_throw_error(struct machine *m, uint32_t t, struct slice code, struct slice text);
/** Throws an escalation; true when the token is still where it was. */
bool machine_throw_escalation(struct machine *m, uint32_t t, struct slice code);

#endif
