/* The ledger by example: every case of ledger_cases.txt runs in a ledger of its own, its answers
 * are compared byte for byte, and the state must verify after each batch. A last test demands that
 * every result code, every reason of refusal and every op occurred. The form of the file stands at
 * its head. */
#include <stdio.h>

#include "cmocka_headroom.h"

#include "ledger/command_json.h"

#define CASES_PATH "tests/table/ledger_cases.txt"

enum { CASES_MAX = 1024, BATCH_MAX = 64 };

struct ledger_case {
    char name[256];
    struct slice lines; /* what stands between this head and the next */
};

struct batch {
    struct arena *arena;
    struct ledger *ledger;
    struct ledger_command commands[BATCH_MAX];
    struct ledger_result results[BATCH_MAX];
    struct slice wanted[BATCH_MAX];
    size_t commands_count, wanted_count;
};

static bool statuses_seen[LEDGER_STATUS_COUNT]; /* as a result */
static bool reasons_seen[LEDGER_STATUS_COUNT];  /* as a reason of refusal */
static bool ops_done[LEDGER_OP_COUNT];          /* with the result ok */

static const struct ledger_options small_options = {
    .base = CURRENCY_CNY,
    .limits_max = 256,
    .records_max = 256,
    .traces_max = 256,
    .unlocks_max = 64,
    .commands_max = BATCH_MAX,
    .hash_seed = 4711,
};

static void command_add(struct batch *batch, struct slice line)
{
    struct json_error error = {0};
    const struct json_value *value = json_parse(batch->arena, &error, line);

    assert_true(batch->commands_count < BATCH_MAX);
    assert_true(ledger_command_read_json(batch->arena, &batch->commands[batch->commands_count++],
                                         value, CURRENCY_CNY, true));
}

static void result_note(const struct ledger_command *command, const struct ledger_result *result)
{
    statuses_seen[result->status] = true;
    ops_done[command->op] |= result->status == LEDGER_OK;
    for (unsigned i = 0; i < result->refusals_count; i++) {
        reasons_seen[result->refusals[i].reason] = true;
    }
}

/* Applies what was gathered, compares the answers, and begins a new batch. */
static void batch_run(struct batch *batch)
{
    struct buffer text = {0};

    assert_int_equal(batch->commands_count, batch->wanted_count);
    ledger_apply(batch->ledger, batch->results, batch->commands, batch->commands_count);
    for (size_t i = 0; i < batch->commands_count; i++) {
        struct json_writer writer;
        buffer_reset(&text);
        json_writer_init(&writer, &text);
        ledger_result_write_json(&writer, batch->ledger, &batch->commands[i], &batch->results[i]);
        if (!slice_equal(buffer_slice(&text), batch->wanted[i])) {
            print_error("wanted %.*s\ngot    %.*s\n", (int)batch->wanted[i].size,
                        batch->wanted[i].data, (int)text.size, text.data);
            fail_msg("answer %zu of the batch differs", i + 1);
        }
        result_note(&batch->commands[i], &batch->results[i]);
    }
    buffer_reset(&text);
    if (!ledger_verify(batch->ledger, &text)) {
        fail_msg("the state does not stand: %.*s", (int)text.size, text.data);
    }
    buffer_release(&text);
    batch->commands_count = 0;
    batch->wanted_count = 0;
}

static void line_take(struct batch *batch, struct slice line)
{
    if (slice_starts_with(line, SLICE("> "))) {
        command_add(batch, slice_of(line.data + 2, line.size - 2));
    } else if (slice_equal(line, SLICE(">"))) {
        command_add(batch, SLICE("")); /* a line with nothing on it */
    } else if (slice_starts_with(line, SLICE("< "))) {
        assert_true(batch->wanted_count < BATCH_MAX);
        batch->wanted[batch->wanted_count++] = slice_of(line.data + 2, line.size - 2);
    } else if (slice_equal(line, SLICE("--"))) {
        batch_run(batch);
    } else {
        assert_true(line.size == 0 || slice_starts_with(line, SLICE("# ")));
    }
}

