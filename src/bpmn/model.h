/* Process models: BPMN documents read, checked and compiled once, together with the decision models
 * that their business rule tasks call. Source: BPMN 2.0.2 (ISO/IEC 19510), clauses 8, 10 and 13. */
#ifndef HEADROOM_BPMN_MODEL_H
#define HEADROOM_BPMN_MODEL_H

#include "dmn/model.h"

/* X(name, element of the document). */
#define BPMN_KIND_LIST(X)                                                                          \
    X(PROCESS, "process")                                                                          \
    X(START, "startEvent")                                                                         \
    X(END, "endEvent")                                                                             \
    X(CATCH, "intermediateCatchEvent")                                                             \
    X(THROW, "intermediateThrowEvent")                                                             \
    X(BOUNDARY, "boundaryEvent")                                                                   \
    X(TASK, "task")                                                                                \
    X(MANUAL, "manualTask")                                                                        \
    X(USER, "userTask")                                                                            \
    X(SERVICE, "serviceTask")                                                                      \
    X(RULE, "businessRuleTask")                                                                    \
    X(SEND, "sendTask")                                                                            \
    X(RECEIVE, "receiveTask")                                                                      \
    X(CALL, "callActivity")                                                                        \
    X(SUBPROCESS, "subProcess")                                                                    \
    X(EXCLUSIVE, "exclusiveGateway")                                                               \
    X(PARALLEL, "parallelGateway")                                                                 \
    X(INCLUSIVE, "inclusiveGateway")                                                               \
    X(EVENT_GATEWAY, "eventBasedGateway")

enum bpmn_kind {
#define X(name, element) BPMN_##name,
    BPMN_KIND_LIST(X)
#undef X
        BPMN_KIND_COUNT,
};

enum bpmn_trigger {
    BPMN_NONE,
    BPMN_MESSAGE,
    BPMN_TIMER,
    BPMN_ERROR,
    BPMN_ESCALATION,
    BPMN_TERMINATE,
};

#define BPMN_NOWHERE UINT32_MAX /* no node, no flow */

enum {
    BPMN_NODES_MAX = 20000, /* nodes and flows of a model, each */
    BPMN_NESTING_MAX = 32,  /* sub-processes within one another */
};

/* An expression of FEEL over the variables that an element sees. */
struct bpmn_expression {
    struct slice text; /* as it was written */
    struct feel_program program;
};

static inline bool bpmn_expression_given(const struct bpmn_expression *expression)
{
    return expression->program.root != NULL;
}

struct bpmn_mapping {
    struct slice target; /* a variable */
    struct bpmn_expression source;
    const struct bpmn_mapping *next;
};

enum bpmn_timer_form { BPMN_DURATION, BPMN_DATE, BPMN_CYCLE };

struct bpmn_timer {
    enum bpmn_timer_form form;
    bool business; /* counted in working days and office hours of the calendar */
    struct slice literal;
    struct bpmn_expression expression; /* where there is no literal */
};

/* A multi-instance activity. */
struct bpmn_multi {
    bool sequential;
    struct bpmn_expression cardinality; /* or: */
    struct bpmn_expression collection;
    struct slice item;                  /* variable of an instance: its item of the collection */
    struct slice output;                /* variable that receives the results, in order */
    struct bpmn_expression output_item; /* the result of an instance */
    struct bpmn_expression completion;  /* asked when an instance is done */
};

struct bpmn_flow {
    struct slice id;
    struct slice name;
    uint32_t line;
    uint32_t source; /* nodes */
    uint32_t target;
    const struct xml_element *xml;
    struct bpmn_expression condition;
};

