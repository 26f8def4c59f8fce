/* Any bytes as NDJSON: each line is read as a command and packed; the ledger that is given the
 * commands and the ledger that is given what was unpacked answer the same and stand in the same
 * state, which verifies. An empty line ends a batch. */
#include "ledger/command_json.h"
#include "ledger/command_pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BATCH_MAX = 16, COMMANDS_MAX = 128 };

struct batch {
    struct arena arena;
    struct ledger *ledger, *other;
    struct ledger_command commands[BATCH_MAX], unpacked[BATCH_MAX];
    uint8_t packed[BATCH_MAX][COMMAND_PACKED_MAX]; /* what unpacked commands point into */
    size_t count;
};

static struct ledger *ledger_small(uint64_t hash_seed)
{
    const struct ledger_options options = {
        .base = CURRENCY_CNY,
        .limits_max = COMMANDS_MAX + BATCH_MAX,
        .records_max = COMMANDS_MAX + BATCH_MAX,
        .traces_max = COMMANDS_MAX + BATCH_MAX,
        .unlocks_max = COMMANDS_MAX + BATCH_MAX,
        .commands_max = BATCH_MAX,
        .hash_seed = hash_seed,
    };
    struct ledger *ledger = ledger_open(&options);

    check(ledger != NULL);
    return ledger;
}

static void command_take(struct batch *batch, struct slice line)
{
    struct ledger_command *command = &batch->commands[batch->count];
    struct ledger_command *unpacked = &batch->unpacked[batch->count];
    uint8_t *packed = batch->packed[batch->count++];
    uint8_t twice[COMMAND_PACKED_MAX];
    struct json_error error = {0};
    const struct json_value *value = json_parse(&batch->arena, &error, line);

    check(ledger_command_read_json(&batch->arena, command, value, CURRENCY_CNY, true));
    const size_t size = command_pack(packed, command);
    struct slice rest = slice_of((const char *)packed, size);
    check(size <= COMMAND_PACKED_MAX);
    check(command_unpack(&batch->arena, unpacked, &rest) && rest.size == 0);
    check(command_pack(twice, unpacked) == size && memcmp(twice, packed, size) == 0);
}

/* The answers but for ids, which a command of bad form does not keep when it is packed. */
static void answer_write(struct buffer *buffer, const struct ledger *ledger,
                         const struct ledger_command *command, const struct ledger_result *result)
{
    struct ledger_command nameless = *command;
    struct json_writer writer;

    nameless.has_id = false;
    buffer_reset(buffer);
    json_writer_init(&writer, buffer);
    ledger_result_write_json(&writer, ledger, &nameless, result);
    check(!buffer_failed(buffer) && utf8_valid(buffer_slice(buffer)));
}

static void batch_run(struct batch *batch)
{
    struct ledger_result results[BATCH_MAX];
    struct ledger_result others[BATCH_MAX];
    struct buffer answer = {0};
    struct buffer other = {0};

    ledger_apply(batch->ledger, results, batch->commands, batch->count);
    ledger_apply(batch->other, others, batch->unpacked, batch->count);
    for (size_t i = 0; i < batch->count; i++) {
        answer_write(&answer, batch->ledger, &batch->commands[i], &results[i]);
        answer_write(&other, batch->other, &batch->unpacked[i], &others[i]);
        check(slice_equal(buffer_slice(&answer), buffer_slice(&other)));
    }
    buffer_release(&other);
    buffer_release(&answer);
    batch->count = 0;
}

static void state_check(const struct batch *batch)
{
    struct buffer message = {0};
    uint8_t digest[32];
    uint8_t other[32];

    check(ledger_verify(batch->ledger, &message) && ledger_verify(batch->other, &message));
    check(ledger_digest(batch->ledger, digest) && ledger_digest(batch->other, other));
    check(memcmp(digest, other, sizeof(digest)) == 0);
    buffer_release(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct batch batch;
    struct slice rest = slice_of((const char *)data, size);
    struct slice line;
    size_t count = 0;

    batch = (struct batch){.ledger = ledger_small(1), .other = ledger_small(2)};
    arena_init(&batch.arena, 64UL * 1024 * 1024);
    while (count < COMMANDS_MAX && slice_split(&rest, '\n', &line)) {
        if (line.size > 0) {
            command_take(&batch, line);
            count++;
        }
        if (line.size == 0 || batch.count == BATCH_MAX) {
            batch_run(&batch);
        }
    }
    batch_run(&batch);
    state_check(&batch);
    arena_release(&batch.arena);
    ledger_free(batch.other);
    ledger_free(batch.ledger);
    return 0;
}
