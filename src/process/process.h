/* Running cases of a pack's processes, in the store.
 *
 * A step is one transaction, or a part of the caller's: the saved state is read, the pure machine
 * of `bpmn` takes one event, and the new state, the history, tasks, waits and effects are written
 * with an audit entry and an event. Killed before the commit nothing was done, behind it all.
 *
 * A case is pinned to the pack, by its hash, that it was started with: processes, decisions and
 * calendar. A service task becomes an effect: a row with a topic, a payload and an id made of case,
 * step and place, that stays owed until somebody carries it out and completes it. Whoever carries
 * one out in the transaction that completes it does so exactly once. */
#ifndef HEADROOM_PROCESS_PROCESS_H
#define HEADROOM_PROCESS_PROCESS_H

#include "auth/mask.h"
#include "auth/people.h"
#include "bpmn/move.h"
#include "pack/pack_store.h"
#include "process/process_status.h"
#include "store/store.h"

enum {
    PROCESS_PAGE_MAX = 200,
    PROCESS_INPUT_MAX = 256 << 10, /* bytes of variables given from outside */
    PROCESS_REASON_MAX = 500,      /* bytes */
    PROCESS_KEY_MAX = 100,         /* bytes */
    PROCESS_STEP_MEMORY = 96 << 20,
    PROCESS_HASH_SIZE = 64, /* characters */
    PROCESS_MASK_MEMORY = 64 << 20,
};

/** Who asks, and with what: one thread's. */
struct process_asking {
    const struct people_actor *actor;
    bool is_person; /* the actor is a user; tasks are for users alone */
    struct pack_shelf *shelf;
};

struct process_case {
    int64_t number;  /* from 1 */
    struct slice id; /* "CS-00000001" */
    struct slice pack;
    struct slice process; /* id of the process in the pack */
    struct slice organisation;
    struct slice path;
    struct slice subject; /* what it is about: "application/AP-00000001" */
    struct slice started_by;
    int64_t step;       /* events taken; the version of the case */
    struct slice phase; /* "running", "completed", "cancelled" */
    int64_t incidents;  /* open ones */
    time_us started;
    time_us changed;
    time_us ended; /* TIME_NONE: it runs */
};

struct process_task {
    int64_t number;  /* from 1, in the order in which they came up */
    struct slice id; /* "CS-00000001.7" */
    struct slice case_id;
    int64_t wait;
    struct slice subject; /* of the case */
    struct slice element; /* id in the model */
    struct slice name;
    struct slice form;
    struct slice roles;    /* names, a comma between; one makes a candidate */
    struct slice assignee; /* id of a user; empty: whoever is a candidate */
    struct slice organisation;
    struct slice path;
    struct slice state; /* "open", "claimed", "returned", "done", "cancelled" */
    int64_t version;
    int64_t round;            /* of a multi-instance activity: tasks of one round; 0: none */
    int64_t instance;         /* of the round: what one member does; 0: none */
    struct slice claimed_by;  /* empty: nobody */
    struct slice claimed_for; /* in whose stead, by delegation; empty: their own right */
    struct slice role;        /* under which it was claimed */
    struct slice inputs;      /* JSON */
    struct slice outputs;     /* JSON; empty before it is done */
    struct slice reason;      /* of the last return; may be empty */
    time_us created;
    time_us due;        /* TIME_NONE: never */
    time_us returned;   /* since when it waits for a supplement; TIME_NONE: it does not */
    time_us ended;      /* TIME_NONE: not yet */
    time_us escalated;  /* since when others see it; TIME_NONE: they do not */
    struct slice pack;  /* hash: what the case runs by */
    struct slice shown; /* the hash of what it was completed on, as that person named it */
};

struct process_effect {
    struct slice id; /* "CS-00000001/3/2": case, step, place in the step */
    struct slice case_id;
    struct slice subject;
    struct slice kind;    /* "service", or "message": sent, nobody waits for its completion */
    struct slice topic;   /* of a service; name of a message */
    struct slice key;     /* of a message */
    struct slice element; /* id in the model */
    struct slice payload; /* JSON object: the mapped inputs */
    struct slice state;   /* "owed", "done", "cancelled" */
    time_us made;
};

/* ---- cases ---- */

struct process_start {
    struct slice pack;    /* its hash */
    struct slice process; /* id of a process in the pack */
    struct slice organisation;
    struct slice subject;           /* with `step` the key: started once */
    struct slice step;              /* "1"; may be empty */
    struct slice variables;         /* a JSON object; may be empty */
    const struct slice *initiators; /* users who have begun it besides the actor */
    size_t initiator_count;
    struct slice customer; /* whom it is about: persons related to it withdraw; empty: nobody */
};

/** Starts a case. Its initiators are the actor and those named, for the rule of four eyes. The same
 * subject and step again gives the case that stands; of another process or pack it is EXISTS. Out:
 * ret_case  texts in `arena`, as of all that follow */