/* A flow element, or a process, which is the parent of those at its top. */
struct bpmn_node {
    enum bpmn_kind kind;
    enum bpmn_trigger trigger; /* of an event */
    struct slice id;
    struct slice name;
    uint32_t line;
    uint32_t document; /* from 0, in the order added */
    uint32_t parent;   /* process or sub-process; BPMN_NOWHERE for a process */
    const struct xml_element *xml;
    uint32_t *incoming; /* flows, in the order of the document */
    uint32_t *outgoing;
    uint32_t incoming_count;
    uint32_t outgoing_count;
    uint32_t default_flow; /* or BPMN_NOWHERE */
    uint32_t start;        /* of a process or sub-process: its start event without trigger */
    uint32_t attached;     /* of a boundary event: the activity */
    uint32_t *boundaries;  /* of an activity */
    uint32_t boundary_count;
    bool interrupting; /* of a boundary event */
    bool executable;   /* of a process: isExecutable */
    struct bpmn_timer timer;
    struct slice message;       /* name of the message caught or thrown */
    struct bpmn_expression key; /* correlates the message */
    struct slice code;          /* of an error or escalation; empty catches all */
    struct slice topic;         /* of work for services */
    struct slice decision;      /* of a business rule task */
    const struct dmn_model *rules;
    const struct dmn_element *rule;
    struct slice result;   /* variable of its answer */
    struct slice called;   /* id of the called process */
    uint32_t called_node;  /* the process */
    struct slice roles;    /* candidates for a user task, starters of a process, as written: several
                              with commas */
    struct slice assignee; /* of a user task, as written */
    struct slice form;     /* of a user task or start event */
    const struct bpmn_mapping *inputs;
    const struct bpmn_mapping *outputs;
    const struct bpmn_multi *multi;
};

enum bpmn_severity {
    BPMN_REFUSED, /* the model cannot be used */
    BPMN_FINDING, /* it can, and may go wrong */
    BPMN_NOTE,    /* part of it has no effect here */
};

struct bpmn_problem {
    enum bpmn_severity severity;
    uint32_t document;
    uint32_t line;
    struct slice kind; /* of the element */
    struct slice id;
    struct slice name;
    struct slice message;
    struct slice path; /* ids of elements that lead there, " > " between; may be empty */
    struct bpmn_problem *next;
};

struct bpmn_document {
    struct slice name; /* of its file, for messages */
    const struct xml_element *xml;
    uint8_t hash[SHA256_SIZE];
    struct slice language; /* of expressions that say nothing themselves; empty: FEEL */
};

struct bpmn_rules {
    const struct dmn_model *model;
    struct bpmn_rules *next;
};

enum { BPMN_DOCUMENTS_MAX = 256, BPMN_MODEL_MEMORY_MAX = 256 << 20, BPMN_PROBLEMS_MAX = 1000 };

struct bpmn_model {
    struct arena arena;
    struct feel_compiler compiler;
    struct bpmn_document *documents;
    uint32_t document_count;
    struct bpmn_rules *rules;
    struct bpmn_rules *rules_last;
    struct bpmn_node *nodes;
    uint32_t node_count;
    uint32_t node_capacity;
    struct bpmn_flow *flows;
    uint32_t flow_count;
    uint32_t flow_capacity;
    struct slice *names; /* variables that expressions mention, by index of the globals */
    uint32_t name_count;
    uint32_t name_capacity;
    struct feel_scope scope; /* names with spaces, which only a declaration tells */
    struct feel_unit unit;
    struct bpmn_problem *first;
    struct bpmn_problem *last;
    uint32_t problem_count;
    uint32_t refused_count;
    bool failed;               /* memory is exhausted */
    uint8_t hash[SHA256_SIZE]; /* of all documents and decision models, in the order added */
};

/** An empty model; NULL when memory is exhausted. */
struct bpmn_model *bpmn_model_new(void) MUST_USE;
/** Frees all but the decision models. NULL-safe. */
void bpmn_model_free(struct bpmn_model *model);
/** Reads one document and keeps a copy of it; `name` is what messages call it. False, with
 *  `reterr_error`, when it is no BPMN 2.0. */
bool bpmn_model_add(struct bpmn_model *model, struct xml_error *reterr_error, struct slice name,
                    struct slice text) MUST_USE;
