/** Headroom's decision engine as a library: OMG DMN 1.1 to 1.5 with the FEEL language.
 *
 *  A model is read, checked and compiled once; evaluations read it and never write to it, so any
 *  number of threads may evaluate one model at once, each with its own evaluation. Texts are UTF-8.
 *  Numbers are decimals of 34 digits and pass as text, so that no digit is lost.
 *
 *      cc decide.c $(pkg-config --cflags --libs headroom-dmn)
 *
 *  Manual: hr_dmn(3). C11 and C++11. */
#ifndef HEADROOM_DMN_H
#define HEADROOM_DMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HR_DMN_API __attribute__((visibility("default")))
#define HR_DMN_MUST_USE __attribute__((warn_unused_result))
#else
#define HR_DMN_API
#define HR_DMN_MUST_USE
#endif

/* ---- what calls return ---- */

/** What became of a call. On anything but HR_DMN_OK the outputs `ret_...` are as they were. */
enum hr_dmn_status {
    HR_DMN_OK = 0,
    HR_DMN_NOT_FOUND = 1, /**< no such decision, input, entry or diagnostic */
    HR_DMN_BAD_MODEL = 2, /**< the file cannot be read or is no model; the text is no FEEL */
    HR_DMN_BAD_INPUT = 3, /**< the input is no JSON object, or a value is not well formed */
    HR_DMN_STOPPED = 4,   /**< the evaluation passed a bound of steps, depth or memory */
    HR_DMN_NO_MEMORY = 5  /**< the system has no memory left */
};

/** The meaning of a status, in English; static. */
HR_DMN_API const char *hr_dmn_status_text(enum hr_dmn_status status);

/** A text that a call gave to its caller: `size` bytes and a NUL behind them.
 *  Begin with HR_DMN_TEXT_NONE, end with hr_dmn_text_release. */
struct hr_dmn_text {
    char *data;
    size_t size;
};

#define HR_DMN_TEXT_NONE                                                                           \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

/** Frees a text and makes it HR_DMN_TEXT_NONE; harmless on that. */
HR_DMN_API void hr_dmn_text_release(struct hr_dmn_text *text);

/* ---- models ---- */

struct hr_dmn_model;

/** Reads the model in a file; the models that it imports are looked for in the same folder.
 *  Out:      ret_model      to be freed with hr_dmn_model_free
 *            reterr_reason  file, line and reason in English; NULL: not wanted
 *  Returns:  HR_DMN_OK also when single expressions of the model are wrong: they are null when
 *            evaluated, and hr_dmn_check lists them */
HR_DMN_API enum hr_dmn_status hr_dmn_model_open(struct hr_dmn_model **ret_model,
                                                struct hr_dmn_text *reterr_reason,
                                                const char *path) HR_DMN_MUST_USE;

/** One document of a model in memory. */
struct hr_dmn_document {
    const char *text; /**< XML in UTF-8 or UTF-16 */
    size_t size;      /**< bytes */
};

/** Reads a model from memory: the first document is the model, the others are what it imports.
 *  The texts are copied. */
HR_DMN_API enum hr_dmn_status hr_dmn_model_read(struct hr_dmn_model **ret_model,
                                                struct hr_dmn_text *reterr_reason,
                                                const struct hr_dmn_document *documents,
                                                size_t count) HR_DMN_MUST_USE;
/** Frees a model, which no evaluation may use any more. NULL-safe. */
HR_DMN_API void hr_dmn_model_free(struct hr_dmn_model *model);

/** Name, namespace, hash, inputs and decisions of a model, as a JSON object. */
HR_DMN_API enum hr_dmn_status hr_dmn_describe(const struct hr_dmn_model *model,
                                              struct hr_dmn_text *ret_json) HR_DMN_MUST_USE;
/** What is wrong or suspicious in a model, a line each: expressions and references, gaps, overlaps
 *  and unreachable rules of tables, unused inputs.
 *  Out:  ret_count  the number of findings; NULL: not wanted */
HR_DMN_API enum hr_dmn_status hr_dmn_check(const struct hr_dmn_model *model,
                                           struct hr_dmn_text *ret_findings,
                                           size_t *ret_count) HR_DMN_MUST_USE;

/* ---- questions in JSON ---- */

