/* Changes of customers: entered, changed, related to a legal entity, put on lists. */
#include "customer/customer_internal.h"
#include "os/entropy.h"

enum { ARENA_MAX = 8 << 20, ID_SIZE = 18 };

/* A change under way. `apply` changes the customer in memory, within the transaction. */
struct change {
    const struct customer_asking *asking;
    struct customer_outcome *outcome;
    struct slice id;
    int64_t version; /* expected; 0: any */
    struct slice action;
    struct slice reason;
    date_days valid_from; /* DATE_NONE: today */
    enum customer_status (*apply)(struct store *store, struct change *change,
                                  struct customer *customer);
    const void *input;
    int64_t number; /* of a listing: given or made */
    struct arena arena;
    enum customer_status status;
};

/* ---- duplicates ---- */

static enum customer_status taken(struct store *store, struct customer_outcome *outcome,
                                  const struct customer *customer, enum customer_kind kind,
                                  struct slice value)
{
    const struct store_value values[] = {store_text(customer_kind_name(kind)), store_text(value)};
    struct store_rows rows;

    TRY(customer_from_store(
        store_select(store, &rows, outcome->arena, QUERY_CUSTOMER_IDENTIFIER_GET, values)));
    if (rows.count == 0 || slice_equal(store_row(&rows, 0)[0].bytes, customer->id)) {
        return CUSTOMER_OK;
    }
    outcome->other = store_row(&rows, 0)[0].bytes;
    (void)snprintf(outcome->detail.english, sizeof(outcome->detail.english),
                   "customer %.*s has that %s", (int)outcome->other.size, outcome->other.data,
                   customer_kind_text(kind, false).data);
    (void)snprintf(outcome->detail.chinese, sizeof(outcome->detail.chinese), "该%s已属于客户 %.*s",
                   customer_kind_text(kind, true).data, (int)outcome->other.size,
                   outcome->other.data);
    return CUSTOMER_EXISTS;
}

static enum customer_status identifiers_free(struct store *store, struct customer_outcome *outcome,
                                             const struct customer *customer)
{
    for (size_t i = 0; i < customer->identifier_count; i++) {
        const struct customer_identifier *identifier = &customer->identifiers[i];
        TRY(taken(store, outcome, customer, identifier->kind, identifier->value));
        if (identifier->kind == CUSTOMER_KIND_USCC) {
            TRY(taken(store, outcome, customer, CUSTOMER_KIND_ORGANISATION_CODE,
                      uscc_organisation_code(identifier->value)));
        }
    }
    return CUSTOMER_OK;
}

static bool confirmed(const struct customer_draft *draft, struct slice id)
{
    for (size_t i = 0; i < draft->confirmed_count; i++) {
        if (slice_equal(draft->confirmed[i], id)) {
            return true;
        }
    }
    return false;
}

static bool candidate_known(const struct customer_outcome *outcome, struct slice id)
{
    for (size_t i = 0; i < outcome->candidate_count; i++) {
        if (slice_equal(outcome->candidates[i].id, id)) {
            return true;
        }
    }
    return false;
}

static enum customer_status similar_find(struct store *store, struct customer_outcome *outcome,
                                         const struct customer_asking *asking,
                                         const struct customer *customer,
                                         const struct customer_draft *draft)
{
    struct slice keys[2];
    const size_t count = customer_keys(keys, outcome->arena, customer);

    for (size_t i = 0; i < count; i++) {
        REQUIRE(keys[i].data != NULL, CUSTOMER_NO_MEMORY);
        const struct store_value values[] = {store_text(keys[i]), store_text(customer->id),
                                             store_integer(CUSTOMER_CANDIDATES_MAX)};
        struct store_rows rows;
        TRY(customer_from_store(
            store_select(store, &rows, outcome->arena, QUERY_CUSTOMER_NAMED, values)));
        for (size_t j = 0; j < rows.count && outcome->candidate_count < CUSTOMER_CANDIDATES_MAX;
             j++) {
            const struct slice id = store_row(&rows, j)[0].bytes;
            struct customer other;
            if (confirmed(draft, id) || candidate_known(outcome, id)) {
                continue;
            }
            TRY(customer_read(store, &other, outcome->arena, id, NULL));
            outcome->candidates[outcome->candidate_count++] =
                (struct customer_candidate){.id = id,
                                            .name = other.name,
                                            .type = other.type,
                                            .within_reach = customer_seen(asking->reach, &other)};
        }
    }
    return outcome->candidate_count == 0 ? CUSTOMER_OK : CUSTOMER_SIMILAR;
}

