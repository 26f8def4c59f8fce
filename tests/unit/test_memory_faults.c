/* The n-th allocation fails, for every n, once and for good, in each room that takes memory and has
 * no suite of its own for it: what is asked succeeds with the usual answer or is refused cleanly,
 * nothing leaks (the sanitizer build looks), and asked again it gives the usual answer. */
#include "cmocka_headroom.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/arena.h"
#include "base/hash.h"
#include "dmn/evaluate.h"
#include "ledger/command_json.h"
#include "sim/tier.h"

/* What a room answered, as text; empty when it refused for want of memory. */
typedef bool (*scene)(struct buffer *out);

static const struct slice commands_text = SLICE(
    "[{\"op\":\"limit.open\",\"id\":\"G\",\"currency\":\"CNY\",\"cap\":\"1000.50\",\"kind\":"
    "\"gro\\u0075p\"},"
    "{\"op\":\"limit.open\",\"id\":\"L\",\"currency\":\"CNY\",\"cap\":\"600\",\"parents\":[\"G\"],"
    "\"holder\":\"H-1\",\"actor\":\"wang\"},"
    "{\"op\":\"draw\",\"id\":\"d\",\"limit\":\"L\",\"amount\":\"250\",\"reason\":\"x\"},"
    "{\"op\":\"draw\",\"id\":\"e\",\"limit\":\"L\",\"amount\":\"450\"},"
    "{\"op\":\"get\",\"limit\":\"G\"}]");

/* JSON, commands and the ledger: read, decided, written, proved, digested. */
static bool ledger_answers(struct ledger *ledger, struct arena *arena, struct buffer *out)
{
    struct json_error error;
    const struct json_value *value = json_parse(arena, &error, commands_text);
    struct ledger_command commands[5];
    struct ledger_result results[5];
    uint8_t digest[32];
    struct json_writer writer;

    if (value == NULL) {
        assert_true(error.memory_short);
        return false;
    }
    const struct json_value *item = value->first;
    for (size_t i = 0; i < 5; i++, item = item->next) {
        if (!ledger_command_read_json(arena, &commands[i], item, CURRENCY_CNY, false)) {
            return false;
        }
    }
    ledger_apply(ledger, results, commands, 5);
    for (size_t i = 0; i < 5; i++) {
        json_writer_init(&writer, out);
        ledger_result_write_json(&writer, ledger, &commands[i], &results[i]);
    }
    struct buffer message = {0};
    const bool proved = ledger_verify(ledger, &message);
    buffer_release(&message);
    if (!proved || !ledger_digest(ledger, digest)) {
        return false;
    }
    buffer_append(out, slice_of((const char *)digest, sizeof(digest)));
    return !buffer_failed(out);
}

static bool ledger_scene(struct buffer *out)
{
    struct ledger_options options;
    struct arena arena;

    ledger_options_init(&options);
    options.limits_max = 128;
    options.records_max = options.traces_max = options.unlocks_max = 1024;
    options.commands_max = 8;
    options.hash_seed = 1;
    struct ledger *ledger = ledger_open(&options);
    if (ledger == NULL) {
        return false;
    }
    arena_init(&arena, 1 << 20);
    const bool answered = ledger_answers(ledger, &arena, out);
    arena_release(&arena);
    ledger_free(ledger);
    return answered;
}

/* Every decision of a model that has tables of several kinds, knowledge models and boxed logic. */
static bool decisions_answer(const struct dmn_model *model, struct buffer *out)
{
    const struct feel_moment now = {.days = 20000, .has_offset = true};
    struct dmn_evaluation evaluation;
    struct arena arena;
    bool answered = true;

    arena_init(&arena, 16 << 20);
    for (uint32_t i = 0; answered && i < model->element_count; i++) {
        const struct dmn_element *element = &model->elements[i];

        if (element->kind != DMN_DECISION) {
            continue;
        }
        arena_reset(&arena);
        answered = dmn_evaluation_init(&evaluation, model, &arena, (struct feel_limits){0}, &now);
        if (answered) {
            const struct feel_value value = dmn_evaluation_get(&evaluation, element);

            answered = evaluation.eval.status != FEEL_STATUS_MEMORY;
            text_write(out, value);
        }
    }
    arena_release(&arena);
    return answered && !buffer_failed(out);
}

static const char *model_name;

static bool model_scene(struct buffer *out)
{
    static char text[1 << 16];
    const char *source = getenv("HEADROOM_SOURCE");
    char path[512];
    struct xml_error error = {0};

    (void)snprintf(path, sizeof(path), "%s/%s", source == NULL ? "." : source, model_name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(text, 1, sizeof(text), file);
    (void)fclose(file);
    struct dmn_model *model = dmn_model_new();
    if (model == NULL) {
        return false;
    }
    bool answered = dmn_model_add(model, &error, slice_of(text, size)) && dmn_model_compile(model);
    answered = answered && decisions_answer(model, out);
    dmn_model_free(model);
    return answered;
}

/* Tokens: a first start, a token made, shown, revoked; and a second start. */

static char auth_path[64];

static void auth_clean(void)
{
    static const char *const names[] = {"tokens", "admin.token", "audit.log", "tokens.new",
                                        "admin.token.new"};
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", auth_path, names[i]);
        (void)unlink(path);
    }
}

