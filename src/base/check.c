#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "headroom: internal check failed: %s (%s:%d); stopping before harm is done\n",
            condition, file, line);
    abort();
}
