/* Shared libraries that are loaded where they are asked for, not at each start. */
#ifndef HEADROOM_OS_LIBRARY_H
#define HEADROOM_OS_LIBRARY_H

#include <stddef.h>

#include "base/check.h"

struct os_symbol {
    const char *name;
    void **ret_address;
};

/** Loads a shared library, NAME.so.N, for the rest of the process, and looks up what is wanted of
 *  it. Loading one again costs nothing.
 *  Returns NULL, or why it cannot be used: a text that is valid until the thread loads another. */
const char *os_library_load(const char *name, const struct os_symbol *symbols,
                            size_t count) MUST_USE;

#endif
