/* Idempotency-Key: what was answered to a request with a key is kept for a day, in the transaction
 * that did the work, so that a request that is sent again after a broken connection or a crash is
 * answered alike and done once. A refusal changes nothing and is not kept.
 * Source: draft-ietf-httpapi-idempotency-key-header-07. */
#include "api/api_task.h"

struct keyed {
    struct api_task *task;
    uint8_t digest[SHA256_SIZE];
};

static bool key_valid(struct slice key)
{
    if (key.size == 0 || key.size > API_KEY_MAX) {
        return false;
    }
    for (size_t i = 0; i < key.size; i++) {
        if (key.data[i] <= ' ' || key.data[i] > '~' || key.data[i] == '"' || key.data[i] == '\\') {
            return false;
        }
    }
    return true;
}

static bool same_key(const struct api_task *a, const struct api_task *b)
{
    const struct slice name = SLICE("authorization");

    return slice_equal(a->key, b->key) && slice_equal(http_request_header(a->request, name),
                                                      http_request_header(b->request, name));
}

static bool in_hand(const struct api_task *task)
{
    for (const struct api_task *other = task->api->keyed; other != NULL;
         other = other->keyed_next) {
        if (same_key(task, other)) {
            return true;
        }
    }
    return false;
}

bool api_keyed_begin(struct api_task *task)
{
    struct http_request *request = task->request;
    const struct api_operation *operation = request->route->meta;
    struct slice key = http_request_header(request, SLICE("idempotency-key"));

    if (key.data == NULL) {
        return true;
    }
    if (!operation->keyed) {
        api_problem(request, 400, SLICE("idempotency-key-not-taken"),
                    "this route takes no Idempotency-Key", "此接口不接受 Idempotency-Key");
        return false;
    }
    /* A structured field's string has quotes; many clients leave them out. */
    if (key.size >= 2 && key.data[0] == '"' && key.data[key.size - 1] == '"') {
        key = slice_of(key.data + 1, key.size - 2);
    }
    if (!key_valid(key)) {
        api_problem(request, 400, SLICE("bad-idempotency-key"),
                    "an Idempotency-Key is 1 to 128 visible characters of ASCII",
                    "Idempotency-Key 须为 1 至 128 个可见 ASCII 字符");
        return false;
    }
    task->key = key;
    if (in_hand(task)) {
        http_header_add(request, SLICE("Retry-After"), SLICE("1"));
        api_problem(request, 409, SLICE("idempotency-key-in-use"),
                    "a request with this Idempotency-Key is being done; ask again",
                    "使用同一 Idempotency-Key 的请求正在处理，请稍后再试");
        return false;
    }
    task->keyed_next = task->api->keyed;
    task->api->keyed = task;
    return true;
}

void api_keyed_end(struct api_task *task)
{
    struct api_task **place = &task->api->keyed;

    while (*place != NULL && *place != task) {
        place = &(*place)->keyed_next;
    }
    if (*place == task) {
        *place = task->keyed_next;
    }
}

/* Of all that makes it the same request; lengths stand before texts, so that none runs into the
 * next. */
static bool request_digest(const struct http_request *request, uint8_t ret_digest[SHA256_SIZE])
{
    const struct slice parts[] = {http_method_name(request->method), request->target,
                                  request->body};
    struct sha256 *sha = sha256_new();

    if (sha == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const uint64_t size = parts[i].size;
        sha256_update(sha, &size, sizeof(size));
        sha256_update(sha, parts[i].data, parts[i].size);
    }
    sha256_finish(sha, ret_digest);
    return true;
}

static void reply_reset(struct api_task *task)
{
    task->status = 200;
    buffer_reset(&task->body);
    task->etag[0] = '\0';
    task->store_status = STORE_OK;
    task->slug = NULL;
}

/* Answers from what is kept. */
static void replay(const struct keyed *keyed, const struct store_value *row)
{
    struct api_task *task = keyed->task;

    check(row[0].bytes.size == SHA256_SIZE);
    if (memcmp(row[0].bytes.data, keyed->digest, SHA256_SIZE) != 0) {
        api_task_refuse(task, 422, "idempotency-key-reused",
                        "this Idempotency-Key was used for another request",
                        "该 Idempotency-Key 已用于其他请求");
        return;
    }
    task->replayed = true;
    task->status = (unsigned)row[2].number;
    buffer_append(&task->body, row[3].bytes);
    (void)snprintf(task->etag, sizeof(task->etag), "%.*s", (int)row[4].bytes.size,
                   row[4].bytes.data);
}

static enum store_status keep(struct store *store, const struct keyed *keyed)
{
    const struct api_task *task = keyed->task;
    const struct store_value before[] = {
        store_integer(task->now - API_KEY_SECONDS * US_PER_SECOND)};
    const struct store_value values[] = {store_text(task->actor),
                                         store_text(task->key),
                                         store_bytes(keyed->digest, SHA256_SIZE),
                                         store_integer(task->now),
                                         store_integer((int64_t)task->status),
                                         store_text(buffer_slice(&task->body)),
                                         store_text(slice_from_cstr(task->etag))};

    TRY(store_change(store, NULL, QUERY_IDEMPOTENCY_DROP, before));
    return store_change(store, NULL, QUERY_IDEMPOTENCY_ADD, values);
}

static enum store_status keyed_work(struct store *store, void *context)
{
    struct keyed *keyed = context;
    struct api_task *task = keyed->task;
    const struct store_value values[] = {
        store_text(task->actor), store_text(task->key),
        store_integer(task->now - API_KEY_SECONDS * US_PER_SECOND)};
    struct store_rows rows;

    reply_reset(task);
    TRY(store_select(store, &rows, &task->arena, QUERY_IDEMPOTENCY_GET, values));
    if (rows.count == 1) {
        replay(keyed, store_row(&rows, 0));
        return STORE_OK;
    }
    task->work(task);
    if (task->store_status != STORE_OK) {
        return task->store_status;
    }
    /* A refusal is not kept; what the work stored of it (a recorded refusal) is. */
    if (task->slug != NULL) {
        return STORE_OK;
    }
    return buffer_failed(&task->body) ? STORE_NO_MEMORY : keep(store, keyed);
}

/* What a work can have told apart and named by a problem of its own. */
static bool is_refusal(enum store_status status)
{
    return status == STORE_OK || status == STORE_REFUSED || status == STORE_EXISTS ||
           status == STORE_REFERENCE || status == STORE_CONSTRAINT || status == STORE_BAD_VALUE ||
           status == STORE_TOO_LARGE;
}

void api_keyed_run(struct api_task *task)
{
    struct keyed keyed = {.task = task};

    if (!request_digest(task->request, keyed.digest)) {
        task->store_status = STORE_NO_MEMORY;
        return;
    }
    const enum store_status status =
        store_transact(task->api->store, STORE_WRITE, keyed_work, &keyed);
    if (status == STORE_OK || (task->slug != NULL && is_refusal(status))) {
        return;
    }
    task->slug = NULL;
    task->store_status = status;
}
