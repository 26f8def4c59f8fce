#include "api/api_scope.h"

#include "api/api_customer.h"
#include "api/api_task.h"
#include "credit/decision.h"
#include "credit/group_rule.h"
#include "customer/obligor_group.h"

#include <stdlib.h>

struct scope_input {
    struct api_task *task;
    enum api_scope_of of;
    struct slice named; /* the limit, or the holder; empty: there is no such */
    struct customer_reach reach;
    struct slice *ids; /* of the limits that may be shown */
    size_t id_count, id_room;
    struct slice *persons; /* customers whose limits these are, natural persons */
    size_t person_count;
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

static enum credit_status from_customer(enum customer_status status)
{
    return status == CUSTOMER_OK          ? CREDIT_OK
           : status == CUSTOMER_NO_MEMORY ? CREDIT_NO_MEMORY
                                          : CREDIT_STORE;
}

static enum credit_status ids_grow(struct scope_input *input, size_t more)
{
    if (input->id_count + more > input->id_room) {
        const size_t room = 2 * input->id_room + more;
        struct slice *ids = arena_take_array(&input->task->arena, room, sizeof(*ids));
        REQUIRE(ids != NULL && room <= 4UL * API_SCOPE_LIMITS_MAX, CREDIT_NO_MEMORY);
        if (input->id_count > 0) {
            memcpy(ids, input->ids, input->id_count * sizeof(*ids));
        }
        input->ids = ids;
        input->id_room = room;
    }
    return CREDIT_OK;
}

/* The first column of the one row of a query by the named limit; empty: there is none. */
static enum credit_status named_find(struct store *store, struct scope_input *input,
                                     enum store_query query, struct store_rows *ret_rows)
{
    const struct store_value values[] = {store_text(input->named)};

    const enum store_status status =
        store_select(store, ret_rows, &input->task->arena, query, values);
    return status == STORE_OK          ? CREDIT_OK
           : status == STORE_NO_MEMORY ? CREDIT_NO_MEMORY
                                       : CREDIT_STORE;
}

/* Whose the named limit is: a customer's, in the legal entity of who asks, or a group's. */
static enum credit_status owner_find(struct store *store, struct scope_input *input,
                                     struct slice *ret_customer, struct slice *ret_group)
{
    struct store_rows rows;

    *ret_customer = *ret_group = SLICE("");
    if (input->of == API_SCOPE_HOLDER) {
        *ret_customer = *ret_group = input->named;
        return CREDIT_OK;
    }
    TRY(named_find(store, input, QUERY_CREDIT_LIMIT_OWNER, &rows));
    if (rows.count == 1) {
        const struct store_value *row = store_row(&rows, 0);
        *ret_customer =
            slice_equal(row[0].bytes, input->reach.legal_entity) ? row[1].bytes : *ret_customer;
        return CREDIT_OK;
    }
    TRY(named_find(store, input, QUERY_GROUP_OF_LIMIT, &rows));
    *ret_group = rows.count == 1 ? store_row(&rows, 0)[0].bytes : *ret_group;
    return CREDIT_OK;
}

/* The limits of a customer in the legal entity of who asks; whoever it is within reach of, or who
 * reaches the organisation of its group (`all`). */
static enum credit_status customer_take(struct store *store, struct scope_input *input,
                                        struct slice id, bool all, bool *ret_found)
{
    struct arena *arena = &input->task->arena;
    struct credit_limit *limits;
    struct customer customer;
    size_t count;

    const enum customer_status status = customer_read(store, &customer, arena, id, NULL);
    *ret_found = status == CUSTOMER_OK;
    REQUIRE(status == CUSTOMER_OK || status == CUSTOMER_NOT_FOUND, from_customer(status));
    if (!*ret_found || !(all || customer_seen(&input->reach, &customer))) {
        return CREDIT_OK;
    }
    TRY(credit_limits_read(store, &limits, &count, arena, id));
    TRY(ids_grow(input, count));
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(limits[i].legal_entity, input->reach.legal_entity)) {
            input->ids[input->id_count++] = limits[i].id;
        }
    }
    if (customer.type == CUSTOMER_INDIVIDUAL) {
        input->persons[input->person_count++] = id;
    }
    return CREDIT_OK;
}

/* The limits that a group holds, as whoever sees the group may see them, and of its members as the
 * group's document shows them. */
static enum credit_status group_take(struct store *store, struct scope_input *input,
                                     struct slice id)
{
    struct arena *arena = &input->task->arena;
    struct obligor_group_member *members;
    struct obligor_group group;
    struct group_rule *rules;
    size_t count;
    bool found;

    const enum customer_status status = obligor_group_read(store, &group, arena, &input->reach, id);
    if (status == CUSTOMER_NO_GROUP) {
        return CREDIT_OK;
    }
    TRY(from_customer(status));
    TRY(group_rules_read(store, &rules, &count, arena, group.id));
    TRY(ids_grow(input, count + 1));
    if (group.limit.size > 0) {
        input->ids[input->id_count++] = group.limit;
    }
    for (size_t i = 0; i < count; i++) {
        input->ids[input->id_count++] = rules[i].id;
    }
    TRY(from_customer(obligor_group_members_read(store, &members, &count, arena, group.id,
                                                 customer_today(input->task->now))));
    for (size_t i = 0; i < count && i < GROUP_MEMBERS_MAX; i++) {
        TRY(customer_take(store, input, members[i].customer,
                          customer_reaches(&input->reach, group.path), &found));
    }
    return CREDIT_OK;
}

static enum credit_status scope_read(struct store *store, struct scope_input *input)
{
    struct slice customer;
    struct slice group;
    bool found = false;

    input->id_count = input->id_room = input->person_count = 0;
    input->persons =
        arena_take_array(&input->task->arena, GROUP_MEMBERS_MAX + 1, sizeof(*input->persons));
    REQUIRE(input->persons != NULL, CREDIT_NO_MEMORY);
    TRY(owner_find(store, input, &customer, &group));
    if (customer.size > 0) {
        TRY(customer_take(store, input, customer, false, &found));
    }
    return group.size > 0 && !found ? group_take(store, input, group) : CREDIT_OK;
}

static enum store_status scope_work(struct store *store, void *context)
{
    struct scope_input *input = context;

    input->status = scope_read(store, input);
    return input->status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

static int id_compare(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* In the order of their ids, where the loop finds them: in the request's arena. */
static bool scope_keep(struct scope_input *input)
{
    struct arena *arena = input->task->request->arena;
    struct api_scope *scope = &input->scope;

    *scope = (struct api_scope){0};
    scope->limits = arena_take_array(arena, input->id_count + 1, sizeof(*scope->limits));
    if (input->id_count > 0) {
        qsort(input->ids, input->id_count, sizeof(*input->ids), id_compare);
    }
    for (size_t i = 0; scope->limits != NULL && i < input->id_count; i++) {
        if (ledger_id_read(input->ids[i], &scope->limits[scope->count])) {
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
    if (input->id_count > API_SCOPE_LIMITS_MAX || !scope_keep(input)) {
        task->store_status = STORE_NO_MEMORY;
        return;
    }
    for (size_t i = 0; i < input->person_count && task->store_status == STORE_OK; i++) {
        task->store_status = api_customer_look(task, input->persons[i]);
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
