/* SHA-256 over the state, in an order and form that depend on nothing but the commands that made
 * it. */
#include "base/hash.h"
#include "ledger/internal.h"

enum { DIGEST_FLUSH = 64 * 1024 };

struct digest {
    struct sha256 *sha;
    struct buffer buffer;
};

static void put(struct digest *digest, const void *data, size_t size)
{
    buffer_append(&digest->buffer, slice_of(data, size));
    if (digest->buffer.size >= DIGEST_FLUSH) {
        sha256_update(digest->sha, digest->buffer.data, digest->buffer.size);
        buffer_consume(&digest->buffer, digest->buffer.size);
    }
}

/* Integers as 16 bytes, little-endian, two's complement. */
static void put_int(struct digest *digest, int128 value)
{
    put(digest, &value, sizeof(value));
}

static void put_text(struct digest *digest, struct slice text)
{
    put_int(digest, (int128)text.size);
    put(digest, text.data, text.size);
}

static void put_currency(struct digest *digest, unsigned currency)
{
    if (currency_valid(currency)) {
        put_text(digest, currency_code((enum currency)currency));
    } else {
        put_text(digest, SLICE(""));
    }
}

/* The sums in the order of their currencies, leaving out those that are zero. */
static void put_sums(struct digest *digest, const struct ledger *ledger, uint32_t limit)
{
    struct ledger_currency_sums sums[CURRENCY_COUNT];
    const size_t count = ledger_limit_sums(ledger, sums, CURRENCY_COUNT, limit);

    put_int(digest, (int128)count);
    for (unsigned currency = 1; currency < CURRENCY_COUNT; currency++) {
        for (size_t i = 0; i < count; i++) {
            if ((unsigned)sums[i].currency == currency) {
                put_currency(digest, currency);
                put_int(digest, sums[i].outstanding_minor);
                put_int(digest, sums[i].reserved_minor);
                put_int(digest, sums[i].repaid_minor);
            }
        }
    }
}

static void put_limit(struct digest *digest, const struct ledger *ledger, uint32_t number)
{
    struct ledger_limit_view view;

    ledger_limit_view(ledger, &view, number);
    put(digest, view.id.bytes, LEDGER_ID_SIZE);
    put_text(digest, view.holder);
    put_text(digest, view.kind);
    put_currency(digest, (unsigned)view.currency);
    put_int(digest, (int)view.measure);
    put_int(digest, (int)view.mode);
    put_int(digest, (int)view.status);
    put_int(digest, view.revolving);
    put_int(digest, view.cap_minor);
    put_int(digest, view.tolerance_bps);
    put_int(digest, view.has_raise);
    put_int(digest, view.raise_minor);
    put_int(digest, view.raise_from);
    put_int(digest, view.raise_until);
    put_int(digest, view.from);
    put_int(digest, view.until);
    put_int(digest, view.due_until);
    put_int(digest, view.frozen_minor);
    put_int(digest, view.parents_count);
    for (unsigned i = 0; i < view.parents_count; i++) {
        put_int(digest, view.parents[i]);
    }
    put_int(digest, (int128)ledger->limits[number].content);
    put_sums(digest, ledger, number);
}

/* The places of records and traces say nothing, since they are used again: their hashes are added
 * up. Those of open records are made over what remains of them as well. */
static void put_records(struct digest *digest, const struct ledger *ledger)
{
    struct hash_sum closed_ones = ledger->archived_sum;
    struct hash_sum open_ones = {{0}};

    for (uint32_t i = 0; i < ledger->records_count; i++) {
        const struct record *record = &ledger->records[i];
        const struct closed closed = closed_of_record(record);

        if (record_open(record)) {
            uint8_t bytes[LEDGER_ID_SIZE + sizeof(record->remaining) + LEDGER_CLOSED_MAX];
            const size_t ahead = LEDGER_ID_SIZE + sizeof(record->remaining);
            memcpy(bytes, record->id.bytes, LEDGER_ID_SIZE);
            memcpy(bytes + LEDGER_ID_SIZE, record->remaining, sizeof(record->remaining));
            hash_sum_add(&open_ones, bytes, ahead + closed_pack(bytes + ahead, &closed));
        } else if (record->op != LEDGER_OP_NONE) {
            closed_sum(&closed_ones, &record->id, &closed);
        }
    }
    for (uint32_t i = 0; i < ledger->traces_count; i++) {
        if (ledger->traces[i].op != LEDGER_OP_NONE) {
            const struct closed closed = closed_of_trace(&ledger->traces[i]);
            closed_sum(&closed_ones, &ledger->traces[i].id, &closed);
        }
    }
    put(digest, open_ones.words, sizeof(open_ones.words));
    put(digest, closed_ones.words, sizeof(closed_ones.words));
}

static void put_unlock(struct digest *digest, const struct unlock *unlock)
{
    put(digest, unlock->id.bytes, LEDGER_ID_SIZE);
    put_int(digest, (int128)unlock->content);
    put_int(digest, unlock->limit);
    put_int(digest, unlock->amount);
    put_int(digest, unlock->remaining);
    put_int(digest, unlock->until);
    put_int(digest, unlock->lifts);
}

static void put_globals(struct digest *digest, const struct ledger *ledger)
{
    put_currency(digest, (unsigned)ledger->options.base);
    put_int(digest, ledger->time);
    put_int(digest, ledger->business_date);
    put_int(digest, (int128)ledger->effects_total);
    for (unsigned currency = 1; currency < CURRENCY_COUNT; currency++) {
        if (ledger->rates[currency] != 0) {
            put_currency(digest, currency);
            put_int(digest, (int128)ledger->rates[currency]);
        }
    }
    put_int(digest, ledger->limits_count);
    put_int(digest, (int128)ledger->records_count - ledger->records_free +
                        (int128)ledger->records_archived);
    put_int(digest, ledger->unlocks_count);
    put_int(digest,
            (int128)ledger->traces_count - ledger->traces_free + (int128)ledger->traces_archived);
}

bool ledger_digest(const struct ledger *ledger, uint8_t ret_digest[SHA256_SIZE])
{
    struct digest digest = {.sha = sha256_new()};

    if (digest.sha == NULL) {
        return false;
    }
    put_globals(&digest, ledger);
    for (uint32_t i = 0; i < ledger->limits_count; i++) {
        put_limit(&digest, ledger, i);
    }
    put_records(&digest, ledger);
    for (uint32_t i = 0; i < ledger->unlocks_count; i++) {
        put_unlock(&digest, &ledger->unlocks[i]);
    }
    sha256_update(digest.sha, digest.buffer.data, digest.buffer.size);
    sha256_finish(digest.sha, ret_digest);
    const bool whole = !buffer_failed(&digest.buffer);
    buffer_release(&digest.buffer);
    return whole;
}
