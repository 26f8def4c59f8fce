#include "import/import_names.h"

#include "base/hash.h"

enum {
    SLOTS_MIN = 1024,
    NAMES_MAX = 1 << 28, /* texts */
};

/** Bytes of all texts together. */
#define NAMES_SIZE_MAX (1ULL << 31)

static const struct slice *entries_of(const struct import_names *names)
{
    return (const struct slice *)(const void *)names->entries.data;
}

uint32_t import_names_count(const struct import_names *names)
{
    return (uint32_t)(names->entries.size / sizeof(struct slice));
}

struct slice import_names_get(const struct import_names *names, uint32_t name)
{
    check(name < import_names_count(names));
    return entries_of(names)[name];
}

void import_names_release(struct import_names *names)
{
    arena_release(&names->arena);
    buffer_release(&names->entries);
    memory_free(names->slots);
    *names = (struct import_names){0};
}

static void slot_put(struct import_names *names, uint32_t name)
{
    const struct slice text = import_names_get(names, name);
    size_t at = hash64(text.data, text.size, 0) & (names->slot_count - 1);

    while (names->slots[at] != 0) {
        at = (at + 1) & (names->slot_count - 1);
    }
    names->slots[at] = name + 1;
}

/* Doubles the slots, so that at most half of them are taken. */
static bool slots_grow(struct import_names *names)
{
    const size_t slot_count = names->slot_count == 0 ? SLOTS_MIN : names->slot_count * 2;
    uint32_t *slots = memory_allocate(slot_count * sizeof(*slots));

    if (slots == NULL) {
        return false;
    }
    memset(slots, 0, slot_count * sizeof(*slots));
    memory_free(names->slots);
    names->slots = slots;
    names->slot_count = slot_count;
    for (uint32_t name = 0; name < import_names_count(names); name++) {
        slot_put(names, name);
    }
    return true;
}

bool import_names_open(struct import_names *names)
{
    uint32_t none;

    *names = (struct import_names){0};
    arena_init(&names->arena, NAMES_SIZE_MAX);
    if (!import_names_add(names, &none, SLICE(""))) {
        import_names_release(names);
        return false;
    }
    check(none == NAME_NONE);
    return true;
}

bool import_names_add(struct import_names *names, uint32_t *ret_name, struct slice text)
{
    if ((size_t)import_names_count(names) * 2 >= names->slot_count && !slots_grow(names)) {
        return false;
    }
    size_t at = hash64(text.data, text.size, 0) & (names->slot_count - 1);
    while (names->slots[at] != 0) {
        const uint32_t name = names->slots[at] - 1;

        if (slice_equal(import_names_get(names, name), text)) {
            *ret_name = name;
            return true;
        }
        at = (at + 1) & (names->slot_count - 1);
    }
    const uint32_t name = import_names_count(names);
    const struct slice kept = text.size == 0 ? SLICE("") : arena_copy(&names->arena, text);
    if (name == NAMES_MAX || kept.data == NULL) {
        return false;
    }
    buffer_append(&names->entries, slice_of((const char *)&kept, sizeof(kept)));
    if (buffer_failed(&names->entries)) {
        return false;
    }
    names->slots[at] = name + 1;
    *ret_name = name;
    return true;
}
