/* Threads and what they wait on, for the client library; the server has one thread. */
#ifndef HEADROOM_OS_THREAD_H
#define HEADROOM_OS_THREAD_H

#include <pthread.h>

#include "os/os_status.h"

struct os_thread {
    pthread_t handle;
    bool started;
};

/** Starts `run(context)` with every signal blocked: signals stay with the program's own threads. */
enum os_status os_thread_start(struct os_thread *thread, void *(*run)(void *context),
                               void *context) MUST_USE;
/** Waits for its end. Does nothing to one that was not started. */
void os_thread_join(struct os_thread *thread);
bool os_thread_is_current(const struct os_thread *thread);

struct os_mutex {
    pthread_mutex_t handle;
};

void os_mutex_init(struct os_mutex *mutex);
void os_mutex_release(struct os_mutex *mutex);
void os_mutex_lock(struct os_mutex *mutex);
void os_mutex_unlock(struct os_mutex *mutex);

/** What is done once, by whoever comes first; others wait until it is. Begins as OS_ONCE. */
struct os_once {
    pthread_once_t handle;
};
#define OS_ONCE                                                                                    \
    {                                                                                              \
        PTHREAD_ONCE_INIT                                                                          \
    }

void os_once_run(struct os_once *once, void (*run)(void));

/** A condition that is waited for under a mutex, by the monotonic clock. */
struct os_condition {
    pthread_cond_t handle;
};

void os_condition_init(struct os_condition *condition);
void os_condition_release(struct os_condition *condition);
void os_condition_wait(struct os_condition *condition, struct os_mutex *mutex);
/** False when `until_ns` of os_clock_monotonic_ns has passed. */
bool os_condition_wait_until(struct os_condition *condition, struct os_mutex *mutex,
                             uint64_t until_ns);
void os_condition_wake(struct os_condition *condition);

/** A descriptor that becomes readable by a call from any thread. */
enum os_status os_event_open(int *ret_fd) MUST_USE;
/** Does nothing to -1. */
void os_event_close(int fd);
void os_event_set(int fd);
void os_event_clear(int fd);

#endif
