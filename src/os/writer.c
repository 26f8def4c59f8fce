#include "os/writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/arena.h"

struct os_writer {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t given; /* work is there, or the end */
    pthread_cond_t done;
    void (*work)(void *context); /* NULL while there is none */
    void *work_context;
    void (*finished)(void *context);
    void *finished_context;
    atomic_bool busy; /* from os_writer_give to the end of the work */
    bool ending;
};

static void *writer_run(void *context)
{
    struct os_writer *writer = context;

    check(pthread_mutex_lock(&writer->mutex) == 0);
    for (;;) {
        while (writer->work == NULL && !writer->ending) {
            check(pthread_cond_wait(&writer->given, &writer->mutex) == 0);
        }
        if (writer->work == NULL) {
            break;
        }
        void (*const work)(void *) = writer->work;
        writer->work = NULL;
        check(pthread_mutex_unlock(&writer->mutex) == 0);
        work(writer->work_context);
        check(pthread_mutex_lock(&writer->mutex) == 0);
        atomic_store_explicit(&writer->busy, false, memory_order_release);
        check(pthread_cond_signal(&writer->done) == 0);
        if (writer->finished != NULL) {
            writer->finished(writer->finished_context);
        }
    }
    check(pthread_mutex_unlock(&writer->mutex) == 0);
    return NULL;
}

static void writer_free(struct os_writer *writer)
{
    pthread_cond_destroy(&writer->done);
    pthread_cond_destroy(&writer->given);
    pthread_mutex_destroy(&writer->mutex);
    memory_free(writer);
}

enum os_status os_writer_start(struct os_writer **ret_writer, void (*finished)(void *context),
                               void *context)
{
    struct os_writer *writer = memory_allocate(sizeof(*writer));
    sigset_t all;
    sigset_t before;

    REQUIRE(writer != NULL, OS_EXHAUSTED);
    *writer = (struct os_writer){.finished = finished, .finished_context = context};
    check(pthread_mutex_init(&writer->mutex, NULL) == 0);
    check(pthread_cond_init(&writer->given, NULL) == 0);
    check(pthread_cond_init(&writer->done, NULL) == 0);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int created = pthread_create(&writer->thread, NULL, writer_run, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (created != 0) {
        writer_free(writer);
        return OS_EXHAUSTED;
    }
    *ret_writer = writer;
    return OS_OK;
}

void os_writer_end(struct os_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    check(pthread_mutex_lock(&writer->mutex) == 0);
    writer->ending = true;
    check(pthread_cond_signal(&writer->given) == 0);
    check(pthread_mutex_unlock(&writer->mutex) == 0);
    check(pthread_join(writer->thread, NULL) == 0);
    writer_free(writer);
}

void os_writer_give(struct os_writer *writer, void (*work)(void *context), void *context)
{
    check(!os_writer_busy(writer));
    check(pthread_mutex_lock(&writer->mutex) == 0);
    writer->work = work;
    writer->work_context = context;
    atomic_store_explicit(&writer->busy, true, memory_order_relaxed);
    check(pthread_cond_signal(&writer->given) == 0);
    check(pthread_mutex_unlock(&writer->mutex) == 0);
}

bool os_writer_busy(const struct os_writer *writer)
{
    return atomic_load_explicit(&writer->busy, memory_order_acquire);
}

void os_writer_wait(struct os_writer *writer)
{
    check(pthread_mutex_lock(&writer->mutex) == 0);
    while (os_writer_busy(writer)) {
        check(pthread_cond_wait(&writer->done, &writer->mutex) == 0);
    }
    check(pthread_mutex_unlock(&writer->mutex) == 0);
}
