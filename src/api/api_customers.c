/* /v1/customers: entered, changed, read, listed. Who sees a customer: whoever has a post at or
 * above an organisation that looks after it. A look at a natural person is recorded in the audit
 * trail. */
#include "api/api_customer.h"
#include "api/api_list.h"

struct customers_input {
    struct customer_reach reach;
    struct customer_draft draft;
    struct customer_outcome outcome;
    struct customer_moment moment;
    struct customer_query query;
    struct customer_identifier identifier; /* looked for; value empty: none */
    struct slice organisation;             /* of the query */
    int64_t before;                        /* of the history */
    struct api_task *task;
    struct customer *customers; /* what was found */
    size_t count;
    bool more;
    enum customer_status status;
};

static struct customers_input *input_new(struct http_request *request)
{
    struct customers_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return NULL;
    }
    *input = (struct customers_input){.outcome = {.arena = request->arena},
                                      .moment = {DATE_NONE, TIME_NONE}};
    return input;
}

static void customers_task(struct http_request *request, void *context,
                           void (*work)(struct api_task *task))
{
    struct customers_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start(context, request, work, input);
    }
}

/* ---- entering and changing ---- */

/* The members that a refusal for similar customers has beside its words. */
static void candidates_write(struct api_task *task, const struct customer_outcome *outcome)
{
    struct buffer text = {0};
    struct json_writer writer;

    json_writer_init(&writer, &text);
    json_array_begin(&writer);
    for (size_t i = 0; i < outcome->candidate_count; i++) {
        const struct customer_candidate *candidate = &outcome->candidates[i];
        json_object_begin(&writer);
        api_text_member(&writer, "id", candidate->id);
        api_text_member(&writer, "type", customer_type_name(candidate->type));
        api_text_member(&writer, "name", candidate->name);
        json_name(&writer, SLICE("within_reach"));
        json_bool(&writer, candidate->within_reach);
        json_object_end(&writer);
    }
    json_array_end(&writer);
    task->more = (struct http_member){SLICE("candidates"),
                                      arena_copy(task->request->arena, buffer_slice(&text))};
    buffer_release(&text);
}

static void change_reply(struct api_task *task, const struct customer_outcome *outcome,
                         enum customer_status status, unsigned success)
{
    struct json_writer writer;

    api_task_customer(task, status, &outcome->detail);
    if (status == CUSTOMER_SIMILAR) {
        candidates_write(task, outcome);
    }
    if (status != CUSTOMER_OK) {
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_text_member(&writer, "id", outcome->id);
    api_number_member(&writer, "version", (uint64_t)outcome->version);
    json_object_end(&writer);
    api_task_version(task, outcome->version);
    task->status = success;
}

/* Reads and judges the body; refuses and returns false when it is wrong. */
static bool draft_read(struct api_task *task, struct customers_input *input)
{
    struct http_request *request = task->request;
    struct json_error error;
    const struct json_value *body = json_parse(request->arena, &error, request->body);

    input->outcome.detail = (struct customer_detail){0};
    enum customer_status status = customer_draft_read(&input->draft, &input->outcome.detail, body);
    if (status == CUSTOMER_OK) {
        status = customer_draft_judge(&input->draft, &input->outcome.detail, request->arena,
                                      customer_today(task->now));
    }
    api_task_customer(task, status, &input->outcome.detail);
    return status == CUSTOMER_OK && api_task_reach(task, &input->reach);
}

static void add_run(struct api_task *task)
{
    struct customers_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);
    const struct customer_asking asking = {&actor, &input->reach};

    if (draft_read(task, input)) {
        change_reply(task, &input->outcome,
                     customer_add(task->api->store, &input->outcome, &asking, &input->draft), 201);
    }
}

void api_customers_post(struct http_request *request, void *context)
{
    customers_task(request, context, add_run);
}

/* The version that If-Match names; refuses and returns false when it is needed and not there. */
static bool version_wanted(struct api_task *task, int64_t *ret_version)
{
    const struct slice text = http_request_header(task->request, SLICE("if-match"));
    uint64_t version = 0;

    if (text.data == NULL) {
        (void)!api_task_matches(task, 0, true);
        return false;
    }
    if (text.size < 3 || text.data[0] != '"' || text.data[text.size - 1] != '"' ||
        !slice_to_u64(slice_of(text.data + 1, text.size - 2), INT64_MAX, &version)) {
        api_task_customer(task, CUSTOMER_CHANGED, NULL);
        return false;
    }
    *ret_version = (int64_t)version;
    return true;
}

