/* Address space that costs memory only where it is touched, for tables sized at start. */
#ifndef HEADROOM_OS_PAGES_H
#define HEADROOM_OS_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"

/** Reserves `size` bytes (rounded up to pages) that read as zero; memory is committed on first
 *  touch. With `huge` the kernel is asked for huge pages, which a large table read at random needs
 *  to stay off the page walker. Returns NULL when the address space or its limit is exhausted. */
void *os_pages_reserve(size_t size, bool huge) MUST_USE;
/** Gives the memory behind [from, from + size) back; it reads as zero again. Whole pages only. */
void os_pages_discard(void *from, size_t size);
/** Commits the memory behind [from, from + size) now, so that no first touch has to wait for it.
 *  Advice: where memory is short the first touch finds out. */
void os_pages_populate(void *from, size_t size);
/** Whether children get the memory of [from, from + size); whole pages. A child that does not get
 * it must not touch it. */
void os_pages_inherit(void *from, size_t size, bool inherit);
/** Ends a reservation of `size` bytes. NULL-safe. */
void os_pages_release(void *pages, size_t size);

#endif
