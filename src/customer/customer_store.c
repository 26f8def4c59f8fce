/* A version on its way into the store, with everything that it is found by, and its audit entry. */
#include "customer/customer_internal.h"

/* Two persons of one name are similar only when they are born on the same day, as far as that is
 * known. */
static struct slice person_key(struct arena *arena, const struct customer *customer)
{
    const struct slice folded = customer_name_fold(arena, customer->name);
    struct slice birth = SLICE("");

    for (size_t i = 0; i < customer->identifier_count; i++) {
        if (customer->identifiers[i].kind == CUSTOMER_KIND_ID_CARD) {
            birth = slice_of(customer->identifiers[i].value.data + 6, 8);
        }
    }
    char *key = arena_take(arena, folded.size + birth.size + 1);
    if (folded.data == NULL || key == NULL) {
        return slice_of(NULL, 0);
    }
    memcpy(key, folded.data, folded.size);
    key[folded.size] = '|';
    memcpy(key + folded.size + 1, birth.data, birth.size);
    return slice_of(key, folded.size + birth.size + 1);
}

size_t customer_keys(struct slice ret_keys[2], struct arena *arena, const struct customer *customer)
{
    if (customer->type == CUSTOMER_INDIVIDUAL) {
        ret_keys[0] = person_key(arena, customer);
        return 1;
    }
    ret_keys[0] = customer_name_key(arena, customer->name);
    ret_keys[1] = customer_name_key(arena, customer->name_en);
    return customer->name_en.size == 0 || slice_equal(ret_keys[0], ret_keys[1]) ? 1 : 2;
}

static enum customer_status change(struct store *store, enum store_query query,
                                   const struct store_value *values)
{
    return customer_from_store(store_change(store, NULL, query, values));
}

static enum customer_status identifier_store(struct store *store, struct slice id,
                                             enum customer_kind kind, struct slice value)
{
    const struct store_value values[] = {store_text(customer_kind_name(kind)), store_text(value),
                                         store_text(id)};

    return change(store, QUERY_CUSTOMER_IDENTIFIER_ADD, values);
}

/* An organisation code that stands within a unified social credit code is taken by it. */
static enum customer_status identifiers_store(struct store *store, const struct customer *customer)
{
    bool with_code = false;

    for (size_t i = 0; i < customer->identifier_count; i++) {
        with_code = with_code || customer->identifiers[i].kind == CUSTOMER_KIND_ORGANISATION_CODE;
    }
    for (size_t i = 0; i < customer->identifier_count; i++) {
        const struct customer_identifier *identifier = &customer->identifiers[i];
        TRY(identifier_store(store, customer->id, identifier->kind, identifier->value));
        if (identifier->kind == CUSTOMER_KIND_USCC && !with_code) {
            TRY(identifier_store(store, customer->id, CUSTOMER_KIND_ORGANISATION_CODE,
                                 uscc_organisation_code(identifier->value)));
        }
    }
    return CUSTOMER_OK;
}

static enum customer_status names_store(struct store *store, struct arena *arena,
                                        const struct customer *customer)
{
    struct slice keys[2];
    const size_t count = customer_keys(keys, arena, customer);

    for (size_t i = 0; i < count; i++) {
        REQUIRE(keys[i].data != NULL, CUSTOMER_NO_MEMORY);
        const struct store_value values[] = {store_text(keys[i]), store_text(customer->id)};
        TRY(change(store, QUERY_CUSTOMER_NAME_ADD, values));
    }
    return CUSTOMER_OK;
}

/* The folded names, in which a part is looked for. */
static struct slice folded_names(struct arena *arena, const struct customer *customer)
{
    const struct slice name = customer_name_fold(arena, customer->name);
    const struct slice english = customer_name_fold(arena, customer->name_en);
    char *text = arena_take(arena, name.size + english.size + 2);

    if (name.data == NULL || english.data == NULL || text == NULL) {
        return slice_of(NULL, 0);
    }
    memcpy(text, name.data, name.size);
    text[name.size] = '|';
    memcpy(text + name.size + 1, english.data, english.size);
    return slice_of(text, name.size + 1 + english.size);
}

static enum customer_status scopes_store(struct store *store, struct arena *arena,
                                         const struct customer *customer)
{
    const struct slice folded = folded_names(arena, customer);
    struct store_value values[] = {
        store_text(SLICE("")),    store_text(customer->name),
        store_text(customer->id), store_text(customer_type_name(customer->type)),
        store_text(folded),       store_integer(customer->created)};

    const struct store_value grams[] = {store_text(customer->id), store_text(folded)};
    REQUIRE(folded.data != NULL, CUSTOMER_NO_MEMORY);
    TRY(change(store, QUERY_CUSTOMER_GRAMS_PUT, grams));
    TRY(change(store, QUERY_CUSTOMER_SCOPE_ADD, values));
    for (size_t i = 0; i < customer->relation_count; i++) {
        struct slice rest = customer->relations[i].path;
        struct slice organisation;
        while (slice_split(&rest, '/', &organisation)) {
            if (organisation.size > 0) {
                values[0] = store_text(organisation);
                TRY(change(store, QUERY_CUSTOMER_SCOPE_ADD, values));
            }
        }
    }
    return CUSTOMER_OK;
}