static void put_run(struct api_task *task)
{
    struct customers_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);
    const struct customer_asking asking = {&actor, &input->reach};
    int64_t version = 0;

    if (draft_read(task, input) && version_wanted(task, &version)) {
        change_reply(task, &input->outcome,
                     customer_update(task->api->store, &input->outcome, &asking,
                                     task->request->params[0], version, &input->draft),
                     200);
    }
}

void api_customer_put(struct http_request *request, void *context)
{
    customers_task(request, context, put_run);
}

/* ---- looks ---- */

static bool any_person(const struct customers_input *input)
{
    for (size_t i = 0; i < input->count; i++) {
        if (input->customers[i].type == CUSTOMER_INDIVIDUAL) {
            return true;
        }
    }
    return false;
}

/* Which natural persons were shown, and whether their identifiers in the clear. */
static void shown_write(struct buffer *out, const struct customers_input *input)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_object_begin(&writer);
    for (size_t i = 0; i < input->count; i++) {
        const struct customer *customer = &input->customers[i];
        struct mask_view view;
        if (customer->type == CUSTOMER_INDIVIDUAL &&
            (i == 0 || !slice_equal(customer->id, input->customers[i - 1].id))) {
            api_customer_view(input->task, &input->reach, customer, &view);
            json_name(&writer, customer->id);
            json_string(&writer, view.of[PERSONAL_ID_NUMBER] == MASK_CLEAR ? SLICE("clear")
                                                                           : SLICE("masked"));
        }
    }
    json_object_end(&writer);
}

/* What was asked for; an identifier is masked. */
static void asked_write(struct buffer *out, const struct customers_input *input)
{
    const struct customer_identifier *identifier = &input->identifier;

    if (identifier->value.size == 0) {
        buffer_append(out, input->task->request->target);
        return;
    }
    buffer_append(out, customer_kind_name(identifier->kind));
    buffer_append_byte(out, ':');
    mask_write(out, PERSONAL_ID_NUMBER, MASK_MASKED, identifier->value);
}

static enum store_status look_work(struct store *store, void *context)
{
    const struct customers_input *input = context;
    const struct api_task *task = input->task;
    struct buffer texts[3] = {0}; /* subject, what was shown, what was asked for */

    buffer_append_cstr(&texts[0], task->request->param_count > 0 ? "customer/" : "customers");
    if (task->request->param_count > 0) {
        buffer_append(&texts[0], task->request->params[0]);
    }
    shown_write(&texts[1], input);
    asked_write(&texts[2], input);
    const struct trail_entry entry = {.at = task->now,
                                      .actor = task->actor,
                                      .address = task->request->peer_address,
                                      .action = SLICE("personal.read"),
                                      .subject = buffer_slice(&texts[0]),
                                      .after = buffer_slice(&texts[1]),
                                      .reason = buffer_slice(&texts[2])};
    const bool failed =
        buffer_failed(&texts[0]) || buffer_failed(&texts[1]) || buffer_failed(&texts[2]);
    const enum store_status status = failed ? STORE_NO_MEMORY : trail_add(store, &entry);
    for (size_t i = 0; i < 3; i++) {
        buffer_release(&texts[i]);
    }
    return status;
}

/* Runs a reading; records it when a natural person is in what was found. False: refused. */
static bool looked(struct api_task *task, struct customers_input *input, store_work work)
{
    struct store *store = task->api->store;

    input->task = task;
    input->count = 0;
    if (!api_task_reach(task, &input->reach)) {
        return false;
    }
    const enum store_status status = store_transact(store, STORE_READ, work, input);
    if (status != STORE_OK && status != STORE_REFUSED) {
        task->store_status = status;
        return false;
    }
    api_task_customer(task, input->status, NULL);
    if (input->status != CUSTOMER_OK) {
        return false;
    }
    if (any_person(input)) {
        task->store_status = store_transact(store, STORE_WRITE, look_work, input);
    }
    return task->store_status == STORE_OK;
}

static enum store_status done(struct customers_input *input, enum customer_status status)
{
    input->status = status;
    return status == CUSTOMER_OK ? STORE_OK : STORE_REFUSED;
}

static enum store_status get_work(struct store *store, void *context)
{
    struct customers_input *input = context;
    struct api_task *task = input->task;
    struct customer *customer = arena_take(&task->arena, sizeof(*customer));
    struct customer now;

