/* /v1/oidc: who signs in with an issuer. `start` makes a state, a nonce and a PKCE verifier that
 * stay here, and a binding that the browser keeps: a code is taken once, within ten minutes, and
 * only from who began. The issuer is asked on a thread of its own; the session is made as any
 * other. */
#include "api/api_oidc.h"

#include "api/api_people.h"
#include "api/oidc_link.h"
#include "auth/session.h"
#include "base/base64.h"
#include "os/entropy.h"

enum {
    WORD_BYTES = 32,
    WORD_SIZE = 43,   /* characters of base64url */
    FLOWS_MAX = 1024, /* sign-ins under way; beyond, the oldest is forgotten */
    FLOW_SECONDS = 600,
    JOBS_MAX = 64,
    CODE_MAX = 2048, /* bytes */
};

struct flow {
    time_us begun; /* 0: free */
    char state[WORD_SIZE];
    char nonce[WORD_SIZE];
    char verifier[WORD_SIZE];
    char binding[WORD_SIZE];
};

struct api_oidc {
    const struct oidc_config *config;
    struct jobs *jobs;
    struct oidc_link *link;
    struct flow flows[FLOWS_MAX];
};

/* One question to the issuer; lives in the request's arena. */
struct oidc_job {
    struct jobs_item job;
    struct api *api;
    struct http_request *request;
    struct flow flow;
    struct slice code;
    struct arena arena;
    struct buffer location;
    struct slice subject;
    const char *why;
    enum oidc_status status;
    /* Of the session. */
    struct session_begun begun;
    enum people_status came_to;
};

enum os_status api_oidc_open(struct api *api, const struct oidc_config *config)
{
    struct api_oidc *oidc = memory_allocate(sizeof(*oidc));

    REQUIRE(oidc != NULL, OS_EXHAUSTED);
    memset(oidc, 0, sizeof(*oidc));
    oidc->config = config;
    oidc->link = oidc_link_new(config);
    api->oidc = oidc;
    REQUIRE(oidc->link != NULL, OS_EXHAUSTED);
    return jobs_open(&oidc->jobs, api->reactor, JOBS_MAX);
}

void api_oidc_close(struct api *api)
{
    if (api->oidc != NULL) {
        jobs_close(api->oidc->jobs);
        oidc_link_free(api->oidc->link);
        explicit_bzero(api->oidc, sizeof(*api->oidc));
        memory_free(api->oidc);
        api->oidc = NULL;
    }
}

static void word_make(char ret_word[WORD_SIZE])
{
    uint8_t bytes[WORD_BYTES];

    os_entropy_fill(bytes, sizeof(bytes));
    base64url_write(ret_word, bytes, sizeof(bytes));
    explicit_bzero(bytes, sizeof(bytes));
}

/* ---- sign-ins under way ---- */

static struct flow *flow_new(struct api_oidc *oidc, time_us now)
{
    struct flow *flow = &oidc->flows[0];

    for (size_t i = 1; i < FLOWS_MAX; i++) {
        flow = oidc->flows[i].begun < flow->begun ? &oidc->flows[i] : flow;
    }
    flow->begun = now;
    word_make(flow->state);
    word_make(flow->nonce);
    word_make(flow->verifier);
    word_make(flow->binding);
    return flow;
}

static bool word_is(const char word[WORD_SIZE], struct slice text)
{
    return text.size == WORD_SIZE &&
           secret_equal((const uint8_t *)word, (const uint8_t *)text.data, WORD_SIZE);
}

/* Takes a sign-in out: whoever shows its state ends it, so that none is answered twice. */
static bool flow_take(struct api_oidc *oidc, struct flow *ret_flow, struct slice state,
                      struct slice binding, time_us now)
{
    for (size_t i = 0; i < FLOWS_MAX; i++) {
        struct flow *flow = &oidc->flows[i];
        if (flow->begun == 0 || !word_is(flow->state, state)) {
            continue;
        }
        *ret_flow = *flow;
        explicit_bzero(flow, sizeof(*flow));
        return word_is(ret_flow->binding, binding) &&
               now < ret_flow->begun + FLOW_SECONDS * US_PER_SECOND;
    }
    return false;
}

/* ---- what both routes share ---- */

static const struct {
    unsigned http;
    const char *slug;
    const char *english;
    const char *chinese;
} statuses[OIDC_STATUS_COUNT] = {
#define X(name, http, slug, english, chinese) {http, slug, english, chinese},
    OIDC_STATUS_LIST(X)
#undef X
};

static void refuse(struct http_request *request, enum oidc_status status)
{
    api_problem(request, statuses[status].http, slice_from_cstr(statuses[status].slug),
                statuses[status].english, statuses[status].chinese);
}

/* True when there is an issuer and this address may try. */
static bool open_judge(struct api *api, struct http_request *request)
{
    if (!api_query_known(request)) {
        return false;
    }
    if (api->oidc == NULL) {
        api_problem(request, 404, SLICE("no-issuer"), "no issuer is configured here",
                    "未配置身份提供方");
        return false;
    }
    if (!auth_sign_in_allowed(api->auth, request->peer_address, api_now())) {
        api_problem_auth(request, AUTH_THROTTLED);
        return false;
    }
    return true;
}

static struct oidc_job *job_new(struct api *api, struct http_request *request,
                                void (*run)(struct jobs_item *job),
                                void (*done)(struct jobs_item *job))
{
    struct oidc_job *job = arena_take(request->arena, sizeof(*job));

    if (job == NULL) {
        api_problem_memory(request);
        return NULL;
    }
    *job = (struct oidc_job){
        .job = {.run = run, .done = done}, .api = api, .request = request, .came_to = PEOPLE_STORE};
    arena_init(&job->arena, 8 << 20);
    return job;
}

