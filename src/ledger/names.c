#include "base/hash.h"
#include "ledger/internal.h"
#include "os/pages.h"

enum { NAME_SHARDS = 16 };

bool names_open(struct names *names, uint32_t max, uint64_t hash_seed)
{
    *names = (struct names){.max = max, .hash_seed = hash_seed};
    names->names = os_pages_reserve(max * sizeof(*names->names), false);
    return names->names != NULL && index_open(&names->index, max, NAME_SHARDS, false);
}

void names_release(struct names *names)
{
    os_pages_release(names->names, names->max * sizeof(*names->names));
    index_release(&names->index);
}

struct slice name_text(const struct names *names, uint32_t name)
{
    if (name == LEDGER_NONE) {
        return slice_of("", 0);
    }
    const char *text = names->names[name].text;
    const char *end = memchr(text, 0, LEDGER_ID_SIZE);

    return slice_of(text, end == NULL ? LEDGER_ID_SIZE : (size_t)(end - text));
}

static uint32_t find(const struct names *names, struct slice text, uint64_t hash)
{
    struct index_walk walk;
    uint32_t name;

    index_walk_begin(&walk, &names->index, hash);
    while ((name = index_walk_next(&walk)) != INDEX_NONE) {
        if (slice_equal(name_text(names, name), text)) {
            return name;
        }
    }
    return LEDGER_NONE;
}

uint32_t name_find(const struct names *names, struct slice text)
{
    if (text.size == 0 || text.size > LEDGER_ID_SIZE) {
        return LEDGER_NONE;
    }
    return find(names, text, hash64(text.data, text.size, names->hash_seed));
}

uint32_t name_intern(struct names *names, struct slice text)
{
    if (text.size == 0) {
        return LEDGER_NONE;
    }
    check(text.size <= LEDGER_ID_SIZE);
    const uint64_t hash = hash64(text.data, text.size, names->hash_seed);
    const uint32_t known = find(names, text, hash);

    if (known != LEDGER_NONE) {
        return known;
    }
    check(names->count < names->max);
    struct name *name = &names->names[names->count];
    *name = (struct name){.limit = LEDGER_NONE};
    memcpy(name->text, text.data, text.size);
    index_insert(&names->index, hash, names->count);
    return names->count++;
}

void name_drop_unused(struct names *names, uint32_t name)
{
    if (name + 1 != names->count || names->names[name].limit != LEDGER_NONE) {
        return;
    }
    const struct slice text = name_text(names, name);

    index_remove(&names->index, hash64(text.data, text.size, names->hash_seed), name);
    names->count--;
}
