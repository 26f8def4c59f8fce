/* /v1/session: how people sign in and out. */
#include "api/api_people.h"
#include "auth/session.h"

struct session_input {
    struct slice texts[3]; /* login, password, code */
    char secret[SESSION_SECRET_SIZE];
    char user[PEOPLE_ID_MAX];
    size_t user_size;
    enum people_status status;
};

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
                                    .address = task->request->peer_address,
                                    .now = task->now};
    struct json_writer writer;

    input->status =
        session_begin(task->api->store, input->secret, input->user, &input->user_size, &sign_in);
    api_task_people(task, input->status);
    if (input->status != PEOPLE_OK) {
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_text_member(&writer, "session", slice_of(input->secret, SESSION_SECRET_SIZE));
    api_text_member(&writer, "user", slice_of(input->user, input->user_size));
    api_time_member(&writer, "ends", task->now + SESSION_SECONDS * US_PER_SECOND);
    api_number_member(&writer, "idle_seconds", SESSION_IDLE_SECONDS);
    json_object_end(&writer);
    explicit_bzero(input->secret, sizeof(input->secret));
    task->status = 201;
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

static void get_run(struct api_task *task)
{
    const struct session *session = &task->session;
    struct json_writer writer;

    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_text_member(&writer, "user", session->user);
    api_text_member(&writer, "organisation", session->organisation);
    json_name(&writer, SLICE("posts"));
    json_array_begin(&writer);
    for (size_t i = 0; i < session->post_count; i++) {
        const struct people_post *post = &session->posts[i];
        json_object_begin(&writer);
        api_text_member(&writer, "organisation", post->organisation);
        api_text_member(&writer, "legal_entity", post->legal_entity);
        api_text_member(&writer, "role", role_name(post->role));
        api_time_member(&writer, "since", post->since);
        if (post->until != TIME_NONE) {
            api_time_member(&writer, "until", post->until);
        }
        json_object_end(&writer);
    }
    json_array_end(&writer);
    json_object_end(&writer);
}

void api_session_get(struct http_request *request, void *context)
{
    if (api_query_known(request)) {
        api_task_start(context, request, get_run, NULL);
    }
}
