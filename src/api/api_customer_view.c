/* GET /v1/customers/{id}/view: everything about one customer as one document. The job thread reads
 * who the customer is, which limits decisions opened, and the applications; the loop adds what the
 * ledger says of the limits at the moment of the answer. */
#include "api/api_limit_tree.h"
#include "api/api_list.h"
#include "api/api_process.h"
#include "ledger/command_json.h"

enum { VIEW_RECORDS_MAX = 200, VIEW_APPLICATIONS_MAX = 50, VIEW_CASES_MAX = 50 };

/* A case of the customer, with the tasks of it that wait for somebody. */
struct view_case {
    struct process_case row;
    struct process_task *tasks;
    size_t count;
};

struct view_input {
    struct api_task *task;
    struct customer_reach reach;
    struct customer customer;
    struct slice *family; /* the customer, and those merged into it */
    size_t family_count;
    struct credit_limit *limits; /* that decisions opened, in every legal entity */
    size_t limit_count;
    struct slice *turned; /* limits that were the family's, and are another customer's */
    size_t turned_count;
    struct application *applications; /* the newest */
    size_t application_count;
    struct view_case *cases; /* the newest */
    size_t case_count;
    bool more_cases;
    enum credit_status status;
};

/* ---- from the store ---- */

static enum credit_status customer_find(struct store *store, struct view_input *input)
{
    struct api_task *task = input->task;

    const enum customer_status status =
        customer_read(store, &input->customer, &task->arena, task->request->params[0], NULL);
    REQUIRE(status != CUSTOMER_STORE, CREDIT_STORE);
    REQUIRE(status != CUSTOMER_NO_MEMORY, CREDIT_NO_MEMORY);
    return status == CUSTOMER_OK && customer_seen(&input->reach, &input->customer)
               ? CREDIT_OK
               : CREDIT_CUSTOMER_NOT_FOUND;
}

static int case_order(const void *a, const void *b)
{
    const struct process_case *left = &((const struct view_case *)a)->row;
    const struct process_case *right = &((const struct view_case *)b)->row;

    return (left->number < right->number) - (left->number > right->number);
}

static bool waits(const struct process_task *task)
{
    return task->ended == TIME_NONE;
}

static enum process_status tasks_read(struct store *store, struct arena *arena,
                                      struct view_case *one)
{
    size_t count = 0;

    TRY(process_case_tasks(store, &one->tasks, &count, arena, one->row.id));
    for (size_t i = 0; i < count; i++) {
        if (waits(&one->tasks[i])) {
            one->tasks[one->count++] = one->tasks[i];
        }
    }
    return PROCESS_OK;
}

/* The newest cases of the whole family that who asks may see. */
static enum process_status cases_read(struct store *store, struct view_input *input)
{
    struct arena *arena = &input->task->arena;
    struct view_case *all =
        arena_take_array(arena, input->family_count * (VIEW_CASES_MAX + 1) + 1, sizeof(*all));
    size_t count = 0;

    REQUIRE(all != NULL, PROCESS_NO_MEMORY);
    for (size_t f = 0; f < input->family_count; f++) {
        struct process_case *some = NULL;
        size_t found = 0;
        TRY(process_cases_of_customer(store, &some, &found, arena, input->family[f],
                                      VIEW_CASES_MAX + 1));
        for (size_t i = 0; i < found; i++) {
            all[count++] = (struct view_case){.row = some[i]};
        }
    }
    qsort(all, count, sizeof(*all), case_order);
    input->cases = all;
    input->case_count = 0;
    input->more_cases = count > VIEW_CASES_MAX;
    for (size_t i = 0; i < count && i < VIEW_CASES_MAX; i++) {
        const bool twice = i > 0 && all[i].row.number == all[i - 1].row.number;
        if (!twice && api_task_sees(input->task, all[i].row.path)) {
            struct view_case *one = &all[input->case_count++];
            *one = all[i];
            TRY(one->row.ended == TIME_NONE ? tasks_read(store, arena, one) : PROCESS_OK);
        }
    }
    return PROCESS_OK;
}

static enum credit_status all_read(struct store *store, struct view_input *input)
{
    struct arena *arena = &input->task->arena;
    const struct application_query query = {.customer = input->customer.id,
                                            .down = true,
                                            .behind = INT64_MAX,
                                            .count = VIEW_APPLICATIONS_MAX};

