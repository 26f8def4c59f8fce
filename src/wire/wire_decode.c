#include "wire/wire_decode.h"

#include "ledger/command_json.h"

/* Result codes and ops travel by their number; see docs/reference/protocol.md. */
_Static_assert(LEDGER_OP_RATE_SET == 1 && LEDGER_OP_RESERVE == 12 && LEDGER_OP_GET == 19,
               "ops are numbered for ever");
_Static_assert(LEDGER_REFUSED == 2 && LEDGER_ID_CONFLICT == 9 && LEDGER_LIMIT_EXCEEDED == 33 &&
                   LEDGER_CHAIN_OPEN == 35,
               "result codes are numbered for ever");
_Static_assert((int)WIRE_ID_SIZE == (int)LEDGER_ID_SIZE && (int)WIRE_MINOR == (int)LEDGER_MINOR,
               "as in the ledger");

/* The years 0001 to 9999, as in JSON. */
enum { DATE_FIRST = -719162, DATE_LAST = 2932896 };
#define TIME_FIRST ((time_us)DATE_FIRST * US_PER_DAY)
#define TIME_LAST (((time_us)DATE_LAST + 1) * US_PER_DAY - 1)

static bool date_holds(int32_t date)
{
    return date >= DATE_FIRST && date <= DATE_LAST;
}

/* ---- ids ---- */

static uint64_t load64(const char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return word;
}

#define EACH_BYTE(value) (0x0101010101010101ULL * (value))

/* The high bit of each byte that is not in [0x21, 0x7E]. */
static uint64_t outside(uint64_t word)
{
    const uint64_t high = EACH_BYTE(0x80);
    const uint64_t low = word & ~high;

    return (word | ~(low + EACH_BYTE(0x80 - 0x21)) | (low + EACH_BYTE(0x80 - 0x7F))) & high;
}

/* True when the bytes are printable ASCII without a space, 1 to 32 of them, and then zeroes: an id
 * without any further look at it. */
static bool id_is_plain(const char bytes[WIRE_ID_SIZE])
{
    for (unsigned i = 0; i < WIRE_ID_SIZE; i += sizeof(uint64_t)) {
        const uint64_t word = load64(bytes + i);
        const uint64_t strange = outside(word);

        if (strange == 0) {
            continue;
        }
        /* From the first strange byte on there must be zeroes only, in this word and behind. */
        const unsigned first = (unsigned)__builtin_ctzll(strange) & ~7U;
        uint64_t rest = word >> first;

        for (unsigned j = i + (unsigned)sizeof(uint64_t); j < WIRE_ID_SIZE; j += 8) {
            rest |= load64(bytes + j);
        }
        return rest == 0 && i + first > 0;
    }
    return true;
}

static bool id_given(const char bytes[WIRE_ID_SIZE])
{
    return (load64(bytes) | load64(bytes + 8) | load64(bytes + 16) | load64(bytes + 24)) != 0;
}

/* An id with whatever UTF-8 allows. */
static bool id_holds_slowly(const char bytes[WIRE_ID_SIZE])
{
    const char *end = memchr(bytes, 0, WIRE_ID_SIZE);
    const size_t size = end == NULL ? WIRE_ID_SIZE : (size_t)(end - bytes);
    struct ledger_id id;

    for (size_t i = size; i < WIRE_ID_SIZE; i++) {
        REQUIRE(bytes[i] == 0, false);
    }
    return ledger_id_read(slice_of(bytes, size), &id);
}

static bool id_holds(const char bytes[WIRE_ID_SIZE])
{
    return LIKELY(id_is_plain(bytes)) || id_holds_slowly(bytes);
}

/* ---- continuation records ---- */

struct items {
    struct ledger_command *command;
    struct ledger_extra *extra;
    uint32_t seen; /* bits of enum wire_item */
};

static void broken(struct ledger_command *command, enum ledger_status status)
{
    ledger_command_break(command, status);
}