static void job_submit(struct oidc_job *job)
{
    if (jobs_submit(job->api->oidc->jobs, &job->job) != OS_OK) {
        api_problem(job->request, 503, SLICE("too-busy"), "too much is waiting; try again",
                    "排队过多，请重试");
    }
}

/* ---- where to go ---- */

static void start_run(struct jobs_item *item)
{
    struct oidc_job *job = (struct oidc_job *)(void *)item;
    uint8_t digest[SHA256_SIZE];
    char challenge[WORD_SIZE];

    sha256_of(slice_of(job->flow.verifier, WORD_SIZE), digest);
    base64url_write(challenge, digest, sizeof(digest));
    job->status = oidc_link_location(
        job->api->oidc->link, &job->location, slice_of(job->flow.state, WORD_SIZE),
        slice_of(job->flow.nonce, WORD_SIZE), slice_of(challenge, WORD_SIZE));
}

static void start_done(struct jobs_item *item)
{
    struct oidc_job *job = (struct oidc_job *)(void *)item;
    struct buffer body = {0};
    struct json_writer writer;

    if (job->status == OIDC_OK) {
        json_writer_init(&writer, &body);
        json_object_begin(&writer);
        api_text_member(&writer, "location", buffer_slice(&job->location));
        api_text_member(&writer, "state", slice_of(job->flow.state, WORD_SIZE));
        api_text_member(&writer, "binding", slice_of(job->flow.binding, WORD_SIZE));
        json_object_end(&writer);
    }
    const enum oidc_status status = job->status;
    struct http_request *request = job->request;
    buffer_release(&job->location);
    arena_release(&job->arena);
    explicit_bzero(&job->flow, sizeof(job->flow));
    if (status == OIDC_OK) {
        api_reply_json(request, 201, &body);
    } else {
        refuse(request, status);
    }
}

void api_oidc_start(struct http_request *request, void *context)
{
    struct api *api = context;
    struct oidc_job *job =
        open_judge(api, request) ? job_new(api, request, start_run, start_done) : NULL;

    if (job != NULL) {
        job->flow = *flow_new(api->oidc, api_now());
        job_submit(job);
    }
}

/* ---- the session ---- */

/* On the thread of the store. */
static void session_run(struct api_task *task)
{
    struct oidc_job *job = task->input;
    const struct sign_in_identity sign_in = {.issuer = job->api->oidc->config->issuer,
                                             .subject = job->subject,
                                             .why = job->why,
                                             .factor_roles = task->api->factor_roles,
                                             .address = task->request->peer_address,
                                             .now = task->now};

    job->came_to = session_begin_identity(task->api->store, &job->begun, &sign_in);
    api_session_reply(task, &job->begun, job->came_to);
}

static void session_finished(struct api_task *task)
{
    const struct oidc_job *job = task->input;

    if (job->came_to == PEOPLE_REFUSED || job->came_to == PEOPLE_LOCKED) {
        auth_sign_in_refused(task->api->auth, task->request->peer_address, task->now);
    }
}

static void exchange_run(struct jobs_item *item)
{
    struct oidc_job *job = (struct oidc_job *)(void *)item;

    job->status = oidc_link_exchange(job->api->oidc->link, &job->subject, &job->why, &job->arena,
                                     job->code, slice_of(job->flow.verifier, WORD_SIZE),
                                     slice_of(job->flow.nonce, WORD_SIZE));
    explicit_bzero(&job->flow, sizeof(job->flow));
}

/* What the issuer, or its token, was refused for goes to the trail too: with nobody as subject. */
static void exchange_done(struct jobs_item *item)
{
    struct oidc_job *job = (struct oidc_job *)(void *)item;

    if (job->status == OIDC_OK) {
        job->subject = arena_copy(job->request->arena, job->subject);
        job->status = job->subject.data == NULL ? OIDC_NO_MEMORY : OIDC_OK;
    } else {
        job->subject = SLICE("");
    }
    arena_release(&job->arena);
    if (job->status == OIDC_UNREACHABLE || job->status == OIDC_NO_MEMORY) {
        refuse(job->request, job->status);
        return;
    }
    api_task_start_finished(job->api, job->request, session_run, job, session_finished);
}

/* {"state", "code", "binding"}. */
static bool body_read(struct http_request *request, struct slice ret_texts[3])
{
    static const char *const names[] = {"state", "code", "binding"};
    struct json_error error;
    const struct json_value *body = json_parse(request->arena, &error, request->body);
    bool good = body != NULL && body->type == JSON_OBJECT && body->count == 3;

    for (size_t i = 0; good && i < 3; i++) {
        const struct json_value *member = json_member(body, slice_from_cstr(names[i]));
        good = member != NULL && member->type == JSON_STRING && member->text.size > 0;
        ret_texts[i] = good ? member->text : SLICE("");
    }
    if (!good || ret_texts[1].size > CODE_MAX) {
        api_problem(request, 400, SLICE("bad-body"),
                    "the body is an object of the texts state, code and binding",
                    "请求体须为由文本 state、code、binding 组成的对象");
        return false;
    }
    return true;
}

void api_oidc_session(struct http_request *request, void *context)
{
    struct api *api = context;
    struct slice texts[3];

    if (!open_judge(api, request) || !body_read(request, texts)) {
        return;
    }
    struct oidc_job *job = job_new(api, request, exchange_run, exchange_done);
    if (job == NULL) {
        return;
    }
    job->code = texts[1];
    if (!flow_take(api->oidc, &job->flow, texts[0], texts[2], api_now())) {
        job->why = "its state is not of a sign-in that is under way";
        job->status = OIDC_REFUSED;
        exchange_done(&job->job);
        return;
    }
    job_submit(job);
}
