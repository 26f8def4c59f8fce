/* The clock of the cases: fires the timers that are due, on the job thread, a few a job, so that
 * requests come in between. It looks at its start, for what fell due while the program was down,
 * then once a second, and at once again as long as more is due. Whatever ends the process between
 * two steps, a timer fires exactly once: see process_timers_due. */
#ifndef HEADROOM_PROCESS_PROCESS_CLOCK_H
#define HEADROOM_PROCESS_PROCESS_CLOCK_H

#include "os/jobs.h"
#include "process/process.h"

enum { PROCESS_CLOCK_TURN = 8 /* timers a job */ };

struct process_clock;

struct process_clock_options {
    struct store *store;      /* of the job thread */
    struct pack_shelf *shelf; /* of the job thread */
    struct jobs *jobs;
    struct reactor *reactor;
    /** On the loop, behind a job that fired something: steps were stored; may be NULL. */
    void (*changed)(void *context);
    void *context;
};

struct process_clock_figures {
    uint64_t fired;      /* timers */
    uint64_t escalated;  /* tasks that were overdue */
    uint64_t looks;      /* jobs that looked for some */
    uint64_t failures;   /* looks that the database or memory failed */
    uint64_t overdue_us; /* by how much the next one is late now; 0: none is */
};

enum os_status process_clock_open(struct process_clock **ret_clock,
                                  const struct process_clock_options *options) MUST_USE;
/** NULL-safe. Behind jobs_close, and before the store is closed for good. */
void process_clock_free(struct process_clock *clock);
/** Begins nothing more; what is under way ends by itself. NULL-safe. */
void process_clock_drain(struct process_clock *clock);
/** On the loop. */
void process_clock_figures(const struct process_clock *clock,
                           struct process_clock_figures *ret_figures);

#endif
