/* /v1/applications: what is proposed for a customer, from draft on. Who sees an application:
 * whoever has a post at or above the organisation that entered it. */
#include "api/api_credit.h"
#include "api/api_list.h"
#include "credit/submission.h"

struct applications_input {
    struct api_task *task;
    struct customer_reach reach;
    const struct credit_asking *asking;
    struct slice organisation; /* of the body */
    struct proposal proposal;
    struct application application;
    struct credit_rates rates; /* of a submission */
    struct decision *decisions;
    size_t decision_count;
    struct application_version *versions;
    size_t version_count;
    struct application_query query;
    struct slice place; /* organisation of the query */
    struct application *rows;
    size_t row_count;
    size_t shown;
    enum credit_status status;
};

static struct applications_input *input_new(struct http_request *request)
{
    struct applications_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return NULL;
    }
    *input = (struct applications_input){0};
    return input;
}

static void applications_task(struct http_request *request, void *context,
                              void (*work)(struct api_task *task))
{
    struct applications_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start(context, request, work, input);
    }
}

/* ---- bodies ---- */

static bool body_wrong(struct api_task *task, const char *where)
{
    char *copy = arena_take(task->request->arena, PROPOSAL_WHERE_SIZE);

    if (copy != NULL) {
        (void)snprintf(copy, PROPOSAL_WHERE_SIZE, "%s", where[0] == '\0' ? "proposal" : where);
    }
    api_task_credit(task, CREDIT_BAD_APPLICATION, copy);
    return false;
}

/* {"organisation": ..., "proposal": ...}; the first in a new one alone. */
static bool body_read(struct api_task *task, struct applications_input *input, bool is_new)
{
    struct http_request *request = task->request;
    char where[PROPOSAL_WHERE_SIZE];
    struct json_error error;
    const struct json_value *body = json_parse(request->arena, &error, request->body);
    const struct json_value *organisation = json_member(body, SLICE("organisation"));
    const struct json_value *proposal = json_member(body, SLICE("proposal"));

    if (body == NULL || body->type != JSON_OBJECT || proposal == NULL ||
        proposal->type != JSON_OBJECT || body->count != (is_new ? 2U : 1U)) {
        return body_wrong(task, "proposal");
    }
    if (is_new && (organisation == NULL || organisation->type != JSON_STRING)) {
        return body_wrong(task, "organisation");
    }
    input->organisation = is_new ? organisation->text : SLICE("");
    const enum credit_status status =
        proposal_read(&input->proposal, where, request->arena, proposal);
    if (status == CREDIT_BAD_APPLICATION) {
        return body_wrong(task, where);
    }
    api_task_credit(task, status, NULL);
    return status == CREDIT_OK;
}

/* ---- answers ---- */

static enum store_status done(struct applications_input *input, enum credit_status status)
{
    input->status = status;
    return status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

/* Makes what a transaction came to the reply where it is no success. */
static bool succeeded(struct api_task *task, const struct applications_input *input,
                      enum store_status status)
{
    if (status != STORE_OK && status != STORE_REFUSED) {
        task->store_status = status;
        return false;
    }
    api_task_credit(task, input->status, NULL);
    return input->status == CREDIT_OK;
}

static void application_reply(struct api_task *task, const struct applications_input *input,
                              unsigned success)
{
    struct json_writer writer;

    json_writer_init(&writer, &task->body);
    api_application_write(&writer, &input->application, input->decisions, input->decision_count);
    api_task_version(task, input->application.version);
    task->status = success;
}

static bool begin(struct api_task *task, struct applications_input *input)
{
    input->task = task;
    input->asking = api_task_asking(task);
    return input->asking != NULL && api_task_reach(task, &input->reach);
}

/* ---- entering and changing ---- */

static enum store_status add_work(struct store *store, void *context)
{
    struct applications_input *input = context;

    enum credit_status status =
        api_customer_within(store, input->task, &input->reach, input->proposal.customer);
    if (status == CREDIT_OK) {
        status = application_add(store, &input->application, &input->task->arena, input->asking,
                                 input->organisation, &input->proposal);
    }
    return done(input, status);
}

static void add_run(struct api_task *task)
{
    struct applications_input *input = task->input;

    if (begin(task, input) && body_read(task, input, true) &&
        succeeded(task, input, store_transact(task->api->store, STORE_WRITE, add_work, input))) {
        application_reply(task, input, 201);
    }
}

void api_applications_post(struct http_request *request, void *context)
{
    applications_task(request, context, add_run);
}

/* The application of the path, within reach. */
static enum credit_status find(struct store *store, struct applications_input *input)
{
    const struct api_task *task = input->task;