    if (customer == NULL) {
        return done(input, CUSTOMER_NO_MEMORY);
    }
    /* Who sees it now sees what it was. */
    enum customer_status status =
        customer_read(store, &now, &task->arena, task->request->params[0], NULL);
    if (status == CUSTOMER_OK && !customer_seen(&input->reach, &now)) {
        status = CUSTOMER_NOT_FOUND;
    }
    if (status == CUSTOMER_OK) {
        status = customer_read(store, customer, &task->arena, now.id, &input->moment);
    }
    input->customers = customer;
    input->count = 1;
    return done(input, status);
}

static void get_run(struct api_task *task)
{
    struct customers_input *input = task->input;
    const bool now = input->moment.as_of == DATE_NONE && input->moment.known_at == TIME_NONE;
    struct json_writer writer;
    struct mask_view view;

    if (!looked(task, input, get_work)) {
        return;
    }
    json_writer_init(&writer, &task->body);
    api_customer_view(task, &input->reach, input->customers, &view);
    api_customer_write(&writer, input->customers, &input->reach, &view);
    if (now) {
        api_task_version(task, input->customers->version);
    }
}

void api_customer_get(struct http_request *request, void *context)
{
    struct customers_input *input = input_new(request);

    if (input == NULL || !api_query_known(request) ||
        !api_query_date(request, "as_of", &input->moment.as_of) ||
        !api_query_time(request, "known_at", &input->moment.known_at)) {
        return;
    }
    api_task_start(context, request, get_run, input);
}

/* ---- the history ---- */

static enum store_status history_work(struct store *store, void *context)
{
    struct customers_input *input = context;
    struct api_task *task = input->task;
    struct customer now;

    enum customer_status status =
        customer_read(store, &now, &task->arena, task->request->params[0], NULL);
    if (status == CUSTOMER_OK && !customer_seen(&input->reach, &now)) {
        status = CUSTOMER_NOT_FOUND;
    }
    if (status == CUSTOMER_OK) {
        status = customer_history(store, &input->customers, &input->count, &task->arena, now.id,
                                  input->before, input->query.count);
    }
    return done(input, status);
}

static void page_write(struct api_task *task, const struct customers_input *input)
{
    struct json_writer writer;
    struct mask_view view;

    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < input->count; i++) {
        api_customer_view(task, &input->reach, &input->customers[i], &view);
        api_customer_write(&writer, &input->customers[i], &input->reach, &view);
    }
    if (!input->more) {
        api_items_end_last(&writer);
    } else if (input->before > 0) {
        api_items_end_numbered(&writer, task->request, true,
                               input->customers[input->count - 1].version);
    } else {
        const struct customer *last = &input->customers[input->count - 1];
        const bool by_name = input->query.sort == CUSTOMER_BY_NAME;
        const struct store_value place[] = {
            by_name ? store_text(last->name) : store_integer(last->created), store_text(last->id)};
        api_items_end(&writer, task->request, by_name ? "tt" : "it", place);
    }
}

static void history_run(struct api_task *task)
{
    struct customers_input *input = task->input;

    if (looked(task, input, history_work)) {
        input->more = input->count == input->query.count;
        page_write(task, input);
    }
}

void api_customer_history(struct http_request *request, void *context)
{
    struct customers_input *input = input_new(request);

    if (input != NULL && api_list_read_numbered(request, &input->query.count, &input->before)) {
        api_task_start(context, request, history_run, input);
    }
}

/* ---- the list ---- */

/* The one with an identifier, when it is within reach. */
static enum customer_status identified(struct store *store, struct customers_input *input)
{
    struct arena *arena = &input->task->arena;
    struct customer *customer = arena_take(arena, sizeof(*customer));

    REQUIRE(customer != NULL, CUSTOMER_NO_MEMORY);
    const enum customer_status status =
        customer_by_identifier(store, customer, arena, &input->identifier);
    if (status == CUSTOMER_OK && customer_seen(&input->reach, customer)) {
        input->customers = customer;
        input->count = 1;
    }
    return status == CUSTOMER_NOT_FOUND ? CUSTOMER_OK : status;
}

static enum customer_status listed(struct store *store, struct customers_input *input)
{
    struct arena *arena = &input->task->arena;
    struct customer_row *rows;
    size_t count;