static void ids_take(struct items *items, enum wire_item item, struct slice data)
{
    const size_t count = data.size / WIRE_ID_SIZE;
    const size_t max =
        item == WIRE_ITEM_PARENTS ? (size_t)LEDGER_PARENTS_MAX : (size_t)LEDGER_UNLOCKS_MAX;

    if (data.size % WIRE_ID_SIZE != 0 || count > max) {
        broken(items->command, LEDGER_BAD_REQUEST);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!id_holds(data.data + i * WIRE_ID_SIZE)) {
            broken(items->command, LEDGER_BAD_ID);
        }
    }
    const struct ledger_id *ids = (const struct ledger_id *)(const void *)data.data;
    if (item == WIRE_ITEM_PARENTS) {
        items->extra->parents = ids;
        items->extra->parents_count = (uint8_t)count;
    } else {
        items->extra->unlocks = ids;
        items->extra->unlocks_count = (uint8_t)count;
    }
}

/* The same rules as for JSON: a holder is an id, a kind has no control character, the others no
 * zero byte; all are UTF-8. */
static void text_take(struct items *items, enum wire_item item, struct slice text)
{
    struct ledger_extra *extra = items->extra;
    struct ledger_id id;
    struct slice *place = item == WIRE_ITEM_HOLDER   ? &extra->holder
                          : item == WIRE_ITEM_KIND   ? &extra->kind
                          : item == WIRE_ITEM_ACTOR  ? &extra->actor
                          : item == WIRE_ITEM_REASON ? &extra->reason
                                                     : &extra->case_ref;

    if (text.size == 0) {
        return;
    }
    if (item == WIRE_ITEM_HOLDER) {
        if (!ledger_id_read(text, &id)) {
            broken(items->command, LEDGER_BAD_ID);
            return;
        }
    } else if (!utf8_valid(text) || memchr(text.data, 0, text.size) != NULL ||
               text.size >
                   (item == WIRE_ITEM_KIND ? (size_t)LEDGER_KIND_SIZE : (size_t)LEDGER_TEXT_MAX) ||
               (item == WIRE_ITEM_KIND && ledger_text_has_control(text))) {
        broken(items->command, LEDGER_BAD_REQUEST);
        return;
    }
    *place = text;
}

static void date_take(struct items *items, enum wire_item item, int32_t date)
{
    struct ledger_extra *extra = items->extra;
    date_days *place = item == WIRE_ITEM_DATE    ? &extra->date
                       : item == WIRE_ITEM_FROM  ? &extra->from
                       : item == WIRE_ITEM_UNTIL ? &extra->until
                                                 : &extra->due_until;

    if (!date_holds(date)) {
        broken(items->command, LEDGER_BAD_DATE);
        return;
    }
    *place = date;
}

static void byte_take(struct items *items, enum wire_item item, uint8_t value)
{
    struct ledger_extra *extra = items->extra;
    bool holds = true;

    switch (item) {
    case WIRE_ITEM_MEASURE:
        holds = value < MEASURE_COUNT;
        extra->measure = holds ? value : extra->measure;
        break;
    case WIRE_ITEM_MODE:
        holds = value < MODE_COUNT;
        extra->mode = holds ? value : extra->mode;
        break;
    case WIRE_ITEM_STATUS:
        holds = value <= LIMIT_STATUS_ACTIVE;
        extra->status = holds ? value : extra->status;
        break;
    case WIRE_ITEM_LIFTS:
        holds = value > 0 && value <= LIFT_ALL;
        extra->lifts = holds ? value : extra->lifts;
        break;
    default:
        holds = value <= 1;
        extra->revolving = value == 1;
        break;
    }
    if (!holds) {
        broken(items->command, LEDGER_BAD_REQUEST);
    }
}

/* Bytes of an item of fixed size; 0 for the others. */
static size_t item_size(enum wire_item item)
{
    static const uint8_t sizes[WIRE_ITEM_COUNT] = {
#define X(identifier, number, size) [number] = (size),
        WIRE_ITEM_LIST(X)
#undef X
    };

    return sizes[item];
}

static uint64_t item_field(enum wire_item item)
{
    static const uint64_t fields[WIRE_ITEM_COUNT] = {
#define X(identifier, number, size) [number] = LEDGER_HAS(identifier),
        WIRE_ITEM_LIST(X)
#undef X
    };

    return fields[item];
}

