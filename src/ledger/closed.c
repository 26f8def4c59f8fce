/* What is closed for good and leaves memory: closed reservations and exposures, and traces, as the
 * bytes that are kept of them elsewhere; and how they are found there again.
 *
 * The bytes are part of what is stored, and of the digest:
 *   u8 op; u8 bits: 1, 2, 4 the amounts that were their default, 8 exposure equals amount, 16
 *   weighted equals exposure, 32 expires is there; 3 letters of the currency, or zeros; u64
 * content; of a reservation or exposure its number and its limit, as varints; the amounts that are
 * not told by the bits, as varints, zigzag; i64 expires. Little-endian. */
#include "ledger/internal.h"

enum { BIT_EXPOSURE_SAME = 8, BIT_WEIGHTED_SAME = 16, BIT_EXPIRES = 32, DEFAULTS_MASK = 7 };

_Static_assert(2 + 3 + 8 + 10 + 5 + 3 * 10 + 8 <= LEDGER_CLOSED_MAX, "what is kept has room");

static uint8_t *put_varint(uint8_t *out, uint64_t value)
{
    while (value >= 0x80) {
        *out++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *out++ = (uint8_t)value;
    return out;
}

static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static bool take_varint(struct slice *bytes, uint64_t *ret_value)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64 && bytes->size > 0; shift += 7) {
        const uint8_t byte = (uint8_t)bytes->data[0];

        *bytes = slice_of(bytes->data + 1, bytes->size - 1);
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static bool take_bytes(struct slice *bytes, void *data, size_t size)
{
    REQUIRE(bytes->size >= size, false);
    memcpy(data, bytes->data, size);
    *bytes = slice_of(bytes->data + size, bytes->size - size);
    return true;
}

static bool made_a_record(uint8_t op)
{
    return op == LEDGER_OP_RESERVE || op == LEDGER_OP_DRAW || op == LEDGER_OP_CONFIRM;
}

size_t closed_pack(uint8_t out[LEDGER_CLOSED_MAX], const struct closed *closed)
{
    const int64_t *amounts = closed->amounts;
    uint8_t bits = closed->defaults & DEFAULTS_MASK;
    uint8_t *at = out;

    bits |= amounts[1] == amounts[0] ? BIT_EXPOSURE_SAME : 0;
    bits |= amounts[2] == amounts[1] ? BIT_WEIGHTED_SAME : 0;
    bits |= closed->expires != TIME_NONE ? BIT_EXPIRES : 0;
    *at++ = closed->op;
    *at++ = bits;
    memset(at, 0, 3);
    if (currency_valid(closed->currency)) {
        memcpy(at, currency_code((enum currency)closed->currency).data, 3);
    }
    memcpy(at + 3, &closed->content, sizeof(closed->content));
    at += 3 + sizeof(closed->content);
    if (made_a_record(closed->op)) {
        at = put_varint(at, closed->number);
        at = put_varint(at, closed->limit);
    }
    at = put_varint(at, zigzag(amounts[0]));
    if ((bits & BIT_EXPOSURE_SAME) == 0) {
        at = put_varint(at, zigzag(amounts[1]));
    }
    if ((bits & BIT_WEIGHTED_SAME) == 0) {
        at = put_varint(at, zigzag(amounts[2]));
    }
    if ((bits & BIT_EXPIRES) != 0) {
        memcpy(at, &closed->expires, sizeof(closed->expires));
        at += sizeof(closed->expires);
    }
    return (size_t)(at - out);
}

static bool take_amount(struct slice *bytes, int64_t *ret_amount, bool same, int64_t before)
{
    uint64_t value;

    *ret_amount = before;
    if (same) {
        return true;
    }
    REQUIRE(take_varint(bytes, &value), false);
    *ret_amount = (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
    return true;
}

bool closed_unpack(struct closed *ret_closed, struct slice bytes)
{
    struct closed closed = {.limit = LEDGER_NONE, .expires = TIME_NONE};
    uint64_t limit = LEDGER_NONE;
    uint8_t bits = 0;
    char code[3];

    REQUIRE(take_bytes(&bytes, &closed.op, 1) && take_bytes(&bytes, &bits, 1) &&
                take_bytes(&bytes, code, sizeof(code)) &&
                take_bytes(&bytes, &closed.content, sizeof(closed.content)),
            false);
    closed.defaults = bits & DEFAULTS_MASK;
    closed.currency = (uint8_t)(code[0] == '\0' ? CURRENCY_NONE
                                                : currency_from_code(slice_of(code, sizeof(code))));
    closed.is_record = made_a_record(closed.op);
    if (closed.is_record) {
        REQUIRE(take_varint(&bytes, &closed.number) && take_varint(&bytes, &limit) &&
                    limit < LEDGER_NONE,
                false);
    }
    closed.limit = (uint32_t)limit;
    REQUIRE(take_amount(&bytes, &closed.amounts[0], false, 0) &&
                take_amount(&bytes, &closed.amounts[1], (bits & BIT_EXPOSURE_SAME) != 0,
                            closed.amounts[0]) &&
                take_amount(&bytes, &closed.amounts[2], (bits & BIT_WEIGHTED_SAME) != 0,
                            closed.amounts[1]),
            false);
    if ((bits & BIT_EXPIRES) != 0) {
        REQUIRE(take_bytes(&bytes, &closed.expires, sizeof(closed.expires)), false);
    }
    REQUIRE(bytes.size == 0 && closed.op > LEDGER_OP_NONE && closed.op < LEDGER_OP_CHECK, false);
    *ret_closed = closed;
    return true;
}

struct closed closed_of_record(const struct record *record)
{
    struct closed closed = {
        .is_record = true,
        .op = record->op,
        .currency = record->currency,
        .defaults = record->defaults,
        .content = record->content,
        .number = record->number,
        .limit = record->limit,
        .expires = record->expires,
    };

    memcpy(closed.amounts, record->made, sizeof(closed.amounts));
    return closed;
}

struct closed closed_of_trace(const struct trace *trace)
{
    struct closed closed = {
        .op = trace->op,
        .currency = trace->currency,
        .defaults = trace->defaults,
        .content = trace->content,
        .limit = LEDGER_NONE,
        .expires = TIME_NONE,
    };

    memcpy(closed.amounts, trace->amounts, sizeof(closed.amounts));
    return closed;
}

void closed_sum(struct hash_sum *sum, const struct ledger_id *id, const struct closed *closed)
{
    uint8_t bytes[LEDGER_ID_SIZE + LEDGER_CLOSED_MAX];

    memcpy(bytes, id->bytes, LEDGER_ID_SIZE);
    hash_sum_add(sum, bytes, LEDGER_ID_SIZE + closed_pack(bytes + LEDGER_ID_SIZE, closed));
}

/* ---- finding ---- */

bool closed_find(const struct ledger *ledger, const struct ledger_id *id, uint64_t hash,
                 struct closed *ret_closed)
{
    const struct ledger_archive *archive = ledger->archive;
    uint8_t value[LEDGER_CLOSED_MAX];
    size_t size = 0;

    if (!closed_may_hold(ledger, hash) ||
        !archive->find(archive->context, id, hash, value, &size)) {
        return false;
    }
    if (!closed_unpack(ret_closed, slice_of((const char *)value, size)) ||
        (ret_closed->is_record && ret_closed->limit >= ledger->limits_count)) {
        archive->refuse(archive->context, id);
        return false;
    }
    return true;
}

bool closed_find_record(const struct ledger *ledger, const struct ledger_id *id, uint64_t hash,
                        bool reservation, struct closed *ret_closed)
{
    return closed_find(ledger, id, hash, ret_closed) && ret_closed->is_record &&
           (ret_closed->op == LEDGER_OP_RESERVE) == reservation;
}

void closed_view(struct ledger_record_view *ret_view, const struct ledger_id *id,
                 const struct closed *closed)
{
    *ret_view = (struct ledger_record_view){
        .id = *id,
        .limit = closed->limit,
        .is_reservation = closed->op == LEDGER_OP_RESERVE,
        .currency = (enum currency)closed->currency,
        .expires = closed->expires,
    };
    memcpy(ret_view->made_minor, closed->amounts, sizeof(closed->amounts));
}

/* ---- leaving memory ---- */

void ledger_archive_set(struct ledger *ledger, const struct ledger_archive *archive,
                        uint64_t hash_seed)
{
    check(ledger->limits_count == 0 && ledger->effects_total == 0);
    ledger->archive = archive;
    ledger->options.hash_seed = hash_seed;
}

uint64_t ledger_closed_count(const struct ledger *ledger)
{
    return (uint64_t)ledger->records_count - ledger->records_free - ledger->reservations_open -
           ledger->exposures_open + ledger->traces_count - ledger->traces_free;
}

static bool record_closed(const struct record *record)
{
    return record->op != LEDGER_OP_NONE && !record_open(record);
}

/* The `at`-th row of records, then of traces: false when it stays. */
static bool row_closed(const struct ledger *ledger, uint64_t at, struct ledger_closed *ret_row)
{
    struct closed closed;

    if (at < ledger->records_count) {
        const struct record *record = &ledger->records[at];

        REQUIRE(record_closed(record), false);
        closed = closed_of_record(record);
        ret_row->id = record->id;
        ret_row->reference = ID_RECORD << 30 | (uint32_t)at;
    } else {
        const uint32_t number = (uint32_t)(at - ledger->records_count);
        const struct trace *trace = &ledger->traces[number];

        REQUIRE(trace->op != LEDGER_OP_NONE, false);
        closed = closed_of_trace(trace);
        ret_row->id = trace->id;
        ret_row->reference = (uint32_t)ID_TRACE << 30 | number;
    }
    ret_row->size = closed_pack(ret_row->value, &closed);
    return true;
}

bool ledger_closed_next(const struct ledger *ledger, struct ledger_closed_walk *walk,
                        struct ledger_closed *ret_row, uint32_t *inout_looks)
{
    /* Slots of records that were made meanwhile lie before those of traces: each table has a
     * cursor of its own. */
    while (*inout_looks > 0 && walk->record < ledger->records_count) {
        --*inout_looks;
        if (row_closed(ledger, walk->record++, ret_row)) {
            return true;
        }
    }
    while (*inout_looks > 0 && walk->trace < ledger->traces_count) {
        --*inout_looks;
        if (row_closed(ledger, (uint64_t)ledger->records_count + walk->trace++, ret_row)) {
            return true;
        }
    }
    walk->ended = walk->record >= ledger->records_count && walk->trace >= ledger->traces_count;
    return false;
}

const struct ledger_id *ledger_closed_id(const struct ledger *ledger, uint32_t reference)
{
    return id_of(ledger, reference);
}

void ledger_closed_prefetch(const struct ledger *ledger, uint32_t reference)
{
    const char *row = (const char *)id_of(ledger, reference);

    prefetch(row);
    prefetch(row + 64);
}

void ledger_closed_prefetch_index(const struct ledger *ledger, uint32_t reference)
{
    index_prefetch(&ledger->ids, id_hash(ledger, id_of(ledger, reference)));
}

void ledger_closed_retire(struct ledger *ledger, uint32_t reference)
{
    const uint32_t number = reference_number(reference);
    struct ledger_id *id;

    check(!ledger->in_chain);
    if (reference_kind(reference) == ID_RECORD) {
        struct record *record = &ledger->records[number];
        const struct closed closed = closed_of_record(record);

        check(record_closed(record));
        id = &record->id;
        closed_sum(&ledger->archived_sum, id, &closed);
        id_remove(ledger, id, ID_RECORD, number);
        ledger->records_archived++;
        record_free(ledger, number);
    } else {
        struct trace *trace = &ledger->traces[number];
        const struct closed closed = closed_of_trace(trace);

        check(reference_kind(reference) == ID_TRACE && trace->op != LEDGER_OP_NONE);
        id = &trace->id;
        closed_sum(&ledger->archived_sum, id, &closed);
        id_remove(ledger, id, ID_TRACE, number);
        ledger->traces_archived++;
        trace_free(ledger, number);
    }
}

void ledger_archived(const struct ledger *ledger, uint64_t *ret_count, struct hash_sum *ret_sum)
{
    *ret_count = ledger->records_archived + ledger->traces_archived;
    *ret_sum = ledger->archived_sum;
}
