/* Any bytes as the body of a state, under a head and a checksum that hold: it is refused, or it is
 * a case that is saved the same and takes events. */
#include "bpmn/case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FLOW(id, source, target)                                                                   \
    "<sequenceFlow id='" id "' sourceRef='" source "' targetRef='" target "'/>"

static const char text[] =
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'><message id='m' "
    "name='paid'/><process id='p' isExecutable='true'><startEvent id='s'/><parallelGateway "
    "id='g'/><userTask id='v'><multiInstanceLoopCharacteristics><loopCardinality>3"
    "</loopCardinality><completionCondition>numberOfCompletedInstances > 1</completionCondition>"
    "</multiInstanceLoopCharacteristics></userTask><boundaryEvent id='b' attachedToRef='v'>"
    "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
    "</boundaryEvent><endEvent id='be'/>" FLOW(
        "f9", "b",
        "be") "<subProcess id='x'><startEvent "
              "id='i'/><serviceTask id='a'/><endEvent id='o'/>" FLOW("f5", "i", "a")
                  FLOW("f6", "a",
                       "o") "</subProcess><receiveTask id='r' messageRef='m'/><parallelGateway "
                            "id='j'/><endEvent id='e'/>" FLOW("f1", "s", "g") FLOW("f2", "g", "v")
                                FLOW("f3", "g", "x") FLOW("f4", "g", "r") FLOW("f7", "v", "j")
                                    FLOW("f8", "x", "j") FLOW("fa", "r", "j")
                                        FLOW("fb", "j", "e") "</process></definitions>";

static const struct bpmn_model *loaded(void)
{
    static struct bpmn_model *model;
    struct xml_error error;
    if (model == NULL) {
        model = bpmn_model_new();
        check(model != NULL &&
              bpmn_model_add(model, &error, SLICE("fuzz"), slice_from_cstr(text)) &&
              bpmn_model_compile(model));
    }
    return model;
}

static void take_events(const struct bpmn_env *env, struct bpmn_case *state)
{
    for (unsigned i = 0; i < 12 && state->wait_count > 0; i++) {
        struct bpmn_effects effects;
        const struct bpmn_event event = {.kind = (enum bpmn_event_kind)(1 + i % BPMN_EVENT_CANCEL),
                                         .at = INT64_C(4000000000000000),
                                         .wait = state->waits[i % state->wait_count].number,
                                         .name = SLICE("paid")};
        const enum bpmn_status status = bpmn_case_step(env, state, &event, &effects);
        check(status != BPMN_STATUS_BAD_EVENT && status != BPMN_STATUS_DAMAGED);
        for (const struct bpmn_effect *at = effects.first; at != NULL; at = at->next) {
            struct buffer out = {0};
            bpmn_effect_write(&out, state, at);
            buffer_release(&out);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bpmn_model *model = loaded();
    struct buffer bytes = {0};
    struct buffer again = {0};
    struct arena arena;
    struct bpmn_case *state = NULL;

    buffer_append(&bytes, SLICE("HRBC\1"));
    buffer_append(&bytes, slice_of((const char *)model->hash, SHA256_SIZE));
    buffer_append(&bytes, slice_of((const char *)data, size));
    const uint64_t sum = hash64(bytes.data, bytes.size, 0);
    for (unsigned byte = 0; byte < 8; byte++) {
        buffer_append_byte(&bytes, (char)(sum >> (byte * 8) & 0xff));
    }
    arena_init(&arena, 64U << 20);
    const struct bpmn_env env = {.model = model, .arena = &arena};
    const enum bpmn_status status = bpmn_case_load(&env, buffer_slice(&bytes), &state);
    check(status == BPMN_STATUS_OK || status == BPMN_STATUS_DAMAGED ||
          status == BPMN_STATUS_MEMORY);
    if (status == BPMN_STATUS_OK) {
        check(bpmn_case_save(&env, state, &again) == BPMN_STATUS_OK);
        check(slice_equal(buffer_slice(&bytes), buffer_slice(&again)));
        take_events(&env, state);
    }
    arena_release(&arena);
    buffer_release(&bytes);
    buffer_release(&again);
    return 0;
}
