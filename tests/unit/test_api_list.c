/* Cursors, orders and entity tags of lists from the store, and the base64url below them. */
#include "cmocka_headroom.h"

#include "api/api.h"
#include "api/api_list.h"
#include "api/api_task.h"
#include "base/base64.h"

static struct arena arena;
static const struct api_parameter parameters[] = {{"name", false, API_TEXT, NULL, NULL},
                                                  {"limit", false, API_INTEGER, NULL, NULL},
                                                  {"cursor", false, API_TEXT, NULL, NULL},
                                                  {0}};
static const struct api_operation operation = {.parameters = parameters};
static const struct http_route route = {HTTP_METHOD_GET, "/v1/customers", NULL, &operation, 0};

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void base64url_is_the_standards(void **state)
{
    /* RFC 4648, section 10, without padding; the last two are of its alphabet's end. */
    static const struct {
        struct slice data;
        struct slice text;
    } rows[] = {
        {SLICE(""), SLICE("")},
        {SLICE("f"), SLICE("Zg")},
        {SLICE("fo"), SLICE("Zm8")},
        {SLICE("foo"), SLICE("Zm9v")},
        {SLICE("foob"), SLICE("Zm9vYg")},
        {SLICE("fooba"), SLICE("Zm9vYmE")},
        {SLICE("foobar"), SLICE("Zm9vYmFy")},
        {SLICE("\xfb\xff"), SLICE("-_8")},
        {SLICE("\xff\xff\xff"), SLICE("____")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[16];
        struct slice back;
        assert_int_equal(base64url_size(rows[i].data.size), rows[i].text.size);
        base64url_write(text, rows[i].data.data, rows[i].data.size);
        assert_memory_equal(text, rows[i].text.data, rows[i].text.size);
        assert_true(base64url_read(&back, &arena, rows[i].text));
        assert_true(slice_equal(back, rows[i].data));
    }
}

static void what_is_no_base64url_is_refused(void **state)
{
    /* Padding, a lone character, the other alphabet, space, and bits that no writer leaves. */
    static const char *const texts[] = {"Zg==", "Z", "Zm9vY", "+/8", "Zm 9v", "Zh", "Zm9", "-_9"};
    struct slice data;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(base64url_read(&data, &arena, slice_from_cstr(texts[i])));
    }
}

/* The text of "next" that a page of `request` ends with. */
static struct slice next_of(const struct http_request *request, const char *types,
                            const struct store_value *values)
{
    struct buffer body = {0};
    struct json_writer writer;
    struct json_error error;

    api_items_begin(&writer, &body);
    api_items_end(&writer, request, types, values);
    const struct slice kept = arena_copy(&arena, buffer_slice(&body));
    const struct json_value *object = json_parse(&arena, &error, kept);
    buffer_release(&body);
    assert_non_null(object);
    return json_member(object, SLICE("next"))->text;
}

static void a_cursor_comes_back_as_it_went(void **state)
{
    const struct http_field first[] = {{SLICE("name"), SLICE("li")}, {SLICE("limit"), SLICE("5")}};
    const struct store_value values[] = {store_text(SLICE("某银行")), store_integer(INT64_MIN),
                                         store_text(SLICE("")), store_integer(7)};
    struct http_request request = {.route = &route,
                                   .path = SLICE("/v1/customers"),
                                   .query = first,
                                   .query_count = 2,
                                   .arena = &arena};
    struct api_cursor cursor;

    (void)state;
    assert_true(api_list_read(&request, &cursor, "titi"));
    assert_false(cursor.given);
    const struct slice next = next_of(&request, "titi", values);
    const struct http_field second[] = {
        {SLICE("limit"), SLICE("9")}, {SLICE("cursor"), next}, {SLICE("name"), SLICE("li")}};
    request.query = second;
    request.query_count = 3;
    assert_true(api_list_read(&request, &cursor, "titi"));
    assert_true(cursor.given);
    assert_int_equal(cursor.count, 9);
    assert_true(slice_equal(cursor.values[0].bytes, values[0].bytes));
    assert_int_equal(cursor.values[1].number, INT64_MIN);
    assert_int_equal(cursor.values[2].type, STORE_TEXT);
    assert_int_equal(cursor.values[2].bytes.size, 0);
    assert_int_equal(cursor.values[3].number, 7);
}

static void the_largest_cursor_fits(void **state)
{
    char text[API_CURSOR_TEXT_MAX];
    struct store_value values[API_CURSOR_VALUES_MAX];
    struct http_request request = {
        .route = &route, .path = SLICE("/v1/customers"), .arena = &arena};
    struct api_cursor cursor;

    (void)state;
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < API_CURSOR_VALUES_MAX; i++) {
        values[i] = store_text(slice_of(text, sizeof(text)));
    }
    const struct http_field query[] = {{SLICE("cursor"), next_of(&request, "tttt", values)}};
    request.query = query;
    request.query_count = 1;
    assert_true(api_list_read(&request, &cursor, "tttt"));
    assert_true(slice_equal(cursor.values[3].bytes, values[3].bytes));
}

static void entity_tags_are_told_apart(void **state)
{
    static const struct {
        const char *list;
        bool strong; /* names "7" */
        bool weak;
    } rows[] = {
        {"\"7\"", true, true},
        {"*", true, true},
        {"W/\"7\"", false, true},
        {"\"6\", \"7\"", true, true},
        {"\"6\",W/\"7\"", false, true},
        {"\"77\"", false, false},
        {"7", false, false},
        {"", false, false},
        {"\"7", false, false},
        {",,", false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct slice list = slice_from_cstr(rows[i].list);
        assert_int_equal(api_etag_listed(list, SLICE("\"7\""), false), rows[i].strong);
        assert_int_equal(api_etag_listed(list, SLICE("\"7\""), true), rows[i].weak);
    }
    assert_false(api_etag_listed(slice_of(NULL, 0), SLICE("\"7\""), true));
}

static void a_change_of_another_version_is_refused(void **state)
{
    static const struct {
        const char *if_match; /* NULL: none */
        bool required;
        unsigned status; /* 0: let through */
    } rows[] = {
        {"\"7\"", true, 0},   {"*", true, 0},        {NULL, false, 0},       {NULL, true, 428},
        {"\"6\"", true, 412}, {"\"6\"", false, 412}, {"W/\"7\"", true, 412}, {"", true, 412},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct http_field header[] = {
            {SLICE("If-Match"),
             rows[i].if_match == NULL ? SLICE("") : slice_from_cstr(rows[i].if_match)}};
        struct http_request request = {.headers = header,
                                       .header_count = rows[i].if_match == NULL ? 0 : 1};
        struct api_task task = {.request = &request};
        assert_int_equal(api_task_matches(&task, 7, rows[i].required), rows[i].status == 0);
        assert_int_equal(task.status, rows[i].status);
    }
    struct api_task task = {0};
    api_task_version(&task, 7);
    assert_string_equal(task.etag, "\"7\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64url_is_the_standards),
        cmocka_unit_test(what_is_no_base64url_is_refused),
        cmocka_unit_test(a_cursor_comes_back_as_it_went),
        cmocka_unit_test(the_largest_cursor_fits),
        cmocka_unit_test(entity_tags_are_told_apart),
        cmocka_unit_test(a_change_of_another_version_is_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
