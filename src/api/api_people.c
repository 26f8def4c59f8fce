/* /v1/entities, /v1/organisations, /v1/users: the people of the bank. Who may do it is the table's
 * matter; a person moreover reaches only what stands at or below a post that gives the role. */
#include "api/api_people.h"
#include "auth/second_factor.h"

enum { TEXTS_MAX = 5 };

/* What the body and the path of a request say. */
struct people_input {
    struct slice id; /* of the path; empty: none */
    struct slice texts[TEXTS_MAX];
    struct people_post post;
};

bool api_task_texts(struct api_task *task, const char *const *names, size_t required,
                    struct slice *ret_texts)
{
    const struct http_request *request = task->request;
    struct json_error error;
    const struct json_value *body = json_parse(request->arena, &error, request->body);
    bool known = body != NULL && body->type == JSON_OBJECT;
    size_t given = 0;

    for (const struct json_value *member = known ? body->first : NULL; known && member != NULL;
         member = member->next) {
        size_t i = 0;
        while (names[i] != NULL && !slice_equal(member->name, slice_from_cstr(names[i]))) {
            i++;
        }
        known = names[i] != NULL && member->type == JSON_STRING;
        if (known) {
            ret_texts[i] = member->text;
            given += i < required ? 1 : 0;
        }
    }
    if (!known || given < required) {
        api_task_refuse(task, 400, "bad-body",
                        "the body is an object of the texts that the description names",
                        "请求体须为接口说明所列文本字段组成的对象");
        return false;
    }
    return true;
}

void api_task_people(struct api_task *task, enum people_status status)
{
    if (status == PEOPLE_STORE) {
        const enum store_status stored = store_error(task->api->store)->status;
        task->store_status = stored == STORE_OK ? STORE_FAILED : stored;
    } else if (status != PEOPLE_OK) {
        api_task_refuse(task, people_status_http(status), people_status_slug(status).data,
                        people_status_text(status, false).data,
                        people_status_text(status, true).data);
    }
}

static struct people_input *input_new(struct http_request *request)
{
    struct people_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return NULL;
    }
    *input = (struct people_input){0};
    return input;
}

/* Starts a task. What the body says is read by it, behind the judgement of who asks. */
static void people_task(struct http_request *request, void *context,
                        void (*work)(struct api_task *task))
{
    struct people_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        input->id = request->param_count > 0 ? request->params[0] : SLICE("");
        api_task_start(context, request, work, input);
    }
}

/* ---- how far a person reaches ---- */

struct reach {
    struct api_task *task;
    struct slice user;         /* else */
    struct slice organisation; /* of this one */
    bool within;
    enum people_status status;
};

static enum store_status reach_work(struct store *store, void *context)
{
    struct reach *reach = context;
    struct people_organisation place = {0};
    struct people_user user;
    struct slice id = reach->organisation;

    reach->status = PEOPLE_OK;
    if (reach->user.size > 0) {
        reach->status = people_user_read(store, &user, &reach->task->arena, reach->user);
        id = reach->status == PEOPLE_OK ? user.organisation : id;
    }
    if (reach->status == PEOPLE_OK) {
        reach->status = people_organisation_read(store, &place, &reach->task->arena, id);
    }
    reach->within = reach->status == PEOPLE_OK && api_task_sees(reach->task, place.path);
    return reach->status == PEOPLE_STORE ? STORE_REFUSED : STORE_OK;
}

bool api_task_reaches(struct api_task *task, struct slice user, struct slice organisation)
{
    struct reach reach = {.task = task, .user = user, .organisation = organisation};

    if (!api_task_bounded(task)) {
        return true;
    }
    const enum store_status status =
        store_transact(task->api->store, STORE_READ, reach_work, &reach);
    if (status != STORE_OK) {
        task->store_status = status;
        return false;
    }
    if (!reach.within) {
        api_task_people(task, PEOPLE_NOT_FOUND);
    }
    return reach.within;
}

static void id_reply(struct api_task *task, struct slice id)
{
    struct json_writer writer;

    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_text_member(&writer, "id", id);
    json_object_end(&writer);
    task->status = 201;
}

/* ---- legal entities and organisations ---- */

static void entity_run(struct api_task *task)
{
    static const char *const names[] = {"id", "name", NULL};
    struct people_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);

    if (!api_task_texts(task, names, 2, input->texts)) {
        return;
    }
    const enum people_status status =
        people_entity_add(task->api->store, &actor, input->texts[0], input->texts[1]);
    api_task_people(task, status);
    if (status == PEOPLE_OK) {
        id_reply(task, input->texts[0]);
    }
}

void api_entities_post(struct http_request *request, void *context)
{
    people_task(request, context, entity_run);
}

static void organisation_run(struct api_task *task)
{
    static const char *const names[] = {"id", "name", "parent", "legal_entity", NULL};
    struct people_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);

    if (!api_task_texts(task, names, 2, input->texts)) {
        return;
    }
    const struct people_organisation wanted = {.id = input->texts[0],
                                               .name = input->texts[1],
                                               .parent = input->texts[2],
                                               .legal_entity = input->texts[3]};
    /* A root is nobody's but the installation's. */
    if (api_task_bounded(task) && wanted.parent.size == 0) {
        api_task_people(task, PEOPLE_NOT_FOUND);
        return;
    }
    if (!api_task_reaches(task, SLICE(""), wanted.parent)) {
        return;
    }
    const enum people_status status = people_organisation_add(task->api->store, &actor, &wanted);
    api_task_people(task, status);
    if (status == PEOPLE_OK) {
        id_reply(task, wanted.id);
    }
}

