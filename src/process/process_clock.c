#include "process/process_clock.h"

enum { LOOK_SECONDS = 1, AGAIN_SECONDS = 5, US_TO_NS = 1000 };

struct process_clock {
    struct process_clock_options options;
    struct reactor_timer timer;
    struct jobs_item job;
    bool draining;
    /* of the job */
    time_us now;
    time_us next;
    size_t fired;
    size_t escalated;
    enum process_status status;
    struct process_clock_figures figures; /* the loop's */
};

/* What fails is tried again by the clock; so is a turn for which even the timer has no memory, as
 * the next look sets it anew. */
static void look_at(struct process_clock *clock, uint64_t wait_ns)
{
    (void)!reactor_timer_set(clock->options.reactor, &clock->timer,
                             reactor_now_ns(clock->options.reactor) + wait_ns);
}

static void look_run(struct jobs_item *job)
{
    struct process_clock *clock =
        (struct process_clock *)(void *)((char *)job - offsetof(struct process_clock, job));

    clock->now = os_clock_realtime_us();
    clock->escalated = 0;
    const struct people_actor actor = {SLICE("system"), SLICE(""), clock->now};
    const struct process_asking asking = {&actor, false, clock->options.shelf};
    clock->status = process_timers_due(clock->options.store, &clock->fired, &clock->next, &asking,
                                       PROCESS_CLOCK_TURN);
    if (clock->status == PROCESS_OK) {
        time_us next = TIME_NONE;
        clock->status = process_escalations_due(clock->options.store, &clock->escalated, &next,
                                                &asking, PROCESS_CLOCK_TURN);
        clock->next = clock->next == TIME_NONE || (next != TIME_NONE && next < clock->next)
                          ? next
                          : clock->next;
    }
}

/* Until the next timer is due, and a second at most: requests set others meanwhile. */
static uint64_t rest_ns(const struct process_clock *clock)
{
    const int64_t rest_us = clock->next == TIME_NONE ? INT64_MAX : clock->next - clock->now;

    return rest_us >= LOOK_SECONDS * US_PER_SECOND ? LOOK_SECONDS * OS_NS_PER_SECOND
                                                   : (uint64_t)rest_us * US_TO_NS;
}

static void look_begin(struct process_clock *clock);

static void look_done(struct jobs_item *job)
{
    struct process_clock *clock =
        (struct process_clock *)(void *)((char *)job - offsetof(struct process_clock, job));
    const bool overdue = clock->next != TIME_NONE && clock->next <= clock->now;

    clock->figures.looks++;
    clock->figures.fired += clock->fired;
    clock->figures.overdue_us = overdue ? (uint64_t)(clock->now - clock->next) : 0;
    clock->figures.failures += clock->status != PROCESS_OK;
    clock->figures.escalated += clock->escalated;
    if (clock->fired + clock->escalated > 0 && clock->options.changed != NULL) {
        clock->options.changed(clock->options.context);
    }
    if (clock->draining) {
        return;
    }
    if (clock->status != PROCESS_OK) {
        look_at(clock, AGAIN_SECONDS * OS_NS_PER_SECOND);
    } else if (overdue) {
        look_begin(clock); /* behind the requests that wait */
    } else {
        look_at(clock, rest_ns(clock));
    }
}

static void look_begin(struct process_clock *clock)
{
    clock->job = (struct jobs_item){.run = look_run, .done = look_done};
    if (jobs_submit(clock->options.jobs, &clock->job) != OS_OK) {
        look_at(clock, LOOK_SECONDS * OS_NS_PER_SECOND);
    }
}

static void expired(struct reactor_timer *timer)
{
    struct process_clock *clock =
        (struct process_clock *)(void *)((char *)timer - offsetof(struct process_clock, timer));

    if (!clock->draining) {
        look_begin(clock);
    }
}

enum os_status process_clock_open(struct process_clock **ret_clock,
                                  const struct process_clock_options *options)
{
    struct process_clock *clock = memory_allocate(sizeof(*clock));

    REQUIRE(clock != NULL, OS_EXHAUSTED);
    *clock = (struct process_clock){.options = *options, .timer = {.expired = expired}};
    *ret_clock = clock;
    look_begin(clock);
    return OS_OK;
}

void process_clock_free(struct process_clock *clock)
{
    if (clock != NULL) {
        reactor_timer_cancel(clock->options.reactor, &clock->timer);
        memory_free(clock);
    }
}

void process_clock_drain(struct process_clock *clock)
{
    if (clock != NULL) {
        clock->draining = true;
        reactor_timer_cancel(clock->options.reactor, &clock->timer);
    }
}

void process_clock_figures(const struct process_clock *clock,
                           struct process_clock_figures *ret_figures)
{
    *ret_figures = clock->figures;
}
