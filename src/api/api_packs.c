/* /v1/packs: configuration packs handed in, read, compared; what they say on a day. */
#include "api/api_pack.h"

#include "api/api_customer.h"
#include "api/api_list.h"
#include "pack/pack_diff.h"

struct packs_input {
    struct api_task *task;
    struct slice hash;
    struct slice from; /* hash to compare from; empty: nothing */
    date_days date;    /* DATE_NONE: today in China */
    struct slice behind_id;
    struct slice behind_version;
    size_t count;
    struct pack_version *versions;
    size_t version_count;
    struct slice content;
    const struct pack *pack;
    const struct pack *other;
    enum pack_status status;
};

void api_task_pack(struct api_task *task, enum pack_status status)
{
    if (status == PACK_STATUS_STORE) {
        const enum store_status stored = store_error(task->api->store)->status;
        task->store_status = stored == STORE_OK ? STORE_FAILED : stored;
    } else if (status != PACK_STATUS_OK) {
        api_task_refuse(task, pack_status_http(status), pack_status_slug(status).data,
                        pack_status_text(status, false).data, pack_status_text(status, true).data);
    }
}

static struct packs_input *input_new(struct http_request *request)
{
    struct packs_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return NULL;
    }
    *input = (struct packs_input){.date = DATE_NONE, .count = 1};
    input->hash = request->param_count > 0 ? request->params[0] : SLICE("");
    return input;
}

static void packs_task(struct http_request *request, void *context,
                       void (*work)(struct api_task *task))
{
    struct packs_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start(context, request, work, input);
    }
}

/* Runs what reads in one transaction; false when it was refused. */
static bool read_run(struct api_task *task, store_work work)
{
    struct packs_input *input = task->input;

    input->task = task;
    task->store_status = store_transact(task->api->store, STORE_READ, work, input);
    if (task->store_status != STORE_OK) {
        return false;
    }
    api_task_pack(task, input->status);
    return input->status == PACK_STATUS_OK;
}

static enum store_status done(struct packs_input *input, enum pack_status status)
{
    input->status = status;
    return status == PACK_STATUS_STORE ? STORE_REFUSED : STORE_OK;
}

/* ---- handing in ---- */

static void report_member(struct json_writer *writer, const struct pack *pack)
{
    json_name(writer, SLICE("report"));
    json_value_begin(writer);
    pack_report_write(writer->buffer, pack);
}

/* The pack in the body, checked; NULL when it was refused. */
static struct pack *pack_read(struct api_task *task)
{
    struct buffer error = {0};
    struct pack_files *files = pack_files_from_json(task->request->body, &error);
    struct pack *pack = NULL;

    if (files == NULL) {
        const struct slice why = arena_copy(task->request->arena, buffer_slice(&error));
        api_task_refuse(task, 400, "bad-pack", why.data == NULL ? "the body is no pack" : why.data,
                        "请求体不是配置包：须为 {\"files\": {路径: 文本}} 且在规定上限之内");
    } else {
        pack = pack_check(files);
        if (pack == NULL) {
            api_task_pack(task, PACK_STATUS_NO_MEMORY);
        }
    }
    buffer_release(&error);
    return pack;
}

static void made_write(struct api_task *task, const struct pack *pack)
{
    char hash[PACK_HASH_TEXT];
    struct json_writer writer;

    hex_write(hash, pack->files->hash, SHA256_SIZE);
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_text_member(&writer, "hash", slice_of(hash, sizeof(hash)));
    api_text_member(&writer, "id", pack->id);
    api_text_member(&writer, "version", pack->version);
    report_member(&writer, pack);
    json_object_end(&writer);
}

static void check_run(struct api_task *task)
{
    struct pack *pack = pack_read(task);

    if (pack != NULL) {
        made_write(task, pack);
    }
    pack_free(pack);
}

void api_packs_check(struct http_request *request, void *context)
{
    packs_task(request, context, check_run);
}

