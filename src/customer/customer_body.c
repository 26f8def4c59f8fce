/* A version as JSON: what the store keeps and the audit trail tells. */
#include "auth/mask.h"
#include "customer/customer_internal.h"

static void text_write(struct json_writer *writer, const char *name, struct slice text)
{
    if (text.size > 0) {
        json_name(writer, slice_from_cstr(name));
        json_string(writer, text);
    }
}

static void date_member_write(struct json_writer *writer, const char *name, date_days date)
{
    if (date != DATE_NONE) {
        json_name(writer, slice_from_cstr(name));
        json_value_begin(writer);
        buffer_append_byte(writer->buffer, '"');
        date_write(writer->buffer, date);
        buffer_append_byte(writer->buffer, '"');
    }
}

static void list_begin(struct json_writer *writer, const char *name)
{
    json_name(writer, slice_from_cstr(name));
    json_array_begin(writer);
}

static void listing_write(struct json_writer *writer, const struct customer_listing *listing)
{
    json_object_begin(writer);
    json_name(writer, SLICE("number"));
    json_i64(writer, listing->number);
    text_write(writer, "list", customer_list_name(listing->list));
    text_write(writer, "legal_entity", listing->legal_entity);
    text_write(writer, "reason", listing->reason);
    date_member_write(writer, "since", listing->since);
    date_member_write(writer, "until", listing->until);
    json_object_end(writer);
}

static void identifier_write(struct json_writer *writer,
                             const struct customer_identifier *identifier, bool masked)
{
    struct mask_view view = {.of = {[PERSONAL_ID_NUMBER] = MASK_MASKED}};

    json_object_begin(writer);
    text_write(writer, "kind", customer_kind_name(identifier->kind));
    if (masked && customer_kind_personal(identifier->kind)) {
        mask_member(writer, &view, "value", PERSONAL_ID_NUMBER, identifier->value);
    } else {
        text_write(writer, "value", identifier->value);
    }
    json_object_end(writer);
}

void customer_body_write(struct buffer *out, const struct customer *customer, bool masked)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_object_begin(&writer);
    text_write(&writer, "type", customer_type_name(customer->type));
    text_write(&writer, "name", customer->name);
    text_write(&writer, "name_en", customer->name_en);
    text_write(&writer, "industry", customer->industry);
    text_write(&writer, "region", customer->region);
    text_write(&writer, "country", customer->country);
    list_begin(&writer, "identifiers");
    for (size_t i = 0; i < customer->identifier_count; i++) {
        identifier_write(&writer, &customer->identifiers[i], masked);
    }
    json_array_end(&writer);
    list_begin(&writer, "relations");
    for (size_t i = 0; i < customer->relation_count; i++) {
        json_object_begin(&writer);
        text_write(&writer, "legal_entity", customer->relations[i].legal_entity);
        text_write(&writer, "organisation", customer->relations[i].organisation);
        text_write(&writer, "path", customer->relations[i].path);
        json_object_end(&writer);
    }
    json_array_end(&writer);
    list_begin(&writer, "listings");
    for (size_t i = 0; i < customer->listing_count; i++) {
        listing_write(&writer, &customer->listings[i]);
    }
    json_array_end(&writer);
    text_write(&writer, "merged_into", customer->merged_into);
    json_object_end(&writer);
}

/* ---- reading ---- */

static struct slice text_of(const struct json_value *object, const char *name)
{
    const struct json_value *member = json_member(object, slice_from_cstr(name));

    return member != NULL && member->type == JSON_STRING ? member->text : SLICE("");
}

static bool date_of(const struct json_value *object, const char *name, date_days *ret_date)
{
    const struct slice text = text_of(object, name);

    *ret_date = DATE_NONE;
    return text.size == 0 || date_parse(text, ret_date);
}

/* The elements of a list, and room for them. */
static const struct json_value *list_of(const struct json_value *object, const char *name,
                                        struct arena *arena, size_t size, void **ret_room)
{
    const struct json_value *list = json_member(object, slice_from_cstr(name));

    if (list == NULL || list->type != JSON_ARRAY) {
        return NULL;
    }
    *ret_room = arena_take_array(arena, list->count + 1, size);
    return *ret_room == NULL ? NULL : list;
}

static bool identifiers_read(struct customer *customer, struct arena *arena,
                             const struct json_value *body)
{
    void *room = NULL;
    const struct json_value *list =
        list_of(body, "identifiers", arena, sizeof(*customer->identifiers), &room);

    if (list == NULL) {
        return false;
    }
    customer->identifiers = room;
    for (const struct json_value *item = list->first; item != NULL; item = item->next) {
        struct customer_identifier *identifier =
            &customer->identifiers[customer->identifier_count++];
        if (!customer_kind_from_name(text_of(item, "kind"), &identifier->kind)) {
            return false;
        }
        identifier->value = text_of(item, "value");
    }
    return true;
}

static bool relations_read(struct customer *customer, struct arena *arena,
                           const struct json_value *body)
{
    void *room = NULL;
    const struct json_value *list =
        list_of(body, "relations", arena, sizeof(*customer->relations), &room);

    if (list == NULL) {
        return false;
    }
    customer->relations = room;
    for (const struct json_value *item = list->first; item != NULL; item = item->next) {
        customer->relations[customer->relation_count++] =
            (struct customer_relation){.legal_entity = text_of(item, "legal_entity"),
                                       .organisation = text_of(item, "organisation"),
                                       .path = text_of(item, "path")};
    }
    return true;
}

static bool listings_read(struct customer *customer, struct arena *arena,
                          const struct json_value *body)
{
    void *room = NULL;
    const struct json_value *list =
        list_of(body, "listings", arena, sizeof(*customer->listings), &room);

    if (list == NULL) {
        return false;
    }
    customer->listings = room;
    for (const struct json_value *item = list->first; item != NULL; item = item->next) {
        struct customer_listing *listing = &customer->listings[customer->listing_count++];
        const struct json_value *number = json_member(item, SLICE("number"));
        uint64_t value = 0;

        if (number == NULL || !slice_to_u64(number->text, INT64_MAX, &value) ||
            !customer_list_from_name(text_of(item, "list"), &listing->list) ||
            !date_of(item, "since", &listing->since) || !date_of(item, "until", &listing->until)) {
            return false;
        }
        listing->number = (int64_t)value;
        listing->legal_entity = text_of(item, "legal_entity");
        listing->reason = text_of(item, "reason");
    }
    return true;
}

bool customer_body_read(struct customer *customer, struct arena *arena, struct slice body)
{
    struct json_error error;
    const struct json_value *value = json_parse(arena, &error, body);

    if (value == NULL || !customer_type_from_name(text_of(value, "type"), &customer->type)) {
        return false;
    }
    customer->name = text_of(value, "name");
    customer->name_en = text_of(value, "name_en");
    customer->industry = text_of(value, "industry");
    customer->region = text_of(value, "region");
    customer->country = text_of(value, "country");
    customer->merged_into = text_of(value, "merged_into");
    return identifiers_read(customer, arena, value) && relations_read(customer, arena, value) &&
           listings_read(customer, arena, value);
}
