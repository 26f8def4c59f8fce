/* What the resources of customers share: statuses, reach, how a customer is shown. */
#include "api/api_customer.h"

void api_task_customer(struct api_task *task, enum customer_status status,
                       const struct customer_detail *detail)
{
    if (status == CUSTOMER_STORE) {
        const enum store_status stored = store_error(task->api->store)->status;
        task->store_status = stored == STORE_OK ? STORE_FAILED : stored;
    } else if (status != CUSTOMER_OK) {
        const bool more = detail != NULL && detail->english[0] != '\0';
        api_task_refuse(task, customer_status_http(status), customer_status_slug(status).data,
                        more ? detail->english : customer_status_text(status, false).data,
                        more ? detail->chinese : customer_status_text(status, true).data);
    }
}

/* Whether a post gives one of the route's roles. */
static bool post_counts(const struct api_task *task, const struct people_post *post)
{
    return (task->people >> post->role & 1) != 0;
}

/* Whether another post that counts reaches as far: above it, or the same once more. */
static bool post_covered(const struct api_task *task, size_t index)
{
    const struct people_post *posts = task->session.posts;

    for (size_t i = 0; i < task->session.post_count; i++) {
        if (i != index && post_counts(task, &posts[i]) &&
            slice_starts_with(posts[index].path, posts[i].path) &&
            (posts[i].path.size < posts[index].path.size || i < index)) {
            return true;
        }
    }
    return false;
}

static void posts_reach(const struct api_task *task, struct customer_reach *reach,
                        struct slice *paths, struct slice *ids)
{
    for (size_t i = 0; i < task->session.post_count; i++) {
        const struct people_post *post = &task->session.posts[i];
        if (post_counts(task, post) && !post_covered(task, i)) {
            paths[reach->count] = post->path;
            ids[reach->count++] = post->organisation;
            reach->legal_entity = post->legal_entity;
        }
    }
}

struct place_input {
    struct api_task *task;
    struct people_organisation place;
    enum people_status status;
};

static enum store_status place_work(struct store *store, void *context)
{
    struct place_input *input = context;

    input->status = people_organisation_read(store, &input->place, input->task->request->arena,
                                             token_organisation(&input->task->token));
    return input->status == PEOPLE_OK ? STORE_OK : STORE_REFUSED;
}

bool api_task_reach(struct api_task *task, struct customer_reach *ret_reach)
{
    const size_t count = task->by_session ? task->session.post_count : 1;
    struct slice *paths = arena_take_array(task->request->arena, count + 1, sizeof(*paths));
    struct slice *ids = arena_take_array(task->request->arena, count + 1, sizeof(*ids));
    struct customer_reach reach = {
        .everywhere = !api_task_bounded(task), .paths = paths, .organisations = ids};
    struct place_input input = {.task = task};

    if (paths == NULL || ids == NULL) {
        api_task_customer(task, CUSTOMER_NO_MEMORY, NULL);
        return false;
    }
    if (task->by_session) {
        posts_reach(task, &reach, paths, ids);
    } else if (!reach.everywhere) {
        const enum store_status status =
            store_transact(task->api->store, STORE_READ, place_work, &input);
        if (status != STORE_OK) {
            task->store_status = status == STORE_REFUSED ? STORE_FAILED : status;
            return false;
        }
        paths[0] = input.place.path;
        ids[0] = input.place.id;
        reach.count = 1;
        reach.legal_entity = input.place.legal_entity;
    }
    *ret_reach = reach;
    return true;
}

struct looking {
    const struct api_task *task;
    struct slice id;
};

static enum store_status look_work(struct store *store, void *context)
{
    const struct looking *looking = context;
    const struct api_task *task = looking->task;
    char subject[CUSTOMER_ID_MAX + 16];

    (void)snprintf(subject, sizeof(subject), "customer/%.*s", (int)looking->id.size,
                   looking->id.data);
    const struct trail_entry entry = {.at = task->now,
                                      .actor = task->actor,
                                      .address = task->request->peer_address,
                                      .action = SLICE("personal.read"),
                                      .subject = slice_from_cstr(subject),
                                      .reason = task->request->target};
    return trail_add(store, &entry);
}

enum store_status api_customer_look(struct api_task *task, struct slice id)
{
    struct looking looking = {task, id};

