#include "os/library.h"

#include <dlfcn.h>

static const char *failure(void)
{
    const char *error = dlerror();

    return error == NULL ? "it cannot be loaded" : error;
}

const char *os_library_load(const char *name, const struct os_symbol *symbols, size_t count)
{
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);

    if (library == NULL) {
        return failure();
    }
    for (size_t i = 0; i < count; i++) {
        *symbols[i].ret_address = dlsym(library, symbols[i].name);
        if (*symbols[i].ret_address == NULL) {
            return failure();
        }
    }
    return NULL;
}
