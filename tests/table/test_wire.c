/* The format of the binary protocol: checksums, numbers, frames, and records against the reader of
 * JSON, which must take the same command for the same words and give the same code for the same
 * mistake. */
#include "cmocka_headroom.h"

#include "headroom/client.h"
#include "ledger/command_json.h"
#include "ledger/command_pack.h"
#include "wire/wire_checksum.h"
#include "wire/wire_decode.h"
#include "wire/wire_frame.h"

static uint64_t random_state = 88172645463325252ULL;

static uint64_t random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static unsigned random_below(unsigned count)
{
    return (unsigned)(random_next() % count);
}

/* ---- checksums ---- */

static void checksum_of_the_standard(void **state)
{
    (void)state;
    assert_int_equal(wire_checksum("123456789", 9), 0xE3069283U);
    assert_int_equal(wire_checksum_plain("123456789", 9), 0xE3069283U);
    assert_int_equal(wire_checksum("", 0), 0);
    /* RFC 3720, B.4: 32 bytes of zeroes, of ones, and ascending. */
    uint8_t bytes[32] = {0};
    assert_int_equal(wire_checksum(bytes, sizeof(bytes)), 0x8A9136AAU);
    memset(bytes, 0xFF, sizeof(bytes));
    assert_int_equal(wire_checksum(bytes, sizeof(bytes)), 0x62A8AB43U);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)i;
    }
    assert_int_equal(wire_checksum(bytes, sizeof(bytes)), 0x46DD794EU);
}

static void checksum_of_any_size(void **state)
{
    static uint8_t bytes[40000];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)random_next();
    }
    for (unsigned round = 0; round < 400; round++) {
        const size_t from = random_below(64);
        const size_t size = round < 200 ? round : random_below(sizeof(bytes) - 64);

        assert_int_equal(wire_checksum(bytes + from, size),
                         wire_checksum_plain(bytes + from, size));
    }
}

/* ---- numbers that stay ---- */

static void numbers_are_those_of_the_client(void **state)
{
    (void)state;
    assert_int_equal(LEDGER_STATUS_COUNT, HR_CODE_COUNT);
    for (unsigned code = 0; code < HR_CODE_COUNT; code++) {
        const struct slice name = ledger_status_code((enum ledger_status)code);

        assert_true(slice_equal(name, slice_from_cstr(hr_code_name(code))));
    }
    assert_string_equal(hr_code_name(HR_CODE_COUNT), "unknown");
    static const struct {
        enum hr_op op;
        const char *name;
    } ops[] = {
        {HR_RATE_SET, "rate.set"},
        {HR_DAY_OPEN, "day.open"},
        {HR_LIMIT_OPEN, "limit.open"},
        {HR_LIMIT_ADJUST, "limit.adjust"},
        {HR_LIMIT_RAISE, "limit.raise"},
        {HR_LIMIT_ACTIVATE, "limit.activate"},
        {HR_LIMIT_FREEZE, "limit.freeze"},
        {HR_LIMIT_UNFREEZE, "limit.unfreeze"},
        {HR_LIMIT_MOVE, "limit.move"},
        {HR_LIMIT_CLOSE, "limit.close"},
        {HR_UNLOCK, "unlock"},
        {HR_RESERVE, "reserve"},
        {HR_CONFIRM, "confirm"},
        {HR_CANCEL, "cancel"},
        {HR_DRAW, "draw"},
        {HR_REPAY, "repay"},
        {HR_RESTATE, "restate"},
        {HR_CHECK, "check"},
        {HR_GET, "get"},
    };
    assert_int_equal(sizeof(ops) / sizeof(*ops), LEDGER_OP_EXPIRE - 1);
    for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
        assert_int_equal(ledger_op_from_name(slice_from_cstr(ops[i].name)), (int)ops[i].op);
    }
}

/* ---- frames ---- */

