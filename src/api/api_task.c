#include "api/api_task.h"

#include "auth/permission.h"
#include "credit/sender.h"

void api_task_refuse(struct api_task *task, unsigned status, const char *slug, const char *english,
                     const char *chinese)
{
    task->status = status;
    task->slug = slug;
    task->english = english;
    task->chinese = chinese;
}

bool api_task_bounded(const struct api_task *task)
{
    return task->by_session || task->token.organisation_size > 0;
}

bool api_task_sees(const struct api_task *task, struct slice path)
{
    if (!task->by_session) {
        return !api_task_bounded(task) ||
               (task->place.size > 0 && slice_starts_with(path, task->place));
    }
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        if ((task->people >> role & 1) != 0 &&
            people_sees(task->session.posts, task->session.post_count, (enum role)role, path,
                        task->now)) {
            return true;
        }
    }
    return false;
}

void api_task_view(const struct api_task *task, struct mask_view *ret_view, struct slice path)
{
    if (task->by_session) {
        mask_view_people(
            ret_view, people_roles(task->session.posts, task->session.post_count, path, task->now));
    } else if (api_task_sees(task, path)) {
        mask_view_token(ret_view, &task->token);
    } else {
        *ret_view = (struct mask_view){0};
    }
}

static void refuse_auth(struct api_task *task, unsigned status, enum people_status why)
{
    api_task_refuse(task, status, people_status_slug(why).data, people_status_text(why, false).data,
                    people_status_text(why, true).data);
}

/* Delegation is for tasks: who stands in for another acts on these alone, and sees what the other
 * sees for it. A session's own description tells of own posts. */
static bool stands_in(const struct api_task *task)
{
    return task->session.stead_count > 0 && task->people != PERMISSION_ANY_PERSON &&
           (task->request->method == HTTP_METHOD_GET ||
            slice_starts_with(task->request->path, SLICE("/v1/tasks/")));
}

static bool steads_add(struct api_task *task)
{
    struct session *session = &task->session;
    struct people_post *posts =
        arena_take_array(&task->arena, session->post_count + session->stead_count, sizeof(*posts));

    if (posts == NULL) {
        return false;
    }
    memcpy(posts, session->posts, session->post_count * sizeof(*posts));
    for (size_t i = 0; i < session->stead_count; i++) {
        posts[session->post_count + i] = session->steads[i].post;
    }
    session->posts = posts;
    session->post_count += session->stead_count;
    return true;
}

/* A session is judged here, where the store is; a token was judged before. */
static bool session_admit(struct api_task *task)
{
    bool holds = false;

    const enum people_status status = session_judge(task->api->store, &task->session, &task->arena,
                                                    api_session_secret(task->request), task->now);
    if (status == PEOPLE_STORE) {
        task->store_status = store_error(task->api->store)->status;
        return false;
    }
    if (status != PEOPLE_OK) {
        refuse_auth(task, people_status_http(status), status);
        return false;
    }
    task->actor = task->session.user;
    if (task->session.confined && task->people != PERMISSION_ANY_PERSON) {
        refuse_auth(task, 403, PEOPLE_PASSWORD_CHANGE);
        return false;
    }
    if (task->people != PERMISSION_ANY_PERSON &&
        session_factor_due(&task->session, task->api->factor_roles)) {
        refuse_auth(task, 403, PEOPLE_FACTOR_NEEDED);
        return false;
    }
    if (stands_in(task) && !steads_add(task)) {
        task->store_status = STORE_NO_MEMORY;
        return false;
    }
    for (size_t i = 0; i < task->session.post_count; i++) {
        holds = holds || (task->people >> task->session.posts[i].role & 1) != 0;
    }
    if (!holds && task->people != PERMISSION_ANY_PERSON) {
        api_task_refuse(task, 403, auth_status_slug(AUTH_FORBIDDEN).data,
                        "no post of yours allows this", "您的任职无此权限");
        return false;
    }
    return true;
}

static enum store_status place_work(struct store *store, void *context)
{
    struct api_task *task = context;
    struct people_organisation place;

    const enum people_status status =
        people_organisation_read(store, &place, &task->arena, token_organisation(&task->token));
    task->place = status == PEOPLE_OK ? place.path : SLICE("");
    return status == PEOPLE_OK || status == PEOPLE_NOT_FOUND ? STORE_OK : STORE_REFUSED;
}

/* Where a token's organisation stands; one that does not exist sees nothing. */
static bool token_admit(struct api_task *task)
{
    if (task->token.organisation_size == 0) {
        return true;
    }
    task->store_status = store_transact(task->api->store, STORE_READ, place_work, task);
    if (task->store_status == STORE_OK && task->place.size == 0) {
        api_task_refuse(task, 403, "place-unknown", "the token's organisation does not exist",
                        "令牌所限机构不存在");
    }
    return task->store_status == STORE_OK && task->place.size > 0;
}