static void add_run(struct api_task *task)
{
    const struct people_actor actor = api_task_actor(task);
    char hash[PACK_HASH_TEXT];
    struct pack *pack = pack_read(task);

    if (pack == NULL) {
        return;
    }
    const enum pack_status status = pack_version_add(task->api->store, &actor, hash, pack);
    api_task_pack(task, status);
    if (status == PACK_STATUS_ERRORS) {
        struct buffer report = {0};
        pack_report_write(&report, pack);
        task->more = (struct http_member){SLICE("report"),
                                          arena_copy(task->request->arena, buffer_slice(&report))};
        buffer_release(&report);
    } else if (status == PACK_STATUS_OK) {
        made_write(task, pack);
        task->status = 201;
    }
    pack_free(pack);
}

void api_packs_post(struct http_request *request, void *context)
{
    packs_task(request, context, add_run);
}

/* ---- reading ---- */

static void version_write(struct json_writer *writer, const struct pack_version *version)
{
    json_object_begin(writer);
    api_text_member(writer, "hash", version->hash);
    api_text_member(writer, "id", version->id);
    api_text_member(writer, "version", version->version);
    api_text_member(writer, "title_zh", version->title_zh);
    api_text_member(writer, "title_en", version->title_en);
    api_time_member(writer, "stored", version->stored);
    api_text_member(writer, "stored_by", version->stored_by);
    if (version->report.size > 0) {
        json_name(writer, SLICE("report"));
        json_raw(writer, version->report);
    }
    json_object_end(writer);
}

static enum store_status list_work(struct store *store, void *context)
{
    struct packs_input *input = context;

    return done(input, pack_version_list(store, &input->versions, &input->version_count,
                                         &input->task->arena, input->behind_id,
                                         input->behind_version, input->count));
}

static void list_run(struct api_task *task)
{
    struct packs_input *input = task->input;
    struct json_writer writer;

    if (!read_run(task, list_work)) {
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < input->version_count; i++) {
        version_write(&writer, &input->versions[i]);
    }
    if (input->version_count == input->count) {
        const struct pack_version *last = &input->versions[input->count - 1];
        const struct store_value place[] = {store_text(last->id), store_text(last->version)};
        api_items_end(&writer, task->request, "tt", place);
    } else {
        api_items_end_last(&writer);
    }
}

void api_packs_list(struct http_request *request, void *context)
{
    struct packs_input *input = input_new(request);
    struct api_cursor cursor;

    if (input == NULL || !api_list_read(request, &cursor, "tt")) {
        return;
    }
    input->count = cursor.count;
    if (cursor.given) {
        input->behind_id = cursor.values[0].bytes;
        input->behind_version = cursor.values[1].bytes;
    }
    api_task_start(context, request, list_run, input);
}

static enum store_status get_work(struct store *store, void *context)
{
    struct packs_input *input = context;

    input->versions = arena_take(&input->task->arena, sizeof(*input->versions));
    return done(input,
                input->versions == NULL
                    ? PACK_STATUS_NO_MEMORY
                    : pack_version_read(store, input->versions, &input->task->arena, input->hash));
}

static void get_run(struct api_task *task)
{
    const struct packs_input *input = task->input;
    struct json_writer writer;

    if (read_run(task, get_work)) {
        json_writer_init(&writer, &task->body);
        version_write(&writer, input->versions);
        api_task_version(task, 1); /* it never changes */
    }
}

void api_pack_get(struct http_request *request, void *context)
{
    packs_task(request, context, get_run);
}

static enum store_status content_work(struct store *store, void *context)
{
    struct packs_input *input = context;

    return done(input, pack_content_read(store, &input->content, &input->task->arena, input->hash));
}

static void content_run(struct api_task *task)
{
    const struct packs_input *input = task->input;

    if (read_run(task, content_work)) {
        buffer_append(&task->body, input->content);
        api_task_version(task, 1);
    }
}

void api_pack_content(struct http_request *request, void *context)
{
    packs_task(request, context, content_run);
}

/* ---- comparing ---- */

static enum store_status difference_work(struct store *store, void *context)
{
    struct packs_input *input = context;
    struct pack_shelf *shelf = &input->task->api->packs;

    enum pack_status status = pack_shelf_take(shelf, &input->pack, store, input->hash);
    if (status == PACK_STATUS_OK && input->from.size > 0) {
        status = pack_shelf_take(shelf, &input->other, store, input->from);
    }
    return done(input, status);
}

