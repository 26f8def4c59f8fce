/* The state of a case: saved and read the same, refused when damaged, continued alike from any
 * step; ids of effects; migration; memory that runs out. */
#include "cmocka_headroom.h"

#include "bpmn/case.h"
#include "bpmn/value.h"
#include "feel/compile.h"
#include "feel/text.h"

#define HEAD                                                                                       \
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "                            \
    "xmlns:h='urn:headroom:bpmn'>"                                                                 \
    "<message id='m' name='paid'/>"
#define FLOW(id, source, target)                                                                   \
    "<sequenceFlow id='" id "' sourceRef='" source "' targetRef='" target "'/>"

/* Everything that a state can hold: nested scopes, a vote, timers, a message with a key, a join. */
static const char rich[] = HEAD
    "<process id='p' isExecutable='true'><startEvent id='s'/><parallelGateway id='g'/>"
    "<userTask id='v'><multiInstanceLoopCharacteristics><extensionElements><h:loopCharacteristics "
    "inputCollection='who' inputElement='one' outputCollection='votes' outputElement='vote'/>"
    "</extensionElements></multiInstanceLoopCharacteristics></userTask>"
    "<boundaryEvent id='bt' attachedToRef='v' cancelActivity='false'><timerEventDefinition>"
    "<timeCycle>R3/PT1H</timeCycle></timerEventDefinition></boundaryEvent><endEvent id='be'/>" FLOW(
        "f9", "bt",
        "be") "<subProcess id='x'><startEvent id='i'/><serviceTask id='a'/><endEvent "
              "id='o'/>" FLOW("f5", "i", "a") FLOW(
                  "f6", "a",
                  "o") "</subProcess><receiveTask id='r' messageRef='m' "
                       "h:correlationKey='no'/><parallelGateway id='j'/><endEvent id='e'/>" FLOW(
                           "f1", "s", "g") FLOW("f2", "g", "v") FLOW("f3", "g", "x")
                           FLOW("f4", "g", "r") FLOW("f7", "v", "j") FLOW("f8", "x", "j")
                               FLOW("fa", "r", "j") FLOW("fb", "j", "e")
                                   FLOW("fc", "g", "j") "</process></definitions>";

static struct bpmn_model *load(const char *text)
{
    struct xml_error error;
    struct bpmn_model *model = bpmn_model_new();
    assert_non_null(model);
    assert_true(bpmn_model_add(model, &error, SLICE("m"), slice_from_cstr(text)));
    assert_true(bpmn_model_compile(model));
    return model;
}

static const struct feel_context *context_of(struct arena *arena, const char *text)
{
    struct json_error error;
    struct feel_zones zones = {.arena = arena};
    struct feel_value value = FEEL_NOTHING;
    const struct json_value *json = json_parse(arena, &error, slice_from_cstr(text));
    assert_non_null(json);
    assert_true(text_from_json(arena, &zones, json, NULL, &value));
    return value.context;
}

/* ---- a run of the rich model, event by event ---- */

struct play {
    struct bpmn_model *model;
    struct arena arena;
    struct bpmn_env env;
    struct bpmn_case *state;
    struct buffer trace;
    struct buffer saved;
    bool reload; /* save and load between any two steps */
    unsigned count;
};

static uint32_t wait_at(const struct play *play, const char *element)
{
    for (uint32_t w = 0; w < play->state->wait_count; w++) {
        if (slice_equal(play->model->nodes[play->state->waits[w].node].id,
                        slice_from_cstr(element))) {
            return play->state->waits[w].number;
        }
    }
    return 0;
}

