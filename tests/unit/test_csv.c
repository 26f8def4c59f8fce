#include "cmocka_headroom.h"

#include "base/arena.h"
#include "base/csv.h"

/* Writes what csv_next gives: fields joined by '|', records ended by '/', at the end "END" or the
 * name of the failure and its line. `piece` bytes go in at a time; 0 gives all at once. */
static void csv_show(struct buffer *out, struct slice text, size_t piece,
                     const struct csv_options *options)
{
    static const char *const names[CSV_STATUS_COUNT] = {
#define X(name, english, chinese) #name,
        CSV_STATUS_LIST(X)
#undef X
    };
    struct csv csv;
    size_t fed = 0;
    struct slice input = slice_of(text.data, 0);

    csv_init(&csv, options);
    for (;;) {
        struct csv_record record;
        const enum csv_status status = csv_next(&csv, &record, &input, fed == text.size);

        if (status == CSV_MORE) {
            assert_int_equal(input.size, 0);
            const size_t rest = text.size - fed;
            const size_t size = piece == 0 || piece > rest ? rest : piece;
            input = slice_of(text.data + fed, size);
            fed += size;
        } else if (status == CSV_RECORD) {
            for (size_t i = 0; i < record.count; i++) {
                buffer_append(out, i == 0 ? SLICE("") : SLICE("|"));
                buffer_append(out, record.fields[i]);
            }
            buffer_append_byte(out, '/');
        } else {
            buffer_append_cstr(out, names[status]);
            if (status != CSV_END) {
                buffer_append_u64(out, csv_line(&csv));
                /* A failure is for good. */
                assert_int_equal(csv_next(&csv, &record, &input, true), status);
            }
            break;
        }
    }
    csv_release(&csv);
}

static const struct csv_options wide = {4096, 64};

static const struct {
    struct slice text;
    const char *shown;
} rows[] = {
    {SLICE(""), "END"},
    {SLICE("a"), "a/END"},
    {SLICE("a,b\n"), "a|b/END"},
    {SLICE("a,b\r\nc,d\r\n"), "a|b/c|d/END"},
    {SLICE("a,b\r\nc,d"), "a|b/c|d/END"},
    {SLICE(","), "|/END"},
    {SLICE("\r\n\n,\n"), "|/END"},
    {SLICE("a,\nb,"), "a|/b|/END"},
    {SLICE("\n\r\n\na\n\n\r\n"), "a/END"},
    {SLICE("\"a\""), "a/END"},
    {SLICE("\"\""), "/END"},
    {SLICE("\"\",\"\"\n"), "|/END"},
    {SLICE("\"a,b\",c\n"), "a,b|c/END"},
    {SLICE("\"a\"\"b\"\n"), "a\"b/END"},
    {SLICE("\"\"\"\"\n"), "\"/END"},
    {SLICE("\"a\nb\",c\nd,e"), "a\nb|c/d|e/END"},
    {SLICE("\"a\r\nb\"\r\n"), "a\r\nb/END"},
    {SLICE("\"191,044,211.75\",0\n"), "191,044,211.75|0/END"},
    {SLICE("\xEF\xBB\xBFw,b\n"), "w|b/END"},
    {SLICE("\xEF\xBB\xBF"), "END"},
    {SLICE("\xEF\xBB\xBF\"w\"\n"), "w/END"},
    {SLICE("\xEF\xBBw\n"), "\xEF\xBBw/END"},
    {SLICE("\xEF"), "\xEF/END"},
    {SLICE("a,\xEF\xBB\xBF\n"), "a|\xEF\xBB\xBF/END"},
    {SLICE(" a , b \n"), " a | b /END"},
    {SLICE("a\"b\n"), "STRAY_QUOTE1"},
    {SLICE("x\na,b\"\n"), "x/STRAY_QUOTE2"},
    {SLICE("\"a\"b\n"), "AFTER_QUOTE1"},
    {SLICE("\"a\" \n"), "AFTER_QUOTE1"},
    {SLICE("x\n\"a\nb"), "x/OPEN_QUOTE3"},
    {SLICE("\""), "OPEN_QUOTE1"},
    {SLICE("a\rb\n"), "BARE_CR1"},
    {SLICE("a\r"), "BARE_CR1"},
    {SLICE("\r"), "BARE_CR1"},
    {SLICE("\ra"), "BARE_CR1"},
    {SLICE("a\r\r\n"), "BARE_CR1"},
    {SLICE("x\n\"a\"\rb\n"), "x/BARE_CR2"},
    {SLICE("a\0b\n"), "NUL1"},
    {SLICE("\"a\0b\"\n"), "NUL1"},
    {SLICE("\0"), "NUL1"},
};

static void each_text_gives_its_records_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t piece = 0; piece <= rows[i].text.size; piece++) {
            struct buffer out = {0};

            csv_show(&out, rows[i].text, piece, &wide);
            if (!slice_equal(buffer_slice(&out), slice_from_cstr(rows[i].shown))) {
                fail_msg("row %zu in pieces of %zu: %.*s, not %s", i, piece, (int)out.size,
                         out.data, rows[i].shown);
            }
            buffer_release(&out);
        }
    }
}

static void bounds_are_exact(void **state)
{
    static const struct {
        struct csv_options options;
        struct slice text;
        const char *shown;
    } bounds[] = {
        {{4, 9}, SLICE("ab,cd\nab,cde\n"), "ab|cd/TOO_LONG2"},
        {{4, 9}, SLICE("\"abcd\"\n\"ab\"\"cd\"\n"), "abcd/TOO_LONG2"},
        {{9, 2}, SLICE("a,b\na,b,c\n"), "a|b/TOO_MANY2"},
        {{9, 2}, SLICE("a,b\na,b,"), "a|b/TOO_MANY2"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        struct buffer out = {0};

        csv_show(&out, bounds[i].text, 1, &bounds[i].options);
        assert_int_equal(out.size, strlen(bounds[i].shown));
        assert_memory_equal(out.data, bounds[i].shown, out.size);
        buffer_release(&out);
    }
}

static void a_record_knows_the_line_it_begins_on(void **state)
{
    static const uint64_t lines[] = {2, 3, 6};
    struct slice input = SLICE("\na\n\"b\nb\"\n\nc\n");
    struct csv csv;
    struct csv_record record;

    (void)state;
    csv_init(&csv, &wide);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(csv_next(&csv, &record, &input, true), CSV_RECORD);
        assert_int_equal(record.line, lines[i]);
    }
    assert_int_equal(csv_next(&csv, &record, &input, true), CSV_END);
    csv_release(&csv);
}

static void short_memory_is_said_and_nothing_else_breaks(void **state)
{
    (void)state;
    for (unsigned long nth = 1; nth <= 3; nth++) {
        struct slice input = SLICE("a,b\n");
        struct csv csv;
        struct csv_record record;

        csv_init(&csv, &wide);
        memory_fail_at(nth, 1);
        assert_int_equal(csv_next(&csv, &record, &input, true), CSV_NO_MEMORY);
        memory_fail_at(0, 0);
        csv_release(&csv);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_text_gives_its_records_however_it_is_cut),
        cmocka_unit_test(bounds_are_exact),
        cmocka_unit_test(a_record_knows_the_line_it_begins_on),
        cmocka_unit_test(short_memory_is_said_and_nothing_else_breaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