    TRY(application_read(store, &input->application, &input->task->arena,
                         task->request->params[0]));
    return api_task_sees(task, input->application.path) ? CREDIT_OK : CREDIT_NOT_FOUND;
}

static struct credit_submission submission_of(struct applications_input *input)
{
    return (struct credit_submission){.id = input->task->request->params[0],
                                      .is_person = input->task->by_session,
                                      .shelf = &input->task->api->packs,
                                      .rates = &input->rates};
}

static enum store_status put_work(struct store *store, void *context)
{
    struct applications_input *input = context;

    enum credit_status status = find(store, input);
    if (status == CREDIT_OK && !api_task_matches(input->task, input->application.version, true)) {
        return STORE_REFUSED; /* the task says why */
    }
    if (status == CREDIT_OK) {
        status = api_customer_within(store, input->task, &input->reach, input->proposal.customer);
    }
    if (status == CREDIT_OK) {
        status =
            application_change(store, &input->application, &input->task->arena, input->asking,
                               input->application.id, input->application.version, &input->proposal);
    }
    return done(input, status);
}

static void put_run(struct api_task *task)
{
    struct applications_input *input = task->input;

    if (!begin(task, input) || !body_read(task, input, false)) {
        return;
    }
    const enum store_status status = store_transact(task->api->store, STORE_WRITE, put_work, input);
    if (task->slug == NULL && succeeded(task, input, status)) {
        application_reply(task, input, 200);
    }
}

void api_application_put(struct http_request *request, void *context)
{
    applications_task(request, context, put_run);
}

/* ---- submitting and withdrawing ---- */

static enum store_status submit_work(struct store *store, void *context)
{
    struct applications_input *input = context;
    const struct credit_submission submission = submission_of(input);

    enum credit_status status = find(store, input);
    if (status == CREDIT_OK && !api_task_matches(input->task, input->application.version, false)) {
        return STORE_REFUSED; /* the task says why */
    }
    if (status == CREDIT_OK) {
        status = application_submit(store, &input->application, &input->task->arena, input->asking,
                                    &submission);
    }
    return done(input, status);
}

static enum store_status withdraw_work(struct store *store, void *context)
{
    struct applications_input *input = context;
    const struct credit_submission submission = submission_of(input);

    enum credit_status status = find(store, input);
    if (status == CREDIT_OK) {
        status = application_withdraw(store, &input->application, &input->task->arena,
                                      input->asking, &submission, SLICE("withdrawn"));
    }
    return done(input, status);
}

static void step_run(struct api_task *task, store_work work)
{
    struct applications_input *input = task->input;

    if (!begin(task, input)) {
        return;
    }
    const enum store_status status = store_transact(task->api->store, STORE_WRITE, work, input);
    if (task->slug == NULL && succeeded(task, input, status)) {
        application_reply(task, input, 200);
    }
}

static void submit_run(struct api_task *task)
{
    step_run(task, submit_work);
}

static void withdraw_run(struct api_task *task)
{
    step_run(task, withdraw_work);
}

/* The rates are the loop's: they are copied before the job begins. */
void api_application_submit(struct http_request *request, void *context)
{
    const struct api *api = context;
    const struct ledger *ledger = engine_ledger(api->engine);
    struct applications_input *input = input_new(request);

    if (input == NULL || !api_query_known(request)) {
        return;
    }
    input->rates.base = ledger_base(ledger);
    for (unsigned i = CURRENCY_NONE + 1; i < CURRENCY_COUNT; i++) {
        input->rates.rate_e10[i] = ledger_rate_e10(ledger, (enum currency)i);
    }
    api_task_start(context, request, submit_run, input);
}

void api_application_withdraw(struct http_request *request, void *context)
{
    applications_task(request, context, withdraw_run);
}

/* ---- reading ---- */

static enum store_status get_work(struct store *store, void *context)
{
    struct applications_input *input = context;