/* The event number `index` of the run; false behind the last. */
static bool event_at(struct play *play, unsigned index, struct bpmn_event *ret_event)
{
    static const struct {
        enum bpmn_event_kind kind;
        const char *element;
        const char *variables;
    } rows[] = {
        {BPMN_EVENT_START, "p",
         "{\"who\": [\"a\", \"b\", \"c\"], \"no\": \"N-1\", \"d\": [1.5, null]}"},
        {BPMN_EVENT_TIMER, "bt", NULL},
        {BPMN_EVENT_DONE, "v", "{\"vote\": {\"is\": true}}"},
        {BPMN_EVENT_FAILED, "a", NULL},
        {BPMN_EVENT_DONE, "v", "{\"vote\": \"no\"}"},
        {BPMN_EVENT_RESOLVE, "a", "{\"again\": 1}"},
        {BPMN_EVENT_MESSAGE, "r", NULL},
        {BPMN_EVENT_DONE, "a", NULL},
        {BPMN_EVENT_DONE, "v", NULL},
    };
    if (index == sizeof(rows) / sizeof(rows[0])) {
        return false;
    }
    *ret_event = (struct bpmn_event){
        .kind = rows[index].kind,
        .at = (time_us)(1000 + index * 3600) * US_PER_SECOND,
        .by = SLICE("li"),
        .id = index == 0 ? SLICE("case-1") : SLICE("m-1"),
        .name = index == 0 ? SLICE("") : SLICE("paid"),
        .key = SLICE("N-1"),
        .text = SLICE("no line"),
        .node = bpmn_model_find(play->model, SLICE("p")),
        .wait = index == 0 ? 0 : wait_at(play, rows[index].element),
        .variables =
            rows[index].variables == NULL ? NULL : context_of(&play->arena, rows[index].variables),
    };
    return true;
}

static void save(struct play *play)
{
    buffer_reset(&play->saved);
    assert_int_equal(bpmn_case_save(&play->env, play->state, &play->saved), BPMN_STATUS_OK);
}

static void reload(struct play *play)
{
    save(play);
    arena_release(&play->arena);
    arena_init(&play->arena, 64 << 20);
    assert_int_equal(bpmn_case_load(&play->env, buffer_slice(&play->saved), &play->state),
                     BPMN_STATUS_OK);
    /* What is read is saved the same. */
    struct buffer again = {0};
    assert_int_equal(bpmn_case_save(&play->env, play->state, &again), BPMN_STATUS_OK);
    assert_true(slice_equal(buffer_slice(&again), buffer_slice(&play->saved)));
    buffer_release(&again);
}

static enum bpmn_status step(struct play *play, const struct bpmn_event *event)
{
    struct bpmn_effects effects;
    const enum bpmn_status status = event->kind == BPMN_EVENT_START
                                        ? bpmn_case_start(&play->env, event, &play->state, &effects)
                                        : bpmn_case_step(&play->env, play->state, event, &effects);
    if (status == BPMN_STATUS_OK) {
        for (const struct bpmn_effect *at = effects.first; at != NULL; at = at->next) {
            bpmn_effect_write(&play->trace, play->state, at);
            buffer_append_byte(&play->trace, '\n');
        }
    }
    return status;
}

static void play_begin(struct play *play, const char *text)
{
    *play = (struct play){.model = load(text)};
    arena_init(&play->arena, 64 << 20);
    play->env = (struct bpmn_env){.model = play->model, .arena = &play->arena};
}

static void play_to(struct play *play, unsigned count)
{
    struct bpmn_event event;
    for (; play->count < count && event_at(play, play->count, &event); play->count++) {
        assert_int_equal(step(play, &event), BPMN_STATUS_OK);
        if (play->reload) {
            reload(play);
        }
    }
}

static void play_end(struct play *play)
{
    arena_release(&play->arena);
    buffer_release(&play->trace);
    buffer_release(&play->saved);
    bpmn_model_free(play->model);
}

static void a_case_continues_alike_from_every_step(void **state)
{
    struct play straight;
    struct play broken;
    (void)state;
    play_begin(&straight, rich);
    play_begin(&broken, rich);
    broken.reload = true;
    play_to(&straight, 99);
    play_to(&broken, 99);
    assert_int_equal(straight.state->phase, BPMN_COMPLETED);
    assert_true(straight.trace.size > 3000);
    assert_true(slice_equal(buffer_slice(&straight.trace), buffer_slice(&broken.trace)));
    save(&straight);
    assert_true(slice_equal(buffer_slice(&straight.saved), buffer_slice(&broken.saved)));
    play_end(&straight);
    play_end(&broken);
}

static void every_id_of_an_effect_is_its_own(void **state)
{
    struct play play;
    (void)state;
    play_begin(&play, rich);
    play_to(&play, 99);
    buffer_append_byte(&play.trace, '\0');
    unsigned lines = 0;
    char needle[64];
    for (char *line = play.trace.data; *line != '\0'; line = strchr(line, '\n') + 1) {
        const size_t size = (size_t)(strchr(strchr(line, ':') + 2, '"') + 1 - line);
        assert_true(size < sizeof needle);
        memcpy(needle, line, size);
        needle[size] = '\0';
        const char *first = strstr(play.trace.data, needle);
        assert_true(first == line);
        lines++;
    }
    assert_true(lines > 40);
    play_end(&play);
}

