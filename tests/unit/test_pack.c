/* Packs in memory: JSON in, what they say by date, failing allocations, identifiers of the demo. */
#include "cmocka_headroom.h"

#include "base/csv.h"
#include "base/identifier.h"
#include "pack/pack_diff.h"

#define SHIPPED "packs/cn-commercial-bank"
#define DEMO "packs/demo"

static date_days day_of(const char *text)
{
    date_days day = 0;
    assert_true(date_parse(slice_from_cstr(text), &day));
    return day;
}

static struct pack *folder_pack(const char *path)
{
    struct buffer error = {0};
    struct pack_files *files = pack_files_from_folder(path, &error);
    if (files == NULL) {
        fail_msg("%.*s", (int)error.size, error.data);
    }
    struct pack *pack = pack_load(files);
    assert_non_null(pack);
    assert_int_equal(pack->error_count, 0);
    buffer_release(&error);
    return pack;
}

/* ---- JSON ---- */

static void json_is_the_same_pack(void **state)
{
    (void)state;
    struct buffer form = {0};
    struct buffer again = {0};
    struct buffer error = {0};
    struct pack *pack = folder_pack(DEMO);
    pack_files_write(pack->files, &form);
    struct pack_files *files = pack_files_from_json(buffer_slice(&form), &error);
    assert_non_null(files);
    pack_files_write(files, &again);
    assert_true(slice_equal(buffer_slice(&form), buffer_slice(&again)));
    assert_memory_equal(files->hash, pack->files->hash, SHA256_SIZE);
    pack_files_free(files);
    pack_free(pack);
    buffer_release(&form);
    buffer_release(&again);
    buffer_release(&error);
}

static void json_that_is_no_pack(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"files\":[]}",
        "{\"files\":{},\"more\":1}",
        "{\"files\":{\"pack.json\":{}}}",
        "{\"files\":{\"../pack.json\":\"x\"}}",
        "{\"files\":{\"/etc/passwd\":\"x\"}}",
        "{\"files\":{\"a/../b\":\"x\"}}",
        "{\"files\":{\"a/b/c\":\"x\"}}",
        "{\"files\":{\"a//b\":\"x\"}}",
        "{\"files\":{\"a/\":\"x\"}}",
        "{\"files\":{\".a\":\"x\"}}",
        "{\"files\":{\"a/.b\":\"x\"}}",
        "{\"files\":{\"a\\\\b\":\"x\"}}",
        "{\"files\":{\"a\\u0000\":\"x\"}}",
        "{\"files\":{\"\":\"x\"}}",
        "{\"files\":{\"a\":\"\\u0000\"}}",
        "{\"files\":{\"a\":\"x\",\"a\":\"y\"}}",
        "{\"files\":{\"a\":\"x\"}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct buffer error = {0};
        if (pack_files_from_json(slice_from_cstr(texts[i]), &error) != NULL) {
            fail_msg("taken: %s", texts[i]);
        }
        assert_true(error.size > 0);
        buffer_release(&error);
    }
}

static void json_beyond_the_bounds(void **state)
{
    (void)state;
    struct buffer text = {0};
    struct buffer error = {0};
    buffer_append_cstr(&text, "{\"files\":{\"a\":\"");
    for (size_t i = 0; i <= PACK_FILE_SIZE_MAX; i++) {
        buffer_append_byte(&text, 'x');
    }
    buffer_append_cstr(&text, "\"}}");
    assert_null(pack_files_from_json(buffer_slice(&text), &error));
    buffer_reset(&text);
    buffer_append_cstr(&text, "{\"files\":{");
    for (int i = 0; i <= PACK_FILES_MAX; i++) {
        buffer_printf(&text, "%s\"f%d\":\"\"", i == 0 ? "" : ",", i);
    }
    buffer_append_cstr(&text, "}}");
    assert_null(pack_files_from_json(buffer_slice(&text), &error));
    buffer_release(&text);
    buffer_release(&error);
}

static void an_empty_pack_is_refused_whole(void **state)
{
    (void)state;
    struct buffer error = {0};
    struct buffer text = {0};
    struct pack *pack = pack_check(pack_files_from_json(SLICE("{\"files\":{}}"), &error));
    assert_non_null(pack);
    assert_int_equal(pack->error_count, 1);
    pack_finding_write(&text, pack->first);
    assert_true(slice_equal(buffer_slice(&text), SLICE("pack.json: error: the file is missing\n")));
    pack_free(pack);
    buffer_release(&text);
    buffer_release(&error);
}

