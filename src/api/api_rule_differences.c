/* /v1/rule-differences: customers and groups whose limits of the pack stand in the ledger otherwise
 * than the pack in force has them today. */
#include "api/api_list.h"
#include "api/api_people.h"
#include "api/api_proposal.h"
#include "base/amount.h"
#include "credit/rule_difference.h"

/* A place: of a group or of a customer, its id, its order, and how many were passed. */
static const char place_types[] = "itii";

struct differences_input {
    struct api_proposal proposal; /* first, as its helpers have it */
    struct rule_difference_query query;
    struct rule_difference_page page;
    struct slice organisation;
};

static const struct api_proposal_kind kind;

/* ---- reading ---- */

static enum credit_status organisation_find(struct store *store, struct differences_input *input,
                                            bool *ret_found)
{
    struct people_organisation place;

    *ret_found = true;
    if (input->organisation.size == 0) {
        return CREDIT_OK;
    }
    const enum people_status status =
        people_organisation_read(store, &place, &input->proposal.task->arena, input->organisation);
    *ret_found = status == PEOPLE_OK;
    input->query.organisation = place.id;
    input->query.path = place.path;
    return status == PEOPLE_STORE       ? CREDIT_STORE
           : status == PEOPLE_NO_MEMORY ? CREDIT_NO_MEMORY
                                        : CREDIT_OK;
}

static enum store_status read_work(struct store *store, void *context)
{
    struct differences_input *input = context;
    struct api_proposal *proposal = &input->proposal;
    bool found;

    enum credit_status status = organisation_find(store, input, &found);
    if (status == CREDIT_OK && found) {
        status = rule_differences_read(store, &input->page, &proposal->task->arena,
                                       &proposal->task->api->packs, &proposal->reach, &input->query,
                                       customer_today(proposal->actor.now));
    }
    return api_proposal_outcome(proposal, status);
}

static void read_run(struct api_task *task)
{
    (void)!api_proposal_read(task, read_work);
}

/* ---- writing ---- */

static void amount_member(struct json_writer *writer, const char *name, int128 minor,
                          enum currency currency)
{
    json_name(writer, slice_from_cstr(name));
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    amount_write(writer->buffer, minor, currency);
    buffer_append_byte(writer->buffer, '"');
}

/* What the ledger has under it now. */
static void used_members(struct json_writer *writer, const struct ledger *ledger,
                         const struct rule_difference_limit *limit)
{
    struct ledger_limit_view view;
    struct ledger_id name;
    const uint32_t found =
        ledger_id_read(limit->id, &name) ? ledger_limit_find(ledger, &name) : LEDGER_NONE;

    if (found != LEDGER_NONE) {
        ledger_limit_view(ledger, &view, found);
        const int128 taken_minor = view.used_minor + view.reserved_minor;
        amount_member(writer, "used", taken_minor, limit->currency);
        json_name(writer, SLICE("over"));
        json_bool(writer, !limit->closes && taken_minor > limit->is_minor);
    }
}

static void limit_write(struct json_writer *writer, const struct ledger *ledger,
                        const struct rule_difference_limit *limit)
{
    json_object_begin(writer);
    api_text_member(writer, "rule", limit->rule);
    api_text_member(writer, "currency", currency_code(limit->currency));
    if (limit->id.size > 0) {
        api_text_member(writer, "limit", limit->id);
        amount_member(writer, "was", limit->was_minor, limit->currency);
    }
    if (!limit->closes) {
        amount_member(writer, "is", limit->is_minor, limit->currency);
    }
    if (limit->mode.size > 0) {
        api_text_member(writer, "mode", limit->mode);
    }
    if (limit->types) {
        json_name(writer, SLICE("types_change"));
        json_bool(writer, true);
    }
    if (limit->id.size > 0) {
        used_members(writer, ledger, limit);
    }
    json_object_end(writer);
}

/* The name of a natural person is for who opens the customer. */
static void item_write(struct json_writer *writer, const struct ledger *ledger,
                       const struct rule_difference *item)
{
    const bool is_person = slice_equal(item->type, customer_type_name(CUSTOMER_INDIVIDUAL));

    json_object_begin(writer);
    api_text_member(writer, "kind", item->of_group ? SLICE("group") : SLICE("customer"));
    api_text_member(writer, "id", item->id);
    if (!is_person) {
        api_text_member(writer, "name", item->name);
    }
    if (item->group.size > 0) {
        api_text_member(writer, "group", item->group);
    }
    api_text_member(writer, "state", item->waits ? SLICE("waiting") : SLICE("ready"));
    json_name(writer, SLICE("limits"));
    json_array_begin(writer);
    for (size_t i = 0; i < item->limit_count; i++) {
        limit_write(writer, ledger, &item->limits[i]);
    }
    json_array_end(writer);
    json_object_end(writer);
}

static void read_finished(struct api_task *task)
{
    const struct differences_input *input = task->input;
    const struct rule_difference_page *page = &input->page;
    const struct ledger *ledger = engine_ledger(task->api->engine);
    struct json_writer writer;

    if (api_task_failed(task)) {
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < page->count; i++) {
        item_write(&writer, ledger, &page->items[i]);
    }
    if (page->more) {
        const struct rule_difference_place *last = &page->last;
        const struct store_value place[] = {store_integer(last->of_group ? 1 : 0),
                                            store_text(last->id), store_integer(last->order),
                                            store_integer(last->passed)};
        api_items_end(&writer, task->request, place_types, place);
    } else {
        api_items_end_last(&writer);
    }
    api_moment_headers(task->request, ledger);
}

/* ---- asking ---- */

static bool kind_read(struct http_request *request, struct rule_difference_query *query)
{
    const struct slice given = http_request_query(request, SLICE("kind"));

    query->customers = given.data == NULL || slice_equal(given, SLICE("customer"));
    query->groups = given.data == NULL || slice_equal(given, SLICE("group"));
    if (!query->customers && !query->groups) {
        api_problem_parameter(request, "kind", "customer or group", "须为 customer 或 group");
        return false;
    }
    return true;
}

void api_rule_differences_list(struct http_request *request, void *context)
{
    struct differences_input *input =
        api_proposal_input(request, &kind, sizeof(struct differences_input));
    struct rule_difference_query *query = input == NULL ? NULL : &input->query;
    struct api_cursor cursor;

    if (input == NULL || !kind_read(request, query) ||
        !api_list_read(request, &cursor, place_types)) {
        return;
    }
    query->rule = http_request_query(request, SLICE("rule"));
    input->organisation = http_request_query(request, SLICE("organisation"));
    query->groups = query->groups && input->organisation.size == 0;
    query->count = cursor.count;
    query->behind = cursor.given;
    if (cursor.given) {
        query->from =
            (struct rule_difference_place){cursor.values[0].number != 0, cursor.values[1].bytes,
                                           cursor.values[2].number, cursor.values[3].number};
    }
    api_task_start_finished(context, request, read_run, input, read_finished);
}
