/* Moves as JSON: what is asked for, what is planned, what came of it. */
#include "credit/move_internal.h"

static void text_member(struct json_writer *writer, const char *name, struct slice text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, text);
}

static void number_member(struct json_writer *writer, const char *name, int64_t number)
{
    json_name(writer, slice_from_cstr(name));
    json_i64(writer, number);
}

static void list_begin(struct json_writer *writer, const char *name)
{
    json_name(writer, slice_from_cstr(name));
    json_array_begin(writer);
}

static struct slice text_of(const struct json_value *value)
{
    return value != NULL && value->type == JSON_STRING ? value->text : SLICE("");
}

static bool number_of(const struct json_value *value, int64_t *ret_number)
{
    uint64_t number = 0;

    if (value == NULL || value->type != JSON_NUMBER ||
        !slice_to_u64(value->text, INT64_MAX, &number)) {
        return false;
    }
    *ret_number = (int64_t)number;
    return true;
}

/* ---- what is asked for ---- */

void move_request_write(struct json_writer *writer, const struct move_request *request)
{
    json_object_begin(writer);
    text_member(writer, "cap", request->cap_added ? SLICE("add") : SLICE("keep"));
    if (!request->all_identifiers) {
        list_begin(writer, "identifiers");
        for (size_t i = 0; i < request->identifier_count; i++) {
            json_object_begin(writer);
            text_member(writer, "kind", customer_kind_name(request->identifiers[i].kind));
            text_member(writer, "value", request->identifiers[i].value);
            json_object_end(writer);
        }
        json_array_end(writer);
    }
    if (!request->all_limits) {
        list_begin(writer, "limits");
        for (size_t i = 0; i < request->limit_count; i++) {
            json_string(writer, request->limits[i]);
        }
        json_array_end(writer);
    }
    json_object_end(writer);
}

static enum credit_status identifiers_read(struct move_request *request,
                                           const struct json_value *list)
{
    request->all_identifiers = list == NULL;
    REQUIRE(list == NULL || (list->type == JSON_ARRAY && list->count <= CUSTOMER_IDENTIFIERS_MAX),
            CREDIT_BAD_APPLICATION);
    for (const struct json_value *item = list == NULL ? NULL : list->first; item != NULL;
         item = item->next) {
        REQUIRE(item->type == JSON_OBJECT && item->count == 2, CREDIT_BAD_APPLICATION);
        struct customer_identifier *identifier = &request->identifiers[request->identifier_count++];
        identifier->value = text_of(json_member(item, SLICE("value")));
        REQUIRE(
            customer_kind_from_name(text_of(json_member(item, SLICE("kind"))), &identifier->kind) &&
                identifier->value.size > 0 && identifier->value.size <= CUSTOMER_VALUE_MAX,
            CREDIT_BAD_APPLICATION);
    }
    return CREDIT_OK;
}

static enum credit_status limits_read(struct move_request *request, const struct json_value *list)
{
    request->all_limits = list == NULL;
    REQUIRE(list == NULL || (list->type == JSON_ARRAY && list->count <= MOVE_CHOSEN_MAX),
            CREDIT_BAD_APPLICATION);
    for (const struct json_value *item = list == NULL ? NULL : list->first; item != NULL;
         item = item->next) {
        REQUIRE(item->type == JSON_STRING, CREDIT_BAD_APPLICATION);
        request->limits[request->limit_count++] = item->text;
    }
    return CREDIT_OK;
}

enum credit_status move_request_read(struct move_request *ret_request,
                                     const struct json_value *value)
{
    const struct json_value *cap = json_member(value, SLICE("cap"));
    struct move_request request = {0};

    request.cap_added = slice_equal(text_of(cap), SLICE("add"));
    REQUIRE(cap == NULL || request.cap_added || slice_equal(text_of(cap), SLICE("keep")),
            CREDIT_BAD_APPLICATION);
    TRY(identifiers_read(&request, json_member(value, SLICE("identifiers"))));
    TRY(limits_read(&request, json_member(value, SLICE("limits"))));
    *ret_request = request;
    return CREDIT_OK;
}

/* ---- what is planned ---- */

