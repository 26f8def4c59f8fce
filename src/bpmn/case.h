/* A case: one run of a process as a value. Its whole state is a string of bytes; a step takes the
 * state and an event and gives the next state and the effects that the world must see. Pure and
 * deterministic: no clock, no I/O; the same state and event give the same bytes and effects.
 *
 * The caller stores the new state and the effects in one transaction and carries the effects out
 * afterwards. Ids of effects derive from case, step and place in the step, so whoever carries one
 * out twice can tell. */
#ifndef HEADROOM_BPMN_CASE_H
#define HEADROOM_BPMN_CASE_H

#include "base/json.h"
#include "bpmn/calendar.h"
#include "bpmn/model.h"

/* X(name, English text, Chinese text). */
#define BPMN_STATUS_LIST(X)                                                                        \
    X(OK, "done", "成功")                                                                          \
    X(CLOSED, "the case has ended", "流程已结束")                                                  \
    X(GONE, "nothing waits under this number", "该编号下没有等待项")                               \
    X(UNFIT, "what waits under this number takes another event", "该等待项不接受此类事件")         \
    X(EARLY, "the timer is not due", "定时器未到期")                                               \
    X(UNMATCHED, "no message of this name and key is awaited", "没有等待该名称与关联键的消息")     \
    X(DUPLICATE, "the message was taken before", "该消息已处理过")                                 \
    X(NO_START, "the process has no such start event", "流程没有此开始事件")                       \
    X(NO_FLOW, "the element has no such flow", "元素没有此顺序流")                                 \
    X(NO_CATCH, "nothing there catches it", "没有捕获它的事件")                                    \
    X(BAD_EVENT, "the event is not well formed", "事件格式有误")                                   \
    X(VERSION, "the case runs by another model", "流程实例使用另一模型版本")                       \
    X(DAMAGED, "the state is damaged", "状态已损坏")                                               \
    X(TOO_LARGE, "the state would be larger than allowed", "状态超过允许的大小")                   \
    X(MEMORY, "memory is exhausted", "内存不足")

enum bpmn_status {
#define X(name, english, chinese) BPMN_STATUS_##name,
    BPMN_STATUS_LIST(X)
#undef X
};

struct slice bpmn_status_text(enum bpmn_status status);
struct slice bpmn_status_text_chinese(enum bpmn_status status);
/** The name in lower case, as the interface shows it. */
struct slice bpmn_status_name(enum bpmn_status status);

enum { BPMN_CASE_ID_MAX = 128, BPMN_NAME_MAX = 1024 };

struct bpmn_limits {
    uint32_t moves_max;     /* elements entered in one step */
    uint32_t tokens_max;    /* tokens of a case, and its scopes and waits */
    uint32_t instances_max; /* of a multi-instance activity */
    uint32_t depth_max;     /* sub-processes and calls within one another */
    uint32_t state_max;     /* bytes of a state */
};

extern const struct bpmn_limits bpmn_limits_default;

/* What a step needs beside the state. */
struct bpmn_env {
    const struct bpmn_model *model;
    const struct bpmn_calendar *calendar; /* NULL: bpmn_calendar_default */
    const struct bpmn_limits *limits;     /* NULL: bpmn_limits_default */
    struct arena *arena;                  /* all that a case, its effects and a step take */
};

/* ---- events ---- */

enum bpmn_event_kind {
    BPMN_EVENT_START,
    BPMN_EVENT_DONE,     /* wait: a task or service; variables */
    BPMN_EVENT_FAILED,   /* wait: a service; text: why. An incident. */
    BPMN_EVENT_ERROR,    /* wait: a task or service; code. To the nearest error event. */
    BPMN_EVENT_ESCALATE, /* wait: a task or service; code. To the nearest escalation event. */
    BPMN_EVENT_TIMER,    /* wait: a timer that is due at `at` */
    BPMN_EVENT_MESSAGE,  /* name, key, id; variables */
    BPMN_EVENT_RESOLVE,  /* wait: an incident; flow: the way to go, empty: once more; variables */
    BPMN_EVENT_CANCEL,   /* the whole case */
};

struct bpmn_event {
    enum bpmn_event_kind kind;
    time_us at;        /* never goes back: an earlier one counts as the latest seen */
    struct slice by;   /* the person or system, for the history */
    uint32_t wait;     /* the number under which the effect asked for it */
    struct slice id;   /* of a message: taken once; empty: not told apart. Of START: the case */
    struct slice name; /* of a message */
    struct slice key;  /* correlates a message */
    struct slice code;
    struct slice text;
    struct slice flow;
    uint32_t node;                        /* of START: a process, or one of its start events */
    const struct feel_context *variables; /* NULL: none */
};

