/* /v1/users read: the accounts within reach of who keeps them, one with its posts, its sessions. A
 * look is recorded in the audit trail, in a transaction of its own before anything is shown. */
#include "api/api_list.h"
#include "api/api_people.h"
#include "auth/account.h"

enum {
    CHUNK = 200,       /* accounts read at a time */
    LOOKED_MAX = 4000, /* of a request; a page may be short behind them */
};

static const char *const sorts[] = {"login", "name", "created", NULL};

/* An account with the posts that have not ended. */
struct shown {
    struct account account;
    struct people_post *posts;
    size_t post_count;
};

struct accounts_input {
    struct api_task *task;
    struct account_query query;
    struct slice behind;       /* id of the last account of the page before; empty: none */
    struct slice organisation; /* of the query */
    struct shown *shown;
    size_t wanted;
    size_t count;
    struct account last; /* looked at */
    bool more;
    struct account_session *sessions;
    size_t session_count;
    enum people_status status;
};

static struct accounts_input *input_new(struct http_request *request)
{
    struct accounts_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return NULL;
    }
    *input = (struct accounts_input){.wanted = 1};
    return input;
}

static enum store_status done(struct accounts_input *input, enum people_status status)
{
    input->status = status;
    return status == PEOPLE_OK ? STORE_OK : STORE_REFUSED;
}

/* ---- what is found ---- */

static enum people_status show(struct store *store, struct accounts_input *input,
                               const struct account *account)
{
    struct api_task *task = input->task;
    struct shown *shown = &input->shown[input->count];

    shown->account = *account;
    TRY(people_posts_read(store, &shown->posts, &shown->post_count, &task->arena, account->id,
                          task->now));
    input->count++;
    return PEOPLE_OK;
}

static enum people_status shown_begin(struct accounts_input *input)
{
    input->count = 0;
    input->more = false;
    input->shown = arena_take_array(&input->task->arena, input->wanted, sizeof(*input->shown));
    return input->shown == NULL ? PEOPLE_NO_MEMORY : PEOPLE_OK;
}

/* Where to look: the organisation that is asked for, else the one place that who asks reaches. */
static enum people_status below_find(struct store *store, struct accounts_input *input)
{
    struct api_task *task = input->task;
    struct people_organisation place;
    size_t count = 0;

    if (input->organisation.size > 0) {
        TRY(people_organisation_read(store, &place, &task->arena, input->organisation));
        REQUIRE(api_task_sees(task, place.path), PEOPLE_NOT_FOUND);
        input->query.below = place.path;
        return PEOPLE_OK;
    }
    input->query.below = task->place;
    for (size_t i = 0; i < task->session.post_count; i++) {
        const struct people_post *post = &task->session.posts[i];
        if ((task->people >> post->role & 1) != 0) {
            input->query.below = ++count == 1 ? post->path : SLICE("");
        }
    }
    return PEOPLE_OK;
}

/* One chunk; false when there is nothing behind it that is wanted. */
static enum people_status chunk_read(struct store *store, struct accounts_input *input,
                                     bool *ret_on)
{
    struct account *accounts;
    size_t count;

    TRY(account_page(store, &accounts, &count, &input->task->arena, &input->query));
    for (size_t i = 0; i < count; i++) {
        input->last = accounts[i];
        if (api_task_sees(input->task, accounts[i].path)) {
            TRY(show(store, input, &accounts[i]));
        }
        if (input->count == input->wanted) {
            input->more = i + 1 < count || count == CHUNK;
            *ret_on = false;
            return PEOPLE_OK;
        }
    }
    input->more = count == CHUNK;
    *ret_on = input->more;
    return PEOPLE_OK;
}

/* A cursor tells an id alone: a name may be masked. */
static void key_set(struct accounts_input *input, struct store_value ret_key[2],
                    const struct account *account)
{
    ret_key[0] = input->query.order == ACCOUNT_BY_CREATED ? store_integer(account->created)
                 : input->query.order == ACCOUNT_BY_NAME  ? store_text(account->name)
                                                          : store_text(account->login);
    ret_key[1] = store_text(account->id);
    input->query.behind = ret_key;
}

static enum people_status list_read(struct store *store, struct accounts_input *input)
{
    struct store_value key[2];
    bool on = true;

