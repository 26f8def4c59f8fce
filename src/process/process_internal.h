/* What the files of the room share. */
#ifndef HEADROOM_PROCESS_PROCESS_INTERNAL_H
#define HEADROOM_PROCESS_PROCESS_INTERNAL_H

#include "audit/event.h"
#include "audit/trail.h"
#include "auth/delegation.h"
#include "bpmn/case.h"
#include "process/process.h"

enum { PROCESS_ID_SIZE = 64 }; /* bytes of the longest id, with its end */

static inline enum process_status process_from_store(enum store_status status)
{
    return status == STORE_OK          ? PROCESS_OK
           : status == STORE_NO_MEMORY ? PROCESS_NO_MEMORY
                                       : PROCESS_STORE;
}

static inline bool process_text_valid(struct slice text, size_t size_max)
{
    return text.size <= size_max && utf8_valid(text) &&
           (text.size == 0 || memchr(text.data, '\0', text.size) == NULL);
}

/* One change under way. `work` may be run again from the start. */
struct process_change {
    struct arena *arena; /* the caller's, for what is given back */
    const struct process_asking *asking;
    enum process_status (*work)(struct store *store, struct process_change *change);
    const void *input;
    struct slice action; /* of the audit entry and the event */
    struct slice reason; /* data NULL: none */
    struct slice detail; /* of the audit entry, JSON: what was given; data NULL: none */
    struct slice before; /* of the audit entry, JSON; data NULL: none */
    struct slice element;
    struct slice person;  /* behind the actor's account; set by process_person */
    bool unchanged;       /* nothing was done that is to be recorded */
    struct arena scratch; /* of the work */
    char subject[PROCESS_ID_SIZE];
    struct process_case row;
    struct process_task task; /* id empty: none */
    enum process_status status;
    /* the machine, once process_case_open has loaded it */
    const struct pack *pack;
    struct bpmn_env env;
    struct bpmn_case *state;
    struct feel_zones zones;
};

/** Runs a change: the work, its audit entry, its event, whole or not at all. */
enum process_status process_change_run(struct store *store, struct process_change *change) MUST_USE;

/* ---- steps, within a change ---- */

/** Reads the case of a number with its pack and state. */
enum process_status process_case_open(struct store *store, struct process_change *change,
                                      int64_t number) MUST_USE;
/** The pack alone, for a case that is to be started. */
enum process_status process_pack_open(struct store *store, struct process_change *change,
                                      struct slice hash) MUST_USE;
/** Finds the natural person behind the actor's account; of a token its id. */
enum process_status process_person(struct store *store, struct process_change *change) MUST_USE;
/** The natural person behind an account. */
enum process_status process_person_of(struct store *store, struct process_change *change,
                                      struct slice user, struct slice *ret_person) MUST_USE;
/** What the actor may be in a case: by a post of their own, or in the stead of another. */
struct process_part {
    enum role role;
    enum role duty; /* the role whose duty it has: another's, where a task was escalated */
    struct people_post post;
    struct slice user;   /* in whose stead; empty: their own right */
    struct slice person; /* behind that account */
};
enum process_status process_parts(struct store *store, struct process_change *change,
                                  struct process_part **ret_parts, size_t *ret_count) MUST_USE;
/** The part in which the actor may have a task, the own right first: a candidate's, of which the
 *  duty leaves both natural persons free; of a task that is claimed the one of its claim.
 *  Returns: NOT_PERSON, NOT_CANDIDATE, FOUR_EYES */
enum process_status process_part_find(struct store *store, struct process_change *change,
                                      const struct process_task *task,
                                      struct process_part *ret_part) MUST_USE;
/** OK where neither person of a part is related to whom the case is about, else RELATED. */
enum process_status process_unrelated(struct store *store, struct process_change *change,
                                      const struct process_part *part) MUST_USE;
/** Whether either person has, or had, another task of the same vote. */
enum process_status process_voted(struct store *store, struct process_change *change,
                                  const struct process_task *task, const struct process_part *part,
                                  bool *ret_voted) MUST_USE;
/** Whether both persons of a part may have it in the case: neither had another duty in it. */
enum process_status process_duty_check(struct store *store, struct process_change *change,
                                       const struct process_part *part, bool *ret_free) MUST_USE;
/** Binds both to the duty of the part, in this case for good. */
enum process_status process_duty_add(struct store *store, const struct process_change *change,
                                     const struct process_part *part) MUST_USE;
/** Reads a JSON object as variables; an empty text gives none. */
enum process_status process_variables(struct process_change *change, struct slice text,
                                      const struct feel_context **ret_variables) MUST_USE;
/** Feeds one event to the machine and writes all that follows. `at` and `by` are set here. */
enum process_status process_step(struct store *store, struct process_change *change,
                                 struct bpmn_event *event) MUST_USE;
/** Writes what a step did: state, history, waits, tasks, effects. In: is_new  of a start */
enum process_status process_step_write(struct store *store, struct process_change *change,
                                       const struct bpmn_effects *effects, bool is_new) MUST_USE;
/** Adds a task that the machine asks for. */
enum process_status process_task_add(struct store *store, struct process_change *change,
                                     const struct bpmn_effect *effect) MUST_USE;

/** Adds who may have a task, by names of roles with commas between; those who do already stay as
 *  they are. NO_PACK: the pack does not have one of them.
 *  In: duty  the role of the program whose duty they have in it; empty: their own */
enum process_status process_candidates_add(struct store *store, const struct process_change *change,
                                           struct slice roles, int64_t task,
                                           struct slice duty) MUST_USE;
/** The pack in force now at the organisation of a path; NO_PACK when there is none with processes.
 */
enum process_status process_in_force(struct store *store, struct slice *ret_hash,
                                     const struct pack **ret_pack, struct arena *arena,
                                     struct pack_shelf *shelf, struct slice path) MUST_USE;
/** Masks what is personal in what was given, for the trail. In: pack  NULL: nothing is known */
enum process_status process_given_mask(struct slice *inout_json, struct arena *arena,
                                       const struct pack *pack) MUST_USE;
/** Whether who completes a task of the form names the content that they were shown. */
bool process_form_names_content(const struct pack *pack, struct slice form);
/** Judges what the actor of a change names as shown. Returns: SHOWN_NEEDED, SHOWN_CHANGED */
enum process_status process_content_check(struct store *store, struct process_change *change,
                                          struct slice shown) MUST_USE;

/** Whether the outputs are fields of the form, with one of their values where they have a choice,
 *  and none that is required is missing. */
bool process_form_fits(const struct json_value *form, const struct json_value *outputs) MUST_USE;

/* ---- rows ---- */

enum process_status process_case_get(struct store *store, struct process_case *ret_case,
                                     struct arena *arena, int64_t number) MUST_USE;
/** "CS-00000001" to its number; false when it is none. */
bool process_number(struct slice id, int64_t *ret_number) MUST_USE;
/** "CS-00000001.7" to the numbers of case and wait. */
bool process_task_numbers(struct slice id, int64_t *ret_case, int64_t *ret_wait) MUST_USE;
/** "CS-00000001/3/2" */
bool process_effect_numbers(struct slice id, int64_t ret_numbers[3]) MUST_USE;

static inline time_us process_time(const struct store_value *value)
{
    return value->type == STORE_NULL ? TIME_NONE : value->number;
}

static inline struct store_value process_time_value(time_us time)
{
    return time == TIME_NONE ? store_null() : store_integer(time);
}

#endif
