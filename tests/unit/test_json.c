#include "cmocka_headroom.h"

#include "base/json.h"
#include "json_rewrite.h"

static struct arena arena;
static struct buffer buffer;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, 256UL * 1024 * 1024);
    buffer_init(&buffer);
    return 0;
}

static int end(void **state)
{
    (void)state;
    memory_fail_at(0, 0);
    arena_release(&arena);
    buffer_release(&buffer);
    return 0;
}

static const struct json_value *parsed(struct slice text)
{
    struct json_error error;
    const struct json_value *value = json_parse(&arena, &error, text);

    assert_non_null(value);
    return value;
}

static void assert_buffer(const char *text)
{
    assert_int_equal(buffer.size, strlen(text));
    assert_memory_equal(buffer.data, text, buffer.size);
}

static void values_have_type_text_and_order(void **state)
{
    const struct json_value *root = parsed(
        SLICE("{\"op\":\"draw\",\"amount\":1250000.50,\"list\":[null,true,false],\"o\":{}}"));

    (void)state;
    assert_int_equal(root->type, JSON_OBJECT);
    assert_int_equal(root->count, 4);
    const struct json_value *member = root->first;
    assert_true(slice_equal(member->name, SLICE("op")));
    assert_true(slice_equal(member->text, SLICE("draw")));
    member = member->next;
    assert_int_equal(member->type, JSON_NUMBER);
    assert_true(slice_equal(member->text, SLICE("1250000.50")));
    member = member->next;
    assert_int_equal(member->type, JSON_ARRAY);
    assert_int_equal(member->count, 3);
    assert_int_equal(member->first->type, JSON_NULL);
    assert_int_equal(member->first->next->type, JSON_TRUE);
    assert_int_equal(member->first->next->next->type, JSON_FALSE);
    assert_null(member->first->next->next->next);
    member = member->next;
    assert_int_equal(member->count, 0);
    assert_null(member->first);
    assert_null(member->next);
}

static void strings_are_decoded(void **state)
{
    static const struct {
        struct slice text, decoded;
    } rows[] = {
        {SLICE("\"\""), SLICE("")},
        {SLICE("\"\\u0000\""), SLICE("\0")},
        {SLICE("\"a\\\"b\\\\c\\/d\\be\\ff\\ng\\rh\\ti\""), SLICE("a\"b\\c/d\be\ff\ng\rh\ti")},
        {SLICE("\"\\u0041\\u007f\\u0080\\u07ff\\u0800\\uffff\""),
         SLICE("A\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF")},
        {SLICE("\"\\ud800\\udc00\\uDBFF\\uDFFF\""), SLICE("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF")},
        {SLICE("\"\\u6388\xE4\xBF\xA1\""), SLICE("\xE6\x8E\x88\xE4\xBF\xA1")},
        {SLICE("\"\\\\\""), SLICE("\\")},
        {SLICE("\"\\\\\\\"\""), SLICE("\\\"")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct json_value *value = parsed(rows[i].text);
        assert_int_equal(value->type, JSON_STRING);
        assert_true(slice_equal(value->text, rows[i].decoded));
    }
}

static void escaped_names_are_found_decoded(void **state)
{
    const struct json_value *root = parsed(SLICE("{\"li\\u006Dit\":1,\"x\":2}"));

    (void)state;
    assert_non_null(json_member(root, SLICE("limit")));
    assert_null(json_member(root, SLICE("li\\u006Dit")));
    assert_null(json_member(root, SLICE("lim")));
    assert_null(json_member(root->first, SLICE("limit")));
    assert_null(json_member(NULL, SLICE("limit")));
}

static void errors_say_where(void **state)
{
    static const struct {
        struct slice text;
        size_t offset;
    } rows[] = {
        {SLICE(""), 0},         {SLICE("[1,2"), 4},      {SLICE("[1,x]"), 3},
        {SLICE("[1] 2"), 4},    {SLICE("{\"a\" 1}"), 5}, {SLICE("[01]"), 2},
        {SLICE("\"a\\q\""), 3}, {SLICE("\"a\nb\""), 2},  {SLICE("[1.]"), 3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_error error = {.offset = 999};
        assert_null(json_parse(&arena, &error, rows[i].text));
        assert_int_equal(error.offset, rows[i].offset);
        assert_non_null(error.message);
    }
}

/* `depth` arrays or objects inside each other. */
static bool nesting_is_accepted(size_t depth, bool objects)
{
    struct json_error error;

    buffer_reset(&buffer);
    for (size_t i = 0; i < depth; i++) {
        buffer_append(&buffer, objects ? SLICE("{\"a\":") : SLICE("["));
    }
    buffer_append(&buffer, SLICE("0"));
    for (size_t i = 0; i < depth; i++) {
        buffer_append_byte(&buffer, objects ? '}' : ']');
    }
    const bool accepted = json_parse(&arena, &error, buffer_slice(&buffer)) != NULL;
    arena_reset(&arena);
    return accepted;
}

static void nesting_has_a_bound(void **state)
{
    (void)state;
    for (int objects = 0; objects < 2; objects++) {
        assert_true(nesting_is_accepted(JSON_DEPTH_MAX, objects));
        assert_false(nesting_is_accepted(JSON_DEPTH_MAX + 1, objects));
        assert_false(nesting_is_accepted(1000000, objects));
    }
}

/* An object of `count` members, the last of which has the name of member `twin`. */
static bool members_are_accepted(unsigned count, unsigned twin)
{
    struct json_error error;

    buffer_reset(&buffer);
    for (unsigned i = 0; i < count; i++) {
        buffer_printf(&buffer, "%c\"member %u\":%u", i == 0 ? '{' : ',', i == count - 1 ? twin : i,
                      i);
    }
    buffer_append_byte(&buffer, '}');
    const bool accepted = json_parse(&arena, &error, buffer_slice(&buffer)) != NULL;
    arena_reset(&arena);
    return accepted;
}

static void duplicates_are_found_in_objects_of_any_size(void **state)
{
    static const unsigned counts[] = {2, 3, 23, 24, 25, 26, 64, 1000, 100000};

    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        const unsigned count = counts[i];
        assert_true(members_are_accepted(count, count - 1));
        assert_false(members_are_accepted(count, 0));
        assert_false(members_are_accepted(count, count / 2 - (count == 2)));
        assert_false(members_are_accepted(count, count - 2));
    }
}

static void memory_that_runs_out_is_an_error_at_any_size(void **state)
{
    static const struct slice text = SLICE(
        "{\"list\":[1,\"two\\n\",{\"three\":3}],\"text\":\"\\u6388\\u4FE1\",\"more\":[[[]]]}");
    bool accepted = false;

    (void)state;
    for (size_t bound = 0; !accepted; bound += 8) {
        struct json_error error = {0};
        assert_in_range(bound, 0, 4096);
        arena_release(&arena);
        arena_init(&arena, bound);
        accepted = json_parse(&arena, &error, text) != NULL;
        assert_true(accepted || strstr(error.message, "memory") != NULL);
    }
    arena_release(&arena);
    arena_init(&arena, 4096);
    memory_fail_at(1, 0);
    struct json_error error = {0};
    assert_null(json_parse(&arena, &error, text));
    assert_non_null(strstr(error.message, "memory"));
}

static void mutated_texts_are_refused_or_read_the_same_twice(void **state)
{
    static const struct slice text =
        SLICE("[{\"op\":\"draw\",\"id\":\"d-1\",\"amount\":12.50,\"to\":\"\\u6388\\\"\"},[-1e5,"
              "true,null,\"\xE4\xBF\xA1\"]]");
    char mutated[128];

    (void)state;
    assert_in_range(text.size, 1, sizeof(mutated));
    for (size_t place = 0; place < text.size; place++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            struct json_error error;
            struct json_writer writer;
            memcpy(mutated, text.data, text.size);
            mutated[place] = (char)byte;
            const struct json_value *value =
                json_parse(&arena, &error, slice_of(mutated, text.size));
            if (value != NULL) {
                struct buffer again = {0};
                buffer_reset(&buffer);
                json_writer_init(&writer, &buffer);
                json_rewrite(&writer, value);
                json_writer_init(&writer, &again);
                json_rewrite(&writer, parsed(buffer_slice(&buffer)));
                assert_true(slice_equal(buffer_slice(&buffer), buffer_slice(&again)));
                buffer_release(&again);
            }
            arena_reset(&arena);
        }
    }
}