    enum credit_status status = find(store, input);
    if (status == CREDIT_OK) {
        status = decisions_read(store, &input->decisions, &input->decision_count,
                                &input->task->arena, input->application.id);
    }
    return done(input, status);
}

static void get_run(struct api_task *task)
{
    struct applications_input *input = task->input;

    if (begin(task, input) &&
        succeeded(task, input, store_transact(task->api->store, STORE_READ, get_work, input))) {
        application_reply(task, input, 200);
    }
}

void api_application_get(struct http_request *request, void *context)
{
    applications_task(request, context, get_run);
}

static enum store_status versions_work(struct store *store, void *context)
{
    struct applications_input *input = context;

    enum credit_status status = find(store, input);
    if (status == CREDIT_OK) {
        status = application_versions(store, &input->versions, &input->version_count,
                                      &input->task->arena, input->application.id);
    }
    return done(input, status);
}

static void versions_run(struct api_task *task)
{
    struct applications_input *input = task->input;
    struct json_writer writer;

    if (!begin(task, input) ||
        !succeeded(task, input,
                   store_transact(task->api->store, STORE_READ, versions_work, input))) {
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < input->version_count; i++) {
        const struct application_version *version = &input->versions[i];
        json_object_begin(&writer);
        api_number_member(&writer, "version", (uint64_t)version->version);
        api_text_member(&writer, "state", version->state);
        api_text_member(&writer, "actor", version->actor);
        api_time_member(&writer, "at", version->at);
        json_name(&writer, SLICE("proposal"));
        json_raw(&writer, version->body);
        json_object_end(&writer);
    }
    json_array_end(&writer);
    json_object_end(&writer);
}

void api_application_versions(struct http_request *request, void *context)
{
    applications_task(request, context, versions_run);
}

/* ---- the list ---- */

static enum credit_status place_find(struct store *store, struct applications_input *input)
{
    struct people_organisation place;

    if (input->place.size == 0) {
        return CREDIT_OK;
    }
    const enum people_status status =
        people_organisation_read(store, &place, &input->task->arena, input->place);
    REQUIRE(status != PEOPLE_STORE, CREDIT_STORE);
    REQUIRE(status == PEOPLE_OK && api_task_sees(input->task, place.path),
            CREDIT_ORGANISATION_NOT_FOUND);
    input->query.path = place.path;
    return CREDIT_OK;
}

static enum store_status list_work(struct store *store, void *context)
{
    struct applications_input *input = context;

    enum credit_status status = place_find(store, input);
    if (status == CREDIT_OK) {
        status = application_page(store, &input->rows, &input->row_count, &input->task->arena,
                                  &input->query);
    }
    return done(input, status);
}

/* What lies beyond reach is left out, so that a page may be short though there are more. */
static void list_run(struct api_task *task)
{
    struct applications_input *input = task->input;
    struct json_writer writer;

    if (!begin(task, input) ||
        !succeeded(task, input, store_transact(task->api->store, STORE_READ, list_work, input))) {
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < input->row_count; i++) {
        if (api_task_sees(task, input->rows[i].path)) {
            api_application_write(&writer, &input->rows[i], NULL, 0);
        }
    }
    api_items_end_numbered(&writer, task->request, input->row_count >= input->query.count,
                           input->row_count == 0 ? 0 : input->rows[input->row_count - 1].number);
}

void api_applications_list(struct http_request *request, void *context)
{
    static const char *const sorts[] = {"number", NULL};
    struct applications_input *input = input_new(request);
    struct api_cursor cursor;
    enum application_state state;
    size_t sort;
    bool down;

    if (input == NULL || !api_list_sort(request, sorts, &sort, &down) ||
        !api_list_read(request, &cursor, "i")) {
        return;
    }
    input->query =
        (struct application_query){.customer = http_request_query(request, SLICE("customer")),
                                   .state = http_request_query(request, SLICE("state")),
                                   .down = down,
                                   .behind = cursor.given ? cursor.values[0].number
                                             : down       ? INT64_MAX
                                                          : 0,
                                   .count = cursor.count};
    input->place = http_request_query(request, SLICE("organisation"));
    if (input->query.state.size > 0 && !application_state_from_name(input->query.state, &state)) {
        api_problem_parameter(request, "state", "there is no such state", "没有该状态");
        return;
    }
    api_task_start(context, request, list_run, input);
}
