/* The pack's own tests: questions with the answers that they must get, and cases played by script.
 */
#include "bpmn/script.h"
#include "pack/pack.h"

/* Equal as values: numbers by what they are worth, objects without regard to order. */
static bool json_same(const struct json_value *a, const struct json_value *b)
{
    struct decimal x;
    struct decimal y;
    if (a->type != b->type || a->count != b->count) {
        return false;
    }
    if (a->type == JSON_NUMBER) {
        return decimal_parse(a->text, &x) && decimal_parse(b->text, &y) && decimal_equal(x, y);
    }
    if (a->type == JSON_STRING) {
        return slice_equal(a->text, b->text);
    }
    const struct json_value *other = b->first;
    for (const struct json_value *at = a->first; at != NULL; at = at->next) {
        const struct json_value *match = a->type == JSON_OBJECT ? json_member(b, at->name) : other;
        if (match == NULL || !json_same(at, match)) {
            return false;
        }
        other = other->next;
    }
    return true;
}

static void json_copy(struct json_writer *writer, const struct json_value *value)
{
    switch (value->type) {
    case JSON_NULL:
        json_null(writer);
        break;
    case JSON_FALSE:
    case JSON_TRUE:
        json_bool(writer, value->type == JSON_TRUE);
        break;
    case JSON_NUMBER:
        json_raw(writer, value->text);
        break;
    case JSON_STRING:
        json_string(writer, value->text);
        break;
    case JSON_ARRAY:
    case JSON_OBJECT: {
        const bool object = value->type == JSON_OBJECT;
        object ? json_object_begin(writer) : json_array_begin(writer);
        for (const struct json_value *at = value->first; at != NULL; at = at->next) {
            if (object) {
                json_name(writer, at->name);
            }
            json_copy(writer, at);
        }
        object ? json_object_end(writer) : json_array_end(writer);
        break;
    }
    }
}

static void value_write(struct buffer *out, const struct json_value *value)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_copy(&writer, value);
}

struct asking {
    struct pack *pack;
    const struct pack_json *test;
    struct arena arena; /* of one case */
    struct slice name;  /* of the case */
    struct buffer error;
};

static void differ(struct asking *asking, const struct json_value *got,
                   const struct json_value *expected)
{
    struct buffer text = {0};
    buffer_append_cstr(&text, "expected ");
    value_write(&text, expected);
    buffer_append_cstr(&text, ", got ");
    value_write(&text, got);
    pack_report(asking->pack, true, asking->test->path, 0, asking->name, "%.*s", (int)text.size,
                text.data == NULL ? "" : text.data);
    buffer_release(&text);
}

static void compare(struct asking *asking, const struct json_value *got,
                    const struct json_value *expected)
{
    if (got == NULL) {
        pack_report(asking->pack, true, asking->test->path, 0, asking->name, "%.*s",
                    (int)asking->error.size, asking->error.data == NULL ? "" : asking->error.data);
    } else if (json_same(got, expected)) {
        asking->pack->cases_passed++;
    } else {
        differ(asking, got, expected);
    }
}

/* ---- decisions ---- */

static const struct json_value *ask(struct asking *asking, struct slice decision,
                                    const struct json_value *input, date_days day)
{
    const struct dmn_model *model = NULL;
    struct buffer text = {0};
    struct buffer answer = {0};
    struct json_error error;
    const struct json_value *result = NULL;
    if (pack_decision_find(asking->pack, decision, &model) == NULL) {
        buffer_append_cstr(&asking->error, "the pack has no such decision");
        return NULL;
    }
    value_write(&text, input);
    const struct dmn_question question = {.decision = decision,
                                          .input = buffer_slice(&text),
                                          .now = {.days = day, .has_offset = true}};
    if (!buffer_failed(&text) &&
        dmn_answer(model, &asking->arena, &question, &answer, &asking->error) == DMN_ANSWER_OK) {
        const struct slice kept = arena_copy(&asking->arena, buffer_slice(&answer));
        const struct json_value *value = json_parse(&asking->arena, &error, kept);
        result = value == NULL ? NULL : json_member(value, SLICE("result"));
    }
    if (result == NULL && asking->error.size == 0) {
        buffer_append_cstr(&asking->error, "memory is exhausted");
    }
    buffer_release(&answer);
    buffer_release(&text);
    return result;
}

/* ---- limits ---- */

