/* /v1/session: how people sign in and out, and change their password. */
#include "api/api_people.h"
#include "auth/own_password.h"
#include "auth/recovery_code.h"

struct session_input {
    struct slice texts[3]; /* login, password, code */
    struct session_begun begun;
    enum people_status status;
};

void api_session_reply(struct api_task *task, struct session_begun *begun,
                       enum people_status status)
{
    struct json_writer writer;

    api_task_people(task, status);
    if (status != PEOPLE_OK) {
        explicit_bzero(begun->secret, sizeof(begun->secret));
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_text_member(&writer, "session", slice_of(begun->secret, SESSION_SECRET_SIZE));
    api_text_member(&writer, "user", slice_of(begun->user, begun->user_size));
    api_time_member(&writer, "ends", task->now + SESSION_SECONDS * US_PER_SECOND);
    api_number_member(&writer, "idle_seconds", SESSION_IDLE_SECONDS);
    json_name(&writer, SLICE("password_change"));
    json_bool(&writer, begun->confined);
    json_name(&writer, SLICE("second_factor_due"));
    json_bool(&writer, begun->factor_due);
    json_object_end(&writer);
    explicit_bzero(begun->secret, sizeof(begun->secret));
    task->status = 201;
}

static void begin_run(struct api_task *task)
{
    static const char *const names[] = {"login", "password", "code", NULL};
    struct session_input *input = task->input;

    if (!api_task_texts(task, names, 2, input->texts)) {
        return;
    }
    const struct sign_in sign_in = {.login = input->texts[0],
                                    .password = input->texts[1],
                                    .code = input->texts[2],
                                    .ring = task->api->ring,
                                    .factor_roles = task->api->factor_roles,
                                    .address = task->request->peer_address,
                                    .now = task->now};

    input->status = session_begin(task->api->store, &input->begun, &sign_in);
    api_session_reply(task, &input->begun, input->status);
}

/* Wrong attempts count for the address too: each costs the work of a hash. */
static void begin_finished(struct api_task *task)
{
    const struct session_input *input = task->input;

    if (input->status == PEOPLE_REFUSED || input->status == PEOPLE_LOCKED) {
        auth_sign_in_refused(task->api->auth, task->request->peer_address, task->now);
    }
}

void api_session_post(struct http_request *request, void *context)
{
    struct api *api = context;
    struct session_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return;
    }
    *input = (struct session_input){.status = PEOPLE_STORE};
    if (!api_query_known(request)) {
        return;
    }
    if (!auth_sign_in_allowed(api->auth, request->peer_address, api_now())) {
        api_problem_auth(request, AUTH_THROTTLED);
        return;
    }
    api_task_start_finished(api, request, begin_run, input, begin_finished);
}

static void end_run(struct api_task *task)
{
    const struct people_actor actor = {
        .id = task->actor, .address = task->request->peer_address, .now = task->now};

    task->status = 204;
    api_task_people(task, session_end(task->api->store, api_session_secret(task->request), &actor));
}

void api_session_delete(struct http_request *request, void *context)
{
    if (api_query_known(request)) {
        api_task_start(context, request, end_run, NULL);
    }
}

void api_posts_member(struct json_writer *writer, const struct people_post *posts, size_t count)
{
    json_name(writer, SLICE("posts"));
    json_array_begin(writer);
    for (size_t i = 0; i < count; i++) {
        json_object_begin(writer);
        api_text_member(writer, "organisation", posts[i].organisation);
        api_text_member(writer, "legal_entity", posts[i].legal_entity);
        api_text_member(writer, "role", role_name(posts[i].role));
        api_time_member(writer, "since", posts[i].since);
        if (posts[i].until != TIME_NONE) {
            api_time_member(writer, "until", posts[i].until);
        }
        json_object_end(writer);
    }
    json_array_end(writer);
}

struct left {
    struct api_task *task;
    uint64_t count; /* of recovery codes */
};

static enum store_status left_work(struct store *store, void *context)
{
    struct left *left = context;
    struct api_task *task = left->task;

    return recovery_codes_count(store, &left->count, &task->arena, task->session.user) == PEOPLE_OK
               ? STORE_OK
               : STORE_REFUSED;
}

static void get_run(struct api_task *task)
{
    const struct session *session = &task->session;
    struct left left = {.task = task};
    struct json_writer writer;

    const enum store_status status = store_transact(task->api->store, STORE_READ, left_work, &left);
    if (status != STORE_OK) {
        task->store_status = status == STORE_REFUSED ? STORE_FAILED : status;
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_text_member(&writer, "user", session->user);
    api_text_member(&writer, "organisation", session->organisation);
    json_name(&writer, SLICE("password_change"));
    json_bool(&writer, session->confined);
    json_name(&writer, SLICE("second_factor"));
    json_bool(&writer, session->factor);
    json_name(&writer, SLICE("second_factor_due"));
    json_bool(&writer, session_factor_due(session, task->api->factor_roles));
    api_number_member(&writer, "recovery_codes", left.count);
    api_posts_member(&writer, session->posts, session->post_count);
    json_object_end(&writer);
}

void api_session_get(struct http_request *request, void *context)
{
    if (api_query_known(request)) {
        api_task_start(context, request, get_run, NULL);
    }
}

static void password_run(struct api_task *task)
{
    static const char *const names[] = {"old_password", "password", NULL};
    const struct people_actor actor = {
        .id = task->actor, .address = task->request->peer_address, .now = task->now};
    struct slice texts[2] = {0};

    if (!api_task_texts(task, names, 2, texts)) {
        return;
    }
    const struct own_password wanted = {.secret = api_session_secret(task->request),
                                        .old = texts[0],
                                        .wanted = texts[1],
                                        .refused = &task->api->refused};
    task->status = 204;
    api_task_people(task, own_password_change(task->api->store, &actor, &wanted));
}

void api_session_password_post(struct http_request *request, void *context)
{
    if (api_query_known(request)) {
        api_task_start(context, request, password_run, NULL);
    }
}
