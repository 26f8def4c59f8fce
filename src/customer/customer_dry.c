#include "customer/customer_dry.h"

enum { KEYS_BYTES = 1 << 30, ENTRIES_FIRST = 1024 };

/* A word that a row holds: its id, an identifier, a name; the first letter says which. */
struct holding {
    struct slice key; /* data NULL: free */
    struct slice id;  /* of the row, where it gave one */
    uint64_t line;
};

/* Open addressing, at most half full; rows of a similar name have an entry each. */
struct customer_dry {
    struct arena arena;
    struct holding *holdings;
    size_t capacity; /* a power of two */
    size_t count;
};

struct customer_dry *customer_dry_new(void)
{
    struct customer_dry *dry = memory_allocate(sizeof(*dry));

    if (dry == NULL) {
        return NULL;
    }
    *dry = (struct customer_dry){.capacity = ENTRIES_FIRST};
    dry->holdings = memory_allocate(dry->capacity * sizeof(*dry->holdings));
    if (dry->holdings == NULL) {
        memory_free(dry);
        return NULL;
    }
    memset(dry->holdings, 0, dry->capacity * sizeof(*dry->holdings));
    arena_init(&dry->arena, KEYS_BYTES);
    return dry;
}

void customer_dry_free(struct customer_dry *dry)
{
    if (dry != NULL) {
        arena_release(&dry->arena);
        memory_free(dry->holdings);
        memory_free(dry);
    }
}

/* The place of the n-th holding of a key, or of the free one behind the last. */
static struct holding *find(const struct customer_dry *dry, struct slice key, size_t nth)
{
    size_t at = (size_t)hash64(key.data, key.size, 0) & (dry->capacity - 1);

    while (dry->holdings[at].key.data != NULL &&
           (!slice_equal(dry->holdings[at].key, key) || nth-- > 0)) {
        at = (at + 1) & (dry->capacity - 1);
    }
    return &dry->holdings[at];
}

static void put(struct customer_dry *dry, const struct holding *holding)
{
    *find(dry, holding->key, SIZE_MAX) = *holding;
    dry->count++;
}

static bool grow(struct customer_dry *dry)
{
    struct holding *old = dry->holdings;
    const size_t capacity = dry->capacity;

    struct holding *room = memory_allocate(2 * capacity * sizeof(*room));
    if (room == NULL) {
        return false;
    }
    memset(room, 0, 2 * capacity * sizeof(*room));
    dry->holdings = room;
    dry->capacity = 2 * capacity;
    dry->count = 0;
    for (size_t i = 0; i < capacity; i++) {
        if (old[i].key.data != NULL) {
            put(dry, &old[i]);
        }
    }
    memory_free(old);
    return true;
}

static bool keep(struct customer_dry *dry, struct slice key, struct slice id, uint64_t line)
{
    if (2 * dry->count >= dry->capacity && !grow(dry)) {
        return false;
    }
    const struct holding holding = {
        .key = arena_copy(&dry->arena, key), .id = arena_copy(&dry->arena, id), .line = line};
    if (holding.key.data == NULL || holding.id.data == NULL) {
        return false;
    }
    put(dry, &holding);
    return true;
}

/* ---- the keys of a row ---- */

enum { KEYS_MAX = 2 * CUSTOMER_IDENTIFIERS_MAX + 3 };

struct key {
    struct slice text;
    enum customer_kind kind; /* of an identifier */
};

struct keys {
    struct key keys[KEYS_MAX]; /* the id, identifiers, names */
    size_t count;
    bool failed;
};

static void key_add(struct keys *keys, struct arena *arena, char letter, struct slice kind,
                    struct slice value)
{
    char *text = arena_take(arena, kind.size + value.size + 2);

    if (text == NULL || value.data == NULL) {
        keys->failed = true;
        return;
    }
    check(keys->count < KEYS_MAX);
    text[0] = letter;
    memcpy(text + 1, kind.data, kind.size);
    text[1 + kind.size] = ':';
    memcpy(text + 2 + kind.size, value.data, value.size);
    keys->keys[keys->count++].text = slice_of(text, kind.size + value.size + 2);
}