    if (input->organisation.size > 0) {
        struct people_organisation place;
        const enum people_status status =
            people_organisation_read(store, &place, arena, input->organisation);
        REQUIRE(status != PEOPLE_STORE, CUSTOMER_STORE);
        if (status != PEOPLE_OK) {
            return CUSTOMER_OK; /* nothing is there */
        }
        input->query.organisation = place.id;
        input->query.path = place.path;
    }
    TRY(customer_page(store, &rows, &count, &input->more, arena, &input->reach, &input->query));
    input->customers = arena_take_array(arena, count + 1, sizeof(*input->customers));
    REQUIRE(input->customers != NULL, CUSTOMER_NO_MEMORY);
    for (size_t i = 0; i < count; i++) {
        TRY(customer_read(store, &input->customers[i], arena, rows[i].id, NULL));
    }
    input->count = count;
    return CUSTOMER_OK;
}

static enum store_status list_work(struct store *store, void *context)
{
    struct customers_input *input = context;

    return done(input,
                input->identifier.value.size > 0 ? identified(store, input) : listed(store, input));
}

static void list_run(struct api_task *task)
{
    struct customers_input *input = task->input;

    input->query.today = customer_today(task->now);
    if (input->identifier.value.size > 0) {
        struct customer_detail detail = {0};
        const enum customer_status status = customer_identifier_judge(
            &input->identifier, &detail, task->request->arena, input->query.today);
        /* What is no identifier is nobody's. */
        if (status == CUSTOMER_BAD_IDENTIFIER) {
            page_write(task, input);
            return;
        }
    }
    if (looked(task, input, list_work)) {
        page_write(task, input);
    }
}

/* "uscc:91110000600037341L" */
static bool identifier_read(struct http_request *request, struct customer_identifier *ret)
{
    struct slice rest = http_request_query(request, SLICE("identifier"));
    struct slice kind;

    if (rest.data == NULL) {
        return true;
    }
    if (!slice_split(&rest, ':', &kind) || !customer_kind_from_name(kind, &ret->kind) ||
        rest.size == 0) {
        api_problem_parameter(request, "identifier", "a kind and a value, such as uscc:9111...",
                              "须为种类与号码，如 uscc:9111...");
        return false;
    }
    ret->value = rest;
    return true;
}

static bool words_read(struct http_request *request, struct customer_query *query)
{
    enum customer_type type;
    enum customer_list list;

    query->type = http_request_query(request, SLICE("type"));
    query->list = http_request_query(request, SLICE("list"));
    query->match = http_request_query(request, SLICE("match"));
    if (query->type.size > 0 && !customer_type_from_name(query->type, &type)) {
        api_problem_parameter(request, "type", "there is no such type", "没有该客户类型");
        return false;
    }
    if (query->list.size > 0 && !customer_list_from_name(query->list, &list)) {
        api_problem_parameter(request, "list", "there is no such list", "没有该名单");
        return false;
    }
    if (query->match.size > CUSTOMER_NAME_MAX || !utf8_valid(query->match) ||
        memchr(query->match.data == NULL ? "" : query->match.data, '\0', query->match.size) !=
            NULL) {
        api_problem_parameter(request, "match", "too long, or no text", "过长或不是文本");
        return false;
    }
    return true;
}

void api_customers_list(struct http_request *request, void *context)
{
    static const char *const sorts[] = {"name", "created", NULL};
    struct customers_input *input = input_new(request);
    struct api_cursor cursor;
    size_t sort;

    if (input == NULL || !api_list_sort(request, sorts, &sort, &input->query.descending) ||
        !words_read(request, &input->query) || !identifier_read(request, &input->identifier) ||
        !api_list_read(request, &cursor, sort == 0 ? "tt" : "it")) {
        return;
    }
    if (input->query.list.size > 0 && (sort != 0 || input->query.descending)) {
        api_problem_parameter(request, "sort", "a list is sorted by name only",
                              "名单只能按名称升序排列");
        return;
    }
    input->query.sort = sort == 0 ? CUSTOMER_BY_NAME : CUSTOMER_BY_CREATED;
    input->query.count = cursor.count;
    input->query.behind = cursor.given;
    if (cursor.given) {
        input->query.behind_name = sort == 0 ? cursor.values[0].bytes : SLICE("");
        input->query.behind_created = cursor.values[0].number;
        input->query.behind_id = cursor.values[1].bytes;
    }
    input->organisation = http_request_query(request, SLICE("organisation"));
    api_task_start(context, request, list_run, input);
}
