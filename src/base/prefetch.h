/* Asking for memory ahead of its use. */
#ifndef HEADROOM_BASE_PREFETCH_H
#define HEADROOM_BASE_PREFETCH_H

/** Starts to bring the cache line at `address` in; any address will do. The empty asm matters: gcc
 *  takes a function that only prefetches for one without effect, and drops the calls to it. */
static inline __attribute__((always_inline)) void prefetch(const void *address)
{
    __builtin_prefetch(address);
    __asm__ volatile("");
}

#endif
