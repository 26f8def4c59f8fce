#include "api/api_credit.h"
#include "process/process.h"

void api_task_credit(struct api_task *task, enum credit_status status, const char *where)
{
    static const char english[] = "the application is not as the description says, at: %s";
    static const char chinese[] = "申报内容不符合接口说明，位置：%s";
    const size_t room = sizeof(english) + PROPOSAL_WHERE_SIZE;

    if (status == CREDIT_STORE) {
        const enum store_status stored = store_error(task->api->store)->status;
        task->store_status = stored == STORE_OK ? STORE_FAILED : stored;
        return;
    }
    if (status == CREDIT_OK) {
        return;
    }
    api_task_refuse(task, credit_status_http(status), credit_status_slug(status),
                    credit_status_text(status, false), credit_status_text(status, true));
    char *texts = where == NULL ? NULL : arena_take(task->request->arena, 2 * room);
    if (texts != NULL) {
        (void)snprintf(texts, room, english, where);
        (void)snprintf(texts + room, room, chinese, where);
        task->english = texts;
        task->chinese = texts + room;
    }
}

static bool sees(const void *context, struct slice path)
{
    return api_task_sees(context, path);
}

const struct credit_asking *api_task_asking(struct api_task *task)
{
    struct {
        struct credit_asking asking;
        struct people_actor actor;
    } *both = arena_take(&task->arena, sizeof(*both));

    if (both == NULL) {
        api_task_credit(task, CREDIT_NO_MEMORY, NULL);
        return NULL;
    }
    both->actor = api_task_actor(task);
    both->asking = (struct credit_asking){.actor = &both->actor, .sees = sees, .context = task};
    return &both->asking;
}

static enum credit_status within(struct store *store, struct api_task *task,
                                 const struct customer_reach *reach, struct slice id, bool merged)
{
    struct customer customer;

    const enum customer_status status = customer_read(store, &customer, &task->arena, id, NULL);
    REQUIRE(status != CUSTOMER_STORE, CREDIT_STORE);
    REQUIRE(status != CUSTOMER_NO_MEMORY, CREDIT_NO_MEMORY);
    return status == CUSTOMER_OK && (merged || customer.merged_into.size == 0) &&
                   customer_seen(reach, &customer)
               ? CREDIT_OK
               : CREDIT_CUSTOMER_NOT_FOUND;
}

enum credit_status api_customer_within(struct store *store, struct api_task *task,
                                       const struct customer_reach *reach, struct slice id)
{
    return within(store, task, reach, id, false);
}

enum credit_status api_customer_within_any(struct store *store, struct api_task *task,
                                           const struct customer_reach *reach, struct slice id)
{
    return within(store, task, reach, id, true);
}

static void raw_member(struct json_writer *writer, const char *name, struct slice json)
{
    if (json.size > 0) {
        json_name(writer, slice_from_cstr(name));
        json_raw(writer, json);
    }
}

static void decision_write(struct json_writer *writer, const struct decision *decision)
{
    json_object_begin(writer);
    api_text_member(writer, "id", decision->id);
    api_text_member(writer, "outcome", decision->approve ? SLICE("approve") : SLICE("reject"));
    api_text_member(writer, "state", decision->state);
    api_text_member(writer, "decider", decision->decider);
    if (decision->opinion.size > 0) {
        api_text_member(writer, "opinion", decision->opinion);
    }
    api_time_member(writer, "made_at", decision->made);
    if (decision->valid_until != DATE_NONE) {
        api_date_member(writer, "valid_until", decision->valid_until);
    }
    api_text_member(writer, "case", decision->case_ref);
    api_text_member(writer, "step", decision->step);
    raw_member(writer, "approved", decision->body);
    raw_member(writer, "rules", decision->rules);
    raw_member(writer, "proof", decision->proof);
    json_object_end(writer);
}

void api_application_write(struct json_writer *writer, const struct application *application,
                           const struct decision *decisions, size_t decision_count)
{
    char hash[PROCESS_HASH_SIZE];

    json_object_begin(writer);
    api_text_member(writer, "id", application->id);
    api_number_member(writer, "version", (uint64_t)application->version);
    api_text_member(writer, "state", application_state_name(application->state));
    api_text_member(writer, "legal_entity", application->legal_entity);
    api_text_member(writer, "organisation", application->organisation);
    api_text_member(writer, "customer", application->customer);
    api_text_member(writer, "type", application->type);
    if (application->case_ref.size > 0) {
        api_text_member(writer, "case", application->case_ref);
    }
    api_text_member(writer, "created_by", application->created_by);
    api_time_member(writer, "created_at", application->created);
    api_time_member(writer, "changed_at", application->changed);
    if (application->submitted != TIME_NONE) {
        api_time_member(writer, "submitted_at", application->submitted);
    }
    raw_member(writer, "routing", application->routing);
    process_content_hash(hash, application->body);
    api_text_member(writer, "hash", slice_of(hash, sizeof(hash)));
    raw_member(writer, "proposal", application->body);
    if (decisions != NULL) {
        json_name(writer, SLICE("decisions"));
        json_array_begin(writer);
        for (size_t i = 0; i < decision_count; i++) {
            decision_write(writer, &decisions[i]);
        }
        json_array_end(writer);
    }
    json_object_end(writer);
}
