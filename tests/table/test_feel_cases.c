/* FEEL by example: each line of feel_cases.txt, "EXPRESSION => VALUE" with the value as JSON, or
 * "=> refused" for a text that is no FEEL. Every built-in function occurs. */
#include <stdio.h>

#include "cmocka_headroom.h"

#include "dmn/answer.h"
#include "feel/builtin.h"

#define CASES_PATH "tests/table/feel_cases.txt"

enum { FILE_MAX = 1 << 20 };

static char file_text[FILE_MAX];
static size_t file_size;

static int read_cases(void **state)
{
    FILE *file = fopen(CASES_PATH, "rb");
    (void)state;
    if (file == NULL) {
        return -1;
    }
    file_size = fread(file_text, 1, sizeof file_text, file);
    return fclose(file) != 0 || file_size == sizeof file_text ? -1 : 0;
}

/* The value of an expression as JSON; "refused" when it is none. */
static void evaluate(struct slice expression, struct buffer *out)
{
    struct arena arena;
    struct buffer answer;
    struct buffer reason;
    struct json_error error;
    const struct dmn_question question = {
        .decision = expression, .input = SLICE("{}"), .now = {.days = 20000, .has_offset = true}};
    buffer_init(&answer);
    buffer_init(&reason);
    arena_init(&arena, 64 << 20);
    const enum dmn_answer_status status = dmn_answer_feel(&arena, &question, &answer, &reason);
    if (status == DMN_ANSWER_OK) {
        /* The answer is JSON, too, whatever the value is. */
        assert_non_null(json_parse(&arena, &error, buffer_slice(&answer)));
        const size_t begin = strlen("{\"result\":");
        buffer_append_byte(&answer, '\0');
        const char *end = strstr(answer.data, ",\"diagnostics\":[");
        assert_non_null(end);
        buffer_append(out, slice_of(answer.data + begin, (size_t)(end - answer.data) - begin));
    } else {
        assert_int_equal(status, DMN_ANSWER_NO_DECISION);
        buffer_append_cstr(out, "refused");
    }
    buffer_append_byte(out, '\0');
    arena_release(&arena);
    buffer_release(&answer);
    buffer_release(&reason);
}

static void every_line_has_its_value(void **state)
{
    struct slice rest = slice_of(file_text, file_size);
    struct slice line;
    unsigned number = 0;
    unsigned count = 0;
    unsigned wrong = 0;
    (void)state;
    while (slice_split(&rest, '\n', &line)) {
        number++;
        if (line.size == 0 || line.data[0] == '#') {
            continue;
        }
        const char *arrow = memmem(line.data, line.size, " => ", 4);
        assert_non_null(arrow);
        const struct slice expression = slice_of(line.data, (size_t)(arrow - line.data));
        const struct slice wanted =
            slice_of(arrow + 4, line.size - 4 - (size_t)(arrow - line.data));
        struct buffer got;
        buffer_init(&got);
        evaluate(expression, &got);
        if (!slice_equal(slice_from_cstr(got.data), wanted)) {
            print_error(CASES_PATH ":%u: %.*s is %s, not %.*s\n", number, (int)expression.size,
                        expression.data, got.data, (int)wanted.size, wanted.data);
            wrong++;
        }
        buffer_release(&got);
        count++;
    }
    assert_true(count > 900);
    assert_int_equal(wrong, 0);
}

static void every_function_occurs(void **state)
{
    size_t count;
    const struct feel_builtin *builtins = builtin_list(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        char call[64];
        (void)snprintf(call, sizeof call, "%s(", builtins[i].name);
        if (memmem(file_text, file_size, call, strlen(call)) == NULL) {
            fail_msg("no line of " CASES_PATH " calls %s", builtins[i].name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_has_its_value),
        cmocka_unit_test(every_function_occurs),
    };

    return cmocka_run_group_tests(tests, read_cases, NULL);
}
