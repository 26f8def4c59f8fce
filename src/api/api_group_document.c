/* GET /v1/groups/{id}: one group on a day: its members, what the ties say of each, who ought to be
 * a member by the ties and is none; and of today its limits, as the ledger has them. */
#include "api/api_groups.h"
#include "ledger/command_json.h"

/* ---- from the store ---- */

static enum customer_status from_credit(enum credit_status status)
{
    return status == CREDIT_OK          ? CUSTOMER_OK
           : status == CREDIT_NO_MEMORY ? CUSTOMER_NO_MEMORY
                                        : CUSTOMER_STORE;
}

/* Who reaches the group's organisation sees the limits of all; else of the members within reach. */
static enum customer_status member_seen(struct store *store, bool *ret_seen,
                                        struct groups_input *input, struct slice id)
{
    struct customer customer;

    *ret_seen = customer_reaches(&input->reach, input->group.path);
    if (!*ret_seen) {
        TRY(customer_read(store, &customer, &input->task->arena, id, NULL));
        *ret_seen = customer_seen(&input->reach, &customer);
    }
    return CUSTOMER_OK;
}

static enum customer_status limits_of(struct store *store, struct groups_input *input,
                                      struct slice id)
{
    struct arena *arena = &input->task->arena;
    struct credit_limit *limits;
    struct slice *family;
    struct slice *turned;
    size_t family_count;
    size_t count;
    size_t turned_count;

    TRY(customer_family_read(store, &family, &family_count, arena, id));
    TRY(from_credit(credit_family_limits_read(store, &limits, &count, &turned, &turned_count, arena,
                                              family, family_count)));
    for (size_t i = 0; i < count && input->limit_count < API_TREE_LIMITS_MAX + 1; i++) {
        if (slice_equal(limits[i].legal_entity, input->group.legal_entity) &&
            !slice_equal(limits[i].kind, SLICE("rule"))) {
            input->limits[input->limit_count++] = limits[i];
        }
    }
    return CUSTOMER_OK;
}

static enum customer_status limits_read(struct store *store, struct groups_input *input)
{
    input->limits =
        arena_take_array(&input->task->arena, API_TREE_LIMITS_MAX + 1, sizeof(*input->limits));
    REQUIRE(input->limits != NULL, CUSTOMER_NO_MEMORY);
    for (size_t i = 0; i < input->member_count; i++) {
        bool seen;
        TRY(member_seen(store, &seen, input, input->members[i].customer));
        if (seen) {
            TRY(limits_of(store, input, input->members[i].customer));
        }
    }
    return CUSTOMER_OK;
}

static enum customer_status document_read(struct store *store, struct groups_input *input)
{
    struct api_task *task = input->task;
    struct arena *arena = &task->arena;
    const date_days today = customer_today(task->now);
    const date_days day = input->day == DATE_NONE ? today : input->day;
    struct obligor_group_version *versions;
    size_t count;

    TRY(obligor_group_read(store, &input->group, arena, &input->reach, task->request->params[0]));
    TRY(obligor_group_versions_read(store, &versions, &count, arena, input->group.id, INT64_MAX,
                                    day, 1));
    REQUIRE(count == 1, CUSTOMER_NO_GROUP); /* there was none yet */
    input->version = versions[0];
    TRY(obligor_group_members_read(store, &input->members, &input->member_count, arena,
                                   input->group.id, day));
    TRY(customer_group_read(store, &input->web, arena, input->version.lead, day));
    return day < today ? CUSTOMER_OK : limits_read(store, input);
}

static enum store_status document_work(struct store *store, void *context)
{
    struct groups_input *input = context;

    return api_groups_done(input, document_read(store, input));
}

static void document_run(struct api_task *task)
{
    const struct groups_input *input = task->input;

    if (api_groups_read(task, document_work) && input->day == DATE_NONE) {
        api_task_version(task, input->group.version);
        task->live = true; /* its limits are the ledger's, its ties the customers' */
    }
}

/* ---- why a customer belongs ---- */

static void share_member(struct json_writer *writer, const char *name, uint32_t share)
{
    json_name(writer, slice_from_cstr(name));
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    customer_share_write(writer->buffer, share);
    buffer_append_byte(writer->buffer, '"');
}

static void step_write(struct json_writer *writer, const struct customer_tie *tie)
{
    json_object_begin(writer);
    api_text_member(writer, "customer", tie->customer);
    api_text_member(writer, "kind", customer_tie_name(tie->kind));
    api_text_member(writer, "other", tie->other);
    if (tie->share > 0) {
        share_member(writer, "share", tie->share);
    }
    api_text_member(writer, "reason", tie->reason);
    api_date_member(writer, "since", tie->since);
    json_object_end(writer);
}

static void path_write(struct json_writer *writer, const struct customer_group *web,
                       struct slice customer)
{
    const struct customer_tie *steps[GROUP_PATH_MAX];
    const size_t count = obligor_group_path_find(steps, web, customer);

    json_name(writer, SLICE("path"));
    json_array_begin(writer);
    for (size_t i = 0; i < count; i++) {
        step_write(writer, steps[i]);
    }
    json_array_end(writer);
}

/* Ties by which somebody depends on the customer, or it on somebody. */
static void dependence_write(struct json_writer *writer, const struct customer_group *web,
                             struct slice customer)
{
    json_name(writer, SLICE("dependence"));
    json_array_begin(writer);
    for (size_t i = 0; i < web->tie_count; i++) {
        const struct customer_tie *tie = &web->ties[i];
        if (tie->kind == CUSTOMER_TIE_DEPENDENCE &&
            (slice_equal(tie->customer, customer) || slice_equal(tie->other, customer))) {
            step_write(writer, tie);
        }
    }
    json_array_end(writer);
}