/* ---- effects ---- */

/* X(name, text). The first are asked of the world, the others are history. */
#define BPMN_EFFECT_LIST(X)                                                                        \
    X(TASK, "task.create")                                                                         \
    X(TASK_END, "task.cancel")                                                                     \
    X(SERVICE, "service.call")                                                                     \
    X(SERVICE_END, "service.cancel")                                                               \
    X(TIMER, "timer.set")                                                                          \
    X(TIMER_END, "timer.cancel")                                                                   \
    X(AWAIT, "message.await")                                                                      \
    X(AWAIT_END, "message.cancel")                                                                 \
    X(SEND, "message.send")                                                                        \
    X(INCIDENT, "incident.open")                                                                   \
    X(INCIDENT_END, "incident.close")                                                              \
    X(CASE_START, "case.start")                                                                    \
    X(CASE_END, "case.complete")                                                                   \
    X(CASE_CANCEL, "case.cancel")                                                                  \
    X(ENTER, "token.enter")                                                                        \
    X(LEAVE, "token.leave")                                                                        \
    X(STOP, "token.cancel")                                                                        \
    X(MOVE, "token.migrate")                                                                       \
    X(DECIDED, "decision")                                                                         \
    X(ERROR, "error.thrown")                                                                       \
    X(ESCALATION, "escalation.thrown")

enum bpmn_effect_kind {
#define X(name, text) BPMN_EFFECT_##name,
    BPMN_EFFECT_LIST(X)
#undef X
        BPMN_EFFECT_COUNT,
};

struct bpmn_effect {
    enum bpmn_effect_kind kind;
    uint32_t step;    /* from 1; with `ordinal` and the case's id the id of the effect */
    uint32_t ordinal; /* within the step, from 1 */
    uint32_t token;
    uint32_t wait; /* the number to name in the event that answers; 0: none */
    uint32_t node; /* of the model */
    time_us at;
    time_us due;       /* of a timer */
    struct slice by;   /* who caused the step */
    struct slice name; /* topic, message, code, decision */
    struct slice key;
    struct slice text;                    /* of an incident: what is wrong */
    const struct feel_context *variables; /* what goes along; NULL: none */
    const struct bpmn_effect *next;
};

struct bpmn_effects {
    const struct bpmn_effect *first;
    const struct bpmn_effect **end;
    uint32_t count;
};

struct slice bpmn_effect_name(enum bpmn_effect_kind kind);

/* ---- the state ---- */

struct bpmn_variable {
    struct slice name;
    struct feel_value value;
};

enum bpmn_scope_kind {
    BPMN_SCOPE_CASE,     /* the process of the case */
    BPMN_SCOPE_SUB,      /* a run of a sub-process */
    BPMN_SCOPE_CALL,     /* a run of a called process; sees no variables outside */
    BPMN_SCOPE_MULTI,    /* a multi-instance activity */
    BPMN_SCOPE_INSTANCE, /* one instance of it */
};

struct bpmn_scope {
    uint32_t number;
    uint32_t parent; /* number of a scope, 0 for the case */
    uint32_t token;  /* that waits for it; 0 for the case and for an instance */
    uint32_t node;   /* a container, or the multi-instance activity */
    enum bpmn_scope_kind kind;
    bool dead;
    uint32_t live;           /* tokens in it; of MULTI: instances */
    uint32_t total;          /* of MULTI */
    uint32_t started;        /* of MULTI; of INSTANCE: which it is, from 1 */
    uint32_t completed;      /* of MULTI */
    struct feel_value items; /* of MULTI: the collection */
    struct bpmn_variable *variables;
    uint32_t variable_count;
    uint32_t variable_capacity;
};

enum bpmn_token_state {
    BPMN_TOKEN_ACTIVE, /* about to enter its node; never at rest */
    BPMN_TOKEN_WAIT,   /* for one of its waits */
    BPMN_TOKEN_CHILD,  /* for the scope that it opened */
    BPMN_TOKEN_JOIN,   /* for others, at a joining gateway */
    BPMN_TOKEN_INCIDENT,
    BPMN_TOKEN_DEAD,
};

struct bpmn_token {
    uint32_t number;
    uint32_t scope; /* number */
    uint32_t node;
    uint32_t flow; /* by which it came; BPMN_NOWHERE */
    enum bpmn_token_state state;
};