/* ---- by date ---- */

static void assert_amount(const struct pack *pack, const char *limit, const char *day,
                          const char *expected)
{
    struct decimal amount;
    struct decimal wanted;
    struct buffer error = {0};
    const struct pack_row *row = pack_limit(pack, slice_from_cstr(limit), day_of(day));
    assert_non_null(row);
    assert_true(pack_limit_amount(pack, row, day_of(day), &amount, &error));
    assert_true(decimal_parse(slice_from_cstr(expected), &wanted));
    assert_true(decimal_equal(amount, wanted));
    buffer_release(&error);
}

static void parameters_hold_from_their_day(void **state)
{
    (void)state;
    struct pack *pack = folder_pack(DEMO);
    const struct pack_table *table = &pack->tables[PACK_PARAMETERS];
    assert_null(pack_parameter(pack, SLICE("net_capital"), day_of("1995-06-30")));
    assert_non_null(pack_parameter(pack, SLICE("net_capital"), day_of("1995-07-01")));
    const struct pack_row *row = pack_parameter(pack, SLICE("net_tier1"), day_of("2026-09-29"));
    assert_true(slice_equal(pack_cell(table, row, "value"), SLICE("6700000000.00")));
    assert_null(pack_parameter(pack, SLICE("lex_ccp_ratio"), day_of("2026-11-26"))); /* off */
    assert_null(pack_parameter(pack, SLICE("nothing"), day_of("2026-11-26")));
    assert_null(pack_limit(pack, SLICE("CN.LEX1"), day_of("2018-06-30")));
    assert_amount(pack, "CN.LOAN1", "2026-11-26", "860000000");
    assert_amount(pack, "CN.LEX1", "2026-11-26", "1050000000");
    assert_amount(pack, "CN.LEX2", "2026-11-26", "1400000000");
    assert_amount(pack, "CN.LEX3", "2026-11-26", "1750000000");
    assert_amount(pack, "CN.RP3", "2026-11-26", "4300000000");
    pack_free(pack);
}

static void a_limit_over_nothing_says_so(void **state)
{
    (void)state;
    struct pack *pack = folder_pack(DEMO);
    struct decimal amount;
    struct buffer error = {0};
    const struct pack_row *row = pack_limit(pack, SLICE("CN.LEX5"), day_of("2026-11-26"));
    assert_non_null(row);
    assert_false(pack_limit_amount(pack, row, day_of("2026-11-26"), &amount, &error));
    buffer_append_byte(&error, '\0');
    assert_non_null(strstr(error.data, "'lex_ccp_ratio' is not known"));
    buffer_release(&error);
    pack_free(pack);
}

static void what_a_pack_says(void **state)
{
    (void)state;
    struct pack *pack = folder_pack(SHIPPED);
    const struct dmn_model *model = NULL;
    assert_non_null(pack_decision_find(pack, SLICE("route"), &model));
    assert_null(pack_decision_find(pack, SLICE("nothing"), &model));
    assert_int_not_equal(pack_process_find(pack, SLICE("line-approval")), BPMN_NOWHERE);
    assert_int_equal(pack_process_find(pack, SLICE("review")), BPMN_NOWHERE); /* a task */
    assert_non_null(pack_form_find(pack, SLICE("application")));
    assert_true(slice_equal(pack_text(pack, SLICE("task.review"), true), SLICE("审查")));
    assert_true(slice_equal(pack_text(pack, SLICE("task.review"), false), SLICE("review")));
    assert_null(pack_text(pack, SLICE("task.nothing"), false).data);
    pack_free(pack);
}

/* ---- differences ---- */

static void from_nothing_all_is_added(void **state)
{
    (void)state;
    struct pack *pack = folder_pack(SHIPPED);
    struct arena arena;
    struct pack_difference difference;
    arena_init(&arena, 64 << 20);
    pack_diff(&difference, &arena, NULL, pack);
    assert_false(difference.failed);
    assert_true(difference.count > 100);
    for (const struct pack_change *at = difference.first; at != NULL; at = at->next) {
        assert_int_equal(at->kind, PACK_ADDED);
    }
    pack_diff(&difference, &arena, pack, pack);
    assert_int_equal(difference.count, 0);
    arena_release(&arena);
    pack_free(pack);
}

