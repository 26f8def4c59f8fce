/* A request that is answered by work beside the loop, with the store: the handler reads what it
 * needs, the job thread does the work and leaves a reply, the loop sends it. */
#ifndef HEADROOM_API_API_TASK_H
#define HEADROOM_API_API_TASK_H

#include "api/api_reply.h"
#include "audit/trail.h"
#include "auth/mask.h"
#include "auth/session.h"
#include "os/jobs.h"
#include "store/store.h"

enum {
    API_TASKS_MAX = 1000,
    API_TASK_BYTES = 64 << 20,
    API_ETAG_MAX = 64,              /* bytes, with its quotes */
    API_KEY_MAX = 128,              /* bytes of an Idempotency-Key */
    API_KEY_SECONDS = 24 * 60 * 60, /* how long its answer is kept */
};

struct api_task {
    struct jobs_item job;
    struct api *api;
    struct http_request *request;
    struct slice actor;      /* id of the token or user */
    unsigned people;         /* roles of people that may, of the permission table */
    bool by_session;         /* a person asks: `session` tells who; else a token */
    struct auth_token token; /* who asks, when it is a token ... */
    struct slice place;      /* ... and the path of the organisation that it is bound to */
    struct session session;
    time_us now;
    struct slice key;            /* of Idempotency-Key; empty: none */
    struct api_task *keyed_next; /* of those with a key that are in hand; the loop's */
    bool replayed;               /* the answer is that of an earlier request with the key */
    /** On the job thread. Fills what follows; touches neither the engine nor the loop. Of a request
     *  with a key it may run more than once, from the start, with an empty reply. */
    void (*work)(struct api_task *task);
    void *input; /* the handler's own, in the request's arena */
    /** On the loop, before the answer is sent, that of a replay too; it may write the reply. NULL:
     *  none. */
    void (*finished)(struct api_task *task);
    bool deferred; /* set by `finished`: it answers later, by api_task_answer */
    /* The reply. */
    struct arena arena; /* of the work */
    unsigned status;    /* of success */
    struct buffer body;
    char etag[API_ETAG_MAX];        /* with its quotes; empty: none */
    bool live;                      /* the body changes without the version: no 304 */
    enum store_status store_status; /* anything but OK is answered as a problem */
    const char *slug;               /* a problem of the work's own; NULL: none */
    const char *english;
    const char *chinese;
    struct http_member more; /* of that problem, in the request's arena; name empty: none */
};

/** Hands the request over; answers 503 when too much waits. `input` must live in the request's
 *  arena. */
void api_task_start(struct api *api, struct http_request *request,
                    void (*work)(struct api_task *task), void *input);
void api_task_start_finished(struct api *api, struct http_request *request,
                             void (*work)(struct api_task *task), void *input,
                             void (*finished)(struct api_task *task));
/** Answers a task that was deferred; on the loop, once. */
void api_task_answer(struct api_task *task);
/** Gives back what a deferred task took; the handler answers by itself. On the loop, once. */
void api_task_leave(struct api_task *task);
/** True when who asks does not see everything: a person, or a token that is bound to an
 * organisation.
 */
bool api_task_bounded(const struct api_task *task);
/** Whether who asks may act on what belongs to the organisation of `path`: a person at and below
 *  the posts that give the role, a token at and below its organisation, or everywhere. */
bool api_task_sees(const struct api_task *task, struct slice path);
/** Runs the work of a request with a key, or answers as before: one transaction around all that the
 *  work changes and the answer that is kept. */
void api_keyed_run(struct api_task *task);
/** Reads the key, and notes that it is in hand. False when it was answered: with 400 where the key
 *  is none or the route takes none, 409 where the same request is in hand. */
bool api_keyed_begin(struct api_task *task) MUST_USE;
void api_keyed_end(struct api_task *task);

/** States the version of the resource that the reply shows, as its ETag. A GET that names it in
 *  If-None-Match is answered 304, unless the reply is `live`. */
void api_task_version(struct api_task *task, int64_t version);
/** Judges If-Match against the version that was read in the same transaction: true when it names
 *  it, or "*", or nothing is asked for and `required` is false. Else refuses with 412, or 428 when
 *  it was required and not given. A weak tag names nothing. Source: RFC 9110, 13.1.1; RFC 6585, 3.
 */
bool api_task_matches(struct api_task *task, int64_t version, bool required) MUST_USE;
/** Whether a list of entity tags (If-Match, If-None-Match) names `etag`. In: weak  W/"x" names "x"
 *  too */
bool api_etag_listed(struct slice list, struct slice etag, bool weak);

/** What who asks is shown of the personal data that belongs to the organisation of `path`. */
void api_task_view(const struct api_task *task, struct mask_view *ret_view, struct slice path);
/** Who asks, for the rooms below. */
struct people_actor api_task_actor(const struct api_task *task);
/** Sets a problem of the work's own. */
void api_task_refuse(struct api_task *task, unsigned status, const char *slug, const char *english,
                     const char *chinese);

#endif
