#include "os/jobs.h"

#include <pthread.h>
#include <signal.h>

#include "base/arena.h"

struct queue {
    struct jobs_item *first;
    struct jobs_item *last;
};

struct jobs {
    struct reactor *reactor;
    struct reactor_hook hook;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct queue waiting;  /* under the lock */
    struct queue finished; /* under the lock */
    bool ending;           /* under the lock */
    size_t count;          /* of jobs in hand; the reactor's thread alone */
    size_t count_max;
};

static void queue_add(struct queue *queue, struct jobs_item *job)
{
    job->next = NULL;
    if (queue->first == NULL) {
        queue->first = job;
    } else {
        queue->last->next = job;
    }
    queue->last = job;
}

static struct jobs_item *queue_take(struct queue *queue)
{
    struct jobs_item *job = queue->first;

    if (job != NULL) {
        queue->first = job->next;
        job->next = NULL;
    }
    return job;
}

static void *thread_run(void *context)
{
    struct jobs *jobs = context;

    check(pthread_mutex_lock(&jobs->lock) == 0);
    while (!jobs->ending) {
        struct jobs_item *job = queue_take(&jobs->waiting);
        if (job == NULL) {
            check(pthread_cond_wait(&jobs->changed, &jobs->lock) == 0);
            continue;
        }
        check(pthread_mutex_unlock(&jobs->lock) == 0);
        job->run(job);
        check(pthread_mutex_lock(&jobs->lock) == 0);
        queue_add(&jobs->finished, job);
        /* Who is woken takes the lock first: it must not find it held. */
        check(pthread_mutex_unlock(&jobs->lock) == 0);
        reactor_wake(jobs->reactor);
        check(pthread_mutex_lock(&jobs->lock) == 0);
    }
    check(pthread_mutex_unlock(&jobs->lock) == 0);
    return NULL;
}

/* At the end of each turn of the loop: tells of what was finished. */
static void finished_tell(struct reactor_hook *hook)
{
    struct jobs *jobs = (struct jobs *)(void *)((char *)hook - offsetof(struct jobs, hook));
    struct queue finished;
    struct jobs_item *job;

    check(pthread_mutex_lock(&jobs->lock) == 0);
    finished = jobs->finished;
    jobs->finished = (struct queue){0};
    check(pthread_mutex_unlock(&jobs->lock) == 0);
    while ((job = queue_take(&finished)) != NULL) {
        jobs->count--;
        job->done(job);
    }
}

/* Signals are the reactor's: the thread takes none. */
static bool thread_start(struct jobs *jobs)
{
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    check(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    const bool started = pthread_create(&jobs->thread, NULL, thread_run, jobs) == 0;
    check(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return started;
}

enum os_status jobs_open(struct jobs **ret_jobs, struct reactor *reactor, size_t jobs_max)
{
    struct jobs *jobs = memory_allocate(sizeof(*jobs));

    REQUIRE(jobs != NULL, OS_EXHAUSTED);
    *jobs = (struct jobs){.reactor = reactor, .count_max = jobs_max};
    jobs->hook.run = finished_tell;
    check(pthread_mutex_init(&jobs->lock, NULL) == 0);
    check(pthread_cond_init(&jobs->changed, NULL) == 0);
    if (!thread_start(jobs)) {
        (void)pthread_cond_destroy(&jobs->changed);
        (void)pthread_mutex_destroy(&jobs->lock);
        memory_free(jobs);
        return OS_EXHAUSTED;
    }
    reactor_hook_add(reactor, &jobs->hook, REACTOR_COMMIT);
    *ret_jobs = jobs;
    return OS_OK;
}

void jobs_close(struct jobs *jobs)
{
    if (jobs == NULL) {
        return;
    }
    check(pthread_mutex_lock(&jobs->lock) == 0);
    jobs->ending = true;
    check(pthread_cond_signal(&jobs->changed) == 0);
    check(pthread_mutex_unlock(&jobs->lock) == 0);
    check(pthread_join(jobs->thread, NULL) == 0);
    reactor_hook_remove(jobs->reactor, &jobs->hook);
    (void)pthread_cond_destroy(&jobs->changed);
    (void)pthread_mutex_destroy(&jobs->lock);
    memory_free(jobs);
}

enum os_status jobs_submit(struct jobs *jobs, struct jobs_item *job)
{
    REQUIRE(jobs->count < jobs->count_max, OS_EXHAUSTED);
    jobs->count++;
    check(pthread_mutex_lock(&jobs->lock) == 0);
    queue_add(&jobs->waiting, job);
    check(pthread_mutex_unlock(&jobs->lock) == 0);
    check(pthread_cond_signal(&jobs->changed) == 0);
    return OS_OK;
}

bool jobs_idle(const struct jobs *jobs)
{
    return jobs->count == 0;
}
