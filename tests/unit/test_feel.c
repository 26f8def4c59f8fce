/* The FEEL language: expressions and what string() makes of their values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "feel/compile.h"
#include "feel/text.h"

struct row {
    const char *text;
    const char *value; /* as string() writes it */
};

static void evaluate(const char *text, struct buffer *out, enum feel_status *ret_status)
{
    struct arena arena;
    struct feel_compiler compiler;
    struct feel_unit unit = {0};
    struct feel_scope scope;
    struct feel_eval eval;
    const struct feel_moment now = {.days = 20000, .has_offset = true};

    arena_init(&arena, 64 << 20);
    feel_compiler_init(&compiler, &arena);
    feel_scope_init(&scope, NULL, &unit);
    feel_compiler_source(&compiler, SLICE("test"), slice_from_cstr(text));
    const struct feel_program program = {
        .root = feel_compile_expression(&compiler, &scope, slice_from_cstr(text)),
        .slot_count = unit.slot_count,
        .source = compiler.source,
    };
    assert_false(compiler.failed);
    feel_eval_init(&eval, &arena, (struct feel_limits){0}, &now);
    text_write(out, feel_run(&eval, &program, NULL, 0));
    *ret_status = eval.status;
    arena_release(&arena);
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct buffer out;
        enum feel_status status;
        buffer_init(&out);
        evaluate(rows[i].text, &out, &status);
        buffer_append_byte(&out, '\0');
        if (strcmp(out.data, rows[i].value) != 0) {
            print_error("%s\n", rows[i].text);
        }
        assert_string_equal(out.data, rows[i].value);
        buffer_release(&out);
    }
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_numbers(void **state)
{
    static const struct row rows[] = {
        {"1/3", "0.3333333333333333333333333333333333"},
        {"0.1 + 0.2", "0.3"},
        {"1 + 3/2*2 - 2**3", "-4"},
        {"-3 ** 2", "9"},
        {"1/0", "null"},
        {"decimal(2.5, 0)", "2"},
        {"round half up(2.5, 0)", "3"},
        {"round half down(-5.5, 0)", "-5"},
        {"modulo(-10.1, 4.5)", "3.4"},
        {"stddev(2, 4, 7, 5)", "2.081665999466132735282297706979931"},
    };
    (void)state;
    CHECK(rows);
}

static void test_temporal(void **state)
{
    static const struct row rows[] = {
        {"date(\"2024-02-29\") + duration(\"P1Y\")", "2025-02-28"},
        {"date(\"2012-12-25\") - date(\"2012-12-24\")", "P1D"},
        {"@\"2021-03-28T01:30:00@Europe/Paris\" + @\"PT1H\"", "2021-03-28T03:30:00@Europe/Paris"},
        {"week of year(date(2005, 1, 1))", "53"},
        {"@\"23:59:00Z\" + @\"PT2M\"", "00:01:00Z"},
        {"date(\"2023-02-29\")", "null"},
    };
    (void)state;
    CHECK(rows);
}

static void test_lists_and_functions(void **state)
{
    static const struct row rows[] = {
        {"[1, 2, 3, 4][item > 2]", "[3, 4]"},
        {"[{x: 1, y: 2}, {x: 2, y: 3}][x = 1].y", "[2]"},
        {"for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1, 1, 2, 6, 24]"},
        {"{f: function(n) if n < 2 then 1 else n * f(n - 1), r: f(20)}.r", "2432902008176640000"},
        {"sort([3, 1, 2], function(x, y) x < y)", "[1, 2, 3]"},
        {"replace(\"abcd\", \"(ab)|(a)\", \"[1=$1][2=$2]\")", "[1=ab][2=]cd"},
        {"some x in [1, 2], y in [2, 3] satisfies x = y", "true"},
        {"{a b: 1, c: a b + 1}.c", "2"},
    };
    (void)state;
    CHECK(rows);
}

static void test_bounds(void **state)
{
    struct buffer text;
    struct buffer out;
    enum feel_status status;

    (void)state;
    buffer_init(&text);
    buffer_init(&out);
    for (int i = 0; i < 100000; i++) {
        buffer_append_byte(&text, '(');
    }
    buffer_append_byte(&text, '\0');
    evaluate(text.data, &out, &status);
    assert_int_equal(status, FEEL_STATUS_OK);
    assert_true(slice_equal(buffer_slice(&out), SLICE("null")));
    evaluate("{f: function(n) f(n + 1), r: f(0)}.r", &out, &status);
    assert_int_equal(status, FEEL_STATUS_DEPTH);
    evaluate("for i in 1..1000000000 return i", &out, &status);
    assert_true(status == FEEL_STATUS_STEPS || status == FEEL_STATUS_MEMORY);
    buffer_release(&text);
    buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_temporal),
        cmocka_unit_test(test_lists_and_functions),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