static enum customer_status listings_store(struct store *store, const struct customer *customer)
{
    for (size_t i = 0; i < customer->listing_count; i++) {
        const struct customer_listing *listing = &customer->listings[i];
        const struct store_value values[] = {
            store_text(customer->id),
            store_integer(listing->number),
            store_text(customer_list_name(listing->list)),
            store_text(listing->legal_entity),
            store_integer(listing->since),
            listing->until == DATE_NONE ? store_null() : store_integer(listing->until)};
        TRY(change(store, QUERY_CUSTOMER_LISTING_ADD, values));
    }
    return CUSTOMER_OK;
}

static enum customer_status head_store(struct store *store, const struct customer *customer)
{
    static const enum store_query clears[] = {
        QUERY_CUSTOMER_GRAMS_CLEAR /* from the names in the scope */,
        QUERY_CUSTOMER_IDENTIFIERS_CLEAR, QUERY_CUSTOMER_NAMES_CLEAR, QUERY_CUSTOMER_SCOPE_CLEAR,
        QUERY_CUSTOMER_LISTINGS_CLEAR};
    const struct store_value fresh[] = {store_text(customer->id), store_integer(customer->version),
                                        store_integer(customer->created)};
    const struct store_value changed[] = {store_text(customer->id),
                                          store_integer(customer->version),
                                          store_text_or_null(customer->merged_into)};

    if (customer->version == 1) {
        return change(store, QUERY_CUSTOMER_ADD, fresh);
    }
    TRY(change(store, QUERY_CUSTOMER_SET, changed));
    for (size_t i = 0; i < sizeof(clears) / sizeof(clears[0]); i++) {
        TRY(change(store, clears[i], changed));
    }
    return CUSTOMER_OK;
}

static enum customer_status version_store(struct store *store, const struct customer *customer)
{
    struct buffer body = {0};

    customer_body_write(&body, customer, false);
    const struct store_value values[] = {store_text(customer->id),
                                         store_integer(customer->version),
                                         store_integer(customer->valid_from),
                                         store_integer(customer->recorded_at),
                                         store_text(customer->actor),
                                         store_text(customer->action),
                                         store_text(buffer_slice(&body))};
    const enum customer_status status = buffer_failed(&body)
                                            ? CUSTOMER_NO_MEMORY
                                            : change(store, QUERY_CUSTOMER_VERSION_ADD, values);
    buffer_release(&body);
    return status;
}

enum customer_status customer_store(struct store *store, struct arena *arena,
                                    const struct customer *customer)
{
    TRY(head_store(store, customer));
    TRY(version_store(store, customer));
    TRY(listings_store(store, customer));
    /* What was merged is found by its id, and by the identifiers that stayed with it. */
    TRY(identifiers_store(store, customer));
    if (customer->merged_into.size > 0) {
        return CUSTOMER_OK;
    }
    TRY(names_store(store, arena, customer));
    return scopes_store(store, arena, customer);
}

/* What everybody who reads the feed may know: which version; names and identifiers are not told. */
static enum store_status told(struct store *store, const struct trail_entry *entry, int64_t version)
{
    char detail[40];

    (void)snprintf(detail, sizeof(detail), "{\"version\":%lld}", (long long)version);
    const struct event event = {.at = entry->at,
                                .op = entry->action,
                                .subject = entry->subject,
                                .actor = entry->actor,
                                .detail = slice_from_cstr(detail)};
    TRY(trail_add(store, entry));
    return event_add(store, &event);
}

enum customer_status customer_record(struct store *store, const struct people_actor *actor,
                                     const struct customer *before, const struct customer *after,
                                     struct slice reason)
{
    char subject[CUSTOMER_ID_MAX + 16];
    struct buffer was = {0};
    struct buffer is = {0};

    const int size =
        snprintf(subject, sizeof(subject), "customer/%.*s", (int)after->id.size, after->id.data);
    check(size > 0 && (size_t)size < sizeof(subject));
    if (before != NULL) {
        customer_body_write(&was, before, true);
    }
    customer_body_write(&is, after, true);
    const struct trail_entry entry = {.at = actor->now,
                                      .actor = actor->id,
                                      .address = actor->address,
                                      .action = after->action,
                                      .subject = slice_of(subject, (size_t)size),
                                      .before = buffer_slice(&was),
                                      .after = buffer_slice(&is),
                                      .reason = reason.size == 0 ? slice_of(NULL, 0) : reason};
    const enum customer_status status =
        buffer_failed(&was) || buffer_failed(&is)
            ? CUSTOMER_NO_MEMORY
            : customer_from_store(told(store, &entry, after->version));
    buffer_release(&was);
    buffer_release(&is);
    return status;
}
