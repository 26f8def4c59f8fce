/* The chain of the audit trail: the hash of an entry, and the judgement over a run of them. Pure.
 */
#include "audit/trail.h"
#include "base/buffer.h"

enum { HEX_SIZE = 2 * SHA256_SIZE };

/* ---- the hash ---- */

static void number_hash(struct sha256 *sha, uint64_t number)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
    }
    sha256_update(sha, bytes, sizeof(bytes));
}

static void text_hash(struct sha256 *sha, struct slice text)
{
    const uint8_t there = text.data == NULL ? 0 : 1;

    sha256_update(sha, &there, 1);
    if (there == 1) {
        number_hash(sha, text.size);
        sha256_update(sha, text.data, text.size);
    }
}

/* A text that must be there, empty or not. */
static struct slice present(struct slice text)
{
    return slice_of(text.data == NULL ? "" : text.data, text.size);
}

void trail_hash(const struct trail_entry *entry, uint8_t ret_hash[SHA256_SIZE])
{
    static const struct slice domain = {"headroom audit entry 1", 22};
    struct sha256 *sha = sha256_new();

    check(sha != NULL); /* a few hundred bytes; without them nothing can be recorded */
    sha256_update(sha, domain.data, domain.size);
    number_hash(sha, (uint64_t)entry->number);
    number_hash(sha, (uint64_t)entry->at);
    sha256_update(sha, entry->previous, SHA256_SIZE);
    text_hash(sha, present(entry->actor));
    text_hash(sha, present(entry->address));
    text_hash(sha, present(entry->action));
    text_hash(sha, present(entry->subject));
    text_hash(sha, entry->before);
    text_hash(sha, entry->after);
    text_hash(sha, entry->reason);
    sha256_finish(sha, ret_hash);
}

/* ---- judging ---- */

void trail_walk_init(struct trail_walk *walk, const struct trail_head *heads, size_t count)
{
    *walk = (struct trail_walk){.heads = heads, .head_count = count};
}

static bool wrong(struct trail_walk *walk, int64_t number, const char *what)
{
    walk->failed = true;
    (void)snprintf(walk->wrong, sizeof(walk->wrong), "entry %lld: %s", (long long)number, what);
    return false;
}

bool trail_walk_next(struct trail_walk *walk, const struct trail_entry *entry)
{
    uint8_t hash[SHA256_SIZE];

    if (walk->failed) {
        return false;
    }
    if (entry->number != walk->head.number + 1) {
        return wrong(walk, walk->head.number + 1, "it is missing");
    }
    if (memcmp(entry->previous, walk->head.hash, SHA256_SIZE) != 0) {
        return wrong(walk, entry->number, "it does not carry the hash of the entry before");
    }
    trail_hash(entry, hash);
    if (memcmp(entry->hash, hash, SHA256_SIZE) != 0) {
        return wrong(walk, entry->number, "its content does not have its hash");
    }
    while (walk->heads_seen < walk->head_count &&
           walk->heads[walk->heads_seen].number <= entry->number) {
        const struct trail_head *head = &walk->heads[walk->heads_seen];
        if (head->number == entry->number && memcmp(head->hash, hash, SHA256_SIZE) != 0) {
            return wrong(walk, entry->number, "it is not the one whose head was deposited");
        }
        walk->heads_seen++;
    }
    walk->head.number = entry->number;
    memcpy(walk->head.hash, hash, SHA256_SIZE);
    return true;
}

bool trail_walk_end(struct trail_walk *walk)
{
    if (walk->failed) {
        return false;
    }
    if (walk->heads_seen < walk->head_count &&
        walk->heads[walk->head_count - 1].number > walk->head.number) {
        return wrong(walk, walk->head.number + 1,
                     "it is missing although a later head was deposited: the trail was cut or "
                     "rolled back");
    }
    return true;
}

/* ---- heads as text ---- */

void trail_head_write(struct buffer *text, const struct trail_head *head)
{
    char hash[HEX_SIZE];

    hex_write(hash, head->hash, SHA256_SIZE);
    buffer_append_i64(text, head->number);
    buffer_append_byte(text, ' ');
    buffer_append(text, slice_of(hash, sizeof(hash)));
}

bool trail_head_parse(struct slice line, struct trail_head *ret_head)
{
    struct trail_head head = {0};
    struct slice number;
    uint64_t value;
    char back[HEX_SIZE];

    line = slice_trim(line);
    if (!slice_split(&line, ' ', &number) || !slice_to_u64(number, INT64_MAX, &value) ||
        line.data == NULL || line.size != HEX_SIZE) {
        return false;
    }
    for (size_t i = 0; i < HEX_SIZE; i++) {
        const char c = line.data[i];
        const unsigned digit = c >= 'a' ? (unsigned)(c - 'a') + 10 : (unsigned)(c - '0');
        head.hash[i / 2] = (uint8_t)((unsigned)head.hash[i / 2] << 4 | (digit & 15));
    }
    hex_write(back, head.hash, SHA256_SIZE);
    head.number = (int64_t)value;
    if (memcmp(back, line.data, HEX_SIZE) != 0) {
        return false;
    }
    *ret_head = head;
    return true;
}

static int heads_compare(const void *a, const void *b)
{
    const struct trail_head *left = a;
    const struct trail_head *right = b;

    return left->number < right->number ? -1 : left->number > right->number;
}

void trail_heads_sort(struct trail_head *heads, size_t count)
{
    if (count > 1) {
        qsort(heads, count, sizeof(*heads), heads_compare);
    }
}