static void writer_puts_commas_and_escapes(void **state)
{
    struct json_writer writer;

    (void)state;
    json_writer_init(&writer, &buffer);
    json_object_begin(&writer);
    json_name(&writer, SLICE("id"));
    json_string(&writer, SLICE("a\"\\\b\f\n\r\t\0\x1F\x7F\xE6\x8E\x88/"));
    json_name(&writer, SLICE("numbers"));
    json_array_begin(&writer);
    json_i64(&writer, INT64_MIN);
    json_u64(&writer, UINT64_MAX);
    json_raw(&writer, SLICE("1.50"));
    json_value_begin(&writer);
    buffer_append_u64(&buffer, 7);
    json_array_end(&writer);
    json_name(&writer, SLICE("empty"));
    json_array_begin(&writer);
    json_array_end(&writer);
    json_name(&writer, SLICE("\n"));
    json_object_begin(&writer);
    json_object_end(&writer);
    json_name(&writer, SLICE("t"));
    json_bool(&writer, true);
    json_name(&writer, SLICE("f"));
    json_bool(&writer, false);
    json_name(&writer, slice_of(NULL, 0));
    json_null(&writer);
    json_name(&writer, SLICE("none"));
    json_string(&writer, slice_of(NULL, 0));
    json_object_end(&writer);
    assert_buffer("{\"id\":\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\x7F\xE6\x8E\x88/\","
                  "\"numbers\":[-9223372036854775808,18446744073709551615,1.50,7],"
                  "\"empty\":[],\"\\n\":{},\"t\":true,\"f\":false,\"\":null,\"none\":\"\"}");
}

static void every_ascii_string_survives_the_round_trip(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 128; first++) {
        for (unsigned second = 0; second < 128; second++) {
            const char text[2] = {(char)first, (char)second};
            buffer_reset(&buffer);
            json_quote(&buffer, slice_of(text, 2));
            assert_true(slice_equal(parsed(buffer_slice(&buffer))->text, slice_of(text, 2)));
            arena_reset(&arena);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_have_type_text_and_order, begin, end),
        cmocka_unit_test_setup_teardown(strings_are_decoded, begin, end),
        cmocka_unit_test_setup_teardown(escaped_names_are_found_decoded, begin, end),
        cmocka_unit_test_setup_teardown(errors_say_where, begin, end),
        cmocka_unit_test_setup_teardown(nesting_has_a_bound, begin, end),
        cmocka_unit_test_setup_teardown(duplicates_are_found_in_objects_of_any_size, begin, end),
        cmocka_unit_test_setup_teardown(memory_that_runs_out_is_an_error_at_any_size, begin, end),
        cmocka_unit_test_setup_teardown(mutated_texts_are_refused_or_read_the_same_twice, begin,
                                        end),
        cmocka_unit_test_setup_teardown(writer_puts_commas_and_escapes, begin, end),
        cmocka_unit_test_setup_teardown(every_ascii_string_survives_the_round_trip, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