void api_organisations_post(struct http_request *request, void *context)
{
    people_task(request, context, organisation_run);
}

/* ---- users ---- */

static void user_run(struct api_task *task)
{
    static const char *const names[] = {"id", "login", "name", "organisation", "person", NULL};
    struct people_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);

    if (!api_task_texts(task, names, 4, input->texts)) {
        return;
    }
    const struct people_user wanted = {.id = input->texts[0],
                                       .login = input->texts[1],
                                       .name = input->texts[2],
                                       .organisation = input->texts[3],
                                       .person = input->texts[4]};
    if (!api_task_reaches(task, SLICE(""), wanted.organisation)) {
        return;
    }
    const enum people_status status = people_user_add(task->api->store, &actor, &wanted);
    api_task_people(task, status);
    if (status == PEOPLE_OK) {
        id_reply(task, wanted.id);
    }
}

void api_users_post(struct http_request *request, void *context)
{
    people_task(request, context, user_run);
}

static void password_run(struct api_task *task)
{
    static const char *const names[] = {"password", NULL};
    struct people_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);

    if (api_task_texts(task, names, 1, input->texts) &&
        api_task_reaches(task, input->id, SLICE(""))) {
        task->status = 204;
        api_task_people(task, people_password_set(task->api->store, &actor, input->id,
                                                  input->texts[0], &task->api->refused));
    }
}

void api_user_password_put(struct http_request *request, void *context)
{
    people_task(request, context, password_run);
}

static void factor_run(struct api_task *task)
{
    const struct people_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);

    if (api_task_reaches(task, input->id, SLICE(""))) {
        task->status = 204;
        api_task_people(task, second_factor_reset(task->api->store, &actor, input->id));
    }
}

void api_user_factor_delete(struct http_request *request, void *context)
{
    people_task(request, context, factor_run);
}

static void disable(struct api_task *task, bool disabled)
{
    const struct people_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);

    if (api_task_reaches(task, input->id, SLICE(""))) {
        task->status = 204;
        api_task_people(task, people_user_disable(task->api->store, &actor, input->id, disabled));
    }
}

static void disable_run(struct api_task *task)
{
    disable(task, true);
}

static void enable_run(struct api_task *task)
{
    disable(task, false);
}

void api_user_disable_post(struct http_request *request, void *context)
{
    people_task(request, context, disable_run);
}

void api_user_enable_post(struct http_request *request, void *context)
{
    people_task(request, context, enable_run);
}

static void identity_run(struct api_task *task)
{
    static const char *const names[] = {"issuer", "subject", NULL};
    struct people_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);

    if (api_task_texts(task, names, 1, input->texts) &&
        api_task_reaches(task, input->id, SLICE(""))) {
        task->status = 204;
        api_task_people(task, people_identity_set(task->api->store, &actor, input->id,
                                                  input->texts[0], input->texts[1]));
    }
}

void api_user_identity_put(struct http_request *request, void *context)
{
    people_task(request, context, identity_run);
}

/* ---- posts ---- */

/* Role and dates of a post; refuses when they are wrong. */
static bool post_read(struct api_task *task, struct people_input *input)
{
    struct people_post *post = &input->post;

    *post = (struct people_post){.organisation = input->texts[0], .since = 0, .until = TIME_NONE};
    if (!role_from_name(input->texts[1], &post->role)) {
        api_task_refuse(task, 400, "bad-role", "there is no such role", "没有该角色");
        return false;
    }
    if ((input->texts[2].size > 0 && !time_parse(input->texts[2], &post->since)) ||
        (input->texts[3].size > 0 && !time_parse(input->texts[3], &post->until))) {
        api_task_refuse(task, 400, "bad-dates", "since and until are RFC 3339 times in UTC",
                        "since 与 until 须为 RFC 3339 的 UTC 时间");
        return false;
    }
    return true;
}

static void give_run(struct api_task *task)
{
    static const char *const names[] = {"organisation", "role", "since", "until", NULL};
    struct people_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);

    if (!api_task_texts(task, names, 2, input->texts) || !post_read(task, input) ||
        !api_task_reaches(task, input->id, SLICE("")) ||
        !api_task_reaches(task, SLICE(""), input->post.organisation)) {
        return;
    }
    const enum people_status status =
        people_post_give(task->api->store, &actor, input->id, &input->post);
    api_task_people(task, status);
    if (status == PEOPLE_OK) {
        id_reply(task, input->id);
    }
}

void api_user_posts_post(struct http_request *request, void *context)
{
    people_task(request, context, give_run);
}

static void take_run(struct api_task *task)
{
    const struct people_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);
    enum role role;

    if (!role_from_name(task->request->params[2], &role)) {
        api_task_people(task, PEOPLE_NOT_FOUND);
    } else if (api_task_reaches(task, input->id, SLICE(""))) {
        task->status = 204;
        api_task_people(task, people_post_take(task->api->store, &actor, input->id,
                                               task->request->params[1], role));
    }
}

void api_user_post_delete(struct http_request *request, void *context)
{
    people_task(request, context, take_run);
}