static void keys_of(struct keys *keys, struct arena *arena, const struct customer *customer,
                    const struct customer_file_row *row)
{
    struct slice names[2];

    *keys = (struct keys){0};
    if (row->draft.id.size > 0) {
        key_add(keys, arena, 'd', SLICE(""), row->draft.id);
    }
    for (size_t i = 0; i < customer->identifier_count; i++) {
        const struct customer_identifier *identifier = &customer->identifiers[i];
        keys->keys[keys->count].kind = identifier->kind;
        key_add(keys, arena, 'i', customer_kind_name(identifier->kind), identifier->value);
        if (identifier->kind == CUSTOMER_KIND_USCC) {
            keys->keys[keys->count].kind = CUSTOMER_KIND_ORGANISATION_CODE;
            key_add(keys, arena, 'i', customer_kind_name(CUSTOMER_KIND_ORGANISATION_CODE),
                    uscc_organisation_code(identifier->value));
        }
    }
    const size_t count = customer_keys(names, arena, customer);
    for (size_t i = 0; i < count; i++) {
        key_add(keys, arena, 'n', SLICE(""), names[i]);
    }
}

/* ---- judging ---- */

static bool confirmed(const struct customer_draft *draft, struct slice id)
{
    for (size_t i = 0; i < draft->confirmed_count; i++) {
        if (id.size > 0 && slice_equal(draft->confirmed[i], id)) {
            return true;
        }
    }
    return false;
}

static void detail_set(struct customer_outcome *outcome, uint64_t line, enum customer_kind kind,
                       bool similar)
{
    struct customer_detail *detail = &outcome->detail;
    const unsigned long long number = line;

    if (similar) {
        (void)snprintf(detail->english, sizeof(detail->english), "of a similar name: line %llu",
                       number);
        (void)snprintf(detail->chinese, sizeof(detail->chinese), "名称相近：第 %llu 行", number);
        return;
    }
    (void)snprintf(detail->english, sizeof(detail->english), "line %llu has that %s", number,
                   customer_kind_text(kind, false).data);
    (void)snprintf(detail->chinese, sizeof(detail->chinese), "第 %llu 行已有该%s", number,
                   customer_kind_text(kind, true).data);
}

/* What an earlier row holds of the keys that begin with `letter`; NULL: nothing that matters. */
static const struct holding *held(const struct customer_dry *dry, const struct keys *keys,
                                  char letter, const struct customer_draft *draft,
                                  enum customer_kind *ret_kind)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->keys[i].text.data[0] != letter) {
            continue;
        }
        for (size_t nth = 0;; nth++) {
            const struct holding *holding = find(dry, keys->keys[i].text, nth);
            if (holding->key.data == NULL) {
                break;
            }
            if (letter != 'n' || !confirmed(draft, holding->id)) {
                *ret_kind = keys->keys[i].kind;
                return holding;
            }
        }
    }
    return NULL;
}

/* In the order in which the store judges: the id, identifiers, names. */
static enum customer_status judge(const struct customer_dry *dry, const struct keys *keys,
                                  struct customer_outcome *outcome,
                                  const struct customer_draft *draft, enum customer_status status)
{
    enum customer_kind kind = CUSTOMER_KIND_USCC;
    const struct holding *holding = held(dry, keys, 'd', draft, &kind);

    if (holding != NULL) {
        return CUSTOMER_ID_TAKEN;
    }
    if (status == CUSTOMER_EXISTS) {
        return status;
    }
    holding = held(dry, keys, 'i', draft, &kind);
    if (holding != NULL) {
        detail_set(outcome, holding->line, kind, false);
        return CUSTOMER_EXISTS;
    }
    if (status == CUSTOMER_SIMILAR || draft->similar_accepted) {
        return status;
    }
    holding = held(dry, keys, 'n', draft, &kind);
    if (holding != NULL) {
        detail_set(outcome, holding->line, kind, true);
        return CUSTOMER_SIMILAR;
    }
    return CUSTOMER_OK;
}

enum customer_status customer_dry_row(struct customer_dry *dry, struct customer_outcome *outcome,
                                      const struct customer_entry *entry,
                                      const struct customer_file_row *row,
                                      enum customer_status status)
{
    struct keys keys;

    if (status != CUSTOMER_OK && status != CUSTOMER_EXISTS && status != CUSTOMER_SIMILAR) {
        return status;
    }
    keys_of(&keys, outcome->arena, &entry->customer, row);
    REQUIRE(!keys.failed, CUSTOMER_NO_MEMORY);
    const enum customer_status came_to = judge(dry, &keys, outcome, &row->draft, status);
    for (size_t i = 0; came_to == CUSTOMER_OK && i < keys.count; i++) {
        REQUIRE(keep(dry, keys.keys[i].text, row->draft.id, row->line), CUSTOMER_NO_MEMORY);
    }
    return came_to;
}
