/* The event loop: one thread, one epoll, and a fixed order inside each turn, because group commit
 * depends on it:
 *
 *     wait -> handlers of ready sources -> expired timers -> COMMIT hooks -> FLUSH hooks
 *
 * What arrived in one turn is decided, made durable and answered by the hooks of the same turn: the
 * engine commits one group in its COMMIT hook, and the HTTP server sends what was answered in its
 * FLUSH hook. Level-triggered: a handler may leave bytes unread (a bounded buffer, a client that is
 * ahead of us) and hears of them again; a short read proves the socket empty, so the steady path
 * needs no second read to see EAGAIN, which is what edge-triggering would have to save.
 *
 * This header is the seam for simulation: the rooms above see no file descriptor beyond what they
 * got from src/os, and no other clock. Not thread-safe, except reactor_wake. */
#ifndef HEADROOM_OS_REACTOR_H
#define HEADROOM_OS_REACTOR_H

#include "os/clock.h"
#include "os/os_status.h"

struct reactor;

enum reactor_event {
    REACTOR_READ = 1,   /* bytes, a connection, a signal or an end can be read */
    REACTOR_WRITE = 2,  /* the socket takes bytes again */
    REACTOR_HANGUP = 4, /* both directions are dead; reported whatever was asked for */
};

/** A file descriptor under watch; lives in the structure of its owner, who zeroes it first. */
struct reactor_source {
    int fd;
    unsigned interest; /* of enum reactor_event; the reactor's own */
    bool added;        /* the reactor's own */
    void (*ready)(struct reactor_source *source, unsigned events);
};

/** A moment at which something is due; lives in the structure of its owner, who zeroes it first. */
struct reactor_timer {
    uint64_t due_ns; /* by os_clock_monotonic_ns */
    size_t place;    /* 1 + index in the heap, 0 while not set; the reactor's own */
    void (*expired)(struct reactor_timer *timer);
};

enum reactor_phase {
    REACTOR_COMMIT, /* decide and make durable what this turn's handlers gathered */
    REACTOR_FLUSH,  /* send what was answered */
    REACTOR_PHASE_COUNT,
};

/** What runs at the end of each turn; lives in the structure of its owner. */
struct reactor_hook {
    struct reactor_hook *next; /* the reactor's own */
    void (*run)(struct reactor_hook *hook);
};

enum os_status reactor_open(struct reactor **ret_reactor) MUST_USE;
/** NULL-safe. Sources, timers and hooks that are still there are forgotten, descriptors stay open.
 */
void reactor_free(struct reactor *reactor);

/** Runs turns until reactor_stop. */
enum os_status reactor_run(struct reactor *reactor) MUST_USE;
/** Runs one turn that waits at most `wait_ns` (0 does not wait, UINT64_MAX waits for an event). */
enum os_status reactor_turn(struct reactor *reactor, uint64_t wait_ns) MUST_USE;
/** Ends reactor_run after the current turn. */
void reactor_stop(struct reactor *reactor);
/** Makes the next turn start at once, for a hook that produced new work of an earlier phase. */
void reactor_again(struct reactor *reactor);
/** Ends the wait of the current or the next turn. The one call for another thread. */
void reactor_wake(struct reactor *reactor);
/** The monotonic time at which the events of this turn were taken. */
uint64_t reactor_now_ns(const struct reactor *reactor);

/** Watches source->fd for `interest` (may be 0: hang-up only). */
enum os_status reactor_add(struct reactor *reactor, struct reactor_source *source,
                           unsigned interest) MUST_USE;
/** Changes what an added source waits for; no system call when nothing changes. */
void reactor_change(struct reactor *reactor, struct reactor_source *source, unsigned interest);
/** Stops watching; no event of this source is delivered any more, also not of this turn. To be
 *  called before the descriptor is closed. Does nothing to a source that is not added. */
void reactor_remove(struct reactor *reactor, struct reactor_source *source);

/** Sets or moves a timer. It expires once, in the first turn at or after `due_ns`. */
enum os_status reactor_timer_set(struct reactor *reactor, struct reactor_timer *timer,
                                 uint64_t due_ns) MUST_USE;
/** Does nothing to a timer that is not set. */
void reactor_timer_cancel(struct reactor *reactor, struct reactor_timer *timer);

/** Adds a hook; hooks of one phase run in the order in which they were added. */
void reactor_hook_add(struct reactor *reactor, struct reactor_hook *hook, enum reactor_phase phase);
void reactor_hook_remove(struct reactor *reactor, struct reactor_hook *hook);

/** Delivers a signal (SIGTERM, SIGINT, SIGHUP ...) between events instead of asynchronously: blocks
 *  it for the process and calls `deliver(context)` in a turn. One receiver a signal. To be called
 *  before any thread is started. */
enum os_status reactor_signal(struct reactor *reactor, int signal, void (*deliver)(void *context),
                              void *context) MUST_USE;

#endif
