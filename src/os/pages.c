#include "os/pages.h"

#include <stdint.h>
#include <sys/mman.h>

enum { PAGE_SIZE = 4096 };
#define HUGE_PAGE_SIZE (2UL * 1024 * 1024)

static bool round_to_pages(size_t *size)
{
    if (*size == 0 || *size > SIZE_MAX - HUGE_PAGE_SIZE - PAGE_SIZE) {
        return false;
    }
    *size = (*size + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1);
    return true;
}

/* Gives up what stands before the first huge page boundary and behind the last byte wanted, so that
 * the kernel can back the whole range with huge pages. */
static char *align_to_huge(char *pages, size_t size)
{
    const size_t ahead = (HUGE_PAGE_SIZE - (uintptr_t)pages % HUGE_PAGE_SIZE) % HUGE_PAGE_SIZE;

    if (ahead > 0) {
        check(munmap(pages, ahead) == 0);
    }
    if (ahead < HUGE_PAGE_SIZE) {
        check(munmap(pages + ahead + size, HUGE_PAGE_SIZE - ahead) == 0);
    }
    return pages + ahead;
}

void *os_pages_reserve(size_t size, bool huge)
{
    if (!round_to_pages(&size)) {
        return NULL;
    }
    const size_t asked = huge ? size + HUGE_PAGE_SIZE : size;
    char *pages = mmap(NULL, asked, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (pages == MAP_FAILED) {
        return NULL;
    }
    if (huge) {
        pages = align_to_huge(pages, size);
        (void)madvise(pages, size,
                      MADV_HUGEPAGE); /* advice: a kernel without them serves as well */
    }
    return pages;
}

void os_pages_discard(void *from, size_t size)
{
    check((uintptr_t)from % PAGE_SIZE == 0 && size % PAGE_SIZE == 0);
    check(size == 0 || madvise(from, size, MADV_DONTNEED) == 0);
}

void os_pages_populate(void *from, size_t size)
{
    const uintptr_t first = (uintptr_t)from / PAGE_SIZE * PAGE_SIZE;
    const uintptr_t end = ((uintptr_t)from + size + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;

    if (size > 0) {
        (void)madvise((void *)first, end - first, MADV_POPULATE_WRITE);
    }
}

void os_pages_inherit(void *from, size_t size, bool inherit)
{
    check((uintptr_t)from % PAGE_SIZE == 0 && round_to_pages(&size));
    check(madvise(from, size, inherit ? MADV_DOFORK : MADV_DONTFORK) == 0);
}

void os_pages_release(void *pages, size_t size)
{
    if (pages != NULL && round_to_pages(&size)) {
        check(munmap(pages, size) == 0);
    }
}
