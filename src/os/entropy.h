/* Random bytes from the kernel, fit for keys and tokens. */
#ifndef HEADROOM_OS_ENTROPY_H
#define HEADROOM_OS_ENTROPY_H

#include <stddef.h>

/** Fills `ret_bytes`; never gives less and never fails (a kernel without entropy is a check). */
void os_entropy_fill(void *ret_bytes, size_t size);

#endif