/** Adds decisions for business rule tasks; the compiled decision model must outlive this one. False
 *  when memory is exhausted. */
bool bpmn_model_add_rules(struct bpmn_model *model, const struct dmn_model *rules) MUST_USE;
/** Resolves and compiles all; to be called once behind the last add. True when the model can be
 *  used; what is wrong is in model->first either way, in the order of the documents. */
bool bpmn_model_compile(struct bpmn_model *model) MUST_USE;
/** The node of an id; BPMN_NOWHERE when there is none. */
uint32_t bpmn_model_find(const struct bpmn_model *model, struct slice id);
/** The process to start when none is named: the only executable one, else the first of the first
 *  document; BPMN_NOWHERE when there is none. */
uint32_t bpmn_model_main(const struct bpmn_model *model);
/** The element's name; of BPMN_KIND_COUNT that of a flow. */
struct slice bpmn_kind_text(enum bpmn_kind kind);
/** Appends a problem as one line: FILE:LINE: KIND 'ID' (NAME): MESSAGE. */
void bpmn_problem_write(struct buffer *out, const struct bpmn_model *model,
                        const struct bpmn_problem *problem);

static inline bool bpmn_is_activity(enum bpmn_kind kind)
{
    return kind >= BPMN_TASK && kind <= BPMN_SUBPROCESS;
}

static inline bool bpmn_is_container(enum bpmn_kind kind)
{
    return kind == BPMN_PROCESS || kind == BPMN_SUBPROCESS;
}

/** Judges the flow of a compiled model and adds its findings: elements that nothing reaches, tokens
 *  that never leave, gateways that wait for ever, flows that are run twice, choices without a
 *  default. Cost: up to BPMN_GAME_MAX markings a process or sub-process. False when memory is
 *  exhausted. */
bool bpmn_check(struct bpmn_model *model) MUST_USE;

/* ---- of the loader's files alone ---- */

void bpmn_report(struct bpmn_model *model, enum bpmn_severity severity,
                 const struct bpmn_node *node, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/** The same for an element that is no node. */
void bpmn_report_xml(struct bpmn_model *model, enum bpmn_severity severity, uint32_t document,
                     const struct xml_element *xml, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/** Compiles an expression of an element; reports what is wrong with it. An empty text leaves
 *  `ret_expression` not given. */
void bpmn_expression_compile(struct bpmn_model *model, const struct bpmn_node *node,
                             struct bpmn_expression *ret_expression, struct slice text,
                             struct slice language);
/** The index of a variable among the globals. */
bool bpmn_name_index(struct bpmn_model *model, struct slice name, uint32_t *ret_index) MUST_USE;
/** Reads a text of the expression language of other engines, "${...}" without its brackets, as
 *  FEEL: names, literals, comparisons, and, or, not. False when it is more than that. */
bool bpmn_expression_translate(struct buffer *out, struct slice text) MUST_USE;
void bpmn_load_event(struct bpmn_model *model, struct bpmn_node *node);
void bpmn_load_activity(struct bpmn_model *model, struct bpmn_node *node);
/** The message that an element names by `messageRef` at `xml`. */
void bpmn_load_message(struct bpmn_model *model, struct bpmn_node *node,
                       const struct xml_element *xml);
/** The element of a document with an id that references use; NULL when there is none. */
const struct xml_element *bpmn_root_element(const struct bpmn_model *model, uint32_t document,
                                            const char *name, struct slice id);
/** An attribute or extension that this product, Zeebe or Camunda define: of `extension` children
 *  when `element` is not NULL, else of `xml` itself. data is NULL when there is none. */
struct slice bpmn_extension(const struct xml_element *xml, const char *element,
                            const char *attribute);
bool bpmn_extension_space(struct slice space);
/** The local part of a name with a prefix, "tns:x" to "x". */
struct slice bpmn_local_name(struct slice name);

#endif