/* ---- entering ---- */

/* "c-", the time in milliseconds and 45 random bits, in digits and letters that are not mixed up:
 * what is entered together stands together in every index. */
static struct slice id_make(struct arena *arena, time_us now)
{
    static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
    const size_t half = ID_SIZE / 2;
    uint8_t random[ID_SIZE / 2];
    uint64_t time_ms = (uint64_t)now / 1000;
    char *text = arena_take(arena, 2 + ID_SIZE);

    if (text == NULL) {
        return slice_of(NULL, 0);
    }
    os_entropy_fill(random, sizeof(random));
    text[0] = 'c';
    text[1] = '-';
    for (size_t i = half; i-- > 0; time_ms /= 32) {
        text[2 + i] = alphabet[time_ms % 32];
        text[2 + half + i] = alphabet[random[i] % 32];
    }
    return slice_of(text, 2 + ID_SIZE);
}

static enum customer_status place_find(struct store *store, struct people_organisation *ret_place,
                                       struct arena *arena, const struct customer_reach *reach,
                                       struct slice organisation)
{
    const enum people_status status =
        people_organisation_read(store, ret_place, arena, organisation);

    REQUIRE(status != PEOPLE_STORE, CUSTOMER_STORE);
    REQUIRE(status != PEOPLE_NO_MEMORY, CUSTOMER_NO_MEMORY);
    REQUIRE(status == PEOPLE_OK && customer_reaches(reach, ret_place->path),
            CUSTOMER_NO_ORGANISATION);
    return CUSTOMER_OK;
}

static void draft_apply(struct customer *customer, const struct customer_draft *draft)
{
    customer->type = draft->type;
    customer->name = draft->name;
    customer->name_en = draft->name_en;
    customer->industry = draft->industry;
    customer->region = draft->region;
    customer->country = draft->country;
    customer->identifiers = (struct customer_identifier *)(uintptr_t)draft->identifiers;
    customer->identifier_count = draft->identifier_count;
}

static enum customer_status id_free(struct store *store, struct arena *arena, struct slice id)
{
    struct customer other;

    const enum customer_status status = customer_read(store, &other, arena, id, NULL);
    if (status == CUSTOMER_NOT_FOUND) {
        return CUSTOMER_OK;
    }
    return status == CUSTOMER_OK ? CUSTOMER_ID_TAKEN : status;
}

enum customer_status customer_add_judge(struct store *store, struct customer_outcome *outcome,
                                        const struct customer_asking *asking,
                                        const struct customer_draft *draft,
                                        struct customer_entry *ret_entry)
{
    const struct people_actor *actor = asking->actor;
    struct customer *customer = &ret_entry->customer;
    struct people_organisation place;

    *customer = (struct customer){
        .id = draft->id.size > 0 ? draft->id : id_make(outcome->arena, actor->now),
        .version = 1,
        .created = actor->now,
        .valid_from =
            draft->valid_from == DATE_NONE ? customer_today(actor->now) : draft->valid_from,
        .recorded_at = actor->now,
        .actor = actor->id,
        .action = SLICE("customer.create")};
    outcome->other = SLICE("");
    outcome->candidate_count = 0;
    REQUIRE(customer->id.data != NULL, CUSTOMER_NO_MEMORY);
    draft_apply(customer, draft);
    TRY(place_find(store, &place, outcome->arena, asking->reach, draft->organisation));
    ret_entry->relation = (struct customer_relation){place.legal_entity, place.id, place.path};
    customer->relations = &ret_entry->relation;
    customer->relation_count = 1;
    if (draft->id.size > 0) {
        TRY(id_free(store, outcome->arena, draft->id));
    }
    TRY(identifiers_free(store, outcome, customer));
    return draft->similar_accepted ? CUSTOMER_OK
                                   : similar_find(store, outcome, asking, customer, draft);
}

