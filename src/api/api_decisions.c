/* /v1/decisions: the decision models of the folder that the program was given. Nothing here reads
 * or changes the ledger. */
#include "api/api_reply.h"
#include "dmn/answer.h"
#include "dmn/catalog.h"

/* Evaluations run between two batches of the ledger: they are bounded to a fraction of a second. */
enum { DECISION_STEPS_MAX = 1000000, DECISION_MEMORY_MAX = 64 << 20 };

void api_decisions_list(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct buffer body = {0};
    struct json_writer writer;

    if (!api_query_known(request)) {
        return;
    }
    json_writer_init(&writer, &body);
    json_object_begin(&writer);
    json_name(&writer, SLICE("models"));
    json_array_begin(&writer);
    for (uint32_t i = 0; api->decisions != NULL && i < api->decisions->count; i++) {
        const struct dmn_catalog_entry *entry = &api->decisions->entries[i];
        json_object_begin(&writer);
        api_text_member(&writer, "model", entry->name);
        dmn_describe(entry->model, &writer);
        json_object_end(&writer);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    api_reply_json(request, 200, &body);
}

static void answer_problem(struct http_request *request, enum dmn_answer_status status,
                           const struct buffer *reason)
{
    static const struct {
        unsigned status;
        const char *slug;
    } problems[] = {
        [DMN_ANSWER_NO_DECISION] = {404, "decision-not-found"},
        [DMN_ANSWER_BAD_INPUT] = {400, "bad-input"},
        [DMN_ANSWER_STOPPED] = {422, "evaluation-stopped"},
    };

    http_problem(request, problems[status].status, slice_from_cstr(problems[status].slug),
                 http_status_phrase(problems[status].status), buffer_slice(reason));
}

static void answer(struct http_request *request, const struct dmn_model *model, bool explain)
{
    const time_us now = api_now();
    const date_days today = time_to_date(now);
    const struct dmn_question question = {
        .decision = request->params[1],
        .input = slice_trim(request->body).size == 0 ? SLICE("{}") : request->body,
        .explain = explain,
        .limits = {.steps_max = DECISION_STEPS_MAX},
        .now = {.days = today, .nanos = (now - today * US_PER_DAY) * 1000, .has_offset = true},
    };
    struct arena arena;
    struct buffer body = {0};
    struct buffer reason = {0};

    arena_init(&arena, DECISION_MEMORY_MAX);
    const enum dmn_answer_status status = dmn_answer(model, &arena, &question, &body, &reason);
    arena_release(&arena);
    if (status == DMN_ANSWER_OK) {
        api_reply_json(request, 200, &body);
    } else {
        answer_problem(request, status, &reason);
    }
    buffer_release(&body);
    buffer_release(&reason);
}

void api_decision_post(struct http_request *request, void *context)
{
    const struct api *api = context;
    bool explain = false;

    if (!api_query_known(request) || !api_query_boolean(request, "explain", &explain)) {
        return;
    }
    const struct dmn_model *model =
        api->decisions == NULL ? NULL : dmn_catalog_find(api->decisions, request->params[0]);
    if (model == NULL) {
        api_problem(request, 404, SLICE("model-not-found"), "no model of that name is loaded",
                    "未加载该名称的决策模型");
        return;
    }
    answer(request, model, explain);
}