static const struct json_value *amount(struct asking *asking, struct slice limit, date_days day)
{
    const struct pack_row *row = pack_limit(asking->pack, limit, day);
    if (row == NULL) {
        buffer_append_cstr(&asking->error, "no such limit is in force on that day");
        return NULL;
    }
    return pack_formula(asking->pack, &asking->arena,
                        pack_cell(&asking->pack->tables[PACK_LIMITS], row, "formula"), day,
                        &asking->error);
}

/* ---- files ---- */

static struct slice member_text(const struct json_value *object, const char *name)
{
    const struct json_value *member = json_member(object, slice_from_cstr(name));
    return member != NULL && member->type == JSON_STRING ? member->text : SLICE("");
}

static void run_case(struct asking *asking, const struct json_value *entry)
{
    const struct json_value *expected = json_member(entry, SLICE("expect"));
    const struct json_value *input = json_member(entry, SLICE("input"));
    const struct slice decision = member_text(asking->test->value, "decision");
    struct slice day_text = member_text(entry, "date");
    date_days day = 0;
    day_text = day_text.size > 0 ? day_text : member_text(asking->test->value, "date");
    asking->name = member_text(entry, "name");
    if (asking->name.size == 0 || expected == NULL || !date_parse(day_text, &day) ||
        (decision.size > 0 && (input == NULL || input->type != JSON_OBJECT))) {
        pack_report(asking->pack, true, asking->test->path, 0, asking->name,
                    "a case has name, date, expect and, of a decision, an object input");
        return;
    }
    arena_init(&asking->arena, PACK_TEST_MEMORY_MAX);
    buffer_reset(&asking->error);
    compare(asking,
            decision.size > 0 ? ask(asking, decision, input, day)
                              : amount(asking, member_text(asking->test->value, "limit"), day),
            expected);
    arena_release(&asking->arena);
}

static void run_file(struct pack *pack, const struct pack_json *test)
{
    struct asking asking = {.pack = pack, .test = test};
    const struct json_value *cases = json_member(test->value, SLICE("cases"));
    const bool decision = member_text(test->value, "decision").size > 0;
    const bool limit = member_text(test->value, "limit").size > 0;
    if (cases == NULL || cases->type != JSON_ARRAY || cases->count == 0 || decision == limit) {
        pack_report(pack, true, test->path, 0, SLICE(""),
                    "a test names a decision or a limit, and has a list of cases");
        return;
    }
    for (const struct json_value *at = cases->first; at != NULL; at = at->next) {
        run_case(&asking, at);
    }
    buffer_release(&asking.error);
}

/* A script of steps on the pack's processes; it is one case. */
static void run_script(struct pack *pack, const struct tree_file *file)
{
    struct buffer error = {0};
    struct bpmn_script script = {
        .model = pack->processes, .calendar = &pack->calendar, .text = file->text};
    if (pack->processes == NULL) {
        pack_report(pack, true, file->path, 0, SLICE(""), "the pack has no process to play");
        return;
    }
    if (bpmn_script_run(&script, &error)) {
        pack->cases_passed++;
    } else {
        const struct slice text = slice_trim(buffer_slice(&error));
        uint64_t line = 0;
        const struct slice head = SLICE("line ");
        const char *colon = memchr(text.data, ':', text.size);
        const bool numbered =
            colon != NULL && slice_starts_with(text, head) &&
            slice_to_u64(slice_of(text.data + head.size, (size_t)(colon - text.data) - head.size),
                         UINT32_MAX, &line);
        const struct slice what =
            numbered ? slice_trim(slice_of(colon + 1, text.size - (size_t)(colon + 1 - text.data)))
                     : text;
        pack_report(pack, true, file->path, (uint32_t)line, SLICE(""), "%.*s", (int)what.size,
                    what.data == NULL ? "" : what.data);
    }
    buffer_release(&script.state);
    buffer_release(&error);
}

void pack_tests_run(struct pack *pack)
{
    for (uint32_t i = 0; i < pack->test_count; i++) {
        run_file(pack, &pack->tests[i]);
    }
    for (uint32_t i = 0; i < pack->files->count; i++) {
        const struct tree_file *file = &pack->files->files[i];
        const struct slice ending = SLICE(".script");
        if (slice_starts_with(file->path, SLICE("tests/")) &&
            slice_equal(slice_of(file->path.data + file->path.size - ending.size, ending.size),
                        ending)) {
            run_script(pack, file);
        }
    }
}