enum customer_status customer_add_within(struct store *store, struct customer_outcome *outcome,
                                         const struct customer_asking *asking,
                                         const struct customer_draft *draft)
{
    struct customer_entry entry;

    TRY(customer_add_judge(store, outcome, asking, draft, &entry));
    TRY(customer_store(store, outcome->arena, &entry.customer));
    TRY(customer_record(store, asking->actor, NULL, &entry.customer, draft->reason));
    outcome->id = entry.customer.id;
    outcome->version = 1;
    return CUSTOMER_OK;
}

struct add {
    struct customer_outcome *outcome;
    const struct customer_asking *asking;
    const struct customer_draft *draft;
    enum customer_status status;
};

static enum store_status add_work(struct store *store, void *context)
{
    struct add *add = context;

    add->status = customer_add_within(store, add->outcome, add->asking, add->draft);
    return add->status == CUSTOMER_OK ? STORE_OK : STORE_REFUSED;
}

enum customer_status customer_add(struct store *store, struct customer_outcome *outcome,
                                  const struct customer_asking *asking,
                                  const struct customer_draft *draft)
{
    struct add add = {outcome, asking, draft, CUSTOMER_OK};

    const enum store_status status = store_transact(store, STORE_WRITE, add_work, &add);
    return status == STORE_REFUSED ? add.status : customer_from_store(status);
}

/* ---- changing ---- */

static enum customer_status change_within(struct store *store, struct change *change)
{
    const struct people_actor *actor = change->asking->actor;
    const date_days today = customer_today(actor->now);
    struct customer before;

    TRY(customer_read(store, &before, &change->arena, change->id, NULL));
    struct customer after = before;
    after.valid_from = change->valid_from == DATE_NONE ? today : change->valid_from;
    /* A clock that goes back does not put versions out of order. */
    if (change->valid_from == DATE_NONE && after.valid_from < before.valid_from) {
        after.valid_from = before.valid_from;
    }
    after.recorded_at = actor->now < before.recorded_at ? before.recorded_at : actor->now;
    after.version = before.version + 1;
    after.actor = actor->id;
    after.action = change->action;
    TRY(change->apply(store, change, &after));
    REQUIRE(before.merged_into.size == 0, CUSTOMER_MERGED);
    REQUIRE(before.moving == 0, CUSTOMER_MOVING);
    REQUIRE(change->version == 0 || change->version == before.version, CUSTOMER_CHANGED);
    REQUIRE(after.valid_from >= before.valid_from, CUSTOMER_BAD_DATES);
    TRY(customer_store(store, &change->arena, &after));
    TRY(customer_record(store, actor, &before, &after, change->reason));
    change->outcome->version = after.version;
    return CUSTOMER_OK;
}

static enum store_status change_work(struct store *store, void *context)
{
    struct change *change = context;

    arena_reset(&change->arena);
    change->outcome->other = SLICE("");
    change->outcome->candidate_count = 0;
    change->status = change_within(store, change);
    return change->status == CUSTOMER_OK ? STORE_OK : STORE_REFUSED;
}

static enum customer_status change_run(struct store *store, struct change *change)
{
    REQUIRE(people_id_valid(change->id), CUSTOMER_NOT_FOUND);
    change->outcome->id = change->id;
    arena_init(&change->arena, ARENA_MAX);
    const enum store_status status = store_transact(store, STORE_WRITE, change_work, change);
    arena_release(&change->arena);
    return status == STORE_REFUSED ? change->status : customer_from_store(status);
}

static struct customer_relation *relation_of(const struct customer *customer,
                                             struct slice legal_entity)
{
    for (size_t i = 0; i < customer->relation_count; i++) {
        if (slice_equal(customer->relations[i].legal_entity, legal_entity)) {
            return &customer->relations[i];
        }
    }
    return NULL;
}