    return store_transact(task->api->store, STORE_WRITE, look_work, &looking);
}

void api_customer_view(const struct api_task *task, const struct customer_reach *reach,
                       const struct customer *customer, struct mask_view *ret_view)
{
    *ret_view = (struct mask_view){0};
    for (size_t i = 0; i < customer->relation_count; i++) {
        if (customer_reaches(reach, customer->relations[i].path)) {
            api_task_view(task, ret_view, customer->relations[i].path);
            return;
        }
    }
}

static void text_member(struct json_writer *writer, const char *name, struct slice text)
{
    if (text.size > 0) {
        api_text_member(writer, name, text);
    }
}

static bool own(const struct customer_reach *reach, struct slice legal_entity)
{
    return reach->everywhere || slice_equal(reach->legal_entity, legal_entity);
}

static void identifiers_write(struct json_writer *writer, const struct customer *customer,
                              struct mask_view *view)
{
    json_name(writer, SLICE("identifiers"));
    json_array_begin(writer);
    for (size_t i = 0; i < customer->identifier_count; i++) {
        const struct customer_identifier *identifier = &customer->identifiers[i];
        json_object_begin(writer);
        api_text_member(writer, "kind", customer_kind_name(identifier->kind));
        if (!customer_kind_personal(identifier->kind)) {
            api_text_member(writer, "value", identifier->value);
        } else {
            mask_member(writer, view, "value", PERSONAL_ID_NUMBER, identifier->value);
            json_name(writer, SLICE("masked"));
            json_bool(writer, view->of[PERSONAL_ID_NUMBER] != MASK_CLEAR);
        }
        json_object_end(writer);
    }
    json_array_end(writer);
}

static void listings_write(struct json_writer *writer, const struct customer *customer,
                           const struct customer_reach *reach)
{
    json_name(writer, SLICE("listings"));
    json_array_begin(writer);
    for (size_t i = 0; i < customer->listing_count; i++) {
        const struct customer_listing *listing = &customer->listings[i];
        if (!own(reach, listing->legal_entity)) {
            continue;
        }
        json_object_begin(writer);
        api_number_member(writer, "number", (uint64_t)listing->number);
        api_text_member(writer, "list", customer_list_name(listing->list));
        api_text_member(writer, "legal_entity", listing->legal_entity);
        api_text_member(writer, "reason", listing->reason);
        api_date_member(writer, "since", listing->since);
        if (listing->until != DATE_NONE) {
            api_date_member(writer, "until", listing->until);
        }
        json_object_end(writer);
    }
    json_array_end(writer);
}

void api_customer_write(struct json_writer *writer, const struct customer *customer,
                        const struct customer_reach *reach, struct mask_view *view)
{
    json_object_begin(writer);
    api_text_member(writer, "id", customer->id);
    api_text_member(writer, "type", customer_type_name(customer->type));
    if (customer->type == CUSTOMER_INDIVIDUAL) {
        mask_member(writer, view, "name", PERSONAL_NAME, customer->name);
        mask_member(writer, view, "name_en", PERSONAL_NAME, customer->name_en);
    } else {
        api_text_member(writer, "name", customer->name);
        text_member(writer, "name_en", customer->name_en);
    }
    text_member(writer, "industry", customer->industry);
    text_member(writer, "region", customer->region);
    text_member(writer, "country", customer->country);
    identifiers_write(writer, customer, view);
    json_name(writer, SLICE("relations"));
    json_array_begin(writer);
    for (size_t i = 0; i < customer->relation_count; i++) {
        const struct customer_relation *relation = &customer->relations[i];
        if (own(reach, relation->legal_entity)) {
            json_object_begin(writer);
            api_text_member(writer, "legal_entity", relation->legal_entity);
            api_text_member(writer, "organisation", relation->organisation);
            json_object_end(writer);
        }
    }
    json_array_end(writer);
    listings_write(writer, customer, reach);
    text_member(writer, "merged_into", customer->merged_into);
    api_number_member(writer, "version", (uint64_t)customer->version);
    api_date_member(writer, "valid_from", customer->valid_from);
    api_time_member(writer, "recorded_at", customer->recorded_at);
    api_text_member(writer, "recorded_by", customer->actor);
    api_text_member(writer, "action", customer->action);
    json_object_end(writer);
}