enum process_status process_start(struct store *store, struct process_case *ret_case,
                                  struct arena *arena, const struct process_asking *asking,
                                  const struct process_start *start) MUST_USE;
/** Starts a case of the pack in force at the organisation, by a person whose post has one of the
 *  roles that the process names as its starters (h:candidateStarterRoles), at the organisation or
 *  above. The same process, subject and key again give the case that stands.
 *  Out: ret_is_new
 *  Returns: beside process_start's NOT_STARTER, ORGANISATION_NOT_FOUND beyond the actor's reach,
 *           BAD_OUTPUTS where the start event has a form and the variables do not fit it */
struct process_begin {
    struct slice process; /* id in the pack, at most PROCESS_KEY_MAX bytes, as is `key` */
    struct slice organisation;
    struct slice subject;
    struct slice key;       /* tells cases of one subject apart; may be empty */
    struct slice variables; /* a JSON object; may be empty */
};
enum process_status process_begin(struct store *store, struct process_case *ret_case,
                                  bool *ret_is_new, struct arena *arena,
                                  const struct process_asking *asking,
                                  const struct process_begin *wish) MUST_USE;
/** Cancels all that a case waits for, for good. */
enum process_status process_cancel(struct store *store, struct process_case *ret_case,
                                   struct arena *arena, const struct process_asking *asking,
                                   struct slice case_id, struct slice reason) MUST_USE;
/** Gives a message, `id` being taken once by a case, to the case of an id that awaits its name and
 *  key. In: variables  a JSON object; may be empty */
struct process_message {
    struct slice case_id;
    struct slice name;
    struct slice key;
    struct slice id;
    struct slice variables;
};
enum process_status process_message(struct store *store, struct process_case *ret_case,
                                    struct arena *arena, const struct process_asking *asking,
                                    const struct process_message *message) MUST_USE;
/** Within a transaction: the running cases that await a message, oldest first, PROCESS_PAGE_MAX at
 *  most. Those that have awaited it since before schema 13 are found by their id alone. */
enum process_status process_message_cases(struct store *store, struct process_case **ret_cases,
                                          size_t *ret_count, struct arena *arena, struct slice name,
                                          struct slice key) MUST_USE;
/** Lets an incident try again, or take the flow of an id. In: variables  may be empty */
enum process_status process_resolve(struct store *store, struct process_case *ret_case,
                                    struct arena *arena, const struct process_asking *asking,
                                    struct slice case_id, int64_t wait, struct slice flow,
                                    struct slice variables) MUST_USE;

/* An incident that is open: what a token of a case stopped at. */
struct process_incident {
    int64_t wait; /* its number in the case */
    struct slice element;
    struct slice name;
    const struct slice *flows; /* ids of the ways that it can be sent */
    size_t flow_count;
};
/** Within a transaction: the incidents of a case that are open; why each arose stands in the
 *  history. */
enum process_status process_case_incidents(struct store *store,
                                           struct process_incident **ret_incidents,
                                           size_t *ret_count, struct arena *arena,
                                           struct pack_shelf *shelf,
                                           const struct process_case *row) MUST_USE;

struct process_resolution {
    struct slice case_id;
    int64_t wait;
    struct slice flow;      /* the way to go; empty: the element is entered once more */
    struct slice variables; /* a JSON object; may be empty */
    struct slice reason;
};
/** Resolves an incident, by a person. Once more as it was: a system administrator or limit manager
 *  whose own post sees the case. By a flow or with values: a limit manager who has had no other
 *  duty in the case and is not related to whom it is about, and has the duty to release from then.
 *  Returns: NOT_RESOLVER, FOUR_EYES, RELATED; SAID_IN_TASKS for a value that a form of a task asks
 *           people for; EVENT where there is no such incident or flow */
enum process_status process_incident_resolve(struct store *store, struct process_case *ret_case,
                                             struct arena *arena,
                                             const struct process_asking *asking,
                                             const struct process_resolution *resolution) MUST_USE;

/* ---- the newer version ---- */

struct process_move {
    struct slice case_id;
    struct slice pack;   /* hash that the preview showed; asked for by process_move */
    int64_t step;        /* of the case, as the preview showed it; 0: any */
    struct slice reason; /* of process_move */
    const struct bpmn_replacement *replacements; /* elements not named keep their id */
    size_t count;
};

struct process_moving {
    struct process_case row; /* of a preview: as it stands */
    struct slice from;       /* hashes of packs */
    struct slice to;         /* in force at the case's organisation */
    bool possible;
    const struct bpmn_move *moves; /* what becomes of each scope, token and wait */
};

/** Within a transaction: what would become of a case under the pack that is in force at its
 *  organisation; nothing is changed. SAME_PACK when it runs by that already. */