void move_plan_write(struct json_writer *writer, const struct move_plan *plan)
{
    json_array_begin(writer);
    for (size_t i = 0; i < plan->limit_count; i++) {
        const struct move_limit *limit = &plan->limits[i];
        json_object_begin(writer);
        text_member(writer, "id", limit->was->id);
        text_member(writer, "customer_was", limit->was->customer);
        text_member(writer, "customer", limit->customer);
        number_member(writer, "cap_was", limit->was->cap_minor);
        number_member(writer, "cap", limit->cap_minor);
        text_member(writer, "parents_was", limit->was->parents);
        text_member(writer, "parents", limit->parents);
        json_object_end(writer);
    }
    json_array_end(writer);
}

/* What we wrote ourselves: a text that does not read is damage. */
enum credit_status move_turns_read(struct move_turn **ret_turns, size_t *ret_count,
                                   struct arena *arena, struct slice plan)
{
    struct json_error error;
    const struct json_value *list = json_parse(arena, &error, plan);
    size_t count = 0;

    REQUIRE(list != NULL && list->type == JSON_ARRAY, CREDIT_STORE);
    struct move_turn *turns = arena_take_array(arena, list->count + 1U, sizeof(*turns));
    REQUIRE(turns != NULL, CREDIT_NO_MEMORY);
    for (const struct json_value *item = list->first; item != NULL; item = item->next) {
        struct move_turn *turn = &turns[count++];
        *turn = (struct move_turn){
            .id = text_of(json_member(item, SLICE("id"))),
            .customer = {text_of(json_member(item, SLICE("customer_was"))),
                         text_of(json_member(item, SLICE("customer")))},
            .parents = {text_of(json_member(item, SLICE("parents_was"))),
                        text_of(json_member(item, SLICE("parents")))},
        };
        REQUIRE(number_of(json_member(item, SLICE("cap_was")), &turn->cap_minor[0]) &&
                    number_of(json_member(item, SLICE("cap")), &turn->cap_minor[1]),
                CREDIT_STORE);
    }
    *ret_turns = turns;
    *ret_count = count;
    return CREDIT_OK;
}

/* ---- what came of it ---- */

void move_result_write(struct json_writer *writer, const struct customer_merge *merge)
{
    json_object_begin(writer);
    number_member(writer, "source_version", merge->source.version);
    number_member(writer, "target_version", merge->target.version);
    list_begin(writer, "ties");
    for (size_t i = 0; i < merge->tie_count; i++) {
        const struct customer_tie_turn *turn = &merge->ties[i];
        json_object_begin(writer);
        text_member(writer, "customer_was", turn->was.customer);
        number_member(writer, "number_was", turn->was.number);
        text_member(writer, "customer", turn->now.customer);
        number_member(writer, "number", turn->now.number);
        json_object_end(writer);
    }
    json_array_end(writer);
    json_object_end(writer);
}

enum credit_status move_result_read(struct customer_unmerge *unmerge, struct arena *arena,
                                    struct slice result)
{
    struct json_error error;
    const struct json_value *value = json_parse(arena, &error, result);
    const struct json_value *list = value == NULL ? NULL : json_member(value, SLICE("ties"));

    /* The source of a merge is the target of the split that takes it back. */
    REQUIRE(list != NULL && list->type == JSON_ARRAY &&
                number_of(json_member(value, SLICE("source_version")), &unmerge->target_version) &&
                number_of(json_member(value, SLICE("target_version")), &unmerge->source_version),
            CREDIT_STORE);
    struct customer_tie *made = arena_take_array(arena, list->count + 1U, sizeof(*made));
    struct customer_tie *ended = arena_take_array(arena, list->count + 1U, sizeof(*ended));
    REQUIRE(made != NULL && ended != NULL, CREDIT_NO_MEMORY);
    for (const struct json_value *item = list->first; item != NULL; item = item->next) {
        struct customer_tie *was = &ended[unmerge->tie_count];
        struct customer_tie *now = &made[unmerge->tie_count++];
        *was = (struct customer_tie){.customer = text_of(json_member(item, SLICE("customer_was")))};
        *now = (struct customer_tie){.customer = text_of(json_member(item, SLICE("customer")))};
        REQUIRE(number_of(json_member(item, SLICE("number_was")), &was->number) &&
                    number_of(json_member(item, SLICE("number")), &now->number),
                CREDIT_STORE);
    }
    unmerge->made = made;
    unmerge->ended = ended;
    return CREDIT_OK;
}
