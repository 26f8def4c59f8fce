/* /v1/customers/{id}/relations and /listings: who looks after a customer for a legal entity, and
 * the lists on which it puts the customer. */
#include "api/api_customer.h"
#include "api/api_people.h"

enum { TEXTS_MAX = 5 };

struct listing_input {
    struct customer_reach reach;
    struct customer_outcome outcome;
    struct slice texts[TEXTS_MAX];
};

static void listing_task(struct http_request *request, void *context,
                         void (*work)(struct api_task *task))
{
    struct listing_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return;
    }
    *input = (struct listing_input){.outcome = {.arena = request->arena}};
    if (api_query_known(request)) {
        api_task_start(context, request, work, input);
    }
}

/* The reply of a change: the version, and the number of what was made (0: none). */
static void reply(struct api_task *task, const struct customer_outcome *outcome,
                  enum customer_status status, int64_t number)
{
    struct json_writer writer;

    api_task_customer(task, status, &outcome->detail);
    if (status != CUSTOMER_OK) {
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_text_member(&writer, "id", outcome->id);
    api_number_member(&writer, "version", (uint64_t)outcome->version);
    if (number > 0) {
        api_number_member(&writer, "number", (uint64_t)number);
    }
    json_object_end(&writer);
    api_task_version(task, outcome->version);
    task->status = number > 0 ? 201 : 200;
}

static void relate_run(struct api_task *task)
{
    static const char *const names[] = {"organisation", "kind", "value", "reason", NULL};
    struct listing_input *input = task->input;
    struct customer_relating relating = {0};
    const struct people_actor actor = api_task_actor(task);
    const struct customer_asking asking = {&actor, &input->reach};

    if (!api_task_texts(task, names, 1, input->texts) || !api_task_reach(task, &input->reach)) {
        return;
    }
    relating.organisation = input->texts[0];
    relating.reason = input->texts[3];
    if (input->texts[1].size > 0) {
        relating.identifier.value = input->texts[2];
        enum customer_status status =
            customer_kind_from_name(input->texts[1], &relating.identifier.kind)
                ? customer_identifier_judge(&relating.identifier, &input->outcome.detail,
                                            task->request->arena, customer_today(task->now))
                : CUSTOMER_BAD_IDENTIFIER;
        if (status != CUSTOMER_OK) {
            api_task_customer(task, status, &input->outcome.detail);
            return;
        }
    }
    reply(task, &input->outcome,
          customer_relate(task->api->store, &input->outcome, &asking, task->request->params[0],
                          &relating),
          0);
}

void api_customer_relations_post(struct http_request *request, void *context)
{
    listing_task(request, context, relate_run);
}

/* Fills what the texts say; refuses and returns false when they are wrong. */
static bool listing_read(struct api_task *task, const struct listing_input *input,
                         struct customer_listing *ret_listing)
{
    struct customer_listing listing = {.reason = input->texts[1],
                                       .since = DATE_NONE,
                                       .until = DATE_NONE,
                                       .legal_entity = input->reach.legal_entity};
    enum customer_status status = CUSTOMER_OK;

    if (!customer_list_from_name(input->texts[0], &listing.list)) {
        status = CUSTOMER_BAD_LIST;
    } else if ((input->texts[2].size > 0 && !date_parse(input->texts[2], &listing.since)) ||
               (input->texts[3].size > 0 && !date_parse(input->texts[3], &listing.until))) {
        status = CUSTOMER_BAD_DATES;
    }
    if (input->texts[4].size > 0) {
        if (!input->reach.everywhere && !slice_equal(listing.legal_entity, input->texts[4])) {
            status = CUSTOMER_NOT_FOUND;
        }
        listing.legal_entity = input->texts[4];
    }
    api_task_customer(task, status, NULL);
    *ret_listing = listing;
    return status == CUSTOMER_OK;
}

static void list_add_run(struct api_task *task)
{
    static const char *const names[] = {"list", "reason", "since", "until", "legal_entity", NULL};
    struct listing_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);
    const struct customer_asking asking = {&actor, &input->reach};
    struct customer_listing listing;
    int64_t number = 0;

    if (!api_task_texts(task, names, 2, input->texts) || !api_task_reach(task, &input->reach) ||
        !listing_read(task, input, &listing)) {
        return;
    }
    const enum customer_status status = customer_list_add(
        task->api->store, &input->outcome, &asking, task->request->params[0], &listing, &number);
    reply(task, &input->outcome, status, number);
}

void api_customer_listings_post(struct http_request *request, void *context)
{
    listing_task(request, context, list_add_run);
}

static void list_end_run(struct api_task *task)
{
    static const char *const names[] = {"reason", NULL};
    struct listing_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);
    const struct customer_asking asking = {&actor, &input->reach};
    uint64_t number;

    if (!slice_to_u64(task->request->params[1], INT64_MAX, &number)) {
        api_task_customer(task, CUSTOMER_NO_LISTING, NULL);
        return;
    }
    if (api_task_texts(task, names, 1, input->texts) && api_task_reach(task, &input->reach)) {
        reply(task, &input->outcome,
              customer_list_end(task->api->store, &input->outcome, &asking,
                                task->request->params[0], (int64_t)number, input->texts[0]),
              0);
    }
}

void api_customer_listing_end(struct http_request *request, void *context)
{
    listing_task(request, context, list_end_run);
}