static void item_take(struct items *items, enum wire_item item, struct slice data)
{
    uint64_t rate;
    int32_t number;

    items->command->fields |= item_field(item);
    switch (item) {
    case WIRE_ITEM_PARENTS:
    case WIRE_ITEM_UNLOCKS:
        ids_take(items, item, data);
        return;
    case WIRE_ITEM_RATE:
        memcpy(&rate, data.data, sizeof(rate));
        if (rate == 0 || rate > LEDGER_RATE_MAX) {
            broken(items->command, LEDGER_BAD_RATE);
            return;
        }
        items->extra->rate_e10 = rate;
        return;
    case WIRE_ITEM_DATE:
    case WIRE_ITEM_FROM:
    case WIRE_ITEM_UNTIL:
    case WIRE_ITEM_DUE_UNTIL:
        memcpy(&number, data.data, sizeof(number));
        date_take(items, item, number);
        return;
    case WIRE_ITEM_TOLERANCE_BPS:
        memcpy(&number, data.data, sizeof(number));
        if (number < 0 || number > LEDGER_BPS_MAX) {
            broken(items->command, LEDGER_BAD_REQUEST);
            return;
        }
        items->extra->tolerance_bps = number;
        return;
    case WIRE_ITEM_MEASURE:
    case WIRE_ITEM_MODE:
    case WIRE_ITEM_STATUS:
    case WIRE_ITEM_LIFTS:
    case WIRE_ITEM_REVOLVING:
        byte_take(items, item, (uint8_t)data.data[0]);
        return;
    default:
        text_take(items, item, data);
        return;
    }
}