static void a_damaged_state_is_refused(void **state)
{
    struct play play;
    struct arena arena;
    struct bpmn_case *read;
    (void)state;
    play_begin(&play, rich);
    play_to(&play, 4);
    save(&play);
    arena_init(&arena, 64 << 20);
    const struct bpmn_env env = {.model = play.model, .arena = &arena};
    for (size_t i = 0; i < play.saved.size * 8; i++) {
        play.saved.data[i / 8] = (char)(play.saved.data[i / 8] ^ (1 << (i % 8)));
        assert_int_equal(bpmn_case_load(&env, buffer_slice(&play.saved), &read),
                         BPMN_STATUS_DAMAGED);
        play.saved.data[i / 8] = (char)(play.saved.data[i / 8] ^ (1 << (i % 8)));
    }
    for (size_t size = 0; size < play.saved.size; size++) {
        assert_int_equal(bpmn_case_load(&env, slice_of(play.saved.data, size), &read),
                         BPMN_STATUS_DAMAGED);
    }
    assert_int_equal(bpmn_case_load(&env, buffer_slice(&play.saved), &read), BPMN_STATUS_OK);
    arena_release(&arena);
    play_end(&play);
}

/* Damage under a checksum that holds: refused, or a case that takes events. */
static void a_forged_state_is_refused_or_runs(void **state)
{
    struct play play;
    unsigned refused = 0;
    unsigned taken = 0;
    (void)state;
    play_begin(&play, rich);
    play_to(&play, 4);
    save(&play);
    const size_t size = play.saved.size - 8;
    for (size_t i = 37 * 8; i < size * 8; i++) {
        struct arena arena;
        struct bpmn_case *read;
        struct bpmn_effects effects;
        arena_init(&arena, 64 << 20);
        const struct bpmn_env env = {.model = play.model, .arena = &arena};
        play.saved.data[i / 8] = (char)(play.saved.data[i / 8] ^ (1 << (i % 8)));
        const uint64_t sum = hash64(play.saved.data, size, 0);
        for (unsigned byte = 0; byte < 8; byte++) {
            play.saved.data[size + byte] = (char)(sum >> (byte * 8) & 0xff);
        }
        const enum bpmn_status status = bpmn_case_load(&env, buffer_slice(&play.saved), &read);
        assert_true(status == BPMN_STATUS_OK || status == BPMN_STATUS_DAMAGED);
        refused += status != BPMN_STATUS_OK;
        for (uint32_t w = 0; status == BPMN_STATUS_OK && w < 6; w++) {
            const struct bpmn_event event = {
                .kind = w % 3 == 0   ? BPMN_EVENT_TIMER
                        : w % 3 == 1 ? BPMN_EVENT_DONE
                                     : BPMN_EVENT_RESOLVE,
                .at = INT64_C(4000000000000000),
                .wait = read->wait_count == 0 ? 0 : read->waits[w % read->wait_count].number};
            taken += bpmn_case_step(&env, read, &event, &effects) == BPMN_STATUS_OK;
        }
        play.saved.data[i / 8] = (char)(play.saved.data[i / 8] ^ (1 << (i % 8)));
        arena_release(&arena);
    }
    assert_true(refused > 500);
    assert_true(taken > 100);
    play_end(&play);
}

static void another_model_is_told(void **state)
{
    static const char other[] = HEAD "<process id='q'><startEvent id='s'/></process></definitions>";
    struct play play;
    struct bpmn_case *read;
    uint8_t hash[SHA256_SIZE];
    (void)state;
    play_begin(&play, rich);
    play_to(&play, 3);
    save(&play);
    struct bpmn_model *model = load(other);
    const struct bpmn_env env = {.model = model, .arena = &play.arena};
    assert_int_equal(bpmn_case_load(&env, buffer_slice(&play.saved), &read), BPMN_STATUS_VERSION);
    assert_true(bpmn_case_model_hash(buffer_slice(&play.saved), hash));
    assert_memory_equal(hash, play.model->hash, SHA256_SIZE);
    bpmn_model_free(model);
    play_end(&play);
}