enum bpmn_wait_kind {
    BPMN_WAIT_TASK,
    BPMN_WAIT_SERVICE,
    BPMN_WAIT_TIMER,
    BPMN_WAIT_MESSAGE,
    BPMN_WAIT_INCIDENT,
};

struct bpmn_wait {
    uint32_t number;
    uint32_t token;
    uint32_t node; /* the activity, its boundary event, or the event behind an event gateway */
    enum bpmn_wait_kind kind;
    bool dead;
    uint32_t left;    /* of a repeated timer: firings still to come, UINT32_MAX: for ever */
    time_us due;      /* of a timer */
    struct slice key; /* of a message */
};

enum bpmn_phase { BPMN_RUNNING, BPMN_COMPLETED, BPMN_CANCELLED };

struct bpmn_case {
    const struct bpmn_model *model;
    struct arena *arena;
    struct slice id;
    enum bpmn_phase phase;
    uint32_t last;             /* the highest number given to a scope, token or wait */
    uint32_t step;             /* events taken */
    time_us now;               /* the latest time seen */
    struct bpmn_scope *scopes; /* a parent stands before its children */
    struct bpmn_token *tokens;
    struct bpmn_wait *waits;
    uint64_t *messages; /* hashes of the ids of messages taken */
    uint32_t scope_count;
    uint32_t scope_capacity;
    uint32_t token_count;
    uint32_t token_capacity;
    uint32_t wait_count;
    uint32_t wait_capacity;
    uint32_t message_count;
    uint32_t message_capacity;
};

/** Starts a case. `event` is of kind START: id, node, variables. */
enum bpmn_status bpmn_case_start(const struct bpmn_env *env, const struct bpmn_event *event,
                                 struct bpmn_case **ret_case,
                                 struct bpmn_effects *ret_effects) MUST_USE;
/** When a start event with a timer is due next, counted from `from`: from the activation of the
 * model, and for a repeated interval from the last start. False when the node is no such event, its
 *  schedule is none of ISO 8601, or a date has passed. */
bool bpmn_start_due(const struct bpmn_env *env, uint32_t node, time_us from,
                    time_us *ret_due) MUST_USE;
/** Takes one event. When it is refused the case is as it was, but for MEMORY: then only the saved
 *  state counts. Cost: bounded by env->limits. */
enum bpmn_status bpmn_case_step(const struct bpmn_env *env, struct bpmn_case *state,
                                const struct bpmn_event *event,
                                struct bpmn_effects *ret_effects) MUST_USE;
/** Reads a saved state and checks all of it. It must have been saved under env->model: VERSION
 *  when not. Nothing of the bytes is kept. */
enum bpmn_status bpmn_case_load(const struct bpmn_env *env, struct slice bytes,
                                struct bpmn_case **ret_case) MUST_USE;
/** Appends the state. TOO_LARGE beyond limits->state_max. */
enum bpmn_status bpmn_case_save(const struct bpmn_env *env, const struct bpmn_case *state,
                                struct buffer *out) MUST_USE;
/** The hash of the model that a saved state runs by; false when the bytes are no state. */
bool bpmn_case_model_hash(struct slice bytes, uint8_t ret_hash[SHA256_SIZE]) MUST_USE;

/** Appends an effect as one JSON object. */
void bpmn_effect_write(struct buffer *out, const struct bpmn_case *state,
                       const struct bpmn_effect *effect);
/** The variables of the case itself, as a context; NULL when memory is exhausted. */
const struct feel_context *bpmn_case_variables(const struct bpmn_case *state);

/* ---- migration ---- */

struct bpmn_moves;

/* One element of the old model that stands for another of the new one. */
struct bpmn_replacement {
    struct slice from; /* ids */
    struct slice to;
};

struct bpmn_migration {
    const struct bpmn_replacement *replacements; /* elements not named keep their id */
    size_t count;
    struct slice by;
    time_us at;
    struct bpmn_moves *moves; /* receives what becomes of each, see move.h; NULL: not asked for */
};

/** Moves a case of another model to that of `env`. Appends to `out` what becomes of each token, a
 *  line each, and what stands in the way. With `ret_case` NULL that is all: a preview. True when
 *  nothing stands in the way. */
bool bpmn_case_migrate(const struct bpmn_env *env, const struct bpmn_case *old,
                       const struct bpmn_migration *migration, struct buffer *out,
                       struct bpmn_case **ret_case, struct bpmn_effects *ret_effects) MUST_USE;

#endif