static void case_holds(void **state)
{
    const struct ledger_case *row = *state;
    struct slice rest = row->lines;
    struct slice line;
    struct arena arena;
    struct batch batch = {.arena = &arena, .ledger = ledger_open(&small_options)};

    assert_non_null(batch.ledger);
    arena_init(&arena, 16UL * 1024 * 1024);
    while (slice_split(&rest, '\n', &line)) {
        line_take(&batch, line);
    }
    assert_true(batch.commands_count > 0);
    batch_run(&batch);
    arena_release(&arena);
    ledger_free(batch.ledger);
}

/* linked_failed and chain_open are results alone; what cannot be the answer to a drawing is a
 * reason alone, and the other way round. */
static bool is_result(enum ledger_status status)
{
    return status < LEDGER_LIMIT_FROZEN || status > LEDGER_LIMIT_EXCEEDED;
}

static bool is_reason(enum ledger_status status)
{
    return !is_result(status) || status == LEDGER_LIMIT_CLOSED || status == LEDGER_LIMIT_PENDING;
}

static void every_code_reason_and_op_occurs(void **state)
{
    unsigned missing = 0;

    (void)state;
    for (unsigned i = 0; i < LEDGER_STATUS_COUNT; i++) {
        const enum ledger_status status = (enum ledger_status)i;
        const struct slice code = ledger_status_code(status);
        if (is_result(status) && !statuses_seen[i]) {
            print_error("no case has the result %.*s\n", (int)code.size, code.data);
            missing++;
        }
        if (is_reason(status) && !reasons_seen[i]) {
            print_error("no case has the reason %.*s\n", (int)code.size, code.data);
            missing++;
        }
    }
    for (unsigned op = LEDGER_OP_NONE + 1; op < LEDGER_OP_EXPIRE; op++) {
        const struct slice name = ledger_op_name((enum ledger_op)op);
        if (!ops_done[op]) {
            print_error("no case does %.*s\n", (int)name.size, name.data);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

/* ---- the file ---- */

static void file_read(struct buffer *buffer, const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t got = 0;

    assert_non_null(file);
    do {
        char *room = buffer_reserve(buffer, 65536);
        assert_non_null(room);
        got = fread(room, 1, 65536, file);
        buffer->size += got;
    } while (got > 0);
    assert_int_equal(ferror(file), 0);
    assert_int_equal(fclose(file), 0);
}

/* Cuts the file into its cases; what stands before the first is for people. */
static size_t cases_list(struct ledger_case *cases, struct slice text)
{
    struct slice line;
    size_t count = 0;

    while (slice_split(&text, '\n', &line)) {
        if (slice_starts_with(line, SLICE("== "))) {
            struct ledger_case *row = &cases[count];
            assert_true(count < CASES_MAX && line.size - 3 < sizeof(row->name));
            count++;
            memcpy(row->name, line.data + 3, line.size - 3);
            row->lines = text;
        } else if (count > 0 && line.data != NULL) {
            struct slice *lines = &cases[count - 1].lines;
            lines->size = (size_t)(line.data + line.size - lines->data);
        }
    }
    return count;
}

int main(void)
{
    static struct ledger_case cases[CASES_MAX];
    static struct CMUnitTest tests[CASES_MAX + 1];
    struct buffer text = {0};

    file_read(&text, CASES_PATH);
    const size_t count = cases_list(cases, buffer_slice(&text));
    for (size_t i = 0; i < count; i++) {
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = case_holds, .initial_state = &cases[i]};
    }
    tests[count] =
        (struct CMUnitTest)cmocka_unit_test_prestate(every_code_reason_and_op_occurs, NULL);
    const int failed = _cmocka_run_group_tests("ledger", tests, count + 1, NULL, NULL);
    buffer_release(&text);
    return failed;
}