static void what_is_refused_changes_nothing(void **state)
{
    struct play play;
    (void)state;
    play_begin(&play, rich);
    play_to(&play, 2);
    save(&play);
    char *deep = memory_allocate(2000);
    assert_non_null(deep);
    memset(deep, 'a', 2000);
    const struct {
        struct bpmn_event event;
        enum bpmn_status status;
    } rows[] = {
        {{.kind = BPMN_EVENT_DONE, .wait = 9999}, BPMN_STATUS_GONE},
        {{.kind = BPMN_EVENT_DONE, .wait = wait_at(&play, "bt")}, BPMN_STATUS_UNFIT},
        {{.kind = BPMN_EVENT_RESOLVE, .wait = wait_at(&play, "v")}, BPMN_STATUS_UNFIT},
        {{.kind = BPMN_EVENT_FAILED, .wait = wait_at(&play, "v")}, BPMN_STATUS_UNFIT},
        {{.kind = BPMN_EVENT_TIMER, .wait = wait_at(&play, "bt")}, BPMN_STATUS_EARLY},
        {{.kind = BPMN_EVENT_ERROR, .wait = wait_at(&play, "a"), .code = SLICE("E")},
         BPMN_STATUS_NO_CATCH},
        {{.kind = BPMN_EVENT_MESSAGE, .name = SLICE("paid"), .key = SLICE("N-2")},
         BPMN_STATUS_UNMATCHED},
        {{.kind = BPMN_EVENT_MESSAGE, .name = SLICE("due"), .key = SLICE("N-1")},
         BPMN_STATUS_UNMATCHED},
        {{.kind = BPMN_EVENT_DONE, .wait = 1, .by = slice_of("\xff", 1)}, BPMN_STATUS_BAD_EVENT},
        {{.kind = BPMN_EVENT_DONE, .wait = 1, .by = slice_of(deep, 2000)}, BPMN_STATUS_BAD_EVENT},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer again = {0};
        assert_int_equal(step(&play, &rows[i].event), rows[i].status);
        assert_int_equal(bpmn_case_save(&play.env, play.state, &again), BPMN_STATUS_OK);
        assert_true(slice_equal(buffer_slice(&again), buffer_slice(&play.saved)));
        buffer_release(&again);
    }
    memory_free(deep);
    play_end(&play);
}

static void a_resent_event_has_one_effect(void **state)
{
    struct play play;
    struct bpmn_event event;
    (void)state;
    play_begin(&play, rich);
    for (unsigned i = 0; event_at(&play, i, &event); i++) {
        assert_int_equal(step(&play, &event), BPMN_STATUS_OK);
        const size_t size = play.trace.size;
        if (event.kind != BPMN_EVENT_START) {
            const enum bpmn_status again = step(&play, &event);
            assert_true(again == BPMN_STATUS_GONE || again == BPMN_STATUS_DUPLICATE ||
                        again == BPMN_STATUS_CLOSED || again == BPMN_STATUS_EARLY);
        }
        assert_int_equal(play.trace.size, size);
    }
    play_end(&play);
}

static void a_state_too_large_is_refused(void **state)
{
    static const struct bpmn_limits limits = {
        .moves_max = 100, .tokens_max = 100, .instances_max = 10, .depth_max = 4, .state_max = 100};
    struct play play;
    (void)state;
    play_begin(&play, rich);
    play_to(&play, 2);
    play.env.limits = &limits;
    assert_int_equal(bpmn_case_save(&play.env, play.state, &play.saved), BPMN_STATUS_TOO_LARGE);
    assert_int_equal(play.saved.size, 0);
    play_end(&play);
}