static enum auth_status auth_work(struct auth *auth, struct buffer *out)
{
    const time_us now = 1795000000 * US_PER_SECOND;
    const struct auth_request request = {.name = SLICE("a teller"),
                                         .role = AUTH_OPERATOR,
                                         .expires = TIME_NONE,
                                         .actor = SLICE("0123456789abcdef"),
                                         .address = SLICE("127.0.0.1:1")};
    char header[7 + TOKEN_SECRET_SIZE] = "Bearer ";
    const struct auth_token *token = NULL;
    const struct auth_token *judged = NULL;

    TRY(auth_token_create(auth, &token, header + 7, &request, now));
    TRY(auth_judge(auth, &judged, slice_of(header, sizeof(header)), request.address, now));
    assert_ptr_equal(judged, token);
    TRY(auth_token_revoke(auth, slice_of(token->id, TOKEN_ID_SIZE), request.actor, request.address,
                          now));
    assert_int_equal(
        auth_judge(auth, &judged, slice_of(header, sizeof(header)), request.address, now),
        AUTH_REVOKED);
    TRY(auth_flush(auth));
    buffer_append(out, SLICE("made and revoked"));
    return AUTH_OK;
}

static bool auth_scene(struct buffer *out)
{
    const time_us now = 1795000000 * US_PER_SECOND;
    struct auth *auth = NULL;
    struct auth_error error;
    enum auth_status status = AUTH_OK;
    bool first;

    auth_clean();
    for (unsigned i = 0; status == AUTH_OK && i < 2; i++) {
        status = auth_open(files_real(), auth_path, now, &auth, &first, &error);
        if (status == AUTH_OK) {
            status = auth_work(auth, out);
            auth_close(auth);
        }
    }
    /* A file that could not be opened for want of memory is reported as one. */
    assert_true(status == AUTH_OK || status == AUTH_NO_MEMORY);
    return status == AUTH_OK && !buffer_failed(out);
}

/* What a refusal left on disk is a whole first start, or can be made one. */
static void auth_look(void)
{
    struct auth *auth = NULL;
    struct auth_error error;
    bool first;

    assert_int_equal(
        auth_open(files_real(), auth_path, 1795000000 * US_PER_SECOND, &auth, &first, &error),
        AUTH_OK);
    auth_close(auth);
}

/* ---- the n-th ---- */

/* Whether the planned failure came about; ends the plan. */
static bool allocation_met(bool for_good)
{
    bool met = true;

    for (unsigned i = 0; met && i < (for_good ? 1 : 100000); i++) {
        void *probe = memory_allocate(1);

        met = probe != NULL;
        memory_free(probe);
    }
    memory_fail_at(0, 0);
    return for_good ? !met : met;
}

/* Small scenes take every allocation in each build. */
static unsigned long scene_fail(scene run, const struct buffer *usual, bool for_good)
{
    const unsigned long stride = run == model_scene ? tier_stride(1) : 1;
    unsigned long count = 0;
    bool met = true;

    for (unsigned long n = 1; met; n += stride) {
        struct buffer out = {0};
        struct buffer again = {0};

        count++;
        memory_fail_at(n, for_good);
        const bool answered = run(&out);
        met = allocation_met(for_good);
        /* What was answered although memory was short is the usual answer. */
        if (answered) {
            assert_true(slice_equal(buffer_slice(&out), buffer_slice(usual)));
        } else {
            assert_true(met);
            if (run == auth_scene) {
                auth_look();
            }
        }
        assert_true(run(&again));
        assert_true(slice_equal(buffer_slice(&again), buffer_slice(usual)));
        buffer_release(&out);
        buffer_release(&again);
    }
    return count - 1;
}

static void allocations_fail(const char *name, scene run, unsigned long at_least)
{
    struct buffer usual = {0};

    assert_true(run(&usual));
    assert_true(usual.size > 0);
    const unsigned long once = scene_fail(run, &usual, false);
    const unsigned long for_good = scene_fail(run, &usual, true);
    print_message("%s: %lu allocations failed once, %lu for good\n", name, once, for_good);
    assert_true(once >= at_least && for_good >= at_least);
    buffer_release(&usual);
}

static void commands_and_ledger(void **state)
{
    (void)state;
    allocations_fail("json, commands, ledger", ledger_scene, 4);
}

static void models(void **state)
{
    static const char *const names[] = {
        "examples/dmn/facility.dmn", "tests/conformance/kit/hit-policies.dmn",
        "tests/conformance/kit/boxed.dmn", "tests/conformance/kit/services.dmn"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        model_name = names[i];
        allocations_fail(model_name, model_scene, 4);
    }
}

static void tokens(void **state)
{
    (void)state;
    memcpy(auth_path, "build/test_memory_XXXXXX", sizeof("build/test_memory_XXXXXX"));
    const char *folder = getenv("TMPDIR");
    if (folder != NULL) {
        (void)snprintf(auth_path, sizeof(auth_path), "%.40s/auth_XXXXXX", folder);
    }
    assert_non_null(mkdtemp(auth_path));
    allocations_fail("tokens and audit log", auth_scene, 4);
    auth_clean();
    (void)rmdir(auth_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_and_ledger),
        cmocka_unit_test(models),
        cmocka_unit_test(tokens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