    TRY(shown_begin(input));
    TRY(below_find(store, input));
    input->query.behind = NULL;
    input->query.count = CHUNK;
    if (input->behind.size > 0) {
        TRY(account_read(store, &input->last, &input->task->arena, input->behind));
        key_set(input, key, &input->last);
    }
    for (size_t looked = 0; on && looked < LOOKED_MAX; looked += CHUNK) {
        TRY(chunk_read(store, input, &on));
        if (on) {
            key_set(input, key, &input->last);
        }
    }
    input->query.behind = NULL;
    return PEOPLE_OK;
}

static enum store_status list_work(struct store *store, void *context)
{
    struct accounts_input *input = context;

    return done(input, list_read(store, input));
}

static enum people_status one_read(struct store *store, struct accounts_input *input)
{
    struct api_task *task = input->task;
    struct account account;

    TRY(shown_begin(input));
    TRY(account_read(store, &account, &task->arena, task->request->params[0]));
    REQUIRE(api_task_sees(task, account.path), PEOPLE_NOT_FOUND);
    TRY(show(store, input, &account));
    return account_sessions(store, &input->sessions, &input->session_count, &task->arena,
                            account.id, task->now);
}

static enum store_status one_work(struct store *store, void *context)
{
    struct accounts_input *input = context;

    return done(input, one_read(store, input));
}

/* ---- the record of looks ---- */

static void looked_write(struct buffer *out, const struct accounts_input *input)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_object_begin(&writer);
    for (size_t i = 0; i < input->count; i++) {
        struct mask_view view;
        api_task_view(input->task, &view, input->shown[i].account.path);
        json_name(&writer, input->shown[i].account.id);
        json_string(&writer,
                    view.of[PERSONAL_STAFF_NAME] == MASK_CLEAR ? SLICE("clear") : SLICE("masked"));
    }
    json_object_end(&writer);
}

static enum store_status look_work(struct store *store, void *context)
{
    const struct accounts_input *input = context;
    const struct api_task *task = input->task;
    struct buffer texts[2] = {0}; /* subject, what was shown */

    buffer_append_cstr(&texts[0], task->request->param_count > 0 ? "user/" : "users");
    if (task->request->param_count > 0) {
        buffer_append(&texts[0], task->request->params[0]);
    }
    looked_write(&texts[1], input);
    const struct trail_entry entry = {.at = task->now,
                                      .actor = task->actor,
                                      .address = task->request->peer_address,
                                      .action = SLICE("personal.read"),
                                      .subject = buffer_slice(&texts[0]),
                                      .after = buffer_slice(&texts[1]),
                                      .reason = task->request->target};
    const bool failed = buffer_failed(&texts[0]) || buffer_failed(&texts[1]);
    const enum store_status status = failed ? STORE_NO_MEMORY : trail_add(store, &entry);
    buffer_release(&texts[0]);
    buffer_release(&texts[1]);
    return status;
}

/* Runs a reading and records it. False: refused. */
static bool looked(struct api_task *task, store_work work)
{
    struct accounts_input *input = task->input;
    struct store *store = task->api->store;

    input->task = task;
    const enum store_status status = store_transact(store, STORE_READ, work, input);
    if (status != STORE_OK && status != STORE_REFUSED) {
        task->store_status = status;
        return false;
    }
    api_task_people(task, input->status);
    if (input->status == PEOPLE_OK && input->count > 0) {
        task->store_status = store_transact(store, STORE_WRITE, look_work, input);
    }
    return input->status == PEOPLE_OK && task->store_status == STORE_OK;
}

/* ---- answers ---- */

static void account_write(struct json_writer *writer, const struct api_task *task,
                          const struct shown *shown)
{
    const struct account *account = &shown->account;
    struct mask_view view;

    api_task_view(task, &view, account->path);
    json_object_begin(writer);
    api_text_member(writer, "id", account->id);
    api_text_member(writer, "login", account->login);
    mask_member(writer, &view, "name", PERSONAL_STAFF_NAME, account->name);
    api_text_member(writer, "organisation", account->organisation);
    api_text_member(writer, "legal_entity", account->legal_entity);
    api_text_member(writer, "person", account->person);
    api_text_member(writer, "state", account_state(account, task->now));
    if (account->disabled != TIME_NONE) {
        api_time_member(writer, "disabled_at", account->disabled);
    } else if (account->locked_until > task->now) {
        api_time_member(writer, "locked_until", account->locked_until);
    }
    api_time_member(writer, "created_at", account->created);
    if (account->password) {
        api_time_member(writer, "password_set_at", account->password_set);
    }
    json_name(writer, SLICE("password_change"));
    json_bool(writer, account->password_change);
    json_name(writer, SLICE("second_factor"));
    json_bool(writer, account->second_factor);
    api_posts_member(writer, shown->posts, shown->post_count);
    json_object_end(writer);
}