/** Bounds of one evaluation. Zero: 10,000,000 steps, 2,500 levels, 256 MiB.
 *  Reading a model and evaluating one at these bounds take up to 4 MiB of the calling thread's
 *  stack. */
struct hr_dmn_limits {
    uint64_t steps_max;  /**< expressions evaluated and items looked at */
    uint32_t depth_max;  /**< expressions and calls within one another */
    uint64_t memory_max; /**< bytes */
};

/** A question to a model. Make it zero, then set what is wanted. */
struct hr_dmn_question {
    const char *decision; /**< a decision, decision service or knowledge model: name or id */
    const char *input;    /**< a JSON object of inputs by name; NULL: none */
    bool explain;         /**< also tell what led to the result */
    struct hr_dmn_limits limits;
    int64_t
        now_us; /**< what now() answers: microseconds since 1970-01-01T00:00:00Z; 0: the clock */
};

/** Evaluates a decision. The answer is a JSON object: model, model_hash, decision, result,
 *  diagnostics, and if explained inputs and decisions. A value that cannot be computed is null, and
 *  a diagnostic says where and why; that is HR_DMN_OK. */
HR_DMN_API enum hr_dmn_status
hr_dmn_evaluate(const struct hr_dmn_model *model, struct hr_dmn_text *ret_answer,
                struct hr_dmn_text *reterr_reason,
                const struct hr_dmn_question *question) HR_DMN_MUST_USE;

/** Evaluates a FEEL expression, `question->decision`, over the members of the input. The answer is
 *  a JSON object of result and diagnostics. */
HR_DMN_API enum hr_dmn_status hr_dmn_feel(struct hr_dmn_text *ret_answer,
                                          struct hr_dmn_text *reterr_reason,
                                          const struct hr_dmn_question *question) HR_DMN_MUST_USE;

/* ---- evaluations value by value ----
 * Without JSON on the way, for programs that decide by the million. An evaluation is used again
 * and again, by one thread at a time: begin, set the inputs, get decisions, read their values. */

/** An input or a decision of a model. */
typedef uint32_t hr_dmn_element;

/** Finds an input or decision by name or id. */
HR_DMN_API enum hr_dmn_status hr_dmn_find(const struct hr_dmn_model *model,
                                          hr_dmn_element *ret_element,
                                          const char *name) HR_DMN_MUST_USE;

struct hr_dmn_evaluation;

/** Makes an evaluation of a model, which must outlive it. */
HR_DMN_API enum hr_dmn_status
hr_dmn_evaluation_new(struct hr_dmn_evaluation **ret_evaluation, const struct hr_dmn_model *model,
                      const struct hr_dmn_limits *limits) HR_DMN_MUST_USE;
/** NULL-safe. */
HR_DMN_API void hr_dmn_evaluation_free(struct hr_dmn_evaluation *evaluation);
/** Forgets inputs and values, which must not be read any more. To be called before the first use,
 *  too. `now_us` as in a question. */
HR_DMN_API enum hr_dmn_status hr_dmn_begin(struct hr_dmn_evaluation *evaluation,
                                           int64_t now_us) HR_DMN_MUST_USE;

/* Set an input, or a decision in place of its logic. The value is converted to the declared type;
 * one that does not fit becomes null, with a diagnostic. Texts must stay until the next begin. */
HR_DMN_API enum hr_dmn_status hr_dmn_set_null(struct hr_dmn_evaluation *evaluation,
                                              hr_dmn_element element) HR_DMN_MUST_USE;
HR_DMN_API enum hr_dmn_status hr_dmn_set_boolean(struct hr_dmn_evaluation *evaluation,
                                                 hr_dmn_element element,
                                                 bool value) HR_DMN_MUST_USE;
HR_DMN_API enum hr_dmn_status hr_dmn_set_integer(struct hr_dmn_evaluation *evaluation,
                                                 hr_dmn_element element,
                                                 int64_t value) HR_DMN_MUST_USE;
/** A number as text, such as "-12.50" or "1e-3". */
HR_DMN_API enum hr_dmn_status hr_dmn_set_number(struct hr_dmn_evaluation *evaluation,
                                                hr_dmn_element element,
                                                const char *digits) HR_DMN_MUST_USE;
