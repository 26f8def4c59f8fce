/* How often a second a decision is evaluated by the library, value by value, on one core:
 *
 *     dmn_bench MODEL DECISION INPUTS MILLISECONDS
 *
 * INPUTS holds JSON objects of numbers, texts and booleans, one a line, which are taken in turn.
 * Prints evaluations a second, and a sum over the results that shows that they were looked at. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/json.h"
#include "headroom/dmn.h"

enum { LINES_MAX = 10000, MEMBERS_MAX = 16, FILE_MAX = 16 << 20 };

struct input {
    hr_dmn_element element;
    enum json_type type;
    struct slice text;
    int64_t integer;
    bool is_integer;
};

static struct input inputs[LINES_MAX][MEMBERS_MAX];
static uint32_t counts[LINES_MAX];
static uint32_t line_count;

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    (void)fprintf(stderr, "dmn_bench: %s\n", what);
    exit(1);
}

static void read_line(const struct hr_dmn_model *model, const struct json_value *object)
{
    for (const struct json_value *at = object->first; at != NULL; at = at->next) {
        char name[256];
        struct input *input = &inputs[line_count][counts[line_count]++];
        (void)snprintf(name, sizeof name, "%.*s", (int)at->name.size, at->name.data);
        if (counts[line_count] > MEMBERS_MAX ||
            hr_dmn_find(model, &input->element, name) != HR_DMN_OK) {
            fail("an input is not known");
        }
        input->type = at->type;
        input->text = at->text;
        uint64_t integer = 0;
        if (at->type == JSON_NUMBER && slice_to_u64(at->text, INT64_MAX, &integer)) {
            input->integer = (int64_t)integer;
            input->is_integer = true;
        }
    }
    line_count++;
}

static void read_inputs(const struct hr_dmn_model *model, struct arena *arena, const char *path)
{
    static char text[FILE_MAX];
    struct json_error error;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail("the inputs cannot be read");
    }
    struct slice rest = slice_of(text, fread(text, 1, sizeof text, file));
    struct slice line;
    (void)fclose(file);
    while (slice_split(&rest, '\n', &line) && line_count < LINES_MAX) {
        const struct json_value *object = line.size == 0 ? NULL : json_parse(arena, &error, line);
        if (object != NULL && object->type == JSON_OBJECT) {
            read_line(model, object);
        } else if (line.size > 0) {
            fail("an input is no JSON object");
        }
    }
}

static bool set(struct hr_dmn_evaluation *evaluation, const struct input *input)
{
    char digits[64];
    switch (input->type) {
    case JSON_NUMBER:
        if (input->is_integer) {
            return hr_dmn_set_integer(evaluation, input->element, input->integer) == HR_DMN_OK;
        }
        (void)snprintf(digits, sizeof digits, "%.*s", (int)input->text.size, input->text.data);
        return hr_dmn_set_number(evaluation, input->element, digits) == HR_DMN_OK;
    case JSON_STRING:
        return hr_dmn_set_string(evaluation, input->element, input->text.data, input->text.size) ==
               HR_DMN_OK;
    default:
        return hr_dmn_set_boolean(evaluation, input->element, input->type == JSON_TRUE) ==
               HR_DMN_OK;
    }
}

int main(int argc, char **argv)
{
    struct hr_dmn_model *model = NULL;
    struct hr_dmn_text reason = HR_DMN_TEXT_NONE;
    struct hr_dmn_evaluation *evaluation = NULL;
    hr_dmn_element decision = 0;
    struct arena arena;
    uint64_t count = 0;
    uint64_t kinds = 0;
    uint64_t milliseconds = 0;
    if (argc != 5 || !slice_to_u64(slice_from_cstr(argv[4]), 3600000, &milliseconds)) {
        fail("usage: dmn_bench MODEL DECISION INPUTS MILLISECONDS");
    }
    if (hr_dmn_model_open(&model, &reason, argv[1]) != HR_DMN_OK) {
        fail(reason.data);
    }
    arena_init(&arena, 256 << 20);
    read_inputs(model, &arena, argv[3]);
    if (hr_dmn_find(model, &decision, argv[2]) != HR_DMN_OK || line_count == 0 ||
        hr_dmn_evaluation_new(&evaluation, model, NULL) != HR_DMN_OK) {
        fail("the decision is not there, or there is no input");
    }
    const double begin = seconds_now();
    const double end = begin + (double)milliseconds / 1000;
    double now = begin;
    while (now < end) {
        for (uint32_t i = 0; i < 1000; i++) {
            const uint32_t line = (uint32_t)(count % line_count);
            const struct hr_dmn_value *value = NULL;
            bool done = hr_dmn_begin(evaluation, 1) == HR_DMN_OK;
            for (uint32_t k = 0; k < counts[line] && done; k++) {
                done = set(evaluation, &inputs[line][k]);
            }
            if (!done || hr_dmn_get(evaluation, &value, decision) != HR_DMN_OK) {
                fail("an evaluation failed");
            }
            kinds += (uint64_t)hr_dmn_value_kind(value);
            count++;
        }
        now = seconds_now();
    }
    (void)printf("{\"evaluations_per_second\":%.0f,\"kinds\":%llu}\n",
                 (double)count / (now - begin), (unsigned long long)kinds);
    hr_dmn_evaluation_free(evaluation);
    hr_dmn_model_free(model);
    hr_dmn_text_release(&reason);
    arena_release(&arena);
    return 0;
}
