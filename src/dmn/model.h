/* A decision model: DMN documents read, checked and compiled once; evaluated any number of times.
 * Source: DMN 1.1 to 1.5, clauses 6, 7, 8 and 10. */
#ifndef HEADROOM_DMN_MODEL_H
#define HEADROOM_DMN_MODEL_H

#include "base/hash.h"
#include "base/xml.h"
#include "feel/compile.h"

enum dmn_kind { DMN_INPUT, DMN_DECISION, DMN_BKM, DMN_SERVICE };

struct dmn_document;
struct dmn_table;

/* An input data, decision, business knowledge model or decision service. */
struct dmn_element {
    enum dmn_kind kind;
    uint32_t index; /* of the globals */
    struct slice id;
    struct slice name; /* of its variable */
    struct dmn_document *document;
    const struct xml_element *xml;
    const struct feel_type *type; /* of its value; NULL: any */
    struct feel_program program;  /* of a decision */
    struct feel_lambda lambda;    /* of a BKM or service */
    const uint32_t *parameters;   /* globals that the arguments of a service set */
    const uint32_t *outputs;      /* output decisions of a service */
    uint32_t output_count;
};

struct dmn_item {
    struct slice name;
    const struct xml_element *xml;
    struct feel_type *type;
    bool ready; /* members and constraints are in place */
};

struct dmn_import {
    struct slice name;
    struct slice space;
    struct dmn_document *document; /* NULL: not found */
};

/* One definitions element. */
struct dmn_document {
    struct slice name;
    struct slice space;
    struct slice source; /* the text as it was given, diagram included */
    uint8_t hash[SHA256_SIZE];
    const struct xml_element *xml;
    struct dmn_item *items;
    uint32_t item_count;
    struct dmn_import *imports;
    uint32_t import_count;
    struct dmn_document *original; /* of a further instance; NULL: this is the document itself */
    struct dmn_document *importer; /* NULL: the model itself */
    struct slice path; /* the names of the imports that lead here, a point behind each */
    bool is_imported;  /* its imports are resolved */
    const struct feel_type *inputs; /* what it can be given: inputs, and imports with theirs */
    struct dmn_document *next;
};

struct dmn_model {
    struct arena arena;
    struct feel_compiler compiler;
    struct dmn_document *first; /* the document added first is the model itself */
    struct dmn_document *last;
    struct dmn_document *current; /* whose types are being looked up */
    struct dmn_element *elements;
    uint32_t element_count;
    struct dmn_table *tables; /* all decision tables, for the check */
    struct slice place;       /* what is being compiled, for diagnostics: "Terms, entry 'cap'" */
};

enum { DMN_MODEL_MEMORY_MAX = 256 << 20, DMN_IMPORT_DEPTH_MAX = 32 };

/** An empty model; NULL when memory is exhausted. */
struct dmn_model *dmn_model_new(void);
void dmn_model_free(struct dmn_model *model);
/** Reads one document and keeps a copy of it. False, with `reterr_error`, when it is no DMN; its
 *  message lives as long as the model. */
bool dmn_model_add(struct dmn_model *model, struct xml_error *reterr_error,
                   struct slice text) MUST_USE;
/** Resolves and compiles all documents; to be called once behind the last dmn_model_add. Problems
 *  of single expressions are in model->compiler. False when memory is exhausted. */
bool dmn_model_compile(struct dmn_model *model) MUST_USE;
/** An element of the first document, or of any imported one; NULL when there is none. */
const struct dmn_element *dmn_model_find(const struct dmn_model *model, enum dmn_kind kind,
                                         struct slice name);

/** An element of one instance of a document, by name or id; NULL when there is none. */
const struct dmn_element *dmn_document_find(const struct dmn_model *model,
                                            const struct dmn_document *document, enum dmn_kind kind,
                                            struct slice name);
/** Appends a problem with its place, without a line end. */
void dmn_problem_write(struct buffer *out, const struct feel_problem *problem);

/* Of the loader's files alone: */
void dmn_imports_resolve(struct dmn_model *model);
const struct feel_type *dmn_inputs_type(struct dmn_model *model, struct dmn_document *document);
const struct feel_type *dmn_type_ref(struct dmn_model *model, const struct xml_element *xml);
const struct feel_type *dmn_type_find(void *model, struct slice name);
void dmn_types_compile(struct dmn_model *model, struct dmn_document *document);
void dmn_element_compile(struct dmn_model *model, struct dmn_element *element);
const struct feel_node *dmn_boxed(struct dmn_model *model, const struct feel_scope *scope,
                                  const struct xml_element *xml);
const struct feel_node *dmn_function(struct dmn_model *model, const struct feel_scope *scope,
                                     const struct xml_element *xml, struct feel_lambda *lambda);
const struct feel_node *dmn_table_compile(struct dmn_model *model, const struct feel_scope *scope,
                                          const struct xml_element *xml);
/* Goes into a part of what is being compiled; gives the place to go back to. */
struct slice dmn_enter(struct dmn_model *model, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct slice dmn_text_of(const struct xml_element *xml);
void dmn_source(struct dmn_model *model, const struct xml_element *xml, const char *what,
                struct slice text);
/* The first child that is an expression; NULL when there is none. */
const struct xml_element *dmn_expression_of(const struct xml_element *xml);
struct dmn_element *dmn_element_by_href(const struct dmn_model *model,
                                        const struct dmn_document *document, struct slice href);

#endif