static void basis_write(struct json_writer *writer, const struct customer_group *web,
                        const struct customer_member *found)
{
    api_text_member(writer, "basis",
                    found == NULL       ? SLICE("entered")
                    : found->by_control ? SLICE("control")
                                        : SLICE("dependence"));
    json_name(writer, SLICE("top"));
    json_bool(writer, found != NULL && found->is_top);
    json_name(writer, SLICE("loop"));
    json_bool(writer, found != NULL && found->in_loop);
    if (found != NULL && found->by_control) {
        share_member(writer, "held", obligor_group_held(web, found->id));
        path_write(writer, web, found->id);
    }
    if (found != NULL) {
        dependence_write(writer, web, found->id);
    }
}

static void members_write(struct json_writer *writer, const struct groups_input *input)
{
    json_name(writer, SLICE("members"));
    json_array_begin(writer);
    for (size_t i = 0; i < input->member_count; i++) {
        const struct obligor_group_member *member = &input->members[i];
        json_object_begin(writer);
        api_text_member(writer, "customer", member->customer);
        api_text_member(writer, "reason", member->reason);
        api_date_member(writer, "since", member->since);
        if (member->until != DATE_NONE) {
            api_date_member(writer, "until", member->until);
        }
        basis_write(writer, &input->web, obligor_group_web_member(&input->web, member->customer));
        json_object_end(writer);
    }
    json_array_end(writer);
}

static bool is_member(const struct groups_input *input, struct slice customer)
{
    for (size_t i = 0; i < input->member_count; i++) {
        if (slice_equal(input->members[i].customer, customer)) {
            return true;
        }
    }
    return false;
}

/* Whom the ties name and the bank does not, and who stands at the top. */
static void web_write(struct json_writer *writer, const struct groups_input *input)
{
    const struct customer_group *web = &input->web;

    json_name(writer, SLICE("ultimate_parents"));
    json_array_begin(writer);
    for (size_t i = 0; i < web->member_count; i++) {
        if (web->members[i].is_top) {
            json_string(writer, web->members[i].id);
        }
    }
    json_array_end(writer);
    json_name(writer, SLICE("unlisted"));
    json_array_begin(writer);
    for (size_t i = 0; i < web->member_count; i++) {
        if (!is_member(input, web->members[i].id)) {
            json_object_begin(writer);
            api_text_member(writer, "customer", web->members[i].id);
            basis_write(writer, web, &web->members[i]);
            json_object_end(writer);
        }
    }
    json_array_end(writer);
    json_name(writer, SLICE("complete"));
    json_bool(writer, web->complete);
}

/* ---- limits ---- */

static void limit_write(struct json_writer *writer, const struct ledger *ledger,
                        const struct api_tree_limit *item)
{
    api_tree_limit_begin(writer, item);
    if (item->origin != NULL) {
        api_text_member(writer, "customer", item->origin->customer);
    }
    api_tree_limit_end(writer, ledger, item);
}

static void limits_write(struct json_writer *writer, const struct groups_input *input,
                         struct api_tree *tree, const struct ledger *ledger)
{
    api_tree_take_id(tree, ledger, input->group.limit, NULL);
    for (size_t i = 0; i < input->limit_count; i++) {
        api_tree_take_id(tree, ledger, input->limits[i].id, &input->limits[i]);
    }
    api_tree_order(tree, ledger);
    json_name(writer, SLICE("limits"));
    json_array_begin(writer);
    for (size_t i = 0; i < tree->count; i++) {
        limit_write(writer, ledger, &tree->limits[tree->order[i]]);
    }
    json_array_end(writer);
    json_name(writer, SLICE("more_limits"));
    json_bool(writer, tree->more || input->limit_count > API_TREE_LIMITS_MAX);
}

/* ---- the document ---- */

static void document_finished(struct api_task *task)
{
    const struct groups_input *input = task->input;
    const struct ledger *ledger = engine_ledger(task->api->engine);
    struct obligor_group group = input->group;
    struct json_writer writer;

    if (task->slug != NULL || task->store_status != STORE_OK) {
        return;
    }
    struct api_tree *tree = arena_take(&task->arena, sizeof(*tree));
    if (tree == NULL) {
        api_task_credit(task, CREDIT_NO_MEMORY, NULL);
        return;
    }
    group.version = input->version.version;
    group.name = input->version.name;
    group.organisation = input->version.organisation;
    group.lead = input->version.lead;
    group.merged_into = input->version.merged_into;
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    if (input->limits == NULL) {
        group.limit = SLICE("");
    }
    api_group_members_write(&writer, &group);
    api_date_member(&writer, "as_of",
                    input->day == DATE_NONE ? customer_today(task->now) : input->day);
    members_write(&writer, input);
    web_write(&writer, input);
    if (input->limits != NULL) {
        limits_write(&writer, input, tree, ledger);
    }
    json_object_end(&writer);
    api_moment_headers(task->request, ledger);
}

void api_group_get(struct http_request *request, void *context)
{
    struct groups_input *input = api_groups_input(request);

    if (input == NULL || !api_query_known(request) ||
        !api_query_date(request, "as_of", &input->day)) {
        return;
    }
    api_task_start_finished(context, request, document_run, input, document_finished);
}
