#include "store/libpq.h"

#include "os/library.h"
#include "os/thread.h"

/* Its ABI since PostgreSQL 8.2; functions were only ever added. */
#define LIBRARY "libpq.so.5"

struct libpq pq;

static char cause[256];

static void load(void)
{
    /* A pointer to a function and one to an object are alike. Source: POSIX, dlsym. */
    const struct os_symbol symbols[] = {
#define X(name) {"PQ" #name, (void **)&pq.name},
        LIBPQ_FUNCTIONS(X)
#undef X
    };
    const char *error = os_library_load(LIBRARY, symbols, sizeof(symbols) / sizeof(symbols[0]));

    if (error != NULL) {
        (void)snprintf(cause, sizeof(cause), "PostgreSQL's client library (package libpq5): %s",
                       error);
    }
}

const char *libpq_load(void)
{
    static struct os_once once = OS_ONCE;

    os_once_run(&once, load);
    return cause[0] == '\0' ? NULL : cause;
}
