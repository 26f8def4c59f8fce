/* /v1/pack-activations: which pack is in force where; proposed by one person, activated by another.
 */
#include "api/api_customer.h"
#include "api/api_list.h"
#include "api/api_pack.h"
#include "api/api_people.h"

#define PREVIOUS "previous" /* in place of a hash: what was active before */

struct activation_input {
    struct api_task *task;
    int64_t number;
    struct slice organisation;
    time_us at;
    int64_t below; /* of a list: numbers below this */
    size_t count;
    struct pack_activation *activations;
    size_t found;
    const struct pack *pack;
    const struct pack *before;
    struct slice texts[3];
    enum pack_status status;
};

/* Numbers that are none are nobody's. */
static struct activation_input *input_new(struct http_request *request)
{
    struct activation_input *input = arena_take(request->arena, sizeof(*input));
    uint64_t number = 0;

    if (input == NULL) {
        api_problem_memory(request);
        return NULL;
    }
    *input = (struct activation_input){.below = INT64_MAX, .count = 1, .at = INT64_MAX};
    if (request->param_count > 0 && slice_to_u64(request->params[0], INT64_MAX, &number)) {
        input->number = (int64_t)number;
    }
    return input;
}

static void activation_task(struct http_request *request, void *context,
                            void (*work)(struct api_task *task))
{
    struct activation_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start(context, request, work, input);
    }
}

static enum store_status done(struct activation_input *input, enum pack_status status)
{
    input->status = status;
    return status == PACK_STATUS_STORE ? STORE_REFUSED : STORE_OK;
}

static bool read_run(struct api_task *task, store_work work)
{
    struct activation_input *input = task->input;

    input->task = task;
    task->store_status = store_transact(task->api->store, STORE_READ, work, input);
    if (task->store_status != STORE_OK) {
        return false;
    }
    api_task_pack(task, input->status);
    return input->status == PACK_STATUS_OK;
}

/* ---- writing one ---- */

static void text(struct json_writer *writer, const char *name, struct slice value)
{
    if (value.size > 0) {
        api_text_member(writer, name, value);
    }
}

static void members_write(struct json_writer *writer, const struct pack_activation *activation)
{
    api_number_member(writer, "number", (uint64_t)activation->number);
    api_text_member(writer, "organisation", activation->organisation);
    api_text_member(writer, "pack", activation->pack);
    text(writer, "before", activation->before);
    json_name(writer, SLICE("roll_back"));
    json_bool(writer, activation->roll_back);
    api_text_member(writer, "reason", activation->reason);
    api_text_member(writer, "state", activation->state);
    api_time_member(writer, "proposed", activation->proposed);
    api_text_member(writer, "proposed_by", activation->proposed_by);
    if (activation->decided != TIME_NONE) {
        api_time_member(writer, "decided", activation->decided);
        api_text_member(writer, "decided_by", activation->decided_by);
    }
    text(writer, "decision_reason", activation->decision_reason);
    if (activation->ended != TIME_NONE) {
        api_time_member(writer, "ended", activation->ended);
    }
}

/* Its state only goes forward, which makes it a version. */
static int64_t version_of(const struct pack_activation *activation)
{
    return activation->decided == TIME_NONE ? 1 : activation->ended == TIME_NONE ? 2 : 3;
}

/* ---- the list ---- */

static enum store_status list_work(struct store *store, void *context)
{
    struct activation_input *input = context;
    struct arena *arena = &input->task->arena;
    struct slice path = SLICE("/");

    if (input->organisation.size > 0) {
        struct people_organisation place;
        const enum people_status status =
            people_organisation_read(store, &place, arena, input->organisation);
        REQUIRE(status == PEOPLE_OK,
                done(input, status == PEOPLE_STORE ? PACK_STATUS_STORE : PACK_STATUS_NOT_FOUND));
        path = place.path;
    }
    return done(input, pack_activation_list(store, &input->activations, &input->found, arena, path,
                                            input->below, input->count));
}

static void list_run(struct api_task *task)
{
    struct activation_input *input = task->input;
    struct json_writer writer;

    if (!read_run(task, list_work)) {
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < input->found; i++) {
        if (api_task_sees(task, input->activations[i].path)) {
            json_object_begin(&writer);
            members_write(&writer, &input->activations[i]);
            json_object_end(&writer);
        }
    }
    api_items_end_numbered(&writer, task->request, input->found == input->count,
                           input->found == 0 ? 0 : input->activations[input->found - 1].number);
}

void api_activations_list(struct http_request *request, void *context)
{
    struct activation_input *input = input_new(request);

    if (input == NULL || !api_list_read_numbered(request, &input->count, &input->below)) {
        return;
    }
    input->organisation = http_request_query(request, SLICE("organisation"));
    api_task_start(context, request, list_run, input);
}

/* ---- one ---- */

static enum pack_status seen(struct activation_input *input, enum pack_status status)
{
    return status == PACK_STATUS_OK && !api_task_sees(input->task, input->activations->path)
               ? PACK_STATUS_NOT_FOUND
               : status;
}

static enum store_status get_work(struct store *store, void *context)
{
    struct activation_input *input = context;
    struct arena *arena = &input->task->arena;

    input->activations = arena_take(arena, sizeof(*input->activations));
    REQUIRE(input->activations != NULL, done(input, PACK_STATUS_NO_MEMORY));
    return done(input,
                seen(input, pack_activation_read(store, input->activations, arena, input->number)));
}

