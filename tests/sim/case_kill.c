#include "case_kill.h"

#include <signal.h>
#include <sys/wait.h>

enum { MEMORY = 256 << 20 /* bytes, of one call */ };

struct doomed {
    struct world *world;
    struct arena arena;
    const struct call *call;
    int64_t number;
    enum death death;
    bool good; /* it came to what it should */
};

static bool call_good(struct doomed *doomed)
{
    doomed->good = call_do(doomed->world, &doomed->arena, doomed->call, &doomed->number) ==
                   call_first_status(doomed->call->kind);
    return doomed->good;
}

static enum store_status doomed_work(struct store *store, void *context)
{
    struct doomed *doomed = context;
    (void)store;
    if (call_good(doomed) && doomed->death == BEFORE_COMMIT) {
        (void)raise(SIGKILL);
    }
    return STORE_REFUSED;
}

/* The process that does the call, and does not live to tell. */
static void child_run(struct doomed *doomed)
{
    struct world *world = doomed->world;
    case_world_open(world);
    if (doomed->death == BEFORE_COMMIT) {
        _exit(store_transact(world->store, STORE_WRITE, doomed_work, doomed) == STORE_OK ? 9 : 11);
    }
    if (!call_good(doomed)) {
        _exit(8);
    }
    if (doomed->death == BEHIND_COMMIT) {
        (void)raise(SIGKILL);
    }
    (void)pause();
    _exit(10);
}

static bool process_killed(struct doomed *doomed, unsigned lives_us)
{
    int status = 0;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        child_run(doomed);
    }
    if (doomed->death == AT_ANY_MOMENT) {
        (void)usleep(lives_us);
        (void)kill(child, SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

bool call_killed(struct world *world, const struct call *call, int64_t number, enum death death,
                 unsigned lives_us)
{
    struct doomed doomed = {.world = world, .call = call, .number = number, .death = death};
    arena_init(&doomed.arena, MEMORY);
    bool good = true;
    if (death <= AT_ANY_MOMENT) {
        case_world_close(world);
        good = process_killed(&doomed, lives_us);
    } else if (death == NOT_COMMITTED) {
        good = store_transact(world->store, STORE_WRITE, doomed_work, &doomed) == STORE_REFUSED &&
               doomed.good;
        case_world_close(world);
    } else {
        good = call_good(&doomed);
        case_world_close(world);
    }
    case_world_open(world);
    arena_release(&doomed.arena);
    return good;
}