static void list_run(struct api_task *task)
{
    const struct accounts_input *input = task->input;
    struct json_writer writer;

    if (!looked(task, list_work)) {
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < input->count; i++) {
        account_write(&writer, task, &input->shown[i]);
    }
    if (input->more) {
        const struct store_value last = store_text(input->last.id);
        api_items_end(&writer, task->request, "t", &last);
    } else {
        api_items_end_last(&writer);
    }
}

/* The filters, each a word or an id; answers 400 and returns false when one is none. */
static bool filters_read(struct http_request *request, struct accounts_input *input)
{
    struct account_query *query = &input->query;
    enum role role;

    input->organisation = http_request_query(request, SLICE("organisation"));
    query->legal_entity = http_request_query(request, SLICE("legal_entity"));
    query->post = http_request_query(request, SLICE("post"));
    query->state = http_request_query(request, SLICE("state"));
    query->role = http_request_query(request, SLICE("role"));
    query->match = http_request_query(request, SLICE("match"));
    const struct slice ids[] = {input->organisation, query->legal_entity, query->post};
    const char *const names[] = {"organisation", "legal_entity", "post"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (ids[i].data != NULL && !people_id_valid(ids[i])) {
            api_problem_parameter(request, names[i], "it is no id", "不是有效标识");
            return false;
        }
    }
    if (query->state.data != NULL && !account_state_known(query->state)) {
        api_problem_parameter(request, "state", "it is active, locked or disabled",
                              "取值为 active、locked 或 disabled");
        return false;
    }
    if (query->role.data != NULL && !role_from_name(query->role, &role)) {
        api_problem_parameter(request, "role", "there is no such role", "没有该角色");
        return false;
    }
    if (query->match.data != NULL && !people_name_valid(query->match)) {
        api_problem_parameter(request, "match", "1 to 120 bytes of text", "须为 1 至 120 字节文本");
        return false;
    }
    return true;
}

void api_users_list(struct http_request *request, void *context)
{
    struct accounts_input *input = input_new(request);
    struct api_cursor cursor;
    size_t sort;

    if (input == NULL || !api_list_sort(request, sorts, &sort, &input->query.descending)) {
        return;
    }
    input->query.order = (enum account_order)sort;
    if (!api_list_read(request, &cursor, "t") || !filters_read(request, input)) {
        return;
    }
    input->behind = cursor.given ? cursor.values[0].bytes : SLICE("");
    input->query.now = api_now();
    input->wanted = cursor.count;
    api_task_start(context, request, list_run, input);
}

static void get_run(struct api_task *task)
{
    const struct accounts_input *input = task->input;
    struct json_writer writer;

    if (looked(task, one_work)) {
        json_writer_init(&writer, &task->body);
        account_write(&writer, task, &input->shown[0]);
    }
}

static void account_task(struct http_request *request, void *context,
                         void (*work)(struct api_task *task))
{
    struct accounts_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start(context, request, work, input);
    }
}

void api_user_get(struct http_request *request, void *context)
{
    account_task(request, context, get_run);
}

/* ---- sessions ---- */

static void sessions_run(struct api_task *task)
{
    const struct accounts_input *input = task->input;
    struct json_writer writer;

    if (!looked(task, one_work)) {
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < input->session_count; i++) {
        const struct account_session *session = &input->sessions[i];
        json_object_begin(&writer);
        api_text_member(&writer, "id", slice_of(session->id, sizeof(session->id)));
        api_time_member(&writer, "created_at", session->created);
        api_time_member(&writer, "seen_at", session->seen);
        api_time_member(&writer, "ends_at", session->created + SESSION_SECONDS * US_PER_SECOND);
        api_text_member(&writer, "address", session->address);
        json_name(&writer, SLICE("password_change"));
        json_bool(&writer, session->confined);
        json_object_end(&writer);
    }
    api_items_end_last(&writer);
}

void api_user_sessions_list(struct http_request *request, void *context)
{
    account_task(request, context, sessions_run);
}

static void sessions_end_run(struct api_task *task)
{
    const struct people_actor actor = {
        .id = task->actor, .address = task->request->peer_address, .now = task->now};

    if (api_task_reaches(task, task->request->params[0], SLICE(""))) {
        task->status = 204;
        api_task_people(task,
                        account_sessions_end(task->api->store, &actor, task->request->params[0]));
    }
}

void api_user_sessions_delete(struct http_request *request, void *context)
{
    account_task(request, context, sessions_end_run);
}