static void every_allocation_may_fail(void **state)
{
    bool done = false;
    unsigned long nth = 1;
    (void)state;
    struct bpmn_model *model = load(rich);
    for (; !done; nth++) {
        struct play play = {.model = model};
        struct bpmn_event event;
        bool whole = true;
        arena_init(&play.arena, 64 << 20);
        play.env = (struct bpmn_env){.model = model, .arena = &play.arena};
        for (unsigned i = 0; whole && event_at(&play, i, &event); i++) {
            struct bpmn_effects effects;
            memory_fail_at(nth, 0);
            /* A new arena each step, so that each step allocates. */
            struct arena arena;
            arena_init(&arena, 64 << 20);
            struct bpmn_env env = {.model = model, .arena = &arena};
            enum bpmn_status status = BPMN_STATUS_OK;
            if (i > 0) {
                status = bpmn_case_load(&env, buffer_slice(&play.saved), &play.state);
            }
            if (status == BPMN_STATUS_OK) {
                status = i == 0 ? bpmn_case_start(&env, &event, &play.state, &effects)
                                : bpmn_case_step(&env, play.state, &event, &effects);
            }
            struct buffer saved = {0};
            if (status == BPMN_STATUS_OK) {
                status = bpmn_case_save(&env, play.state, &saved);
            }
            memory_fail_at(0, 0);
            assert_true(status == BPMN_STATUS_OK || status == BPMN_STATUS_MEMORY);
            whole = status == BPMN_STATUS_OK;
            buffer_release(&play.saved);
            play.saved = saved;
            arena_release(&play.arena);
            play.arena = arena;
            play.env.arena = &play.arena;
            if (whole) {
                /* The state is read anew, since its model's arena has moved. */
                assert_int_equal(bpmn_case_load(&play.env, buffer_slice(&play.saved), &play.state),
                                 BPMN_STATUS_OK);
            }
        }
        done = whole;
        arena_release(&play.arena);
        buffer_release(&play.saved);
        assert_true(nth < 10000);
    }
    assert_true(nth > 3);
    bpmn_model_free(model);
}

static void a_start_timer_says_when_it_is_due(void **state)
{
    static const struct {
        const char *timer;
        const char *due; /* from Friday 2026-03-06T09:00:00Z on; NULL: not at all */
    } rows[] = {
        {"><timeDuration>PT2H</timeDuration>", "2026-03-06T11:00:00Z"},
        {"><timeCycle>R/P1D</timeCycle>", "2026-03-07T09:00:00Z"},
        {" h:calendar='business'><timeCycle>R/P1D</timeCycle>", "2026-03-09T09:00:00Z"},
        {"><timeDate>2026-04-01T00:00:00Z</timeDate>", "2026-04-01T00:00:00Z"},
        {"><timeDate>2026-03-01T00:00:00Z</timeDate>", NULL},
        {"><timeCycle>0 0 9 * * ?</timeCycle>", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer text = {0};
        struct arena arena;
        time_us from = 0;
        time_us due = 0;
        arena_init(&arena, 1 << 20);
        buffer_printf(&text,
                      HEAD "<process id='p'><startEvent id='s'><timerEventDefinition%s"
                           "</timerEventDefinition></startEvent><endEvent id='e'/>%s</process>"
                           "</definitions>",
                      rows[i].timer, FLOW("f", "s", "e"));
        buffer_append_byte(&text, '\0');
        struct bpmn_model *model = load(text.data);
        const struct bpmn_env env = {.model = model, .arena = &arena};
        assert_true(time_parse(SLICE("2026-03-06T09:00:00Z"), &from));
        assert_int_equal(bpmn_start_due(&env, bpmn_model_find(model, SLICE("s")), from, &due),
                         rows[i].due != NULL);
        buffer_reset(&text);
        time_write(&text, due);
        buffer_append_byte(&text, '\0');
        if (rows[i].due != NULL) {
            assert_string_equal(text.data, rows[i].due);
        }
        assert_false(bpmn_start_due(&env, bpmn_model_find(model, SLICE("e")), from, &due));
        assert_false(bpmn_start_due(&env, 999, from, &due));
        buffer_release(&text);
        bpmn_model_free(model);
        arena_release(&arena);
    }
}

/* ---- values ---- */

static void every_kind_of_value_comes_back(void **state)
{
    static const char *const texts[] = {
        "null",
        "true",
        "1",
        "-7",
        "1.50",
        "1e30",
        "\"中文\"",
        "@\"2026-03-01\"",
        "@\"10:00:00\"",
        "@\"10:00:00+08:00\"",
        "@\"2026-03-01T10:00:00Z\"",
        "@\"2026-03-01T10:00:00@Asia/Shanghai\"",
        "@\"P1Y2M\"",
        "@\"-P1DT2H\"",
        "[1, [2, \"a\"], null]",
        "{a b: 1, c: {d: []}}",
        "[1..5)",
        "(@\"2026-01-01\"..@\"2026-02-01\"]",
        "{}",
        "[]",
        "(> 5)",
    };
    struct arena arena;
    (void)state;
    arena_init(&arena, 16 << 20);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct feel_compiler compiler;
        struct feel_unit unit = {0};
        struct feel_scope scope;
        struct feel_eval eval;
        struct buffer bytes = {0};
        struct buffer before = {0};
        struct buffer after = {0};
        const struct feel_moment now = {.has_offset = true};
        feel_compiler_init(&compiler, &arena);
        feel_scope_init(&scope, NULL, &unit);
        feel_compiler_source(&compiler, SLICE("test"), slice_from_cstr(texts[i]));
        const struct feel_program program = {
            .root = feel_compile_expression(&compiler, &scope, slice_from_cstr(texts[i])),
            .slot_count = unit.slot_count,
            .source = compiler.source};
        assert_int_equal(compiler.problem_count, 0);
        feel_eval_init(&eval, &arena, (struct feel_limits){0}, &now);
        const struct feel_value value = feel_run(&eval, &program, NULL, 0);
        assert_true(bpmn_value_write(&bytes, value));
        struct feel_zones zones = {.arena = &arena};
        struct bpmn_reader reader = {
            .rest = buffer_slice(&bytes), .arena = &arena, .zones = &zones};
        const struct feel_value read = bpmn_value_read(&reader);
        assert_false(reader.bad);
        assert_int_equal(reader.rest.size, 0);
        text_write(&before, value);
        text_write(&after, read);
        assert_true(slice_equal(buffer_slice(&before), buffer_slice(&after)));
        for (size_t size = 0; size < bytes.size; size++) {
            reader = (struct bpmn_reader){
                .rest = slice_of(bytes.data, size), .arena = &arena, .zones = &zones};
            (void)bpmn_value_read(&reader);
            assert_true(reader.bad);
        }
        buffer_release(&bytes);
        buffer_release(&before);
        buffer_release(&after);
    }
    arena_release(&arena);
}