enum process_status process_move_preview(struct store *store, struct process_moving *ret_moving,
                                         struct arena *arena, const struct process_asking *asking,
                                         const struct process_move *wish) MUST_USE;
/** Moves it, by a person: its open tasks, owed effects and awaited messages become those of the
 *  newer elements; what was done stays. NO_PLACE when a token has none: nothing is changed, and
 *  `ret_moving` names each. CHANGED when the case or the pack in force is another by now.
 *  Out: ret_moving  `moves` also on NO_PLACE */
enum process_status process_move(struct store *store, struct process_moving *ret_moving,
                                 struct arena *arena, const struct process_asking *asking,
                                 const struct process_move *wish) MUST_USE;
/** Writes a list of moves as JSON. */
void process_moves_write(struct json_writer *writer, const struct bpmn_move *moves);

/* ---- effects ---- */

/** Those owed, oldest first. In: topic, case_id  empty: any */
enum process_status process_effects_owed(struct store *store, struct process_effect **ret_effects,
                                         size_t *ret_count, struct arena *arena, struct slice topic,
                                         struct slice case_id, size_t count) MUST_USE;
/** One effect, whatever its state. */
enum process_status process_effect_read(struct store *store, struct process_effect *ret_effect,
                                        struct arena *arena, struct slice id) MUST_USE;
/** Completes an effect that is owed, and the case goes on. One that is done already is left as it
 *  is; a cancelled one is EVENT. In: outputs  a JSON object; may be empty */
enum process_status process_effect_complete(struct store *store, struct process_case *ret_case,
                                            struct arena *arena,
                                            const struct process_asking *asking, struct slice id,
                                            struct slice outputs) MUST_USE;
/** Says that an effect failed for good: an error of a code that the process catches, or, with
 *  `code` empty, an incident with `text`. */
enum process_status process_effect_fail(struct store *store, struct process_case *ret_case,
                                        struct arena *arena, const struct process_asking *asking,
                                        struct slice id, struct slice code,
                                        struct slice text) MUST_USE;

/* ---- timers ---- */

/** Fires what is due, oldest first, at most `count`, each in a transaction of its own: exactly
 *  once, however often this is called and whenever the process ends.
 *  In: asking    its actor's `now` is the clock
 *  Out: ret_fired, ret_next  when the next one is due, in the past when more may be; TIME_NONE:
 *  none is set. A timer that its case refuses is tried again an hour later, one that memory was
 *  short for a minute later; neither holds up others. */
enum process_status process_timers_due(struct store *store, size_t *ret_fired, time_us *ret_next,
                                       const struct process_asking *asking, size_t count) MUST_USE;

/** Shows what is overdue to whom its input `escalation` names, a role of the pack's: they become
 *  candidates beside the others, once a task, at most `count` a call. One that was returned for a
 *  supplement stands still, one that was moved to another pack is shown to them anew. Who does it
 *  has the duty of those whose task it is. In, out: as process_timers_due. */
enum process_status process_escalations_due(struct store *store, size_t *ret_count,
                                            time_us *ret_next, const struct process_asking *asking,
                                            size_t count) MUST_USE;

/* ---- tasks ---- */

/** Claims an open task for the actor: a candidate by role at the task's organisation or above, who
 *  has had no other duty in the case (FOUR_EYES), and no part in another instance of the vote; by a
 * post of their own, or by delegation in the stead of another, for whom all of that holds too;
 * and neither is related to whom the case is about (RELATED). To claim one's own again changes
 * nothing. In: version  as it was read; 0: any */
enum process_status process_task_claim(struct store *store, struct process_task *ret_task,
                                       struct arena *arena, const struct process_asking *asking,
                                       struct slice id, int64_t version) MUST_USE;
enum process_status process_task_unclaim(struct store *store, struct process_task *ret_task,
                                         struct arena *arena, const struct process_asking *asking,
                                         struct slice id, int64_t version) MUST_USE;
struct process_completion {
    struct slice outputs; /* a JSON object; may be empty */
    struct slice shown;   /* the hash of what the actor was shown and decides on; may be empty */
};
/** Completes a task that the actor has claimed and is still a candidate for; the case goes on.
 *  Returns: beside the claim's SHOWN_CHANGED where `shown` is not the content now, SHOWN_NEEDED
 *           where it is empty and the form asks for it (`names_content`), BAD_INPUT, BAD_OUTPUTS */
enum process_status process_task_complete(struct store *store, struct process_task *ret_task,
                                          struct arena *arena, const struct process_asking *asking,
                                          struct slice id, int64_t version,
                                          const struct process_completion *completion) MUST_USE;
/** Hands a claimed task back for a supplement: its due time stands still. */
enum process_status process_task_return(struct store *store, struct process_task *ret_task,
                                        struct arena *arena, const struct process_asking *asking,
                                        struct slice id, int64_t version,
                                        struct slice reason) MUST_USE;