/* ---- failing allocations ---- */

static const char small[] =
    "{\"files\":{"
    "\"pack.json\":\"{\\\"format\\\":1,\\\"id\\\":\\\"small\\\",\\\"version\\\":\\\"1\\\","
    "\\\"title\\\":{\\\"zh\\\":\\\"小\\\",\\\"en\\\":\\\"small\\\"}}\","
    "\"parameters.csv\":\"id,from,value,type,status,zh,en,source\\n"
    "capital,2026-01-01,1000,number,on,资本,capital,us\\n\","
    "\"limits.csv\":\"id,kind,scope,measure,currency,formula,control,from,status,zh,en,"
    "regulation\\n"
    "L,portfolio,customer,loan,CNY,capital * 0.1,hard,2026-01-01,on,限额,limit,own\\n\","
    "\"tests/l.json\":\"{\\\"limit\\\":\\\"L\\\",\\\"cases\\\":[{\\\"name\\\":\\\"tenth\\\","
    "\\\"date\\\":\\\"2026-05-01\\\",\\\"expect\\\":100}]}\"}}";

/* True when the pack was judged as it must be; false when memory was said to be short. */
static bool small_is_judged(void)
{
    struct buffer error = {0};
    struct pack_files *files = pack_files_from_json(slice_from_cstr(small), &error);
    struct pack *pack = files == NULL ? NULL : pack_check(files);
    const bool good = pack != NULL && pack->error_count == 0 && pack->cases_passed == 1;
    pack_free(pack);
    buffer_release(&error);
    return good;
}

static void each_allocation_fails(void **state)
{
    (void)state;
    assert_true(small_is_judged());
    for (int for_good = 0; for_good < 2; for_good++) {
        bool good = false;
        unsigned long nth = 1;
        for (; !good && nth < 10000; nth++) {
            memory_fail_at(nth, for_good);
            good = small_is_judged();
            memory_fail_at(0, 0);
        }
        assert_true(good);
        assert_true(nth > 10);
        assert_true(small_is_judged());
    }
}

/* ---- the demo's customers ---- */

static void demo_identifiers_are_valid(void **state)
{
    (void)state;
    const struct csv_options options = {.record_size_max = 4096, .fields_max = 16};
    struct tree tree;
    struct arena arena;
    struct buffer error = {0};
    struct csv csv;
    struct csv_record record;
    unsigned companies = 0;
    unsigned people = 0;
    const struct tree_bounds bounds = {10, 0, 1 << 20, 1 << 20};
    arena_init(&arena, 4 << 20);
    assert_int_equal(tree_read(&tree, &arena, DEMO "/data", NULL, &bounds, &error), OS_OK);
    assert_true(slice_equal(tree.files[0].path, SLICE("customers.csv")));
    struct slice text = tree.files[0].text;
    csv_init(&csv, &options);
    assert_int_equal(csv_next(&csv, &record, &text, true), CSV_RECORD);
    while (csv_next(&csv, &record, &text, true) == CSV_RECORD) {
        const struct slice uscc = record.fields[7];
        const struct slice card = record.fields[8];
        assert_int_equal(record.count, 9);
        assert_true(slice_starts_with(record.fields[2], SLICE("（虚构）")));
        assert_true((uscc.size > 0) != (card.size > 0));
        if (uscc.size > 0) {
            assert_int_equal(uscc_judge(uscc), IDENTIFIER_OK);
            companies++;
        } else {
            assert_int_equal(id_card_judge(card, day_of("2026-11-26")), IDENTIFIER_OK);
            people++;
        }
    }
    assert_int_equal(companies, 240);
    assert_int_equal(people, 70);
    csv_release(&csv);
    arena_release(&arena);
    buffer_release(&error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_the_same_pack),
        cmocka_unit_test(json_that_is_no_pack),
        cmocka_unit_test(json_beyond_the_bounds),
        cmocka_unit_test(an_empty_pack_is_refused_whole),
        cmocka_unit_test(parameters_hold_from_their_day),
        cmocka_unit_test(a_limit_over_nothing_says_so),
        cmocka_unit_test(what_a_pack_says),
        cmocka_unit_test(from_nothing_all_is_added),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(demo_identifiers_are_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
