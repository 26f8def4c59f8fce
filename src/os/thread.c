#include "os/thread.h"

#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"

enum os_status os_thread_start(struct os_thread *thread, void *(*run)(void *context), void *context)
{
    sigset_t all;
    sigset_t before;

    check(!thread->started && sigfillset(&all) == 0);
    check(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    const int result = pthread_create(&thread->handle, NULL, run, context);
    check(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    thread->started = result == 0;
    return result == 0 ? OS_OK : OS_EXHAUSTED;
}

void os_thread_join(struct os_thread *thread)
{
    if (thread->started) {
        check(pthread_join(thread->handle, NULL) == 0);
        thread->started = false;
    }
}

bool os_thread_is_current(const struct os_thread *thread)
{
    return thread->started && pthread_equal(thread->handle, pthread_self()) != 0;
}

void os_mutex_init(struct os_mutex *mutex)
{
    check(pthread_mutex_init(&mutex->handle, NULL) == 0);
}

void os_mutex_release(struct os_mutex *mutex)
{
    check(pthread_mutex_destroy(&mutex->handle) == 0);
}

void os_mutex_lock(struct os_mutex *mutex)
{
    check(pthread_mutex_lock(&mutex->handle) == 0);
}

void os_mutex_unlock(struct os_mutex *mutex)
{
    check(pthread_mutex_unlock(&mutex->handle) == 0);
}

void os_once_run(struct os_once *once, void (*run)(void))
{
    check(pthread_once(&once->handle, run) == 0);
}

void os_condition_init(struct os_condition *condition)
{
    pthread_condattr_t attributes;

    check(pthread_condattr_init(&attributes) == 0);
    check(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    check(pthread_cond_init(&condition->handle, &attributes) == 0);
    check(pthread_condattr_destroy(&attributes) == 0);
}

void os_condition_release(struct os_condition *condition)
{
    check(pthread_cond_destroy(&condition->handle) == 0);
}

void os_condition_wait(struct os_condition *condition, struct os_mutex *mutex)
{
    check(pthread_cond_wait(&condition->handle, &mutex->handle) == 0);
}

bool os_condition_wait_until(struct os_condition *condition, struct os_mutex *mutex,
                             uint64_t until_ns)
{
    const struct timespec until = {.tv_sec = (time_t)(until_ns / OS_NS_PER_SECOND),
                                   .tv_nsec = (long)(until_ns % OS_NS_PER_SECOND)};
    const int result = pthread_cond_timedwait(&condition->handle, &mutex->handle, &until);

    check(result == 0 || result == ETIMEDOUT);
    return result == 0;
}

void os_condition_wake(struct os_condition *condition)
{
    check(pthread_cond_broadcast(&condition->handle) == 0);
}

enum os_status os_event_open(int *ret_fd)
{
    const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    REQUIRE(fd >= 0, os_status_from_errno());
    *ret_fd = fd;
    return OS_OK;
}

void os_event_close(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

void os_event_set(int fd)
{
    const uint64_t one = 1;

    (void)!write(fd, &one, sizeof(one)); /* full means that it is set already */
}

void os_event_clear(int fd)
{
    uint64_t count;

    (void)!read(fd, &count, sizeof(count)); /* only empties it */
}
