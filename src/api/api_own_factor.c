/* /v1/session/second-factor: how people enrol, replace and remove their own second factor. */
#include "api/api_people.h"
#include "auth/own_factor.h"

enum { URI_MAX = 512 };

static struct own_factor shown_of(const struct api_task *task, struct slice password,
                                  struct slice code)
{
    return (struct own_factor){.secret = api_session_secret(task->request),
                               .password = password,
                               .code = code,
                               .ring = task->api->ring,
                               .required = task->api->factor_roles};
}

/* Password and code of the body. In: required  1: the code may be missing. False: refused. */
static bool shown_read(struct api_task *task, struct own_factor *ret_shown, size_t required)
{
    static const char *const names[] = {"password", "code", NULL};
    struct slice texts[2] = {0};

    if (!api_task_texts(task, names, required, texts)) {
        return false;
    }
    *ret_shown = shown_of(task, texts[0], texts[1]);
    return true;
}

/* Source: the Key URI Format of authenticator programs. A login is of characters that need no
 * escape. */
static void begun_write(struct api_task *task, struct own_factor_begun *begun)
{
    char key[TOTP_TEXT_SIZE];
    char uri[URI_MAX];
    struct json_writer writer;

    totp_key_write(key, begun->key);
    const int size = snprintf(uri, sizeof(uri),
                              "otpauth://totp/Headroom:%.*s?secret=%.*s&issuer=Headroom"
                              "&algorithm=SHA1&digits=%d&period=%d",
                              (int)begun->login_size, begun->login, TOTP_TEXT_SIZE, key,
                              TOTP_DIGITS, TOTP_PERIOD);
    check(size > 0 && size < URI_MAX);
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_text_member(&writer, "key", slice_of(key, sizeof(key)));
    api_text_member(&writer, "uri", slice_of(uri, (size_t)size));
    api_time_member(&writer, "confirm_by", task->now + OWN_FACTOR_BEGUN_SECONDS * US_PER_SECOND);
    json_object_end(&writer);
    explicit_bzero(begun, sizeof(*begun));
    explicit_bzero(key, sizeof(key));
    explicit_bzero(uri, sizeof(uri));
    task->status = 201;
}

static void begin_run(struct api_task *task)
{
    const struct people_actor actor = api_task_actor(task);
    struct own_factor_begun begun;
    struct own_factor shown;

    if (!shown_read(task, &shown, 1)) {
        return;
    }
    const enum people_status status = own_factor_begin(task->api->store, &begun, &actor, &shown);
    api_task_people(task, status);
    if (status == PEOPLE_OK) {
        begun_write(task, &begun);
    }
}

void api_own_factor_post(struct http_request *request, void *context)
{
    if (api_query_known(request)) {
        api_task_start(context, request, begin_run, NULL);
    }
}

static void codes_write(struct api_task *task, struct own_factor_codes *codes)
{
    struct json_writer writer;

    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    json_name(&writer, SLICE("recovery_codes"));
    json_array_begin(&writer);
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        json_string(&writer, slice_of(codes->codes[i], RECOVERY_CODE_SIZE));
    }
    json_array_end(&writer);
    json_object_end(&writer);
    explicit_bzero(codes, sizeof(*codes));
    task->status = 201;
}

static void confirm_run(struct api_task *task)
{
    static const char *const names[] = {"code", NULL};
    const struct people_actor actor = api_task_actor(task);
    struct own_factor_codes codes;
    struct slice code;

    if (!api_task_texts(task, names, 1, &code)) {
        return;
    }
    const struct own_factor shown = shown_of(task, SLICE(""), code);
    const enum people_status status = own_factor_confirm(task->api->store, &codes, &actor, &shown);
    api_task_people(task, status);
    if (status == PEOPLE_OK) {
        codes_write(task, &codes);
    }
}

void api_own_factor_confirm_post(struct http_request *request, void *context)
{
    if (api_query_known(request)) {
        api_task_start(context, request, confirm_run, NULL);
    }
}

static void remove_run(struct api_task *task)
{
    const struct people_actor actor = api_task_actor(task);
    struct own_factor shown;

    if (shown_read(task, &shown, 2)) {
        task->status = 204;
        api_task_people(task, own_factor_remove(task->api->store, &actor, &shown));
    }
}

void api_own_factor_remove_post(struct http_request *request, void *context)
{
    if (api_query_known(request)) {
        api_task_start(context, request, remove_run, NULL);
    }
}

static void recode_run(struct api_task *task)
{
    const struct people_actor actor = api_task_actor(task);
    struct own_factor_codes codes;
    struct own_factor shown;

    if (!shown_read(task, &shown, 2)) {
        return;
    }
    const enum people_status status = own_factor_recode(task->api->store, &codes, &actor, &shown);
    api_task_people(task, status);
    if (status == PEOPLE_OK) {
        codes_write(task, &codes);
    }
}

void api_recovery_codes_post(struct http_request *request, void *context)
{
    if (api_query_known(request)) {
        api_task_start(context, request, recode_run, NULL);
    }
}