static bool all_zero(const uint8_t *bytes, size_t size)
{
    uint8_t any = 0;

    for (size_t i = 0; i < size; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

/* Takes the items of a command's continuation. An item that is not known, comes twice or has not
 * its size is wrong in form; one that does not end within the records breaks the frame. */
static enum wire_error continuation_take(struct items *items, const uint8_t *bytes, size_t size)
{
    size_t place = 0;

    while (place < size) {
        struct wire_item_head head;

        memcpy(&head, bytes + place, sizeof(head)); /* places are multiples of 4 */
        if (head.item == WIRE_ITEM_END) {
            return all_zero(bytes + place, size - place) ? WIRE_OK : WIRE_BAD_RECORD;
        }
        place += sizeof(head);
        const size_t padded = ((size_t)head.size + 3) / 4 * 4;
        REQUIRE(head.reserved == 0 && padded <= size - place &&
                    all_zero(bytes + place + head.size, padded - head.size),
                WIRE_BAD_RECORD);
        const struct slice data = slice_of((const char *)bytes + place, head.size);
        const bool known = head.item < WIRE_ITEM_COUNT && (items->seen & 1U << head.item) == 0 &&
                           (item_size((enum wire_item)head.item) == 0 ||
                            item_size((enum wire_item)head.item) == head.size);
        if (known) {
            items->seen |= 1U << head.item;
            item_take(items, (enum wire_item)head.item, data);
        } else {
            broken(items->command, LEDGER_BAD_REQUEST);
        }
        place += padded;
    }
    return WIRE_OK;
}

/* ---- commands ---- */

/* Letters of the currency that was looked up last: a batch mostly has one. */
struct currency_cache {
    uint32_t letters;
    uint8_t currency;
};

static uint8_t currency_find(struct currency_cache *cache, const char letters[3])
{
    uint32_t word = 0;

    memcpy(&word, letters, 3);
    if (word != cache->letters) {
        cache->letters = word;
        cache->currency = (uint8_t)currency_from_code(slice_of(letters, 3));
    }
    return cache->currency;
}

#define AMOUNTS_GIVEN                                                                              \
    ((unsigned)WIRE_HAS_AMOUNT | (unsigned)WIRE_HAS_EXPOSURE | (unsigned)WIRE_HAS_WEIGHTED)

/* The LEDGER_HAS bits of four flags, for each of their sixteen values. */
#define FIELDS_OF_FOUR(a, b, c, d)                                                                 \
    {                                                                                              \
        0, (a), (b), (a) | (b), (c), (a) | (c), (b) | (c), (a) | (b) | (c), (d), (a) | (d),        \
            (b) | (d), (a) | (b) | (d), (c) | (d), (a) | (c) | (d), (b) | (c) | (d),               \
            (a) | (b) | (c) | (d)                                                                  \
    }
static const uint64_t low_fields[16] =
    FIELDS_OF_FOUR(LEDGER_HAS(LINKED), LEDGER_HAS(FINAL), 0ULL, LEDGER_HAS(AMOUNT));
static const uint64_t high_fields[16] = FIELDS_OF_FOUR(LEDGER_HAS(EXPOSURE), LEDGER_HAS(WEIGHTED),
                                                       LEDGER_HAS(DUE), LEDGER_HAS(EXPIRES));

static const uint64_t target_fields[WIRE_TARGET_COUNT] = {
    [WIRE_TARGET_LIMIT] = LEDGER_HAS(LIMIT),
    [WIRE_TARGET_RESERVATION] = LEDGER_HAS(RESERVATION),
    [WIRE_TARGET_EXPOSURE] = LEDGER_HAS(EXPOSURE_ID),
    [WIRE_TARGET_UNLOCK] = LEDGER_HAS(UNLOCK),
};

/* Amounts as given; one that was not must be zero. */
static void amounts_take(struct ledger_command *command, const struct wire_command *record)
{
    for (unsigned i = 0; i < MEASURE_COUNT; i++) {
        const uint8_t decimals = record->decimals[i];

        if ((record->flags & (unsigned)WIRE_HAS_AMOUNT << i) == 0) {
            if (record->amounts[i] != 0 || decimals != 0) {
                broken(command, LEDGER_BAD_REQUEST);
            }
            continue;
        }
        if (decimals > 18 && decimals != WIRE_MINOR) {
            broken(command, LEDGER_BAD_AMOUNT);
            continue;
        }
        command->amounts[i] = (struct ledger_amount){record->amounts[i], decimals};
    }
}

static void ids_of_record(struct ledger_command *command, const struct wire_command *record)
{
    if (LIKELY(id_is_plain(record->id))) {
        command->fields |= LEDGER_HAS(ID);
        command->has_id = true;
    } else if (id_given(record->id)) {
        command->fields |= LEDGER_HAS(ID);
        command->has_id = id_holds_slowly(record->id);
        if (!command->has_id) {
            broken(command, LEDGER_BAD_ID);
        }
    }
    if (command->has_id) {
        memcpy(command->id.bytes, record->id, WIRE_ID_SIZE);
    }
    if (record->target_kind == WIRE_TARGET_NONE) {
        if (id_given(record->target)) {
            broken(command, LEDGER_BAD_REQUEST);
        }
    } else if (record->target_kind >= WIRE_TARGET_COUNT) {
        broken(command, LEDGER_BAD_REQUEST);
    } else {
        command->fields |= target_fields[record->target_kind];
        if (LIKELY(id_holds(record->target))) {
            memcpy(command->target.bytes, record->target, WIRE_ID_SIZE);
        } else {
            broken(command, LEDGER_BAD_ID);
        }
    }
}

static void moments_take(struct ledger_command *command, const struct wire_command *record)
{
    if ((record->flags & WIRE_HAS_DUE) != 0) {
        command->due = record->due;
        if (!date_holds(record->due)) {
            command->due = DATE_NONE;
            broken(command, LEDGER_BAD_DATE);
        }
    } else if (record->due != 0) {
        broken(command, LEDGER_BAD_REQUEST);
    }
    if ((record->flags & WIRE_HAS_EXPIRES) != 0) {
        command->expires = record->expires;
        if (record->expires < TIME_FIRST || record->expires > TIME_LAST) {
            command->expires = TIME_NONE;
            broken(command, LEDGER_BAD_DATE);
        }
    } else if (record->expires != 0) {
        broken(command, LEDGER_BAD_REQUEST);
    }
}

/* Everything of a record but its continuation. */
static void record_take(struct ledger_command *command, const struct wire_command *record,
                        struct currency_cache *cache)
{
    const bool cap = record->op == LEDGER_OP_LIMIT_OPEN || record->op == LEDGER_OP_LIMIT_ADJUST;

    ledger_command_init(command, record->op < LEDGER_OP_EXPIRE ? (enum ledger_op)record->op
                                                               : LEDGER_OP_NONE);
    command->fields = low_fields[record->flags & 15] | high_fields[record->flags >> 4 & 15];
    if (cap && (record->flags & WIRE_HAS_AMOUNT) != 0) {
        command->fields ^= LEDGER_HAS(AMOUNT) | LEDGER_HAS(CAP);
    }
    command->linked = (record->flags & WIRE_LINKED) != 0;
    if ((record->flags & WIRE_HAS_FINAL) != 0) {
        command->final = (record->flags & WIRE_FINAL) != 0;
    } else if ((record->flags & WIRE_FINAL) != 0) {
        broken(command, LEDGER_BAD_REQUEST);
    }
    if (record->flags > WIRE_FLAGS_ALL || record->reserved != 0 ||
        (load64((const char *)record->reserved_too) |
         load64((const char *)record->reserved_too + 8)) != 0) {
        broken(command,
               LEDGER_BAD_REQUEST); /* of a later version: it must not be left out unseen */
    }
    ids_of_record(command, record);
    amounts_take(command, record);
    moments_take(command, record);
    if ((record->currency[0] | record->currency[1] | record->currency[2]) != 0) {
        command->fields |= LEDGER_HAS(CURRENCY);
        command->currency = currency_find(cache, record->currency);
        if (command->currency == CURRENCY_NONE) {
            broken(command, LEDGER_BAD_CURRENCY);
        }
    }
}

/* What ledger_command_judge asks of amounts in minor units, without a call. False when they need a
 * closer look. */
static bool amounts_plain(const struct ledger_command *command, const struct wire_command *record)
{
    const uint64_t amount = record->amounts[0];
    const unsigned given = record->flags & AMOUNTS_GIVEN;

    if (given == 0) {
        return true;
    }
    return given == WIRE_HAS_AMOUNT && record->decimals[0] == WIRE_MINOR && amount > 0 &&
           amount <= AMOUNT_MAX && command->extra == &ledger_extra_none;
}

enum wire_error wire_batch_decode(struct ledger_command *ret_commands,
                                  struct ledger_extra *ret_extras, const struct wire_batch *batch)
{
    const uint8_t *bytes = batch->records;
    const uint8_t *const end = bytes + (size_t)batch->records_count * WIRE_RECORD_SIZE;
    struct currency_cache cache = {0};

    for (uint32_t i = 0; i < batch->count; i++) {
        struct ledger_command *command = &ret_commands[i];
        const struct wire_command *record = (const struct wire_command *)(const void *)bytes;

        REQUIRE(bytes < end, WIRE_BAD_COUNT);
        bytes += sizeof(*record);
        record_take(command, record, &cache);
        if (UNLIKELY(record->more > 0)) {
            const size_t size = (size_t)record->more * WIRE_RECORD_SIZE;
            const size_t behind = (size_t)(batch->count - 1 - i) * WIRE_RECORD_SIZE;
            struct items items = {.command = command, .extra = NULL};

            REQUIRE(record->more <= WIRE_MORE_MAX, WIRE_BAD_RECORD);
            /* Those of all commands together, and so the extras too, are no more than there are. */
            REQUIRE(size + behind <= (size_t)(end - bytes), WIRE_BAD_COUNT);
            items.extra = ret_extras++;
            *items.extra = ledger_extra_none;
            command->extra = items.extra;
            TRY(continuation_take(&items, bytes, size));
            bytes += size;
        }
        if (!ledger_command_fields_hold(command)) {
            broken(command, LEDGER_BAD_REQUEST);
        }
        if (!amounts_plain(command, record) || command->extra != &ledger_extra_none) {
            ledger_command_judge(command, batch->base);
        }
    }
    return bytes == end ? WIRE_OK : WIRE_BAD_COUNT;
}
