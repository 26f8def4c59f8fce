/* A packed command:
 *
 *   u8  op                enum ledger_op, numbered as in LEDGER_OP_LIST
 *   u8  form              0, or the code of the rule of form that is broken (then nothing but `at`
 * follows) u8  flags             1 linked, 2 final, 4 has an id, 8 has extra fields, 16 has `at`
 *   u8[3] currency        letters, or zeroes
 *   u64 fields            which members were given, numbered as in LEDGER_FIELD_LIST
 *   i64 at                if flagged
 *   text8 id, target      a size byte and the bytes
 *   u64 u8                digits and decimals of each amount that was given
 *   i32 due, i64 expires  each if given
 *   extra                 if flagged: u64 rate; i32 date, from, until, due_until, tolerance; u8
 * measure, mode, status, lifts, revolving, parents, unlocks; text8 for each parent and unlock;
 * text16 holder, kind, actor, reason, case */
#include "ledger/command_pack.h"

enum { FLAG_LINKED = 1, FLAG_FINAL = 2, FLAG_ID = 4, FLAG_EXTRA = 8, FLAG_AT = 16 };

static const uint64_t amount_fields[MEASURE_COUNT] = {LEDGER_HAS(AMOUNT) | LEDGER_HAS(CAP),
                                                      LEDGER_HAS(EXPOSURE), LEDGER_HAS(WEIGHTED)};

/* ---- packing ---- */

static uint8_t *put(uint8_t *out, const void *data, size_t size)
{
    memcpy(out, data, size);
    return out + size;
}

static uint8_t *put_u8(uint8_t *out, unsigned value)
{
    *out = (uint8_t)value;
    return out + 1;
}

static uint8_t *put_i32(uint8_t *out, int32_t value)
{
    return put(out, &value, sizeof(value));
}

static uint8_t *put_u64(uint8_t *out, uint64_t value)
{
    return put(out, &value, sizeof(value));
}

static uint8_t *put_id(uint8_t *out, const struct ledger_id *id)
{
    const struct slice text = ledger_id_slice(id);

    return put(put_u8(out, (unsigned)text.size), text.data, text.size);
}

static uint8_t *put_text(uint8_t *out, struct slice text)
{
    const uint16_t size = (uint16_t)text.size;

    check(text.size <= LEDGER_TEXT_MAX);
    out = put(out, &size, sizeof(size));
    return text.size == 0 ? out : put(out, text.data, text.size);
}

static uint8_t *put_extra(uint8_t *out, const struct ledger_extra *extra)
{
    out = put_u64(out, extra->rate_e10);
    out = put_i32(out, extra->date);
    out = put_i32(out, extra->from);
    out = put_i32(out, extra->until);
    out = put_i32(out, extra->due_until);
    out = put_i32(out, extra->tolerance_bps);
    out = put_u8(out, extra->measure);
    out = put_u8(out, extra->mode);
    out = put_u8(out, extra->status);
    out = put_u8(out, extra->lifts);
    out = put_u8(out, extra->revolving);
    out = put_u8(out, extra->parents_count);
    out = put_u8(out, extra->unlocks_count);
    for (unsigned i = 0; i < extra->parents_count; i++) {
        out = put_id(out, &extra->parents[i]);
    }
    for (unsigned i = 0; i < extra->unlocks_count; i++) {
        out = put_id(out, &extra->unlocks[i]);
    }
    out = put_text(out, extra->holder);
    out = put_text(out, extra->kind);
    out = put_text(out, extra->actor);
    out = put_text(out, extra->reason);
    return put_text(out, extra->case_ref);
}

size_t command_pack(uint8_t *room, const struct ledger_command *command)
{
    const bool sound = command->form == LEDGER_OK;
    const bool extra = sound && command->extra != &ledger_extra_none;
    uint8_t *out = room;

    out = put_u8(out, command->op);
    out = put_u8(out, command->form);
    out = put_u8(out, (command->linked ? FLAG_LINKED : 0U) | (command->final ? FLAG_FINAL : 0U) |
                          (command->has_id ? FLAG_ID : 0U) | (extra ? FLAG_EXTRA : 0U) |
                          (command->at != TIME_NONE ? FLAG_AT : 0U));
    if (currency_valid(command->currency)) {
        out = put(out, currency_code((enum currency)command->currency).data, 3);
    } else {
        out = put(out, "\0\0\0", 3);
    }
    out = put_u64(out, command->fields);
    if (command->at != TIME_NONE) {
        out = put_u64(out, (uint64_t)command->at);
    }
    if (!sound) {
        return (size_t)(out - room);
    }
    out = put_id(out, &command->id);
    out = put_id(out, &command->target);
    for (int i = 0; i < MEASURE_COUNT; i++) {
        if ((command->fields & amount_fields[i]) != 0) {
            out = put_u64(out, command->amounts[i].digits);
            out = put_u8(out, command->amounts[i].decimals);
        }
    }
    if ((command->fields & LEDGER_HAS(DUE)) != 0) {
        out = put_i32(out, command->due);
    }
    if ((command->fields & LEDGER_HAS(EXPIRES)) != 0) {
        out = put_u64(out, (uint64_t)command->expires);
    }
    if (extra) {
        out = put_extra(out, command->extra);
    }
    return (size_t)(out - room);
}

/* ---- unpacking ---- */

struct unpacker {
    struct slice rest;
    bool failed; /* the bytes ended too early, or mean nothing */
};