static void every_bit_of_a_header_counts(void **state)
{
    uint8_t frame[WIRE_HEADER_SIZE + 2 * WIRE_RECORD_SIZE] = {0};
    struct wire_header header = {
        .size = sizeof(frame), .type = WIRE_BATCH, .count = 2, .records = 2, .tag = 77};
    struct wire_header read;

    (void)state;
    wire_frame_seal(frame, &header);
    assert_int_equal(wire_header_read(&read, frame), WIRE_OK);
    assert_int_equal(read.tag, 77);
    assert_int_equal(wire_body_check(&read, frame + WIRE_HEADER_SIZE), WIRE_OK);
    for (size_t bit = 0; bit < WIRE_HEADER_SIZE * 8; bit++) {
        frame[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_not_equal(wire_header_read(&read, frame), WIRE_OK);
        frame[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t bit = WIRE_HEADER_SIZE * 8; bit < sizeof(frame) * 8; bit++) {
        frame[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(wire_body_check(&header, frame + WIRE_HEADER_SIZE), WIRE_BAD_CHECKSUM);
        frame[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void counts_and_sizes(void **state)
{
    static const struct {
        enum wire_type type;
        uint32_t count, records, size;
    } rows[] = {
        {WIRE_HELLO, 0, 1, 192},
        {WIRE_HELLO, 0, 2, 0},
        {WIRE_HELLO, 1, 1, 0},
        {WIRE_PING, 0, 0, 64},
        {WIRE_PONG, 0, 1, 0},
        {WIRE_BATCH, 0, 0, 0},
        {WIRE_BATCH, 1, 1, 192},
        {WIRE_BATCH, 2, 1, 0},
        {WIRE_BATCH, 8192, 32768, 64 + 32768 * 128},
        {WIRE_BATCH, 8193, 8193, 0},
        {WIRE_BATCH, 1, 32769, 0},
        {WIRE_BATCH, 1, UINT32_MAX, 0},
        {WIRE_RESULTS, 1, 0, 192},
        {WIRE_RESULTS, 16, 0, 192},
        {WIRE_RESULTS, 17, 0, 320},
        {WIRE_RESULTS, 1, 255, 192 + 255 * 128},
        {WIRE_RESULTS, 1, 256, 0},
        {WIRE_ERROR, 0, 1, 192},
        {(enum wire_type)0, 0, 1, 0},
        {(enum wire_type)8, 0, 1, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        assert_int_equal(wire_frame_size(rows[i].type, rows[i].count, rows[i].records),
                         rows[i].size);
    }
}

static void errors_say_what_they_mean(void **state)
{
    uint8_t frame[WIRE_ERROR_FRAME_SIZE];
    struct wire_header header;
    struct wire_failure failure;

    (void)state;
#define X(identifier, number, ends_, again_, text_)                                                \
    wire_error_write(frame, WIRE_##identifier, 5);                                                 \
    assert_int_equal(wire_header_read(&header, frame), WIRE_OK);                                   \
    memcpy(&failure, frame + WIRE_HEADER_SIZE, sizeof(failure));                                   \
    assert_int_equal(failure.code, number);                                                        \
    assert_int_equal(failure.ends, ends_);                                                         \
    assert_int_equal(failure.again, again_);                                                       \
    assert_memory_equal(failure.text, text_, strlen(text_));
    WIRE_ERROR_LIST(X)
#undef X
}

/* ---- one record ---- */

static struct ledger_extra extras[4];

static enum wire_error decode(struct ledger_command *ret_command, const uint8_t *records,
                              uint32_t records_count)
{
    const struct wire_batch batch = {records, records_count, 1, CURRENCY_CNY};

    return wire_batch_decode(ret_command, extras, &batch);
}

/* A draw as good as any, to be spoilt. */
static struct wire_command draw_make(void)
{
    struct wire_command record = {.op = LEDGER_OP_DRAW,
                                  .flags = WIRE_HAS_AMOUNT,
                                  .target_kind = WIRE_TARGET_LIMIT,
                                  .decimals = {WIRE_MINOR},
                                  .amounts = {100},
                                  .id = "d-1",
                                  .target = "line"};
    return record;
}

static void spoilt_records(void **state)
{
    struct wire_command record;
    struct ledger_command command;

    (void)state;
#define SPOILT(expected, ...)                                                                      \
    do {                                                                                           \
        record = draw_make();                                                                      \
        __VA_ARGS__;                                                                               \
        assert_int_equal(decode(&command, (const uint8_t *)&record, 1), WIRE_OK);                  \
        assert_int_equal(command.form, expected);                                                  \
    } while (0)
    SPOILT(LEDGER_OK, (void)0);
    SPOILT(LEDGER_BAD_REQUEST, record.op = 0);
    SPOILT(LEDGER_BAD_REQUEST, record.op = LEDGER_OP_EXPIRE);
    SPOILT(LEDGER_BAD_REQUEST, record.op = 255);
    SPOILT(LEDGER_BAD_REQUEST, record.flags |= 256);
    SPOILT(LEDGER_BAD_REQUEST, record.flags |= WIRE_FINAL);
    SPOILT(LEDGER_BAD_REQUEST, record.flags |= WIRE_HAS_FINAL);
    SPOILT(LEDGER_BAD_REQUEST, record.flags |= WIRE_HAS_EXPIRES);
    SPOILT(LEDGER_BAD_REQUEST, record.reserved = 1);
    SPOILT(LEDGER_BAD_REQUEST, record.reserved_too[15] = 1);
    SPOILT(LEDGER_BAD_REQUEST, record.target_kind = WIRE_TARGET_RESERVATION);
    SPOILT(LEDGER_BAD_REQUEST, record.target_kind = WIRE_TARGET_NONE);
    SPOILT(LEDGER_BAD_REQUEST, record.target_kind = 5);
    SPOILT(LEDGER_BAD_REQUEST, record.due = 1);
    SPOILT(LEDGER_BAD_REQUEST, record.expires = 1);
    SPOILT(LEDGER_BAD_REQUEST, record.amounts[1] = 1);
    SPOILT(LEDGER_BAD_REQUEST, record.decimals[2] = 1);
    SPOILT(LEDGER_BAD_REQUEST, record.flags = 0; record.amounts[0] = 0; record.decimals[0] = 0);
    SPOILT(LEDGER_BAD_REQUEST, memset(record.id, 0, 32));
    SPOILT(LEDGER_BAD_ID, record.id[0] = ' ');
    SPOILT(LEDGER_BAD_ID, record.id[2] = ' ');
    SPOILT(LEDGER_BAD_ID, record.id[0] = '\n');
    SPOILT(LEDGER_BAD_ID, record.id[0] = (char)0xC3; record.id[1] = 'x');
    SPOILT(LEDGER_BAD_ID, record.id[31] = 'x');
    SPOILT(LEDGER_BAD_ID, record.id[0] = 0);
    SPOILT(LEDGER_BAD_ID, memset(record.target, 0, 32));
    SPOILT(LEDGER_BAD_ID, record.target[8] = 'x');
    SPOILT(LEDGER_BAD_CURRENCY, record.currency[0] = 'C');
    SPOILT(LEDGER_BAD_CURRENCY, memcpy(record.currency, "cny", 3));
    SPOILT(LEDGER_BAD_AMOUNT, record.amounts[0] = 0);
    SPOILT(LEDGER_BAD_AMOUNT, record.amounts[0] = AMOUNT_MAX + 1);
    SPOILT(LEDGER_BAD_AMOUNT, record.decimals[0] = 19);
    SPOILT(LEDGER_BAD_AMOUNT, record.decimals[0] = 254);
    SPOILT(LEDGER_BAD_AMOUNT, record.decimals[0] = 5);
    SPOILT(LEDGER_BAD_AMOUNT, record.flags |= WIRE_HAS_EXPOSURE; record.decimals[1] = WIRE_MINOR;
           record.amounts[1] = 101);
    SPOILT(LEDGER_BAD_DATE, record.flags |= WIRE_HAS_DUE; record.due = 2932897);
    SPOILT(LEDGER_BAD_DATE, record.flags |= WIRE_HAS_DUE; record.due = INT32_MIN);
    SPOILT(LEDGER_OK, record.flags |= WIRE_HAS_DUE; record.due = 0);
    SPOILT(LEDGER_OK, memset(record.id, 'x', 32));
    SPOILT(LEDGER_OK, memcpy(record.id, "\xE9\xA2\x9D\xE5\xBA\xA6 1", 8));
    SPOILT(LEDGER_OK, record.id[1] = ' '; record.id[2] = 'x');
#undef SPOILT
}

/* Continuations that do not add up are errors of the frame. */
static void broken_continuations(void **state)
{
    uint8_t records[3 * WIRE_RECORD_SIZE] = {0};
    struct wire_command record = draw_make();
    struct wire_item_head head = {.item = WIRE_ITEM_REASON, .size = 100};
    struct ledger_command commands[3];
    struct wire_batch batch = {records, 3, 2, CURRENCY_CNY};

    (void)state;
    assert_int_equal(decode(&commands[0], records, 2), WIRE_BAD_COUNT);
    record.more = 1;
    memcpy(records, &record, sizeof(record));
    memcpy(records + WIRE_RECORD_SIZE, &head, sizeof(head));
    memset(records + WIRE_RECORD_SIZE + sizeof(head), 'r', head.size);
    assert_int_equal(decode(&commands[0], records, 2), WIRE_OK);
    assert_int_equal(commands[0].form, LEDGER_OK);
    assert_int_equal(commands[0].extra->reason.size, 100);
    assert_int_equal(decode(&commands[0], records, 1), WIRE_BAD_COUNT);
    assert_int_equal(decode(&commands[0], records, 3), WIRE_BAD_COUNT);
    head.size = 125; /* one byte beyond the record */
    memcpy(records + WIRE_RECORD_SIZE, &head, sizeof(head));
    assert_int_equal(decode(&commands[0], records, 2), WIRE_BAD_RECORD);
    head.size = 100;
    head.reserved = 1;
    memcpy(records + WIRE_RECORD_SIZE, &head, sizeof(head));
    assert_int_equal(decode(&commands[0], records, 2), WIRE_BAD_RECORD);
    head.reserved = 0;
    memcpy(records + WIRE_RECORD_SIZE, &head, sizeof(head));
    records[2 * WIRE_RECORD_SIZE - 1] = 1; /* behind the end */
    assert_int_equal(decode(&commands[0], records, 2), WIRE_BAD_RECORD);
    records[2 * WIRE_RECORD_SIZE - 1] = 0;
    /* The first command takes the record that the second one needs. */
    memcpy(records + 2 * (size_t)WIRE_RECORD_SIZE, &record, sizeof(record));
    assert_int_equal(wire_batch_decode(commands, extras, &batch), WIRE_BAD_COUNT);
    /* Continuations that are claimed but not there must not touch an extra that is not there. */
    batch = (struct wire_batch){records, 2, 2, CURRENCY_CNY};
    assert_int_equal(wire_extras_max(2, 2), 0);
    assert_int_equal(wire_batch_decode(commands, NULL, &batch), WIRE_BAD_COUNT);
    /* An item of a later version, or one that comes twice, is wrong in form. */
    head = (struct wire_item_head){.item = 200, .size = 4};
    memset(records + WIRE_RECORD_SIZE, 0, WIRE_RECORD_SIZE);
    memcpy(records + WIRE_RECORD_SIZE, &head, sizeof(head));
    assert_int_equal(decode(&commands[0], records, 2), WIRE_OK);
    assert_int_equal(commands[0].form, LEDGER_BAD_REQUEST);
}

/* ---- records against JSON ---- */

/* A command said twice. */
struct said {
    struct hr_batch *batch;
    struct hr_command *command;
    struct buffer json;
};

static const char *pick(const char *const *words, unsigned count)
{
    return words[random_below(count)];
}

#define PICK(...)                                                                                  \
    pick((const char *const[]){__VA_ARGS__},                                                       \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void say(struct said *said, const char *name, const char *value)
{
    buffer_printf(&said->json, ",\"%s\":\"%s\"", name, value);
}

static const char *id_pick(void)
{
    return PICK("a", "line-1", "0123456789abcdef0123456789abcdef",
                "0123456789abcdef0123456789abcdefg", "", " a", "a ", "a b",
                "\xE9\xA2\x9D\xE5\xBA\xA6", "\xC3\xA9", "d-000001", "x~!");
}

static void say_target(struct said *said)
{
    static const char *const names[] = {"", "limit", "reservation", "exposure_id", "unlock"};
    const enum hr_target kind = (enum hr_target)(1 + random_below(4));
    const char *id = id_pick();

    hr_set_target(said->command, kind, id);
    say(said, names[kind], id);
}

static void say_amount(struct said *said, enum hr_measure measure)
{
    const bool cap = measure == HR_AMOUNT &&
                     (said->command->op == HR_LIMIT_OPEN || said->command->op == HR_LIMIT_ADJUST);
    static const char *const names[] = {"amount", "exposure", "weighted"};
    const char *amount =
        PICK("0", "1", "1.5", "1.50", "100.00", "0.001", "1000", "99999999999999999",
             "10000000000000000.01", "9999999999999999999", "-1", "1e3", "", "1.2.3", "007");

    hr_set_amount(said->command, measure, amount);
    say(said, cap ? "cap" : names[measure], amount);
}

static void say_text(struct said *said, enum hr_member member, const char *name)
{
    const char *text = PICK("", "x", "end of day", "0123456789abcdef0123456789abcdef",
                            "0123456789abcdef0123456789abcdefg", "\xE9\xA2\x9D\xE5\xBA\xA6");

    assert_int_equal(hr_add_text(said->batch, member, text), HR_OK);
    say(said, name, text);
}

static void say_date(struct said *said, enum hr_member member, const char *name)
{
    const char *date = PICK("2026-11-25", "2026-11-24", "0001-01-01", "9999-12-31", "2026-02-30");

    assert_int_equal(hr_add_number(said->batch, member, hr_date(date)), HR_OK);
    say(said, name, date);
}

static void say_ids(struct said *said, enum hr_member member, const char *name)
{
    const char *ids[40];
    const unsigned count = PICK("", "x")[0] == 0 ? random_below(3) : random_below(40);

    buffer_printf(&said->json, ",\"%s\":[", name);
    for (unsigned i = 0; i < count; i++) {
        ids[i] = id_pick();
        buffer_printf(&said->json, "%s\"%s\"", i == 0 ? "" : ",", ids[i]);
    }
    buffer_append_byte(&said->json, ']');
    assert_int_equal(hr_add_ids(said->batch, member, ids, count), HR_OK);
}

static void say_number(struct said *said, enum hr_member member, const char *name, int64_t number,
                       const char *value)
{
    assert_int_equal(hr_add_number(said->batch, member, number), HR_OK);
    buffer_printf(&said->json, ",\"%s\":%s", name, value);
}

static void say_rate(struct said *said)
{
    static const struct {
        const char *text;
        int64_t rate;
    } rates[] = {{"\"7.1\"", 71000000000},
                 {"\"1\"", 10000000000},
                 {"\"0\"", 0},
                 {"\"1000000\"", 10000000000000000},
                 {"\"1000001\"", 10000010000000000}};
    const unsigned rate = random_below(5);

    say_number(said, HR_RATE, "rate", rates[rate].rate, rates[rate].text);
}

static void say_word(struct said *said)
{
    static const char *const measures[] = {"\"nominal\"", "\"exposure\"", "\"weighted\"", "\"x\""};
    static const char *const modes[] = {"\"hard\"", "\"soft\"", "\"off\"", "\"x\""};
    static const char *const statuses[] = {"\"pending\"", "\"active\"", "\"frozen\"", "\"x\""};
    const unsigned word = random_below(4);

    switch (random_below(6)) {
    case 0:
        say_number(said, HR_TOLERANCE_BPS, "tolerance_bps", word == 3 ? 1000001 : 500,
                   word == 3 ? "1000001" : "500");
        break;
    case 1:
        say_number(said, HR_MEASURE, "measure", word, measures[word]);
        break;
    case 2:
        say_number(said, HR_MODE, "mode", word, modes[word]);
        break;
    case 3:
        say_number(said, HR_STATUS, "status", word, statuses[word]);
        break;
    case 4:
        say_number(said, HR_LIFTS, "lifts", word == 3 ? 0 : 5,
                   word == 3 ? "[]" : "[\"limit_exceeded\",\"not_yet_valid\"]");
        break;
    default:
        say_number(said, HR_REVOLVING, "revolving", word & 1, (word & 1) != 0 ? "true" : "false");
        break;
    }
}

static void say_rare(struct said *said)
{
    static const struct {
        void (*say)(struct said *said, enum hr_member member, const char *name);
        enum hr_member member;
        const char *name;
    } rows[] = {
        {say_ids, HR_PARENTS, "parents"},      {say_ids, HR_UNLOCKS, "unlocks"},
        {say_text, HR_HOLDER, "holder"},       {say_text, HR_KIND, "kind"},
        {say_text, HR_ACTOR, "actor"},         {say_text, HR_REASON, "reason"},
        {say_text, HR_CASE, "case"},           {say_date, HR_DATE, "date"},
        {say_date, HR_FROM, "from"},           {say_date, HR_UNTIL, "until"},
        {say_date, HR_DUE_UNTIL, "due_until"},
    };
    const unsigned row = random_below(18);

    if (row < sizeof(rows) / sizeof(*rows)) {
        rows[row].say(said, rows[row].member, rows[row].name);
    } else if (row == 17) {
        say_rate(said);
    } else {
        say_word(said);
    }
}

static void say_moments(struct said *said)
{
    if (random_below(4) == 0) {
        const char *due = PICK("2026-12-31", "1969-12-31", "2026-13-01");

        hr_set_due(said->command, due);
        say(said, "due", due);
    }
    if (random_below(4) == 0) {
        hr_set_expires(said->command, 1764072000000000);
        say(said, "expires", "2025-11-25T12:00:00Z");
    }
    if (random_below(4) == 0) {
        const bool final = random_below(2) != 0;

        hr_set_final(said->command, final);
        buffer_printf(&said->json, ",\"final\":%s", final ? "true" : "false");
    }
    if (random_below(4) == 0) {
        hr_set_linked(said->command, true);
        buffer_append_cstr(&said->json, ",\"linked\":true");
    }
}

static void say_command(struct said *said)
{
    const enum hr_op op = (enum hr_op)(1 + random_below(19));
    const struct slice name = ledger_op_name((enum ledger_op)op);
    const char *id = random_below(8) == 0 ? NULL : id_pick();

    buffer_reset(&said->json);
    buffer_printf(&said->json, "{\"op\":\"%.*s\"", (int)name.size, name.data);
    hr_batch_clear(said->batch);
    said->command = hr_batch_add(said->batch, op, id);
    if (id != NULL) {
        say(said, "id", id);
    }
    if (random_below(5) != 0) {
        say_target(said);
    }
    for (unsigned measure = HR_AMOUNT; measure <= HR_WEIGHTED; measure++) {
        if (random_below(2 + 2 * measure) == 0) {
            say_amount(said, (enum hr_measure)measure);
        }
    }
    if (random_below(3) == 0) {
        const char *currency = PICK("CNY", "USD", "JPY", "XYZ", "cny", "CNYX");

        hr_set_currency(said->command, currency);
        say(said, "currency", currency);
    }
    say_moments(said);
    if (random_below(2) == 0) {
        say_rare(said);
    }
    buffer_append_byte(&said->json, '}');
}

static void json_decode(struct arena *arena, struct ledger_command *ret_command, struct slice text)
{
    struct json_error error;
    const struct json_value *value = json_parse(arena, &error, text);

    assert_non_null(value);
    assert_true(ledger_command_read_json(arena, ret_command, value, CURRENCY_CNY, false));
}

static void compare(struct said *said, struct arena *arena)
{
    static uint8_t from_json[COMMAND_PACKED_MAX];
    static uint8_t from_wire[COMMAND_PACKED_MAX];
    struct ledger_command json;
    struct ledger_command wire;
    const uint8_t *records = (const uint8_t *)said->command;
    const struct wire_batch batch = {records, 1U + said->command->more, 1, CURRENCY_CNY};

    json_decode(arena, &json, buffer_slice(&said->json));
    assert_int_equal(wire_batch_decode(&wire, extras, &batch), WIRE_OK);
    if (json.form != wire.form) {
        print_error("%.*s\n", (int)said->json.size, said->json.data);
    }
    assert_int_equal(json.form, wire.form);
    assert_int_equal(json.has_id, wire.has_id);
    if (json.form == LEDGER_OK) {
        const size_t size = command_pack(from_json, &json);

        assert_int_equal(command_pack(from_wire, &wire), size);
        assert_memory_equal(from_json, from_wire, size);
    }
}

/* The same command in JSON and as a record: the same command, or the same mistake. */
static void records_are_what_json_says(void **state)
{
    struct said said = {.batch = hr_batch_new(1, 60)};
    struct arena arena;
    unsigned good = 0;

    (void)state;
    arena_init(&arena, 1U << 20);
    assert_non_null(said.batch);
    for (unsigned i = 0; i < 200000; i++) {
        arena_reset(&arena);
        say_command(&said);
        compare(&said, &arena);
        struct ledger_command command;
        json_decode(&arena, &command, buffer_slice(&said.json));
        good += command.form == LEDGER_OK;
    }
    assert_true(good > 500); /* else the generator says nothing */
    buffer_release(&said.json);
    hr_batch_free(said.batch);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksum_of_the_standard),
        cmocka_unit_test(checksum_of_any_size),
        cmocka_unit_test(numbers_are_those_of_the_client),
        cmocka_unit_test(every_bit_of_a_header_counts),
        cmocka_unit_test(counts_and_sizes),
        cmocka_unit_test(errors_say_what_they_mean),
        cmocka_unit_test(spoilt_records),
        cmocka_unit_test(broken_continuations),
        cmocka_unit_test(records_are_what_json_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