    const enum customer_status status = customer_family_read(
        store, &input->family, &input->family_count, arena, input->customer.id);
    REQUIRE(status == CUSTOMER_OK, status == CUSTOMER_NO_MEMORY ? CREDIT_NO_MEMORY : CREDIT_STORE);
    TRY(credit_family_limits_read(store, &input->limits, &input->limit_count, &input->turned,
                                  &input->turned_count, arena, input->family, input->family_count));
    const enum process_status cases = cases_read(store, input);
    REQUIRE(cases == PROCESS_OK, cases == PROCESS_NO_MEMORY ? CREDIT_NO_MEMORY : CREDIT_STORE);
    return application_page(store, &input->applications, &input->application_count, arena, &query);
}

static enum store_status view_work(struct store *store, void *context)
{
    struct view_input *input = context;

    input->status = customer_find(store, input);
    input->status = input->status == CREDIT_OK ? all_read(store, input) : input->status;
    return input->status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

static void view_run(struct api_task *task)
{
    struct view_input *input = task->input;

    input->task = task;
    if (!api_task_reach(task, &input->reach)) {
        return;
    }
    const enum store_status status = store_transact(task->api->store, STORE_READ, view_work, input);
    if (status != STORE_OK && status != STORE_REFUSED) {
        task->store_status = status;
        return;
    }
    api_task_credit(task, input->status, NULL);
    if (input->status == CREDIT_OK && input->customer.type == CUSTOMER_INDIVIDUAL) {
        task->store_status = api_customer_look(task, input->customer.id);
    }
}

/* ---- from the ledger ---- */

static const struct credit_limit *origin_find(const struct view_input *input,
                                              const struct ledger_id *id)
{
    for (size_t i = 0; i < input->limit_count; i++) {
        if (slice_equal(input->limits[i].id, ledger_id_slice(id))) {
            return &input->limits[i];
        }
    }
    return NULL;
}

static bool own(const struct view_input *input, const struct credit_limit *origin)
{
    return input->reach.everywhere ||
           (origin != NULL && slice_equal(origin->legal_entity, input->reach.legal_entity));
}

static bool turned(const struct view_input *input, const struct ledger_id *id)
{
    for (size_t i = 0; i < input->turned_count; i++) {
        if (slice_equal(input->turned[i], ledger_id_slice(id))) {
            return true;
        }
    }
    return false;
}

static void limit_take(const struct view_input *input, struct api_tree *tree,
                       const struct ledger *ledger, uint32_t limit)
{
    const struct ledger_id *id = ledger_limit_id(ledger, limit);
    const struct credit_limit *origin = origin_find(input, id);

    if (own(input, origin) && !turned(input, id)) {
        api_tree_take(tree, limit, origin);
    }
}

/* The customer's limits, the oldest first: those of which it, or one that was merged into it, is
 * the holder, and those that a split gave to it. Whoever is bounded sees those that decisions of
 * the own legal entity opened. */
static void limits_gather(const struct view_input *input, struct api_tree *tree,
                          const struct ledger *ledger)
{
    for (size_t i = 0; i < input->family_count; i++) {
        uint32_t limit = ledger_holder_next(ledger, input->family[i], LEDGER_NONE);
        for (; limit != LEDGER_NONE && !tree->more;
             limit = ledger_holder_next(ledger, input->family[i], limit)) {
            limit_take(input, tree, ledger, limit);
        }
    }
    for (size_t i = 0; i < input->limit_count; i++) {
        struct ledger_id id;
        const uint32_t limit =
            ledger_id_read(input->limits[i].id, &id) ? ledger_limit_find(ledger, &id) : LEDGER_NONE;
        if (limit != LEDGER_NONE) {
            limit_take(input, tree, ledger, limit);
        }
    }
    api_tree_order(tree, ledger);
}

/* ---- the document ---- */

static void limit_write(struct json_writer *writer, const struct ledger *ledger,
                        const struct api_tree_limit *item)
{
    api_tree_limit_begin(writer, item);
    if (item->origin != NULL) {
        api_text_member(writer, "legal_entity", item->origin->legal_entity);
    }
    api_tree_limit_end(writer, ledger, item);
}

/* What stands drawn or reserved on the limits; true when there is more than is written. */
static bool records_write(struct json_writer *writer, const struct ledger *ledger,
                          const struct api_tree *tree)
{
    size_t count = 0;

    for (size_t i = 0; i < tree->count; i++) {
        const uint32_t limit = tree->limits[tree->order[i]].limit;
        uint32_t record = ledger_record_next(ledger, limit, LEDGER_NONE, 0);
        for (; record != LEDGER_NONE;
             record =
                 ledger_record_next(ledger, limit, record, ledger_record_number(ledger, record))) {
            struct ledger_record_view one;
            if (count++ == VIEW_RECORDS_MAX) {
                return true;
            }
            ledger_record_view(ledger, &one, record);
            json_object_begin(writer);
            json_name(writer, one.is_reservation ? SLICE("reservation") : SLICE("exposure"));
            ledger_record_write_json(writer, ledger, &one);
            json_object_end(writer);
        }
    }
    return false;
}

static void applications_write(struct json_writer *writer, const struct view_input *input)
{
    json_name(writer, SLICE("applications"));
    json_array_begin(writer);
    for (size_t i = 0; i < input->application_count; i++) {
        if (api_task_sees(input->task, input->applications[i].path)) {
            api_application_write(writer, &input->applications[i], NULL, 0);
        }
    }
    json_array_end(writer);
}

/* Without inputs and outputs: what they hold is shown by the task itself. */
static void task_write(struct json_writer *writer, const struct process_task *task)
{
    json_object_begin(writer);
    api_text_member(writer, "id", task->id);
    api_text_member(writer, "element", task->element);
    api_text_member(writer, "name", task->name);
    api_text_member(writer, "state", task->state);
    api_text_member(writer, "candidates", task->roles);
    if (task->claimed_by.size > 0) {
        api_text_member(writer, "claimed_by", task->claimed_by);
    }
    api_time_member(writer, "created_at", task->created);
    if (task->due != TIME_NONE) {
        api_time_member(writer, "due_at", task->due);
    }
    if (task->escalated != TIME_NONE) {
        api_time_member(writer, "escalated_at", task->escalated);
    }
    json_object_end(writer);
}

static void cases_write(struct json_writer *writer, const struct view_input *input)
{
    json_name(writer, SLICE("cases"));
    json_array_begin(writer);
    for (size_t i = 0; i < input->case_count; i++) {
        const struct view_case *one = &input->cases[i];
        json_object_begin(writer);
        json_name(writer, SLICE("case"));
        api_case_write(writer, &one->row);
        json_name(writer, SLICE("tasks"));
        json_array_begin(writer);
        for (size_t t = 0; t < one->count; t++) {
            task_write(writer, &one->tasks[t]);
        }
        json_array_end(writer);
        json_object_end(writer);
    }
    json_array_end(writer);
}

static void view_write(struct json_writer *writer, const struct view_input *input,
                       const struct api_tree *tree, const struct ledger *ledger)
{
    struct mask_view masks;

    json_object_begin(writer);
    json_name(writer, SLICE("customer"));
    api_customer_view(input->task, &input->reach, &input->customer, &masks);
    api_customer_write(writer, &input->customer, &input->reach, &masks);
    api_date_member(writer, "business_date", ledger_business_date(ledger));
    json_name(writer, SLICE("limits"));
    json_array_begin(writer);
    for (size_t i = 0; i < tree->count; i++) {
        limit_write(writer, ledger, &tree->limits[tree->order[i]]);
    }
    json_array_end(writer);
    json_name(writer, SLICE("records"));
    json_array_begin(writer);
    const bool more = records_write(writer, ledger, tree) || tree->more;
    json_array_end(writer);
    applications_write(writer, input);
    cases_write(writer, input);
    json_name(writer, SLICE("more"));
    json_bool(writer,
              more || input->more_cases || input->application_count == VIEW_APPLICATIONS_MAX);
    json_object_end(writer);
}

static void view_finished(struct api_task *task)
{
    const struct view_input *input = task->input;
    const struct ledger *ledger = engine_ledger(task->api->engine);
    struct api_tree *tree = NULL;
    struct json_writer writer;

    if (task->slug != NULL || task->store_status != STORE_OK) {
        return;
    }
    tree = arena_take(&task->arena, sizeof(*tree));
    if (tree == NULL) {
        api_task_credit(task, CREDIT_NO_MEMORY, NULL);
        return;
    }
    limits_gather(input, tree, ledger);
    json_writer_init(&writer, &task->body);
    view_write(&writer, input, tree, ledger);
    api_moment_headers(task->request, ledger);
}

void api_customer_view_get(struct http_request *request, void *context)
{
    struct view_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return;
    }
    *input = (struct view_input){0};
    if (api_query_known(request)) {
        api_task_start_finished(context, request, view_run, input, view_finished);
    }
}
