/* /v1/audit: the trail of changes and looks. To read it is a look itself, and is recorded. */
#include "api/api_list.h"
#include "api/api_task.h"

struct audit_list {
    struct trail_filter filter;
    struct trail_entry *entries;
    size_t count;
    struct api_task *task;
};

static void value_member(struct json_writer *writer, const char *name, struct slice text)
{
    if (text.data != NULL) {
        api_text_member(writer, name, text);
    }
}

static void hash_member(struct json_writer *writer, const char *name,
                        const uint8_t hash[SHA256_SIZE])
{
    char text[2 * SHA256_SIZE];

    hex_write(text, hash, SHA256_SIZE);
    api_text_member(writer, name, slice_of(text, sizeof(text)));
}

static void entry_write(struct json_writer *writer, const struct trail_entry *entry)
{
    json_object_begin(writer);
    api_number_member(writer, "number", (uint64_t)entry->number);
    api_time_member(writer, "at", entry->at);
    api_text_member(writer, "actor", entry->actor);
    api_text_member(writer, "address", entry->address);
    api_text_member(writer, "action", entry->action);
    api_text_member(writer, "subject", entry->subject);
    value_member(writer, "before", entry->before);
    value_member(writer, "after", entry->after);
    value_member(writer, "reason", entry->reason);
    hash_member(writer, "hash", entry->hash);
    json_object_end(writer);
}

/* What was asked for, as the entry about the look says it. */
static void asked_write(struct buffer *text, const struct trail_filter *filter)
{
    struct json_writer writer;

    json_writer_init(&writer, text);
    json_object_begin(&writer);
    value_member(&writer, "subject", filter->subject);
    value_member(&writer, "actor", filter->actor);
    api_number_member(&writer, "after", (uint64_t)filter->after);
    api_number_member(&writer, "limit", (uint64_t)filter->count);
    json_object_end(&writer);
}

static enum store_status list_work(struct store *store, void *context)
{
    struct audit_list *list = context;
    struct api_task *task = list->task;
    struct buffer asked = {0};

    TRY(trail_read(store, &list->entries, &list->count, &task->arena, &list->filter));
    asked_write(&asked, &list->filter);
    const struct trail_entry look = {.at = task->now,
                                     .actor = task->actor,
                                     .address = task->request->peer_address,
                                     .action = SLICE("audit.read"),
                                     .subject = SLICE("audit"),
                                     .reason = buffer_slice(&asked)};
    const enum store_status status =
        buffer_failed(&asked) ? STORE_NO_MEMORY : trail_add(store, &look);
    buffer_release(&asked);
    return status;
}

static void list_run(struct api_task *task)
{
    struct audit_list *list = task->input;
    struct json_writer writer;

    list->task = task;
    task->store_status = store_transact(task->api->store, STORE_WRITE, list_work, list);
    if (task->store_status != STORE_OK) {
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < list->count; i++) {
        entry_write(&writer, &list->entries[i]);
    }
    json_array_end(&writer);
    json_name(&writer, SLICE("next"));
    if (list->count == (size_t)list->filter.count) {
        json_i64(&writer, list->entries[list->count - 1].number);
    } else {
        json_null(&writer);
    }
    json_object_end(&writer);
}

void api_audit_list(struct http_request *request, void *context)
{
    struct api *api = context;
    struct audit_list *list = arena_take(request->arena, sizeof(*list));
    uint64_t after = 0;
    uint64_t count;

    if (list == NULL) {
        api_problem_memory(request);
        return;
    }
    if (!api_query_known(request) || !api_query_number(request, "after", INT64_MAX, &after) ||
        !api_query_page(request, &count)) {
        return;
    }
    list->filter = (struct trail_filter){.subject = http_request_query(request, SLICE("subject")),
                                         .actor = http_request_query(request, SLICE("actor")),
                                         .after = (int64_t)after,
                                         .count = (int64_t)count};
    if (list->filter.subject.size > 0 && list->filter.actor.size > 0) {
        api_problem_parameter(request, "actor", "not together with subject",
                              "不能与 subject 同时使用");
        return;
    }
    api_task_start(api, request, list_run, list);
}

static enum store_status head_work(struct store *store, void *context)
{
    return trail_head_read(store, context);
}

static void head_run(struct api_task *task)
{
    struct trail_head head = {0};
    struct json_writer writer;
    struct buffer line = {0};

    task->store_status = store_transact(task->api->store, STORE_READ, head_work, &head);
    if (task->store_status != STORE_OK) {
        return;
    }
    trail_head_write(&line, &head);
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_number_member(&writer, "number", (uint64_t)head.number);
    hash_member(&writer, "hash", head.hash);
    api_text_member(&writer, "line", buffer_slice(&line));
    json_object_end(&writer);
    buffer_release(&line);
}

void api_audit_head_get(struct http_request *request, void *context)
{
    if (api_query_known(request)) {
        api_task_start(context, request, head_run, NULL);
    }
}
