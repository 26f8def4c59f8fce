#include "api/api_scope.h"

#include "api/api_customer.h"
#include "api/api_task.h"
#include "credit/decision.h"

struct scope_input {
    struct api_task *task;
    enum api_scope_of of;
    struct slice named; /* the limit, or the customer; empty: there is no such */
    struct customer_reach reach;
    struct customer customer;
    bool seen;
    struct credit_limit *limits;
    size_t limit_count;
    enum credit_status status;
    struct api_scope scope;
};

bool api_scoped(const struct http_request *request)
{
    const struct auth_token *token = api_token(request);

    return token == NULL || token->organisation_size > 0;
}

/* ---- on the loop: what the question names ---- */

static struct slice limit_id(struct http_request *request, const struct ledger *ledger,
                             uint32_t limit)
{
    struct ledger_limit_view view;

    if (limit == LEDGER_NONE) {
        return SLICE("");
    }
    ledger_limit_view(ledger, &view, limit);
    return arena_copy(request->arena, ledger_id_slice(&view.id));
}

/* The id of the limit that the question is about; empty when there is none. */
static struct slice limit_named(struct http_request *request, const struct ledger *ledger,
                                enum api_scope_of of)
{
    struct ledger_record_view record;
    struct ledger_unlock_view unlock;
    struct ledger_id id;

    if (!ledger_id_read(request->params[0], &id)) {
        return SLICE("");
    }
    if (of == API_SCOPE_LIMIT) {
        return limit_id(request, ledger, ledger_limit_find(ledger, &id));
    }
    if (of == API_SCOPE_RECORD) {
        return ledger_record_look(ledger, &id, &record) ? limit_id(request, ledger, record.limit)
                                                        : SLICE("");
    }
    const uint32_t found = ledger_unlock_find(ledger, &id);
    if (found == LEDGER_NONE) {
        return SLICE("");
    }
    ledger_unlock_view(ledger, &unlock, found);
    return limit_id(request, ledger, unlock.limit);
}

/* ---- on the job thread: whose it is, and what of theirs is shown ---- */

/* Whose the named limit is: the customer, in the legal entity of who asks. */
static enum credit_status owner_find(struct store *store, struct scope_input *input,
                                     struct slice *ret_customer)
{
    const struct store_value values[] = {store_text(input->named)};
    struct store_rows rows;

    *ret_customer = SLICE("");
    if (input->of == API_SCOPE_HOLDER) {
        *ret_customer = input->named;
        return CREDIT_OK;
    }
    const enum store_status status =
        store_select(store, &rows, &input->task->arena, QUERY_CREDIT_LIMIT_OWNER, values);
    REQUIRE(status == STORE_OK, status == STORE_NO_MEMORY ? CREDIT_NO_MEMORY : CREDIT_STORE);
    if (rows.count == 1 && slice_equal(store_row(&rows, 0)[0].bytes, input->reach.legal_entity)) {
        *ret_customer = store_row(&rows, 0)[1].bytes;
    }
    return CREDIT_OK;
}

static enum credit_status scope_read(struct store *store, struct scope_input *input)
{
    struct api_task *task = input->task;
    struct slice customer;

    input->seen = false;
    input->limit_count = 0;
    TRY(owner_find(store, input, &customer));
    if (customer.size == 0) {
        return CREDIT_OK;
    }
    const enum customer_status status =
        customer_read(store, &input->customer, &task->arena, customer, NULL);
    REQUIRE(status != CUSTOMER_STORE, CREDIT_STORE);
    REQUIRE(status != CUSTOMER_NO_MEMORY, CREDIT_NO_MEMORY);
    input->seen = status == CUSTOMER_OK && customer_seen(&input->reach, &input->customer);
    return input->seen ? credit_limits_read(store, &input->limits, &input->limit_count,
                                            &task->arena, customer)
                       : CREDIT_OK;
}

static enum store_status scope_work(struct store *store, void *context)
{
    struct scope_input *input = context;

    input->status = scope_read(store, input);
    return input->status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

/* Those of the legal entity of who asks, where the loop finds them: in the request's arena. */
static bool scope_keep(struct scope_input *input)
{
    struct arena *arena = input->task->request->arena;
    struct api_scope *scope = &input->scope;

    *scope = (struct api_scope){0};
    scope->limits = arena_take_array(arena, input->limit_count + 1, sizeof(*scope->limits));
    for (size_t i = 0; scope->limits != NULL && i < input->limit_count; i++) {
        const struct credit_limit *limit = &input->limits[i];
        if (slice_equal(limit->legal_entity, input->reach.legal_entity) &&
            ledger_id_read(limit->id, &scope->limits[scope->count])) {
            scope->count++;
        }
    }
    return scope->limits != NULL;
}

static void scope_run(struct api_task *task)
{
    struct scope_input *input = task->input;

    input->task = task;
    if (input->of == API_SCOPE_HOLDER && input->named.size == 0) {
        api_task_refuse(task, 400, "bad-parameter",
                        "holder: name the customer whose limits are asked for",
                        "holder：须指明所查额度的客户");
    }
    if (input->named.size == 0 || !api_task_reach(task, &input->reach)) {
        return; /* refused, or about nothing that is anybody's */
    }
    const enum store_status status =
        store_transact(task->api->store, STORE_READ, scope_work, input);
    if (status != STORE_OK) {
        task->store_status = status == STORE_REFUSED ? STORE_FAILED : status;
        return;
    }
    if (input->limit_count > API_SCOPE_LIMITS_MAX || !scope_keep(input)) {
        task->store_status = STORE_NO_MEMORY;
        return;
    }
    if (input->seen && input->customer.type == CUSTOMER_INDIVIDUAL) {
        task->store_status = api_customer_look(task, input->customer.id);
    }
}

/* ---- on the loop again ---- */

static void scope_finished(struct api_task *task)
{
    struct scope_input *input = task->input;
    struct api *api = task->api;
    struct http_request *request = task->request;

    if (task->slug != NULL || task->store_status != STORE_OK) {
        return; /* the task answers */
    }
    task->deferred = true;
    api_task_leave(task);
    api_query_push(api, request, &input->scope);
}

void api_scope_start(struct api *api, struct http_request *request)
{
    const struct api_operation *operation = request->route->meta;
    struct scope_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return;
    }
    *input = (struct scope_input){.of = operation->scope};
    if (input->of == API_SCOPE_HOLDER) {
        input->named = http_request_query(request, SLICE("holder"));
    } else if (input->of != API_SCOPE_NOTHING) {
        input->named = limit_named(request, engine_ledger(api->engine), input->of);
    }
    api_task_start_finished(api, request, scope_run, input, scope_finished);
}

bool api_scope_sees(const struct api *api, const struct ledger *ledger, uint32_t limit)
{
    const struct api_scope *scope = api->scope;
    struct ledger_limit_view view;
    size_t from = 0;

    if (scope == NULL) {
        return true;
    }
    if (limit == LEDGER_NONE) {
        return false;
    }
    ledger_limit_view(ledger, &view, limit);
    for (size_t behind = scope->count; from < behind;) {
        const size_t middle = from + (behind - from) / 2;
        const int order =
            slice_compare(ledger_id_slice(&scope->limits[middle]), ledger_id_slice(&view.id));
        if (order == 0) {
            return true;
        }
        *(order < 0 ? &from : &behind) = order < 0 ? middle + 1 : middle;
    }
    return false;
}