/** A relationship manager whose post sees the case, and who has had no other duty in it, has
 *  supplied what was asked for: the task is the claimer's again, its due time moved by the office
 *  hours that it stood still. */
enum process_status process_task_resume(struct store *store, struct process_task *ret_task,
                                        struct arena *arena, const struct process_asking *asking,
                                        struct slice id, int64_t version,
                                        struct slice reason) MUST_USE;

/* ---- reading, within a transaction ---- */

enum process_status process_case_read(struct store *store, struct process_case *ret_case,
                                      struct arena *arena, struct slice id) MUST_USE;
/** The case of a subject and step; NOT_FOUND when there is none. */
enum process_status process_case_of(struct store *store, struct process_case *ret_case,
                                    struct arena *arena, struct slice subject,
                                    struct slice step) MUST_USE;
enum process_status process_task_read(struct store *store, struct process_task *ret_task,
                                      struct arena *arena, struct slice id) MUST_USE;

/** Whether the person who completed a task has the duty to decide in its case: not who, as an
 *  approver, did an overdue review. */
enum process_status process_task_decided(struct store *store, bool *ret_decided,
                                         struct arena *arena,
                                         const struct process_task *task) MUST_USE;
/** What an application proposes, as one hash: SHA-256 over its JSON, in hexadecimal. */
void process_content_hash(char ret_hash[PROCESS_HASH_SIZE], struct slice proposal);
/** The same of the application that is a subject, as it stands; empty of any other subject. */
enum process_status process_content(struct store *store, struct slice *ret_hash,
                                    struct arena *arena, struct slice subject) MUST_USE;

struct process_content {
    struct slice hash; /* empty: the task is over, or not about an application */
    bool needed;       /* who completes the task names it */
};
enum process_status process_task_content(struct store *store, struct process_content *ret_content,
                                         struct arena *arena, struct pack_shelf *shelf,
                                         const struct process_task *task) MUST_USE;

struct process_case_query {
    struct slice path;    /* at and below this organisation; empty: all */
    struct slice phase;   /* empty: any */
    struct slice subject; /* empty: any */
    int64_t behind;       /* the number of the row before; 0: the front */
    size_t count;         /* 1 to PROCESS_PAGE_MAX */
};
/** In the order of their numbers. */
enum process_status process_case_page(struct store *store, struct process_case **ret_cases,
                                      size_t *ret_count, struct arena *arena,
                                      const struct process_case_query *query) MUST_USE;

/** The newest cases about a customer: its subject, or whose application is. */
enum process_status process_cases_of_customer(struct store *store, struct process_case **ret_cases,
                                              size_t *ret_count, struct arena *arena,
                                              struct slice customer, size_t count) MUST_USE;

/** One effect of the machine, as bpmn_effect_write writes it. */
struct process_history {
    int64_t step;
    int64_t ordinal;
    time_us at;
    struct slice effect; /* JSON object */
};
enum process_status process_case_history(struct store *store, struct process_history **ret_rows,
                                         size_t *ret_count, struct arena *arena,
                                         struct slice case_id, int64_t step, int64_t ordinal,
                                         size_t count) MUST_USE;

/** What who asks is shown of personal data, by the classes that the forms of the pack give their
 *  fields; `view` takes down what is shown in the clear. */
struct process_masking {
    struct mask_view *view;
    struct arena *arena;
    struct pack_shelf *shelf;
};
/** Makes inputs and outputs of a task, or the variables of a piece of a case's history, what who
 *  asks may see; null stands for what is hidden. */
enum process_status process_task_mask(struct store *store, struct process_task *inout_task,
                                      const struct process_masking *masking) MUST_USE;
enum process_status process_history_mask(struct store *store, const struct process_case *row,
                                         struct process_history *inout_rows, size_t count,
                                         const struct process_masking *masking) MUST_USE;

struct process_task_query {
    const struct people_post *posts; /* whose candidates; NULL: */
    size_t post_count;
    struct slice path;       /* ... all at and below this organisation; empty: everywhere */
    struct slice claimed_by; /* not empty: those of this user instead, whatever the posts */
    time_us now;
    int64_t behind; /* the number of the row before; 0: the front */
    size_t count;   /* 1 to PROCESS_PAGE_MAX */
};
/** Tasks in the order of their numbers: open ones for candidates, claimed and returned ones of a
 *  user. */
enum process_status process_task_page(struct store *store, struct process_task **ret_tasks,
                                      size_t *ret_count, struct arena *arena,
                                      const struct process_task_query *query) MUST_USE;
/** All tasks of a case. */
enum process_status process_case_tasks(struct store *store, struct process_task **ret_tasks,
                                       size_t *ret_count, struct arena *arena,
                                       struct slice case_id) MUST_USE;

#endif