static void task_run(struct jobs_item *job)
{
    struct api_task *task = (struct api_task *)(void *)job;

    if (task->by_session ? !session_admit(task) : !token_admit(task)) {
        return;
    }
    if (task->key.size > 0) {
        api_keyed_run(task);
    } else {
        task->work(task);
    }
}

static void store_problem(struct http_request *request, enum store_status status)
{
    const unsigned http = store_status_http(status);
    const struct slice text = store_status_text(status, api_chinese(request));

    if (store_status_again(status)) {
        http_header_add(request, SLICE("Retry-After"), SLICE("1"));
    }
    http_problem(request, http, SLICE("store"), http_status_phrase(http), text);
}

/* An answer of success. */
static void reply(struct http_request *request, const struct api_task *task, struct buffer *body)
{
    const struct slice etag = slice_from_cstr(task->etag);
    const bool fresh =
        task->status == 200 && etag.size > 0 && !task->live &&
        (request->method == HTTP_METHOD_GET || request->method == HTTP_METHOD_HEAD) &&
        api_etag_listed(http_request_header(request, SLICE("if-none-match")), etag, true);
    const unsigned status = fresh ? 304 : task->status;

    if (etag.size > 0) {
        http_header_add(request, SLICE("ETag"), etag);
    }
    if (task->replayed) {
        http_header_add(request, SLICE("Idempotent-Replayed"), SLICE("true"));
    }
    if (status == 204 || status == 304) {
        buffer_release(body);
        http_respond(request, status, SLICE(""), SLICE(""));
    } else {
        api_reply_json(request, status, body);
    }
}

/* A refusal of the work's own. */
static void problem(struct http_request *request, const struct api_task *task)
{
    const struct slice slug = slice_from_cstr(task->slug);
    const struct http_member more = task->more;

    if (more.name.size == 0 || more.value.size == 0) {
        api_problem(request, task->status, slug, task->english, task->chinese);
        return;
    }
    http_problem_with(request, task->status, slug,
                      slice_from_cstr(api_chinese(request) ? task->chinese : task->english), &more);
}

static void task_done(struct jobs_item *job)
{
    struct api_task *task = (struct api_task *)(void *)job;

    if (task->finished != NULL) {
        task->finished(task);
    }
    if (task->request->method != HTTP_METHOD_GET) {
        api_steps_changed(task->api);
        if (task->api->sender != NULL) {
            sender_poke(task->api->sender);
        }
    }
    if (!task->deferred) {
        api_task_answer(task);
    }
}

void api_task_answer(struct api_task *task)
{
    struct http_request *request = task->request;
    struct buffer body = task->body;

    arena_release(&task->arena);
    api_keyed_end(task);
    /* The task lives in the request's arena: nothing of it is touched behind the answer. */
    if (task->slug != NULL) {
        buffer_release(&body);
        problem(request, task);
    } else if (task->store_status != STORE_OK) {
        buffer_release(&body);
        store_problem(request, task->store_status);
    } else {
        reply(request, task, &body);
    }
}

void api_task_leave(struct api_task *task)
{
    arena_release(&task->arena);
    buffer_release(&task->body);
    api_keyed_end(task);
}

void api_task_start(struct api *api, struct http_request *request,
                    void (*work)(struct api_task *task), void *input)
{
    api_task_start_finished(api, request, work, input, NULL);
}

void api_task_start_finished(struct api *api, struct http_request *request,
                             void (*work)(struct api_task *task), void *input,
                             void (*finished)(struct api_task *task))
{
    struct api_task *task = arena_take(request->arena, sizeof(*task));
    const struct auth_token *token = api_token(request);

    if (task == NULL) {
        api_problem_memory(request);
        return;
    }
    *task = (struct api_task){.job = {.run = task_run, .done = task_done},
                              .api = api,
                              .request = request,
                              .now = api_now(),
                              .work = work,
                              .input = input,
                              .finished = finished,
                              .people = api_people(api, request),
                              .by_session = token == NULL && api_session_secret(request).size > 0 &&
                                            api_people(api, request) != 0,
                              .status = 200};
    /* A copy, as tokens belong to the loop. */
    if (token != NULL) {
        task->token = *token;
    }
    task->actor = token == NULL ? SLICE("anybody") : token_id(&task->token);
    arena_init(&task->arena, API_TASK_BYTES);
    if (!api_keyed_begin(task)) {
        return;
    }
    if (jobs_submit(api->jobs, &task->job) != OS_OK) {
        api_keyed_end(task);
        api_problem(request, 503, SLICE("too-busy"), "too much is waiting; try again",
                    "排队过多，请重试");
    }
}

struct people_actor api_task_actor(const struct api_task *task)
{
    return (struct people_actor){
        .id = task->actor, .address = task->request->peer_address, .now = task->now};
}
