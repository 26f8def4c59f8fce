#include "os/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"

/* How far a worker stands back behind the thread that serves. */
enum { WORKER_NICE = 10 };

struct os_worker {
    pthread_t thread;
    void (*work)(void *context);
    void *context;
    atomic_bool done;
};

static void *worker_run(void *argument)
{
    struct os_worker *worker = argument;

    /* Linux gives each thread a niceness of its own; without it the work is done all the same. */
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), WORKER_NICE);
    worker->work(worker->context);
    atomic_store(&worker->done, true);
    return NULL;
}

enum os_status os_worker_start(struct os_worker **ret_worker, void (*work)(void *context),
                               void *context)
{
    struct os_worker *worker = memory_allocate(sizeof(*worker));
    sigset_t all;
    sigset_t before;

    if (worker == NULL) {
        return OS_EXHAUSTED;
    }
    *worker = (struct os_worker){.work = work, .context = context};
    /* Signals are for the thread that serves. */
    sigfillset(&all);
    check(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    const int failed = pthread_create(&worker->thread, NULL, worker_run, worker);
    check(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    if (failed != 0) {
        memory_free(worker);
        return OS_EXHAUSTED;
    }
    *ret_worker = worker;
    return OS_OK;
}

bool os_worker_done(struct os_worker *worker)
{
    return atomic_load(&worker->done);
}

void os_worker_end(struct os_worker *worker)
{
    if (worker != NULL) {
        check(pthread_join(worker->thread, NULL) == 0);
        memory_free(worker);
    }
}