HR_DMN_API enum hr_dmn_status hr_dmn_set_string(struct hr_dmn_evaluation *evaluation,
                                                hr_dmn_element element, const char *text,
                                                size_t size) HR_DMN_MUST_USE;
/** A date, time, date and time or duration as FEEL writes it, such as "2026-11-25" or "P1Y2M". */
HR_DMN_API enum hr_dmn_status hr_dmn_set_temporal(struct hr_dmn_evaluation *evaluation,
                                                  hr_dmn_element element,
                                                  const char *text) HR_DMN_MUST_USE;
/** Any value as JSON. */
HR_DMN_API enum hr_dmn_status hr_dmn_set_json(struct hr_dmn_evaluation *evaluation,
                                              hr_dmn_element element,
                                              const char *json) HR_DMN_MUST_USE;

/** A value, which lives until the next begin. */
struct hr_dmn_value;

/** The value of a decision, evaluated with all that it requires, each once. */
HR_DMN_API enum hr_dmn_status hr_dmn_get(struct hr_dmn_evaluation *evaluation,
                                         const struct hr_dmn_value **ret_value,
                                         hr_dmn_element element) HR_DMN_MUST_USE;
/** The n-th thing that went wrong since begin, from 0: its place and cause.
 *  HR_DMN_NOT_FOUND behind the last one. */
HR_DMN_API enum hr_dmn_status hr_dmn_diagnostic(const struct hr_dmn_evaluation *evaluation,
                                                struct hr_dmn_text *ret_text,
                                                size_t index) HR_DMN_MUST_USE;

enum hr_dmn_kind {
    HR_DMN_NULL,
    HR_DMN_BOOLEAN,
    HR_DMN_NUMBER,
    HR_DMN_STRING,
    HR_DMN_DATE,
    HR_DMN_TIME,
    HR_DMN_DATE_TIME,
    HR_DMN_YEARS_MONTHS_DURATION,
    HR_DMN_DAYS_TIME_DURATION,
    HR_DMN_LIST,
    HR_DMN_CONTEXT,
    HR_DMN_RANGE,
    HR_DMN_FUNCTION
};

HR_DMN_API enum hr_dmn_kind hr_dmn_value_kind(const struct hr_dmn_value *value);
/** True for the boolean true and for nothing else. */
HR_DMN_API bool hr_dmn_value_is_true(const struct hr_dmn_value *value);
/** A whole number within int64; HR_DMN_NOT_FOUND for any other value. */
HR_DMN_API enum hr_dmn_status hr_dmn_value_integer(const struct hr_dmn_value *value,
                                                   int64_t *ret_integer) HR_DMN_MUST_USE;
/** The bytes of a string, not terminated; NULL and 0 for any other value. */
HR_DMN_API const char *hr_dmn_value_string(const struct hr_dmn_value *value, size_t *ret_size);
/** Any value as FEEL's string() writes it: a number with all its digits, a date as 2026-11-25. */
HR_DMN_API enum hr_dmn_status hr_dmn_value_text(const struct hr_dmn_value *value,
                                                struct hr_dmn_text *ret_text) HR_DMN_MUST_USE;
/** Any value as JSON. */
HR_DMN_API enum hr_dmn_status hr_dmn_value_json(const struct hr_dmn_value *value,
                                                struct hr_dmn_text *ret_json) HR_DMN_MUST_USE;
/** Items of a list, entries of a context; 0 for any other value. */
HR_DMN_API size_t hr_dmn_value_count(const struct hr_dmn_value *value);
/** The item of a list, or the value of the entry of a context, from 0; NULL behind the last one. */
HR_DMN_API const struct hr_dmn_value *hr_dmn_value_item(const struct hr_dmn_value *value,
                                                        size_t index);
/** The name of an entry of a context, from 0, not terminated; NULL and 0 when there is none. */
HR_DMN_API const char *hr_dmn_value_name(const struct hr_dmn_value *value, size_t index,
                                         size_t *ret_size);
/** The value of the entry of a context by its name; NULL when there is none. */
HR_DMN_API const struct hr_dmn_value *hr_dmn_value_entry(const struct hr_dmn_value *value,
                                                         const char *name);

#ifdef __cplusplus
}
#endif

#endif