/* Sets who looks after the customer for the legal entity of `place`. */
static enum customer_status relation_set(struct change *change, struct customer *customer,
                                         const struct people_organisation *place)
{
    const size_t count = customer->relation_count;
    struct customer_relation *relations =
        arena_take_array(&change->arena, count + 1, sizeof(*relations));
    struct customer_relation *old;

    REQUIRE(relations != NULL, CUSTOMER_NO_MEMORY);
    /* The version before keeps its own. */
    memcpy(relations, customer->relations, count * sizeof(*relations));
    customer->relations = relations;
    old = relation_of(customer, place->legal_entity);
    REQUIRE(old == NULL || customer_reaches(change->asking->reach, old->path), CUSTOMER_HELD);
    if (old == NULL) {
        REQUIRE(count < CUSTOMER_RELATIONS_MAX, CUSTOMER_TOO_MANY);
        old = &relations[customer->relation_count++];
    }
    *old = (struct customer_relation){place->legal_entity, place->id, place->path};
    return CUSTOMER_OK;
}

static enum customer_status update_apply(struct store *store, struct change *change,
                                         struct customer *customer)
{
    const struct customer_draft *draft = change->input;
    struct people_organisation place;
    struct slice old_keys[2];
    struct slice new_keys[2];

    REQUIRE(customer_seen(change->asking->reach, customer), CUSTOMER_NOT_FOUND);
    REQUIRE(change->version == customer->version - 1, CUSTOMER_CHANGED);
    const size_t old_count = customer_keys(old_keys, &change->arena, customer);
    draft_apply(customer, draft);
    const size_t new_count = customer_keys(new_keys, &change->arena, customer);
    if (draft->organisation.size > 0) {
        TRY(place_find(store, &place, &change->arena, change->asking->reach, draft->organisation));
        REQUIRE(relation_of(customer, place.legal_entity) != NULL, CUSTOMER_NO_ORGANISATION);
        TRY(relation_set(change, customer, &place));
    }
    TRY(identifiers_free(store, change->outcome, customer));
    bool same = old_count == new_count;
    for (size_t i = 0; same && i < new_count; i++) {
        same = slice_equal(old_keys[i], new_keys[i]);
    }
    return same ? CUSTOMER_OK
                : similar_find(store, change->outcome, change->asking, customer, draft);
}

enum customer_status customer_update(struct store *store, struct customer_outcome *outcome,
                                     const struct customer_asking *asking, struct slice id,
                                     int64_t version, const struct customer_draft *draft)
{
    struct change change = {.asking = asking,
                            .outcome = outcome,
                            .id = id,
                            .version = version,
                            .action = SLICE("customer.change"),
                            .reason = draft->reason,
                            .valid_from = draft->valid_from,
                            .apply = update_apply,
                            .input = draft};

    return change_run(store, &change);
}

/* ---- the relation of a legal entity ---- */

static enum customer_status relate_apply(struct store *store, struct change *change,
                                         struct customer *customer)
{
    const struct customer_relating *relating = change->input;
    const struct customer_reach *reach = change->asking->reach;
    struct people_organisation place;
    bool known = reach->everywhere || customer_seen(reach, customer);

    for (size_t i = 0; i < customer->identifier_count; i++) {
        known = known || (customer->identifiers[i].kind == relating->identifier.kind &&
                          slice_equal(customer->identifiers[i].value, relating->identifier.value));
    }
    REQUIRE(known, CUSTOMER_NOT_FOUND);
    TRY(place_find(store, &place, &change->arena, reach, relating->organisation));
    return relation_set(change, customer, &place);
}

enum customer_status customer_relate(struct store *store, struct customer_outcome *outcome,
                                     const struct customer_asking *asking, struct slice id,
                                     const struct customer_relating *relating)
{
    struct change change = {.asking = asking,
                            .outcome = outcome,
                            .id = id,
                            .action = SLICE("customer.relate"),
                            .reason = relating->reason,
                            .valid_from = DATE_NONE,
                            .apply = relate_apply,
                            .input = relating};

    return change_run(store, &change);
}

/* ---- lists ---- */