static void take(struct unpacker *in, void *data, size_t size)
{
    if (in->failed || in->rest.size < size) {
        in->failed = true;
        memset(data, 0, size);
        return;
    }
    memcpy(data, in->rest.data, size);
    in->rest = slice_of(in->rest.data + size, in->rest.size - size);
}

static uint8_t take_u8(struct unpacker *in)
{
    uint8_t value;

    take(in, &value, sizeof(value));
    return value;
}

/* A byte below `count`. */
static uint8_t take_below(struct unpacker *in, unsigned count)
{
    const uint8_t value = take_u8(in);

    in->failed = in->failed || value >= count;
    return in->failed ? 0 : value;
}

static int32_t take_i32(struct unpacker *in)
{
    int32_t value;

    take(in, &value, sizeof(value));
    return value;
}

static uint64_t take_u64(struct unpacker *in)
{
    uint64_t value;

    take(in, &value, sizeof(value));
    return value;
}

static void take_id(struct unpacker *in, struct ledger_id *id)
{
    const uint8_t size = take_below(in, LEDGER_ID_SIZE + 1);

    *id = (struct ledger_id){{0}};
    take(in, id->bytes, size);
}

static struct slice take_text(struct unpacker *in)
{
    uint16_t size;

    take(in, &size, sizeof(size));
    if (in->failed || size > in->rest.size || size > LEDGER_TEXT_MAX) {
        in->failed = true;
        return slice_of(NULL, 0);
    }
    const struct slice text = slice_of(in->rest.data, size);
    in->rest = slice_of(in->rest.data + size, in->rest.size - size);
    return text;
}

static const struct ledger_id *take_ids(struct unpacker *in, struct arena *arena, unsigned count)
{
    struct ledger_id *ids = arena_take_array(arena, count + 1UL, sizeof(*ids));

    if (ids == NULL) {
        in->failed = true;
        return NULL;
    }
    for (unsigned i = 0; i < count; i++) {
        take_id(in, &ids[i]);
    }
    return ids;
}

static void take_extra(struct unpacker *in, struct arena *arena, struct ledger_extra *extra)
{
    extra->rate_e10 = take_u64(in);
    extra->date = take_i32(in);
    extra->from = take_i32(in);
    extra->until = take_i32(in);
    extra->due_until = take_i32(in);
    extra->tolerance_bps = take_i32(in);
    extra->measure = take_below(in, MEASURE_COUNT);
    extra->mode = take_below(in, MODE_COUNT);
    extra->status = take_below(in, LIMIT_STATUS_COUNT);
    extra->lifts = take_below(in, LIFT_ALL + 1);
    extra->revolving = take_below(in, 2) != 0;
    extra->parents_count = take_below(in, LEDGER_PARENTS_MAX + 1);
    extra->unlocks_count = take_below(in, LEDGER_UNLOCKS_MAX + 1);
    extra->parents = take_ids(in, arena, extra->parents_count);
    extra->unlocks = take_ids(in, arena, extra->unlocks_count);
    extra->holder = take_text(in);
    extra->kind = take_text(in);
    extra->actor = take_text(in);
    extra->reason = take_text(in);
    extra->case_ref = take_text(in);
    in->failed = in->failed || extra->holder.size > LEDGER_ID_SIZE ||
                 extra->kind.size > LEDGER_KIND_SIZE || extra->rate_e10 > LEDGER_RATE_MAX;
}

static void take_body(struct unpacker *in, struct ledger_command *command)
{
    take_id(in, &command->id);
    take_id(in, &command->target);
    for (int i = 0; i < MEASURE_COUNT; i++) {
        if ((command->fields & amount_fields[i]) != 0) {
            command->amounts[i].digits = take_u64(in);
            command->amounts[i].decimals = take_u8(in);
        }
    }
    if ((command->fields & LEDGER_HAS(DUE)) != 0) {
        command->due = take_i32(in);
    }
    if ((command->fields & LEDGER_HAS(EXPIRES)) != 0) {
        command->expires = (time_us)take_u64(in);
    }
}

bool command_unpack(struct arena *arena, struct ledger_command *ret_command, struct slice *bytes)
{
    struct unpacker in = {.rest = *bytes};
    char currency[3];

    ledger_command_init(ret_command, LEDGER_OP_NONE);
    ret_command->op = take_below(&in, LEDGER_OP_EXPIRE);
    ret_command->form = take_below(&in, LEDGER_ID_CONFLICT);
    const uint8_t flags = take_u8(&in);
    take(&in, currency, sizeof(currency));
    ret_command->currency = (uint8_t)currency_from_code(slice_of(currency, sizeof(currency)));
    ret_command->fields = take_u64(&in);
    ret_command->linked = (flags & FLAG_LINKED) != 0;
    ret_command->final = (flags & FLAG_FINAL) != 0;
    ret_command->has_id = (flags & FLAG_ID) != 0;
    if ((flags & FLAG_AT) != 0) {
        ret_command->at = (time_us)take_u64(&in);
    }
    in.failed = in.failed || (currency[0] != 0 && ret_command->currency == CURRENCY_NONE) ||
                (ret_command->form == LEDGER_OK && ret_command->op == LEDGER_OP_NONE);
    if (ret_command->form == LEDGER_OK) {
        take_body(&in, ret_command);
        if ((flags & FLAG_EXTRA) != 0) {
            struct ledger_extra *extra = arena_take(arena, sizeof(*extra));
            REQUIRE(extra != NULL, false);
            *extra = ledger_extra_none;
            take_extra(&in, arena, extra);
            ret_command->extra = extra;
        }
    }
    REQUIRE(!in.failed, false);
    *bytes = in.rest;
    return true;
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "packed commands are little-endian");
