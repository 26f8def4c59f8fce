#include "os/reactor.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/arena.h"

enum { EVENTS_MAX = 512, SIGNALS_MAX = 64, TIMERS_MIN = 16 };

struct signal_receiver {
    void (*deliver)(void *context);
    void *context;
};

struct reactor {
    int epoll_fd;
    bool stopped;
    bool again; /* the next turn must not wait */
    uint64_t now_ns;
    struct reactor_source wake;
    struct reactor_source signals;
    sigset_t signal_set;
    struct signal_receiver receivers[SIGNALS_MAX + 1];
    struct reactor_timer **timers; /* a binary heap, the earliest first */
    size_t timer_count;
    size_t timer_capacity;
    struct reactor_hook *hooks[REACTOR_PHASE_COUNT];
    struct reactor_hook *hook_next; /* the one to run next, for removal while hooks run */
    int event_next;                 /* the events of this turn that still wait: */
    int event_count;                /* [event_next, event_count) */
    struct epoll_event events[EVENTS_MAX];
};

/* ---- timers: a binary heap in which each timer knows its place ---------------------------- */

static void heap_put(struct reactor *reactor, size_t index, struct reactor_timer *timer)
{
    reactor->timers[index] = timer;
    timer->place = index + 1;
}

static void heap_up(struct reactor *reactor, size_t index, struct reactor_timer *timer)
{
    while (index > 0) {
        struct reactor_timer *parent = reactor->timers[(index - 1) / 2];

        if (parent->due_ns <= timer->due_ns) {
            break;
        }
        heap_put(reactor, index, parent);
        index = (index - 1) / 2;
    }
    heap_put(reactor, index, timer);
}

static void heap_down(struct reactor *reactor, size_t index, struct reactor_timer *timer)
{
    for (;;) {
        size_t child = 2 * index + 1;

        if (child >= reactor->timer_count) {
            break;
        }
        if (child + 1 < reactor->timer_count &&
            reactor->timers[child + 1]->due_ns < reactor->timers[child]->due_ns) {
            child++;
        }
        if (reactor->timers[child]->due_ns >= timer->due_ns) {
            break;
        }
        heap_put(reactor, index, reactor->timers[child]);
        index = child;
    }
    heap_put(reactor, index, timer);
}

enum os_status reactor_timer_set(struct reactor *reactor, struct reactor_timer *timer,
                                 uint64_t due_ns)
{
    if (timer->place == 0) {
        if (reactor->timer_count == reactor->timer_capacity) {
            const size_t capacity =
                reactor->timer_capacity == 0 ? TIMERS_MIN : reactor->timer_capacity * 2;
            struct reactor_timer **timers =
                memory_resize(reactor->timers, capacity * sizeof(struct reactor_timer *));

            REQUIRE(timers != NULL, OS_EXHAUSTED);
            reactor->timers = timers;
            reactor->timer_capacity = capacity;
        }
        timer->due_ns = due_ns;
        heap_up(reactor, reactor->timer_count++, timer);
        return OS_OK;
    }
    const bool earlier = due_ns < timer->due_ns;
    check(timer->place <= reactor->timer_count && reactor->timers[timer->place - 1] == timer);
    timer->due_ns = due_ns;
    if (earlier) {
        heap_up(reactor, timer->place - 1, timer);
    } else {
        heap_down(reactor, timer->place - 1, timer);
    }
    return OS_OK;
}

void reactor_timer_cancel(struct reactor *reactor, struct reactor_timer *timer)
{
    if (timer->place == 0) {
        return;
    }
    const size_t index = timer->place - 1;
    check(index < reactor->timer_count && reactor->timers[index] == timer);
    struct reactor_timer *last = reactor->timers[--reactor->timer_count];
    timer->place = 0;
    if (last == timer) {
        return;
    }
    if (last->due_ns < timer->due_ns) {
        heap_up(reactor, index, last);
    } else {
        heap_down(reactor, index, last);
    }
}

static void timers_expire(struct reactor *reactor)
{
    /* A timer that sets itself again for now waits for the next turn: sockets come first. */
    size_t left = reactor->timer_count;

    while (left > 0 && reactor->timer_count > 0 && reactor->timers[0]->due_ns <= reactor->now_ns) {
        struct reactor_timer *timer = reactor->timers[0];

        left--;
        reactor_timer_cancel(reactor, timer);
        timer->expired(timer);
    }
}

/* ---- sources ------------------------------------------------------------------------------ */