static enum customer_status listings_copy(struct change *change, struct customer *customer)
{
    struct customer_listing *listings =
        arena_take_array(&change->arena, customer->listing_count + 1, sizeof(*listings));

    REQUIRE(listings != NULL, CUSTOMER_NO_MEMORY);
    memcpy(listings, customer->listings, customer->listing_count * sizeof(*listings));
    customer->listings = listings;
    return CUSTOMER_OK;
}

static bool in_force(const struct customer_listing *listing, date_days day)
{
    return listing->until == DATE_NONE || listing->until > day;
}

static enum customer_status list_add_apply(struct store *store, struct change *change,
                                           struct customer *customer)
{
    const struct customer_listing *wanted = change->input;
    struct customer_listing listing = *wanted;
    int64_t number = 0;

    (void)store;
    REQUIRE(customer_seen(change->asking->reach, customer), CUSTOMER_NOT_FOUND);
    REQUIRE(relation_of(customer, wanted->legal_entity) != NULL, CUSTOMER_NOT_FOUND);
    REQUIRE(customer->listing_count < CUSTOMER_LISTINGS_MAX, CUSTOMER_TOO_MANY);
    for (size_t i = 0; i < customer->listing_count; i++) {
        const struct customer_listing *old = &customer->listings[i];
        number = old->number > number ? old->number : number;
        REQUIRE(old->list != wanted->list ||
                    !slice_equal(old->legal_entity, wanted->legal_entity) ||
                    !in_force(old, wanted->since),
                CUSTOMER_HELD);
    }
    TRY(listings_copy(change, customer));
    listing.number = change->number = number + 1;
    customer->listings[customer->listing_count++] = listing;
    return CUSTOMER_OK;
}

enum customer_status customer_list_add(struct store *store, struct customer_outcome *outcome,
                                       const struct customer_asking *asking, struct slice id,
                                       const struct customer_listing *listing, int64_t *ret_number)
{
    struct customer_listing wanted = *listing;
    struct change change = {.asking = asking,
                            .outcome = outcome,
                            .id = id,
                            .action = SLICE("customer.list"),
                            .reason = listing->reason,
                            .valid_from = DATE_NONE,
                            .apply = list_add_apply,
                            .input = &wanted};

    if (wanted.since == DATE_NONE) {
        wanted.since = customer_today(asking->actor->now);
    }
    REQUIRE(customer_text_valid(wanted.reason, CUSTOMER_REASON_MAX), CUSTOMER_BAD_REASON);
    REQUIRE(wanted.until == DATE_NONE || wanted.until > wanted.since, CUSTOMER_BAD_DATES);
    TRY(change_run(store, &change));
    *ret_number = change.number;
    return CUSTOMER_OK;
}

static enum customer_status list_end_apply(struct store *store, struct change *change,
                                           struct customer *customer)
{
    const date_days today = customer_today(change->asking->actor->now);
    const struct customer_reach *reach = change->asking->reach;

    (void)store;
    REQUIRE(customer_seen(reach, customer), CUSTOMER_NOT_FOUND);
    TRY(listings_copy(change, customer));
    for (size_t i = 0; i < customer->listing_count; i++) {
        struct customer_listing *listing = &customer->listings[i];
        if (listing->number == change->number && in_force(listing, today) &&
            (reach->everywhere || slice_equal(reach->legal_entity, listing->legal_entity))) {
            listing->until = listing->since > today ? listing->since : today;
            return CUSTOMER_OK;
        }
    }
    return CUSTOMER_NO_LISTING;
}

enum customer_status customer_list_end(struct store *store, struct customer_outcome *outcome,
                                       const struct customer_asking *asking, struct slice id,
                                       int64_t number, struct slice reason)
{
    struct change change = {.asking = asking,
                            .outcome = outcome,
                            .id = id,
                            .action = SLICE("customer.unlist"),
                            .reason = reason,
                            .valid_from = DATE_NONE,
                            .number = number,
                            .apply = list_end_apply};

    REQUIRE(customer_text_valid(reason, CUSTOMER_REASON_MAX), CUSTOMER_BAD_REASON);
    return change_run(store, &change);
}
