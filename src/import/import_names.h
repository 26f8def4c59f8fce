/* Texts that come again and again (countries, borrowers), each kept once and known by a number. */
#ifndef HEADROOM_IMPORT_NAMES_H
#define HEADROOM_IMPORT_NAMES_H

#include "base/arena.h"
#include "base/buffer.h"

struct import_names {
    struct arena arena;
    struct buffer entries; /* of struct slice, by number */
    uint32_t *slots;       /* open addressing; number + 1, 0 is free */
    size_t slot_count;     /* a power of two, or 0 */
};

/** The number of the empty text, in every table. */
#define NAME_NONE 0U

/** A table that holds the empty text. False when memory is short. */
bool import_names_open(struct import_names *names) MUST_USE;
void import_names_release(struct import_names *names);
/** The number of `text`, new or known. False when memory is short. */
bool import_names_add(struct import_names *names, uint32_t *ret_name, struct slice text) MUST_USE;
/** The text, which stays where it is until import_names_release. */
struct slice import_names_get(const struct import_names *names, uint32_t name);
/** How many texts there are: each number is below it. */
uint32_t import_names_count(const struct import_names *names);

#endif