bool api_pack_difference_member(struct api_task *task, struct json_writer *writer,
                                const struct pack *before, const struct pack *after)
{
    struct pack_difference difference;
    struct arena arena;

    arena_init(&arena, PACK_MEMORY_MAX);
    pack_diff(&difference, &arena, before, after);
    if (!difference.failed) {
        json_name(writer, SLICE("changes"));
        json_value_begin(writer);
        pack_difference_write_json(writer->buffer, &difference);
    } else {
        api_task_pack(task, PACK_STATUS_NO_MEMORY);
    }
    const bool failed = difference.failed;
    arena_release(&arena);
    return !failed;
}

static void difference_run(struct api_task *task)
{
    struct packs_input *input = task->input;
    struct json_writer writer;

    input->other = NULL;
    if (!read_run(task, difference_work)) {
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_text_member(&writer, "pack", input->hash);
    if (input->from.size > 0) {
        api_text_member(&writer, "from", input->from);
    }
    if (api_pack_difference_member(task, &writer, input->other, input->pack)) {
        json_object_end(&writer);
    }
}

void api_pack_difference(struct http_request *request, void *context)
{
    struct packs_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        input->from = http_request_query(request, SLICE("from"));
        api_task_start(context, request, difference_run, input);
    }
}

/* ---- on a day ---- */

static void cells_write(struct json_writer *writer, const struct pack_table *table,
                        const struct pack_row *row)
{
    for (uint32_t i = 0; i < table->form->column_count; i++) {
        if (row->cells[i].size > 0) {
            api_text_member(writer, table->form->columns[i].name, row->cells[i]);
        }
    }
}

static void parameters_write(struct json_writer *writer, const struct pack *pack, date_days day)
{
    const struct pack_table *table = &pack->tables[PACK_PARAMETERS];

    json_name(writer, SLICE("parameters"));
    json_array_begin(writer);
    for (uint32_t i = 0; i < table->count; i++) {
        const struct pack_row *row = &table->rows[i];
        if (pack_parameter(pack, row->cells[0], day) == row) {
            json_object_begin(writer);
            cells_write(writer, table, row);
            json_object_end(writer);
        }
    }
    json_array_end(writer);
}

static void limit_write(struct json_writer *writer, const struct pack *pack,
                        const struct pack_row *row, date_days day)
{
    const struct pack_table *table = &pack->tables[PACK_LIMITS];
    struct buffer text = {0};
    struct decimal amount;

    json_object_begin(writer);
    cells_write(writer, table, row);
    if (pack_limit_amount(pack, row, day, &amount, &text)) {
        decimal_write(&text, amount);
        api_text_member(writer, "amount", buffer_slice(&text));
    } else {
        api_text_member(writer, "without_amount", buffer_slice(&text));
    }
    json_object_end(writer);
    writer->buffer->failed = writer->buffer->failed || text.failed;
    buffer_release(&text);
}

static void limits_write(struct json_writer *writer, const struct pack *pack, date_days day)
{
    const struct pack_table *table = &pack->tables[PACK_LIMITS];

    json_name(writer, SLICE("limits"));
    json_array_begin(writer);
    for (uint32_t i = 0; i < table->count; i++) {
        const struct pack_row *row = &table->rows[i];
        if (pack_limit(pack, row->cells[0], day) == row) {
            limit_write(writer, pack, row, day);
        }
    }
    json_array_end(writer);
}

static void day_run(struct api_task *task)
{
    struct packs_input *input = task->input;
    struct json_writer writer;

    if (!read_run(task, difference_work)) {
        return;
    }
    const date_days day = input->date == DATE_NONE ? customer_today(task->now) : input->date;
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_text_member(&writer, "pack", input->hash);
    api_date_member(&writer, "date", day);
    parameters_write(&writer, input->pack, day);
    limits_write(&writer, input->pack, day);
    json_object_end(&writer);
}

void api_pack_day(struct http_request *request, void *context)
{
    struct packs_input *input = input_new(request);

    if (input == NULL || !api_query_known(request)) {
        return;
    }
    const struct slice date = http_request_query(request, SLICE("date"));
    if (date.size > 0 && !date_parse(date, &input->date)) {
        api_problem_parameter(request, "date", "a day, YYYY-MM-DD", "须为 YYYY-MM-DD 日期");
        return;
    }
    api_task_start(context, request, day_run, input);
}