/* With the packs that it leads from and to. */
static enum store_status compare_work(struct store *store, void *context)
{
    struct activation_input *input = context;
    struct pack_shelf *shelf = &input->task->api->packs;

    TRY(get_work(store, context));
    REQUIRE(input->status == PACK_STATUS_OK, STORE_OK);
    const struct pack_activation *activation = input->activations;
    enum pack_status status = pack_shelf_take(shelf, &input->pack, store, activation->pack);
    input->before = NULL;
    if (status == PACK_STATUS_OK && activation->before.size > 0) {
        status = pack_shelf_take(shelf, &input->before, store, activation->before);
    }
    return done(input, status);
}

static void get_run(struct api_task *task)
{
    struct activation_input *input = task->input;
    struct json_writer writer;

    if (!read_run(task, compare_work)) {
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    members_write(&writer, input->activations);
    if (api_pack_difference_member(task, &writer, input->before, input->pack)) {
        json_object_end(&writer);
        api_task_version(task, version_of(input->activations));
    }
}

void api_activation_get(struct http_request *request, void *context)
{
    activation_task(request, context, get_run);
}

/* ---- in force ---- */

static enum store_status force_work(struct store *store, void *context)
{
    struct activation_input *input = context;
    struct arena *arena = &input->task->arena;
    struct people_organisation place;

    input->activations = arena_take(arena, sizeof(*input->activations));
    REQUIRE(input->activations != NULL, done(input, PACK_STATUS_NO_MEMORY));
    const enum people_status found =
        people_organisation_read(store, &place, arena, input->organisation);
    REQUIRE(found != PEOPLE_STORE, done(input, PACK_STATUS_STORE));
    REQUIRE(found == PEOPLE_OK && api_task_sees(input->task, place.path),
            done(input, PACK_STATUS_NOT_FOUND));
    const enum pack_status status =
        pack_in_force(store, input->activations, arena, place.path, input->at);
    input->found = status == PACK_STATUS_OK;
    return done(input, status == PACK_STATUS_NOT_FOUND ? PACK_STATUS_OK : status);
}

static void force_run(struct api_task *task)
{
    struct activation_input *input = task->input;
    struct json_writer writer;

    if (!read_run(task, force_work)) {
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_text_member(&writer, "organisation", input->organisation);
    if (input->found > 0) {
        json_name(&writer, SLICE("activation"));
        json_object_begin(&writer);
        members_write(&writer, input->activations);
        json_object_end(&writer);
    }
    json_object_end(&writer);
}

void api_organisation_pack(struct http_request *request, void *context)
{
    struct activation_input *input = input_new(request);

    if (input != NULL && api_query_known(request) && api_query_time(request, "at", &input->at)) {
        input->organisation = request->params[0];
        api_task_start(context, request, force_run, input);
    }
}

/* ---- proposing and deciding ---- */

static void number_reply(struct api_task *task, int64_t number, unsigned success)
{
    struct json_writer writer;

    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_number_member(&writer, "number", (uint64_t)number);
    json_object_end(&writer);
    task->status = success;
}

/* Whether the organisation is one that who asks may act on; refuses and returns false when not. */
static bool place_seen(struct api_task *task, struct slice organisation)
{
    struct activation_input *input = task->input;

    input->organisation = organisation;
    return read_run(task, force_work);
}

static void propose_run(struct api_task *task)
{
    static const char *const names[] = {"organisation", "pack", "reason", NULL};
    struct activation_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);
    int64_t number = 0;

    if (!api_task_texts(task, names, 3, input->texts) || !place_seen(task, input->texts[0])) {
        return;
    }
    const struct pack_proposal proposal = {
        .organisation = input->texts[0],
        .pack = slice_equal(input->texts[1], SLICE(PREVIOUS)) ? SLICE("") : input->texts[1],
        .reason = input->texts[2]};
    /* An empty text is no hash, and no wish to roll back either. */
    const enum pack_status status =
        input->texts[1].size == 0 ? PACK_STATUS_NOT_FOUND
                                  : pack_propose(task->api->store, &actor, &number, &proposal);
    api_task_pack(task, status);
    if (status == PACK_STATUS_OK) {
        number_reply(task, number, 201);
    }
}

void api_activations_post(struct http_request *request, void *context)
{
    activation_task(request, context, propose_run);
}

/* If-Match, the place, then the decision: false when it was refused. */
static bool decidable(struct api_task *task, const char *name)
{
    struct activation_input *input = task->input;
    const char *const names[] = {name, NULL};

    return api_task_texts(task, names, 1, input->texts) && read_run(task, get_work) &&
           api_task_matches(task, version_of(input->activations), false);
}

static void activate_run(struct api_task *task)
{
    struct activation_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);

    if (!decidable(task, "pack")) {
        return;
    }
    const enum pack_status status =
        pack_activate(task->api->store, &actor, input->number, input->texts[0]);
    api_task_pack(task, status);
    if (status == PACK_STATUS_OK) {
        number_reply(task, input->number, 200);
    }
}

void api_activation_activate(struct http_request *request, void *context)
{
    activation_task(request, context, activate_run);
}

static void reject_run(struct api_task *task)
{
    struct activation_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);

    if (!decidable(task, "reason")) {
        return;
    }
    const enum pack_status status =
        pack_reject(task->api->store, &actor, input->number, input->texts[0]);
    api_task_pack(task, status);
    if (status == PACK_STATUS_OK) {
        number_reply(task, input->number, 200);
    }
}

void api_activation_reject(struct http_request *request, void *context)
{
    activation_task(request, context, reject_run);
}
