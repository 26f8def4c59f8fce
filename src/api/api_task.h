/* A request that is answered by work beside the loop, with the store: the handler reads what it
 * needs, the job thread does the work and leaves a reply, the loop sends it. */
#ifndef HEADROOM_API_API_TASK_H
#define HEADROOM_API_API_TASK_H

#include "api/api_reply.h"
#include "audit/trail.h"
#include "auth/session.h"
#include "os/jobs.h"
#include "store/store.h"

enum { API_TASKS_MAX = 1000, API_TASK_BYTES = 64 << 20 };

struct api_task {
    struct jobs_item job;
    struct api *api;
    struct http_request *request;
    struct slice actor; /* id of the token or user */
    unsigned people;    /* roles of people that may, of the permission table */
    bool by_session;    /* a person asks: `session` tells who; else a token */
    struct session session;
    time_us now;
    /** On the job thread. Fills what follows; touches neither the engine nor the loop. */
    void (*work)(struct api_task *task);
    void *input; /* the handler's own, in the request's arena */
    /** On the loop, before the answer is sent; NULL: none. */
    void (*finished)(struct api_task *task);
    /* The reply. */
    struct arena arena; /* of the work */
    unsigned status;    /* of success */
    struct buffer body;
    enum store_status store_status; /* anything but OK is answered as a problem */
    const char *slug;               /* a problem of the work's own; NULL: none */
    const char *english;
    const char *chinese;
};

/** Hands the request over; answers 503 when too much waits. `input` must live in the request's
 *  arena. */
void api_task_start(struct api *api, struct http_request *request,
                    void (*work)(struct api_task *task), void *input);
void api_task_start_finished(struct api *api, struct http_request *request,
                             void (*work)(struct api_task *task), void *input,
                             void (*finished)(struct api_task *task));
/** Whether who asks may act on what belongs to the organisation of `path`: a token may everywhere,
 * a person at and below the posts that give the role. */
bool api_task_sees(const struct api_task *task, struct slice path);
/** Sets a problem of the work's own. */
void api_task_refuse(struct api_task *task, unsigned status, const char *slug, const char *english,
                     const char *chinese);

#endif