static uint32_t epoll_interest(unsigned interest)
{
    return ((interest & REACTOR_READ) != 0 ? (uint32_t)EPOLLIN : 0) |
           ((interest & REACTOR_WRITE) != 0 ? (uint32_t)EPOLLOUT : 0);
}

enum os_status reactor_add(struct reactor *reactor, struct reactor_source *source,
                           unsigned interest)
{
    struct epoll_event event = {.events = epoll_interest(interest), .data.ptr = source};

    check(!source->added && source->ready != NULL);
    REQUIRE(epoll_ctl(reactor->epoll_fd, EPOLL_CTL_ADD, source->fd, &event) == 0,
            os_status_from_errno());
    source->interest = interest;
    source->added = true;
    return OS_OK;
}

void reactor_change(struct reactor *reactor, struct reactor_source *source, unsigned interest)
{
    struct epoll_event event = {.events = epoll_interest(interest), .data.ptr = source};

    check(source->added);
    if (source->interest != interest) {
        check(epoll_ctl(reactor->epoll_fd, EPOLL_CTL_MOD, source->fd, &event) == 0);
        source->interest = interest;
    }
}

void reactor_remove(struct reactor *reactor, struct reactor_source *source)
{
    struct epoll_event unused = {0};

    if (!source->added) {
        return;
    }
    check(epoll_ctl(reactor->epoll_fd, EPOLL_CTL_DEL, source->fd, &unused) == 0);
    source->added = false;
    for (int i = reactor->event_next; i < reactor->event_count; i++) {
        if (reactor->events[i].data.ptr == source) {
            reactor->events[i].data.ptr = NULL;
        }
    }
}

static void sources_run(struct reactor *reactor)
{
    while (reactor->event_next < reactor->event_count) {
        const struct epoll_event *event = &reactor->events[reactor->event_next++];
        struct reactor_source *source = event->data.ptr;
        unsigned events = 0;

        if (source == NULL) {
            continue;
        }
        events |= (event->events & EPOLLIN) != 0 ? REACTOR_READ : 0U;
        events |= (event->events & EPOLLOUT) != 0 ? REACTOR_WRITE : 0U;
        events |= (event->events & (EPOLLHUP | EPOLLERR)) != 0 ? REACTOR_HANGUP : 0U;
        source->ready(source, events);
    }
}

/* ---- hooks -------------------------------------------------------------------------------- */

void reactor_hook_add(struct reactor *reactor, struct reactor_hook *hook, enum reactor_phase phase)
{
    struct reactor_hook **place = &reactor->hooks[phase];

    check(hook->run != NULL);
    while (*place != NULL) {
        check(*place != hook);
        place = &(*place)->next;
    }
    hook->next = NULL;
    *place = hook;
}

void reactor_hook_remove(struct reactor *reactor, struct reactor_hook *hook)
{
    if (reactor->hook_next == hook) {
        reactor->hook_next = hook->next;
    }
    for (size_t phase = 0; phase < REACTOR_PHASE_COUNT; phase++) {
        for (struct reactor_hook **place = &reactor->hooks[phase]; *place != NULL;
             place = &(*place)->next) {
            if (*place == hook) {
                *place = hook->next;
                return;
            }
        }
    }
}

static void hooks_run(struct reactor *reactor)
{
    for (size_t phase = 0; phase < REACTOR_PHASE_COUNT; phase++) {
        struct reactor_hook *hook = reactor->hooks[phase];

        while (hook != NULL) {
            reactor->hook_next = hook->next;
            hook->run(hook);
            hook = reactor->hook_next;
        }
    }
    reactor->hook_next = NULL;
}

/* ---- signals and wake-ups ----------------------------------------------------------------- */