static void values_too_deep_are_refused(void **state)
{
    struct feel_value values[BPMN_VALUE_DEPTH_MAX + 2];
    struct buffer bytes = {0};
    (void)state;
    values[0] = feel_integer(1);
    for (size_t i = 1; i < sizeof(values) / sizeof(values[0]); i++) {
        values[i] = feel_list(&values[i - 1], 1);
    }
    assert_true(bpmn_value_write(&bytes, values[BPMN_VALUE_DEPTH_MAX]));
    assert_false(bpmn_value_write(&bytes, values[BPMN_VALUE_DEPTH_MAX + 1]));
    buffer_release(&bytes);
}

/* ---- migration ---- */

#define ONE(task, more)                                                                            \
    HEAD "<process id='p'><startEvent id='s'/><userTask id='" task "'/>" more                      \
         "<endEvent id='e'/>" FLOW("f1", "s", task)                                                \
             FLOW("f2", task, "e") "</process></definitions>"
#define TIMER(host, at)                                                                            \
    "<boundaryEvent id='b' attachedToRef='" host "'><timerEventDefinition><timeDuration>" at       \
    "</timeDuration></timerEventDefinition></boundaryEvent><endEvent id='be'/>" FLOW("f3", "b",    \
                                                                                     "be")

static void migrate(const char *from, const char *to, const struct bpmn_replacement *replacements,
                    size_t count, const char *expected)
{
    struct play play;
    struct buffer out = {0};
    struct bpmn_effects effects;
    struct bpmn_case *moved = NULL;
    struct bpmn_event event;
    play_begin(&play, from);
    assert_true(event_at(&play, 0, &event));
    assert_int_equal(step(&play, &event), BPMN_STATUS_OK);
    struct bpmn_model *model = load(to);
    const struct bpmn_env env = {.model = model, .arena = &play.arena};
    const struct bpmn_migration migration = {replacements, count, SLICE("admin"), 5000000000, NULL};
    const bool preview = bpmn_case_migrate(&env, play.state, &migration, &out, NULL, &effects);
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.data, expected);
    buffer_reset(&out);
    assert_int_equal(bpmn_case_migrate(&env, play.state, &migration, &out, &moved, &effects),
                     preview);
    if (preview) {
        struct buffer saved = {0};
        assert_int_equal(bpmn_case_save(&env, moved, &saved), BPMN_STATUS_OK);
        assert_int_equal(bpmn_case_load(&env, buffer_slice(&saved), &moved), BPMN_STATUS_OK);
        assert_true(effects.count > 0);
        const struct bpmn_event done = {
            .kind = BPMN_EVENT_DONE, .at = 1, .wait = moved->waits[0].number};
        assert_int_equal(bpmn_case_step(&env, moved, &done, &effects), BPMN_STATUS_OK);
        assert_int_equal(moved->phase, BPMN_COMPLETED);
        buffer_release(&saved);
    } else {
        assert_null(moved);
    }
    /* The old case is as it was. */
    assert_ptr_equal(play.state->model, play.model);
    bpmn_model_free(model);
    buffer_release(&out);
    play_end(&play);
}

