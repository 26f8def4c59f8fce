#include "audit/trail.h"

#include "base/buffer.h"

enum { PAGE = 500, PAGE_BYTES = 1100 * TRAIL_VALUE_MAX };

/* ---- writing ---- */

enum store_status trail_head_read(struct store *store, struct trail_head *ret_head)
{
    struct store_rows rows;
    struct arena arena;

    arena_init(&arena, 1 << 16);
    const enum store_status status = store_select(store, &rows, &arena, QUERY_AUDIT_HEAD, NULL);
    if (status == STORE_OK) {
        *ret_head = (struct trail_head){0};
        if (rows.count > 0) {
            const struct store_value *row = store_row(&rows, 0);
            ret_head->number = row[0].number;
            if (row[1].bytes.size == SHA256_SIZE) {
                memcpy(ret_head->hash, row[1].bytes.data, SHA256_SIZE);
            }
        }
    }
    arena_release(&arena);
    return status;
}

/* A text of at most `max` bytes, in `cut` when it must be shortened. */
static struct slice shortened(struct slice text, size_t max, struct buffer *cut)
{
    static const struct slice dots = {"...", 3};
    size_t size = max - dots.size;

    if (text.size <= max) {
        return text;
    }
    while (size > 0 && ((uint8_t)text.data[size] & 0xC0) == 0x80) {
        size--; /* within a character */
    }
    const size_t begin = cut->size;
    buffer_append(cut, slice_of(text.data, size));
    buffer_append(cut, dots);
    return slice_of(cut->data + begin, size + dots.size);
}

static struct store_value or_null(struct slice text)
{
    return text.data == NULL ? store_null() : store_text(text);
}

static enum store_status entry_store(struct store *store, const struct trail_entry *entry)
{
    const struct store_value values[] = {
        store_integer(entry->number),
        store_integer(entry->at),
        store_text(entry->actor),
        store_text(entry->address),
        store_text(entry->action),
        store_text(entry->subject),
        or_null(entry->before),
        or_null(entry->after),
        or_null(entry->reason),
        store_bytes(entry->previous, SHA256_SIZE),
        store_bytes(entry->hash, SHA256_SIZE),
    };

    return store_change(store, NULL, QUERY_AUDIT_ADD, values);
}

enum store_status trail_add(struct store *store, const struct trail_entry *entry)
{
    struct trail_entry whole = *entry;
    struct trail_head head;
    struct buffer cut = {0};

    TRY(trail_head_read(store, &head));
    /* One piece of memory, so that what is cut does not move. */
    if (buffer_reserve(&cut, 4UL * TRAIL_TEXT_MAX + 3UL * TRAIL_VALUE_MAX) == NULL) {
        buffer_release(&cut);
        return STORE_NO_MEMORY;
    }
    whole.actor = shortened(entry->actor, TRAIL_TEXT_MAX, &cut);
    whole.address = shortened(entry->address, TRAIL_TEXT_MAX, &cut);
    whole.action = shortened(entry->action, TRAIL_TEXT_MAX, &cut);
    whole.subject = shortened(entry->subject, TRAIL_TEXT_MAX, &cut);
    whole.before = shortened(entry->before, TRAIL_VALUE_MAX, &cut);
    whole.after = shortened(entry->after, TRAIL_VALUE_MAX, &cut);
    whole.reason = shortened(entry->reason, TRAIL_VALUE_MAX, &cut);
    whole.number = head.number + 1;
    memcpy(whole.previous, head.hash, SHA256_SIZE);
    trail_hash(&whole, whole.hash);
    const enum store_status status = entry_store(store, &whole);
    buffer_release(&cut);
    return status;
}

/* ---- reading ---- */

/* NULL comes back as data NULL, an empty text as one without bytes. */
static struct slice text_of(const struct store_value *value)
{
    return value->type == STORE_NULL ? slice_of(NULL, 0) : value->bytes;
}

static void entry_read(struct trail_entry *entry, const struct store_value *row)
{
    *entry = (struct trail_entry){
        .number = row[0].number,
        .at = row[1].number,
        .actor = row[2].bytes,
        .address = row[3].bytes,
        .action = row[4].bytes,
        .subject = row[5].bytes,
        .before = text_of(&row[6]),
        .after = text_of(&row[7]),
        .reason = text_of(&row[8]),
    };
    /* Another size is damage; what is left here then does not fit the chain. */
    if (row[9].bytes.size == SHA256_SIZE && row[10].bytes.size == SHA256_SIZE) {
        memcpy(entry->previous, row[9].bytes.data, SHA256_SIZE);
        memcpy(entry->hash, row[10].bytes.data, SHA256_SIZE);
    }
}

enum store_status trail_read(struct store *store, struct trail_entry **ret_entries,
                             size_t *ret_count, struct arena *arena,
                             const struct trail_filter *filter)
{
    const bool by_subject = filter->subject.size > 0;
    const struct slice key = by_subject ? filter->subject : filter->actor;
    const struct store_value values[] = {store_text(key), store_integer(filter->after),
                                         store_integer(filter->count)};
    const enum store_query query = by_subject     ? QUERY_AUDIT_OF_SUBJECT
                                   : key.size > 0 ? QUERY_AUDIT_OF_ACTOR
                                                  : QUERY_AUDIT_FROM;
    struct store_rows rows;

    check(filter->count >= 1 && filter->count <= 1000);
    TRY(store_select(store, &rows, arena, query, key.size > 0 ? values : values + 1));
    struct trail_entry *entries =
        arena_take_array(arena, rows.count == 0 ? 1 : rows.count, sizeof(*entries));
    REQUIRE(entries != NULL, STORE_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        entry_read(&entries[i], store_row(&rows, i));
    }
    *ret_entries = entries;
    *ret_count = rows.count;
    return STORE_OK;
}

/* ---- verifying ---- */

struct verify {
    struct trail_walk *walk;
};

static enum store_status page_judge(struct store *store, struct trail_walk *walk, bool *ret_more)
{
    const struct trail_filter filter = {.after = walk->head.number, .count = PAGE};
    struct trail_entry *entries;
    struct arena arena;
    size_t count = 0;

    arena_init(&arena, PAGE_BYTES);
    const enum store_status status = trail_read(store, &entries, &count, &arena, &filter);
    *ret_more = status == STORE_OK && count > 0;
    for (size_t i = 0; status == STORE_OK && *ret_more && i < count; i++) {
        *ret_more = trail_walk_next(walk, &entries[i]);
    }
    arena_release(&arena);
    return status;
}

static enum store_status verify_work(struct store *store, void *context)
{
    struct verify *verify = context;
    struct trail_walk *walk = verify->walk;
    bool more = true;

    trail_walk_init(walk, walk->heads, walk->head_count);
    while (more) {
        TRY(page_judge(store, walk, &more));
    }
    if (!walk->failed) {
        (void)trail_walk_end(walk);
    }
    return STORE_OK;
}

enum store_status trail_verify(struct store *store, struct trail_walk *ret_walk,
                               const struct trail_head *heads, size_t count)
{
    struct verify verify = {.walk = ret_walk};

    trail_walk_init(ret_walk, heads, count);
    return store_transact(store, STORE_READ, verify_work, &verify);
}