static void signals_ready(struct reactor_source *source, unsigned events)
{
    struct reactor *reactor =
        (struct reactor *)(void *)((char *)source - offsetof(struct reactor, signals));
    struct signalfd_siginfo info;

    (void)events;
    while (read(source->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        check(info.ssi_signo <= SIGNALS_MAX && reactor->receivers[info.ssi_signo].deliver != NULL);
        reactor->receivers[info.ssi_signo].deliver(reactor->receivers[info.ssi_signo].context);
    }
}

enum os_status reactor_signal(struct reactor *reactor, int signal, void (*deliver)(void *context),
                              void *context)
{
    sigset_t one;

    REQUIRE(signal > 0 && signal <= SIGNALS_MAX, OS_INVALID);
    check(reactor->receivers[signal].deliver == NULL);
    check(sigemptyset(&one) == 0 && sigaddset(&one, signal) == 0);
    check(sigaddset(&reactor->signal_set, signal) == 0);
    reactor->receivers[signal] = (struct signal_receiver){deliver, context};
    check(sigprocmask(SIG_BLOCK, &one, NULL) == 0);
    const int fd = signalfd(reactor->signals.fd, &reactor->signal_set, SFD_NONBLOCK | SFD_CLOEXEC);
    REQUIRE(fd >= 0, os_status_from_errno());
    reactor->signals.fd = fd;
    reactor->signals.ready = signals_ready;
    return reactor->signals.added ? OS_OK : reactor_add(reactor, &reactor->signals, REACTOR_READ);
}

static void wake_ready(struct reactor_source *source, unsigned events)
{
    uint64_t count;

    (void)events;
    (void)!read(source->fd, &count, sizeof(count)); /* only empties it */
}

void reactor_wake(struct reactor *reactor)
{
    const uint64_t one = 1;

    (void)!write(reactor->wake.fd, &one, sizeof(one)); /* full means that a wake-up waits already */
}

void reactor_again(struct reactor *reactor)
{
    reactor->again = true;
}

/* ---- turns -------------------------------------------------------------------------------- */

/* The time to wait; false: for an event, however long that takes. */
static bool wait_time(const struct reactor *reactor, uint64_t wait_ns, struct timespec *ret_wait)
{
    if (reactor->again) {
        wait_ns = 0;
    } else if (reactor->timer_count > 0) {
        const uint64_t due_ns = reactor->timers[0]->due_ns;
        const uint64_t now_ns = os_clock_monotonic_ns();
        const uint64_t left_ns = due_ns > now_ns ? due_ns - now_ns : 0;

        wait_ns = wait_ns < left_ns ? wait_ns : left_ns;
    }
    *ret_wait = (struct timespec){.tv_sec = (time_t)(wait_ns / OS_NS_PER_SECOND),
                                  .tv_nsec = (long)(wait_ns % OS_NS_PER_SECOND)};
    return wait_ns != UINT64_MAX;
}

enum os_status reactor_turn(struct reactor *reactor, uint64_t wait_ns)
{
    struct timespec wait;
    const bool bounded = wait_time(reactor, wait_ns, &wait);
    const int count =
        epoll_pwait2(reactor->epoll_fd, reactor->events, EVENTS_MAX, bounded ? &wait : NULL, NULL);

    REQUIRE(count >= 0 || errno == EINTR, os_status_from_errno());
    reactor->again = false;
    reactor->now_ns = os_clock_monotonic_ns();
    reactor->event_next = 0;
    reactor->event_count = count < 0 ? 0 : count;
    sources_run(reactor);
    reactor->event_count = 0;
    timers_expire(reactor);
    hooks_run(reactor);
    return OS_OK;
}

enum os_status reactor_run(struct reactor *reactor)
{
    reactor->stopped = false;
    while (!reactor->stopped) {
        TRY(reactor_turn(reactor, UINT64_MAX));
    }
    return OS_OK;
}

void reactor_stop(struct reactor *reactor)
{
    reactor->stopped = true;
}

uint64_t reactor_now_ns(const struct reactor *reactor)
{
    return reactor->now_ns;
}

enum os_status reactor_open(struct reactor **ret_reactor)
{
    struct reactor *reactor = memory_allocate(sizeof(*reactor));

    REQUIRE(reactor != NULL, OS_EXHAUSTED);
    memset(reactor, 0, sizeof(*reactor));
    check(sigemptyset(&reactor->signal_set) == 0);
    reactor->now_ns = os_clock_monotonic_ns();
    reactor->signals.fd = -1;
    reactor->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    reactor->wake.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    reactor->wake.ready = wake_ready;
    if (reactor->epoll_fd < 0 || reactor->wake.fd < 0) {
        const enum os_status status = os_status_from_errno();

        reactor_free(reactor);
        return status;
    }
    const enum os_status status = reactor_add(reactor, &reactor->wake, REACTOR_READ);
    if (status != OS_OK) {
        reactor_free(reactor);
        return status;
    }
    *ret_reactor = reactor;
    return OS_OK;
}

static void close_if_open(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

void reactor_free(struct reactor *reactor)
{
    if (reactor == NULL) {
        return;
    }
    close_if_open(reactor->signals.fd);
    close_if_open(reactor->wake.fd);
    close_if_open(reactor->epoll_fd);
    memory_free(reactor->timers);
    memory_free(reactor);
}