static void a_case_moves_to_another_model(void **state)
{
    static const struct bpmn_replacement rename[] = {{SLICE("x"), SLICE("y")}};
    (void)state;
    migrate(ONE("x", ""), ONE("y", ""), rename, 1,
            "scope 1 at process 'p': to 'p'\ntoken 2 at userTask 'x': to 'y'\n");
    migrate(ONE("x", ""), ONE("x", TIMER("x", "PT1H")), NULL, 0,
            "scope 1 at process 'p': to 'p'\ntoken 2 at userTask 'x': to 'x'\n");
    migrate(ONE("x", ""), ONE("y", ""), NULL, 0,
            "scope 1 at process 'p': to 'p'\n"
            "token 2 at userTask 'x': cannot move: the new model has no such element\n"
            "wait 3 at userTask 'x': cannot move: the new model has no such element\n");
    migrate(ONE("x", ""),
            HEAD "<process id='p'><startEvent id='s'/><serviceTask id='x'/>" FLOW(
                "f1", "s", "x") "</process></definitions>",
            NULL, 0,
            "scope 1 at process 'p': to 'p'\n"
            "token 2 at userTask 'x': cannot move: it is another kind of element\n"
            "wait 3 at userTask 'x': cannot move: it is another kind of element\n");
}

static void a_timer_may_go_with_the_old_model(void **state)
{
    struct play play;
    struct buffer out = {0};
    struct bpmn_effects effects;
    struct bpmn_case *moved = NULL;
    struct bpmn_event event;
    (void)state;
    play_begin(&play, ONE("x", TIMER("x", "PT1H")));
    assert_true(event_at(&play, 0, &event));
    assert_int_equal(step(&play, &event), BPMN_STATUS_OK);
    struct bpmn_model *model = load(ONE("x", ""));
    const struct bpmn_env env = {.model = model, .arena = &play.arena};
    const struct bpmn_migration migration = {.by = SLICE("admin")};
    assert_true(bpmn_case_migrate(&env, play.state, &migration, &out, &moved, &effects));
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.data, "scope 1 at process 'p': to 'p'\n"
                                  "token 2 at userTask 'x': to 'x'\n"
                                  "wait 3 at boundaryEvent 'b': ends: the new model has no such "
                                  "element\n");
    assert_int_equal(moved->wait_count, 1);
    bool ended = false;
    for (const struct bpmn_effect *at = effects.first; at != NULL; at = at->next) {
        ended = ended || (at->kind == BPMN_EFFECT_TIMER_END && at->wait == 3);
    }
    assert_true(ended);
    bpmn_model_free(model);
    buffer_release(&out);
    play_end(&play);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_continues_alike_from_every_step),
        cmocka_unit_test(every_id_of_an_effect_is_its_own),
        cmocka_unit_test(a_damaged_state_is_refused),
        cmocka_unit_test(a_forged_state_is_refused_or_runs),
        cmocka_unit_test(another_model_is_told),
        cmocka_unit_test(what_is_refused_changes_nothing),
        cmocka_unit_test(a_resent_event_has_one_effect),
        cmocka_unit_test(a_state_too_large_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_start_timer_says_when_it_is_due),
        cmocka_unit_test(every_kind_of_value_comes_back),
        cmocka_unit_test(values_too_deep_are_refused),
        cmocka_unit_test(a_case_moves_to_another_model),
        cmocka_unit_test(a_timer_may_go_with_the_old_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
