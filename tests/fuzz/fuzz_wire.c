/* Any bytes as frames. The first byte says how the rest is read: 0 as a header and a body, 1 as the
 * records of a batch under a sound header, 2 as the body of an answer under one. A decoder refuses
 * them or gives commands that pack and unpack; nothing outside of the bytes is touched. */
#include "client/client_internal.h"
#include "ledger/command_pack.h"
#include "wire/wire_decode.h"
#include "wire/wire_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COMMANDS_MAX = 64 };

static bool inside(struct slice text, const uint8_t *data, size_t size)
{
    const uint8_t *begin = (const uint8_t *)text.data;

    return text.size == 0 || (begin >= data && begin + text.size <= data + size);
}

static void command_check(const struct ledger_command *command, const uint8_t *data, size_t size)
{
    const struct ledger_extra *extra = command->extra;
    uint8_t packed[COMMAND_PACKED_MAX];
    struct ledger_command again;
    struct arena arena;

    check(command->form <= LEDGER_BAD_DATE);
    if (command->form != LEDGER_OK) {
        return;
    }
    check(inside(extra->holder, data, size) && inside(extra->kind, data, size) &&
          inside(extra->actor, data, size) && inside(extra->reason, data, size) &&
          inside(extra->case_ref, data, size));
    const size_t packed_size = command_pack(packed, command);
    struct slice bytes = slice_of((const char *)packed, packed_size);
    arena_init(&arena, 1UL << 20);
    check(command_unpack(&arena, &again, &bytes) && bytes.size == 0);
    arena_release(&arena);
}

static void batch_decode(const uint8_t *data, size_t size)
{
    static struct ledger_command commands[COMMANDS_MAX];
    static struct ledger_extra extras[COMMANDS_MAX];
    const uint32_t records = (uint32_t)(size / WIRE_RECORD_SIZE);

    for (uint32_t count = 1; count <= records && count <= COMMANDS_MAX; count++) {
        const struct wire_batch batch = {data, records, count, CURRENCY_CNY};

        if (wire_batch_decode(commands, extras, &batch) == WIRE_OK) {
            for (uint32_t i = 0; i < count; i++) {
                command_check(&commands[i], data, size);
            }
        }
    }
}

static void frame_read(const uint8_t *data, size_t size)
{
    struct wire_header header;

    if (size < WIRE_HEADER_SIZE || wire_header_read(&header, data) != WIRE_OK) {
        return;
    }
    check(header.size >= WIRE_HEADER_SIZE && header.size % 64 == 0);
    if (header.size <= size && wire_body_check(&header, data + WIRE_HEADER_SIZE) == WIRE_OK &&
        header.type == WIRE_BATCH) {
        batch_decode(data + WIRE_HEADER_SIZE, header.size - WIRE_HEADER_SIZE);
    }
}

/* The answer to as many commands as the first byte says. */
static void answer_read(const uint8_t *data, size_t size)
{
    static struct hr_answer answer;
    struct wire_header header = {.type = WIRE_RESULTS};

    if (size < 1) {
        return;
    }
    header.count = 1U + data[0] % COMMANDS_MAX;
    const uint32_t results_size = wire_frame_size(WIRE_RESULTS, header.count, 0) - WIRE_HEADER_SIZE;
    if (size - 1 < results_size) {
        return;
    }
    header.records = (uint32_t)((size - 1 - results_size) / WIRE_RECORD_SIZE);
    struct wire_result results[COMMANDS_MAX];
    memcpy(results, data + 1, header.count * sizeof(*results));
    const uint8_t *details = data + 1 + results_size;
    if (client_results_hold(&header, results, details)) {
        for (uint32_t i = 0; i < header.count; i++) {
            client_answer_read(&answer, &header, &results[i], details);
            check(answer.refusals_count <= HR_REFUSALS_MAX && answer.over_count <= HR_OVER_MAX);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    switch (data[0]) {
    case 0:
        frame_read(data + 1, size - 1);
        break;
    case 1:
        batch_decode(data + 1, size - 1);
        break;
    case 2:
        answer_read(data + 1, size - 1);
        break;
    default:
        break;
    }
    return 0;
}
