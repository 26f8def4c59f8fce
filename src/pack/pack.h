/* A configuration pack: processes, decisions and tables as data; read, compiled and judged once,
 * then read-only. The format stands in docs/reference/packs.md. */
#ifndef HEADROOM_PACK_PACK_H
#define HEADROOM_PACK_PACK_H

#include "auth/mask.h"
#include "bpmn/calendar.h"
#include "bpmn/model.h"
#include "dmn/answer.h"
#include "pack/pack_files.h"
#include "pack/pack_table.h"

enum {
    PACK_MEMORY_MAX = 128 << 20, /* of a pack without its models */
    PACK_FINDINGS_MAX = 1000,
    PACK_TEST_MEMORY_MAX = 64 << 20, /* of one evaluation */
};

/* Something wrong. */
struct pack_finding {
    bool is_error; /* else a warning: the pack can be used */
    struct slice file;
    uint32_t line; /* 0: of the file as a whole */
    struct slice element;
    struct slice message;
    struct pack_finding *next;
};

struct pack_decision {
    struct slice path; /* "decisions/routing.dmn" */
    struct dmn_model *model;
};

struct pack_json {
    struct slice path;
    struct slice name; /* "entry" of "forms/entry.json" */
    const struct json_value *value;
};

/* A field of the forms that holds personal data. */
struct pack_personal {
    struct slice name;
    enum personal class;
};

struct pack {
    struct pack_files *files;
    struct arena arena;
    struct slice id;
    struct slice version;
    struct slice title_zh;
    struct slice title_en;
    struct slice extends; /* empty: nothing */
    struct pack_table tables[PACK_TABLE_COUNT];
    struct pack_decision *decisions;
    struct bpmn_model *processes; /* all of them in one model; NULL: there is none */
    struct pack_json *forms;
    struct pack_json *tests;
    const struct json_value *texts_zh; /* objects; NULL: none */
    const struct json_value *texts_en;
    const struct json_value *checks; /* checks.json; NULL: none */
    struct bpmn_calendar calendar;
    struct pack_personal *personal; /* by name */
    size_t personal_count;
    uint32_t decision_count;
    uint32_t form_count;
    uint32_t test_count;
    struct pack_finding *first;
    struct pack_finding *last;
    uint32_t error_count;
    uint32_t warning_count;
    uint32_t cases_passed; /* of the pack's own tests */
    bool failed;           /* memory is exhausted: nothing that was found counts */
};

/** Reads and judges a pack but for its tests; takes the files over, also when it fails. What is
 *  wrong stands in its findings; one with errors must not be used. NULL when memory is exhausted.
 */
struct pack *pack_load(struct pack_files *files) MUST_USE;
/** The whole check: pack_load, soundness of models, the pack's own tests. */
struct pack *pack_check(struct pack_files *files) MUST_USE;
/** NULL-safe. */
void pack_free(struct pack *pack);
/** Appends a finding as one line: FILE:LINE: error|warning: ELEMENT: MESSAGE. */
void pack_finding_write(struct buffer *out, const struct pack_finding *finding);
/** Appends what was found as one JSON object: errors, warnings, cases_passed, findings. */
void pack_report_write(struct buffer *out, const struct pack *pack);

/* ---- what a pack says ---- */

/** The decision of a name or id, with the model that has it; NULL when there is none. */
const struct dmn_element *pack_decision_find(const struct pack *pack, struct slice name,
                                             const struct dmn_model **ret_model);
/** The process of an id; BPMN_NOWHERE when there is none. */
uint32_t pack_process_find(const struct pack *pack, struct slice id);
/** The form of a name; NULL when there is none. */
const struct json_value *pack_form_find(const struct pack *pack, struct slice name);
/** Whether fields of a name hold personal data, and of which class. */
bool pack_personal_find(const struct pack *pack, struct slice name, enum personal *ret_class);
/** The text of a key; data NULL when there is none. */
struct slice pack_text(const struct pack *pack, struct slice key, bool chinese);
/** The level of the organisation at the end of a path, "/head/branch/": as organisations.csv says,
 *  else by its depth: "head", "branch", "sub_branch". */
struct slice pack_organisation_level(const struct pack *pack, struct slice path);
/** The row of a parameter that holds on a day: of those that are on, the one that began last. NULL
 *  when none holds. */
const struct pack_row *pack_parameter(const struct pack *pack, struct slice id, date_days day);
/** The row of a portfolio or regulatory limit in force on a day, on or off; NULL when none is. */
const struct pack_row *pack_limit(const struct pack *pack, struct slice id, date_days day);
/** The amount of a limit: its formula over the parameters that hold on a day, in its currency's
 *  major units. False, with the reason appended to `reterr_text`, when a parameter has no value on
 *  that day, or the formula gives no number. */
bool pack_limit_amount(const struct pack *pack, const struct pack_row *limit, date_days day,
                       struct decimal *ret_amount, struct buffer *reterr_text) MUST_USE;

/* ---- of the room's files alone ---- */

void pack_report(struct pack *pack, bool is_error, struct slice file, uint32_t line,
                 struct slice element, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/** A text in the pack's arena; empty when that is exhausted, which is remembered. */
struct slice pack_copy(struct pack *pack, struct slice text);
void pack_tables_read(struct pack *pack);
/** The classes of personal data of the forms' fields. */
void pack_personal_read(struct pack *pack);
void pack_models_read(struct pack *pack);
/** References of all kinds. */
void pack_judge(struct pack *pack);
void pack_models_check(struct pack *pack);
void pack_tests_run(struct pack *pack);
/** The FEEL value of an expression over the parameters of a day, as JSON in the arena: NULL with
 *  the reason appended to `reterr_text`. */
const struct json_value *pack_formula(const struct pack *pack, struct arena *arena,
                                      struct slice formula, date_days day,
                                      struct buffer *reterr_text);
/** The decision table that is the logic of a decision; NULL when it is none. */
const struct dmn_table *pack_decision_table(const struct dmn_model *model,
                                            const struct dmn_element *element);

#endif
