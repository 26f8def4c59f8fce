/* Any bytes as FEEL. The first byte says as what: an expression, unary tests, a type, a range. What
 * is evaluated gives the same value each time, in bounds of steps and memory, and JSON that is
 * read. */
#include "feel/compile.h"
#include "feel/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS_MAX = 20000, DEPTH_MAX = 300, MEMORY_MAX = 8 << 20, SLOTS = 5 };

/* A scope with names of several tokens and values of several kinds. */
static void scope_fill(struct feel_compiler *compiler, struct feel_scope *scope,
                       struct feel_value *values)
{
    static const struct feel_value items[] = {{.kind = FEEL_BOOLEAN, .boolean = true}, {0}};
    static const struct {
        const char *name;
        unsigned kind;
    } names[SLOTS] = {{"?", FEEL_NUMBER},
                      {"a", FEEL_NUMBER},
                      {"a b", FEEL_STRING},
                      {"list", FEEL_LIST},
                      {"c-d in", FEEL_CONTEXT}};
    for (uint32_t i = 0; i < SLOTS; i++) {
        feel_compiler_learn(compiler, slice_from_cstr(names[i].name));
        (void)feel_scope_declare(compiler, scope, slice_from_cstr(names[i].name),
                                 feel_type_of_kind(names[i].kind));
    }
    struct feel_context *context = feel_context_new(compiler->arena, 1);
    check(context != NULL &&
          feel_context_put(compiler->arena, context, SLICE("x y"), feel_integer(3)));
    values[0] = feel_integer(7);
    values[1] = feel_integer(-2);
    values[2] = feel_string(SLICE("text"));
    values[3] = feel_list(items, 2);
    values[4] = feel_context_value(context);
}

static void run(struct buffer *out, const struct feel_program *program,
                const struct feel_value *values)
{
    struct arena arena;
    struct feel_eval eval;
    struct json_writer writer;
    const struct feel_moment now = {.days = 20000, .has_offset = true};
    arena_init(&arena, MEMORY_MAX);
    feel_eval_init(&eval, &arena, (struct feel_limits){STEPS_MAX, DEPTH_MAX}, &now);
    const struct feel_value value = feel_run(&eval, program, values, SLOTS);
    json_writer_init(&writer, out);
    json_array_begin(&writer);
    text_write_json(&writer, value);
    json_u64(&writer, eval.diagnostic_count);
    json_u64(&writer, eval.status);
    json_array_end(&writer);
    arena_release(&arena);
}

static void evaluate(const struct feel_program *program, const struct feel_value *values)
{
    struct buffer first = {0}, second = {0};
    struct arena arena;
    struct json_error error;
    run(&first, program, values);
    run(&second, program, values);
    check(!buffer_failed(&first) && slice_equal(buffer_slice(&first), buffer_slice(&second)));
    arena_init(&arena, 64 << 20);
    const struct json_value *json = json_parse(&arena, &error, buffer_slice(&first));
    /* Values may nest more deeply than JSON that is read. */
    check(json != NULL || error.memory_short || strstr(error.message, "deep") != NULL);
    arena_release(&arena);
    buffer_release(&first);
    buffer_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct feel_compiler compiler;
    struct feel_unit unit = {0};
    struct feel_scope scope;
    struct feel_value values[SLOTS];
    struct feel_program program = {0};
    const struct slice text = slice_of((const char *)data + 1, size == 0 ? 0 : size - 1);
    if (size == 0 || size > 20000 || !utf8_valid(text)) {
        return 0; /* texts come from XML or JSON, which are UTF-8 */
    }
    arena_init(&arena, 64 << 20);
    feel_compiler_init(&compiler, &arena);
    feel_scope_init(&scope, NULL, &unit);
    scope_fill(&compiler, &scope, values);
    feel_compiler_source(&compiler, SLICE("fuzz"), text);
    switch (data[0] % 4) {
    case 0:
        program.root = feel_compile_expression(&compiler, &scope, text);
        break;
    case 1:
        program.root =
            feel_compile_tests(&compiler, &scope, 0, feel_type_of_kind(FEEL_NUMBER), text);
        break;
    case 2:
        (void)feel_compile_type(&compiler, text);
        break;
    default:
        program.root = feel_compile_range(&compiler, &scope, text);
        break;
    }
    program.slot_count = unit.slot_count;
    program.source = compiler.source;
    for (const struct feel_problem *at = compiler.first; at != NULL; at = at->next) {
        check(at->position <= text.size && at->message.size > 0);
    }
    if (program.root != NULL && !compiler.failed) {
        evaluate(&program, values);
    }
    arena_release(&arena);
    return 0;
}
