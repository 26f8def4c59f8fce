#include "customer/customer_merge.h"

#include "customer/customer_internal.h"

/* What is put together while a merge or a split is judged. */
struct judging {
    struct store *store;
    struct arena *arena;
    struct customer_merge *merge;
    date_days today;
};

static bool in_force(date_days until, date_days day)
{
    return until == DATE_NONE || until > day;
}

/* ---- the two customers ---- */

/* The next version of a customer, before anything of it is changed. */
static struct customer next_of(const struct customer *before, const struct people_actor *actor)
{
    const date_days today = customer_today(actor->now);
    struct customer next = *before;

    next.version = before->version + 1;
    next.valid_from = today < before->valid_from ? before->valid_from : today;
    next.recorded_at = actor->now < before->recorded_at ? before->recorded_at : actor->now;
    next.actor = actor->id;
    return next;
}

/* Copies the lists, so that the version before keeps its own, with room for `more` of each. */
static enum customer_status lists_copy(struct customer *customer, struct arena *arena,
                                       const struct customer *more)
{
    struct customer_identifier *identifiers = arena_take_array(
        arena, customer->identifier_count + more->identifier_count + 1, sizeof(*identifiers));
    struct customer_relation *relations = arena_take_array(
        arena, customer->relation_count + more->relation_count + 1, sizeof(*relations));
    struct customer_listing *listings = arena_take_array(
        arena, customer->listing_count + more->listing_count + 1, sizeof(*listings));

    REQUIRE(identifiers != NULL && relations != NULL && listings != NULL, CUSTOMER_NO_MEMORY);
    memcpy(identifiers, customer->identifiers, customer->identifier_count * sizeof(*identifiers));
    memcpy(relations, customer->relations, customer->relation_count * sizeof(*relations));
    memcpy(listings, customer->listings, customer->listing_count * sizeof(*listings));
    customer->identifiers = identifiers;
    customer->relations = relations;
    customer->listings = listings;
    return CUSTOMER_OK;
}

static enum customer_status both_read(struct judging *judging, const struct people_actor *actor,
                                      struct slice source, struct slice target)
{
    struct customer_merge *merge = judging->merge;

    REQUIRE(!slice_equal(source, target), CUSTOMER_NO_OTHER);
    TRY(customer_read(judging->store, &merge->source_before, judging->arena, source, NULL));
    TRY(customer_read(judging->store, &merge->target_before, judging->arena, target, NULL));
    merge->source = next_of(&merge->source_before, actor);
    merge->target = next_of(&merge->target_before, actor);
    TRY(lists_copy(&merge->source, judging->arena, &merge->target_before));
    return lists_copy(&merge->target, judging->arena, &merge->source_before);
}

/* ---- identifiers ---- */

/* Kinds of which a customer has one: a second one is another customer's for good. The organisation
 * code stands within the social credit code. */
static bool kinds_exclude(enum customer_kind a, enum customer_kind b)
{
    const bool code_a = a == CUSTOMER_KIND_USCC || a == CUSTOMER_KIND_ORGANISATION_CODE;
    const bool code_b = b == CUSTOMER_KIND_USCC || b == CUSTOMER_KIND_ORGANISATION_CODE;

    return (code_a && code_b) || (a == b && (a == CUSTOMER_KIND_LEI || a == CUSTOMER_KIND_ID_CARD ||
                                             a == CUSTOMER_KIND_TRAVEL_PERMIT));
}

static bool identifier_fits(const struct customer *customer,
                            const struct customer_identifier *identifier)
{
    for (size_t i = 0; i < customer->identifier_count; i++) {
        if (kinds_exclude(customer->identifiers[i].kind, identifier->kind)) {
            return false;
        }
    }
    return customer_kind_fits(identifier->kind, customer->type);
}

static bool identifier_in(const struct customer_identifier *list, size_t count,
                          const struct customer_identifier *wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].kind == wanted->kind && slice_equal(list[i].value, wanted->value)) {
            return true;
        }
    }
    return false;
}

/* Moves those that fit `to` as it was, and that are among `chosen` (NULL: any). */
static enum customer_status identifiers_turn(struct customer *from, struct customer *to,
                                             const struct customer *to_before,
                                             const struct customer_identifier *chosen,
                                             size_t chosen_count)
{
    size_t kept = 0;

    for (size_t i = 0; i < from->identifier_count; i++) {
        const struct customer_identifier identifier = from->identifiers[i];
        if ((chosen == NULL || identifier_in(chosen, chosen_count, &identifier)) &&
            identifier_fits(to_before, &identifier)) {
            to->identifiers[to->identifier_count++] = identifier;
        } else {
            from->identifiers[kept++] = identifier;
        }
    }
    from->identifier_count = kept;
    REQUIRE(to->identifier_count <= CUSTOMER_IDENTIFIERS_MAX, CUSTOMER_TOO_MANY);
    return CUSTOMER_OK;
}

static bool known_outside(const struct customer *customer)
{
    for (size_t i = 0; i < customer->identifier_count; i++) {
        if (customer->identifiers[i].kind != CUSTOMER_KIND_CORE_NUMBER) {
            return true;
        }
    }
    return false;
}

/* ---- relations and listings ---- */

static const struct customer_relation *relation_of(const struct customer *customer,
                                                   struct slice legal_entity)
{
    for (size_t i = 0; i < customer->relation_count; i++) {
        if (slice_equal(customer->relations[i].legal_entity, legal_entity)) {
            return &customer->relations[i];
        }
    }
    return NULL;
}

/* The target is looked after where nobody did; the source keeps its own, for whoever saw it. */
static enum customer_status relations_take(struct customer_merge *merge)
{
    for (size_t i = 0; i < merge->source_before.relation_count; i++) {
        const struct customer_relation *relation = &merge->source_before.relations[i];
        if (relation_of(&merge->target_before, relation->legal_entity) == NULL) {
            REQUIRE(merge->target.relation_count < CUSTOMER_RELATIONS_MAX, CUSTOMER_TOO_MANY);
            merge->target.relations[merge->target.relation_count++] = *relation;
        }
    }
    return CUSTOMER_OK;
}

static bool listed(const struct customer *customer, const struct customer_listing *as,
                   date_days today)
{
    for (size_t i = 0; i < customer->listing_count; i++) {
        const struct customer_listing *listing = &customer->listings[i];
        if (listing->list == as->list && slice_equal(listing->legal_entity, as->legal_entity) &&
            in_force(listing->until, today)) {
            return true;
        }
    }
    return false;
}

/* Puts `to` on the lists on which `from` stands or will. */
static enum customer_status listings_take(struct customer *to, const struct customer *from,
                                          date_days today)
{
    int64_t number = 0;

    for (size_t i = 0; i < to->listing_count; i++) {
        number = to->listings[i].number > number ? to->listings[i].number : number;
    }
    for (size_t i = 0; i < from->listing_count; i++) {
        struct customer_listing listing = from->listings[i];
        if (in_force(listing.until, today) && !listed(to, &listing, today)) {
            REQUIRE(to->listing_count < CUSTOMER_LISTINGS_MAX, CUSTOMER_TOO_MANY);
            listing.number = ++number;
            to->listings[to->listing_count++] = listing;
        }
    }
    return CUSTOMER_OK;
}

static void listings_end(struct customer *customer, date_days today)
{
    for (size_t i = 0; i < customer->listing_count; i++) {
        struct customer_listing *listing = &customer->listings[i];
        if (in_force(listing->until, today)) {
            listing->until = listing->since > today ? listing->since : today;
        }
    }
}

/* ---- ties ---- */

static enum customer_status turn_add(struct judging *judging, const struct customer_tie *was,
                                     const struct customer_tie *now)
{
    struct customer_merge *merge = judging->merge;
    struct customer_tie_turn *turn = &merge->ties[merge->tie_count++];

    *turn = (struct customer_tie_turn){.was = *was, .now = {.customer = SLICE("")}};
    if (now != NULL) {
        turn->now = *now;
        turn->now.number = 0;
        turn->now.since = was->since > judging->today ? was->since : judging->today;
    }
    return CUSTOMER_OK;
}

static bool tie_stands(const struct customer_tie *ties, size_t count, enum customer_tie_kind kind,
                       struct slice customer, struct slice other, date_days today)
{
    for (size_t i = 0; i < count; i++) {
        if (ties[i].kind == kind &&
            (customer.size == 0 || slice_equal(ties[i].customer, customer)) &&
            (other.size == 0 || slice_equal(ties[i].other, other)) &&
            in_force(ties[i].until, today)) {
            return true;
        }
    }
    return false;
}

struct ties {
    struct customer_tie *of, *with;
    size_t of_count, with_count;
};

static enum customer_status ties_load(struct judging *judging, struct ties *ret_ties,
                                      struct slice id)
{
    TRY(customer_ties_read(judging->store, &ret_ties->of, &ret_ties->of_count, judging->arena,
                           QUERY_CUSTOMER_TIES, id));
    return customer_ties_read(judging->store, &ret_ties->with, &ret_ties->with_count,
                              judging->arena, QUERY_CUSTOMER_TIES_OF_OTHER, id);
}

/* Who holds, controls or feeds the source. Where shares in the target are on record they count: the
 * shares in the source were shares in something that is no more. */
static enum customer_status own_ties_turn(struct judging *judging, const struct ties *source,
                                          const struct ties *target)
{
    const struct slice id = judging->merge->target.id;
    const bool shares = tie_stands(target->of, target->of_count, CUSTOMER_TIE_SHARE, SLICE(""),
                                   SLICE(""), judging->today);

    for (size_t i = 0; i < source->of_count; i++) {
        const struct customer_tie *was = &source->of[i];
        struct customer_tie now = *was;
        now.customer = id;
        const bool gone =
            slice_equal(was->other, id) ||
            (was->kind == CUSTOMER_TIE_SHARE ? shares
                                             : tie_stands(target->of, target->of_count, was->kind,
                                                          id, was->other, judging->today));
        if (in_force(was->until, judging->today)) {
            TRY(turn_add(judging, was, gone ? NULL : &now));
        }
    }
    return CUSTOMER_OK;
}

/* What the source holds, controls or feeds; its shares come beside those of the target. */
static enum customer_status held_ties_turn(struct judging *judging, const struct ties *source,
                                           const struct ties *target)
{
    const struct slice id = judging->merge->target.id;

    for (size_t i = 0; i < source->with_count; i++) {
        const struct customer_tie *was = &source->with[i];
        struct customer_tie now = *was;
        now.other = id;
        const bool gone = slice_equal(was->customer, id) ||
                          (was->kind != CUSTOMER_TIE_SHARE &&
                           tie_stands(target->with, target->with_count, was->kind, was->customer,
                                      id, judging->today));
        if (in_force(was->until, judging->today)) {
            TRY(turn_add(judging, was, gone ? NULL : &now));
        }
    }
    return CUSTOMER_OK;
}

static enum customer_status ties_turn(struct judging *judging)
{
    struct customer_merge *merge = judging->merge;
    struct ties source;
    struct ties target;

    TRY(ties_load(judging, &source, merge->source.id));
    TRY(ties_load(judging, &target, merge->target.id));
    REQUIRE(source.of_count + target.of_count <= CUSTOMER_LISTINGS_MAX, CUSTOMER_TOO_MANY);
    merge->ties = arena_take_array(judging->arena, source.of_count + source.with_count + 1,
                                   sizeof(*merge->ties));
    REQUIRE(merge->ties != NULL, CUSTOMER_NO_MEMORY);
    TRY(own_ties_turn(judging, &source, &target));
    return held_ties_turn(judging, &source, &target);
}

/* ---- judging ---- */

/* A member of a group leaves it first: its limit stands below the group's. */
static enum customer_status grouped_judge(struct store *store, struct arena *arena, struct slice id)
{
    const struct store_value values[] = {store_text(id)};
    struct store_rows rows;

    TRY(customer_from_store(store_select(store, &rows, arena, QUERY_GROUP_OF_ANY, values)));
    return rows.count == 0 ? CUSTOMER_OK : CUSTOMER_IN_GROUP;
}

enum customer_status customer_merge_judge(struct store *store, struct customer_merge *ret_merge,
                                          struct arena *arena, const struct people_actor *actor,
                                          struct slice source, struct slice target)
{
    struct judging judging = {store, arena, ret_merge, customer_today(actor->now)};
    struct customer_merge *merge = ret_merge;

    *merge = (struct customer_merge){.tie_count = 0};
    TRY(both_read(&judging, actor, source, target));
    REQUIRE(merge->source.merged_into.size == 0 && merge->target.merged_into.size == 0,
            CUSTOMER_MERGED);
    REQUIRE((merge->source.type == CUSTOMER_INDIVIDUAL) ==
                (merge->target.type == CUSTOMER_INDIVIDUAL),
            CUSTOMER_DIFFERS);
    TRY(grouped_judge(store, arena, source));
    TRY(identifiers_turn(&merge->source, &merge->target, &merge->target_before, NULL, 0));
    TRY(relations_take(merge));
    TRY(listings_take(&merge->target, &merge->source_before, judging.today));
    listings_end(&merge->source, judging.today);
    merge->source.merged_into = merge->target.id;
    return ties_turn(&judging);
}

static enum customer_status version_read(struct judging *judging, struct customer *ret_customer,
                                         struct slice id, int64_t version)
{
    struct customer *versions;
    size_t count;

    TRY(customer_history(judging->store, &versions, &count, judging->arena, id, version + 1, 1));
    REQUIRE(count == 1 && versions[0].version == version, CUSTOMER_NOT_MERGED);
    *ret_customer = versions[0];
    return CUSTOMER_OK;
}

/* Relations that the source has only because of the merge go. */
static void relations_return(struct customer_merge *merge, const struct customer *source_was,
                             const struct customer *target_was)
{
    size_t kept = 0;

    for (size_t i = 0; i < merge->source.relation_count; i++) {
        const struct customer_relation relation = merge->source.relations[i];
        if (relation_of(source_was, relation.legal_entity) != NULL ||
            relation_of(target_was, relation.legal_entity) == NULL) {
            merge->source.relations[kept++] = relation;
        }
    }
    merge->source.relation_count = kept;
}

/* Ties that the merge made end, where they still stand, and those that it ended begin again. */
static enum customer_status ties_return(struct judging *judging,
                                        const struct customer_unmerge *unmerge)
{
    struct customer_merge *merge = judging->merge;

    merge->ties = arena_take_array(judging->arena, unmerge->tie_count + 1, sizeof(*merge->ties));
    REQUIRE(merge->ties != NULL, CUSTOMER_NO_MEMORY);
    for (size_t i = 0; i < unmerge->tie_count; i++) {
        struct customer_tie_turn *turn = &merge->ties[merge->tie_count];
        const struct customer_tie *made = &unmerge->made[i];
        struct customer_tie *ties;
        size_t count;

        *turn = (struct customer_tie_turn){.now = unmerge->ended[i]};
        TRY(customer_ties_read(judging->store, &ties, &count, judging->arena, QUERY_CUSTOMER_TIES,
                               turn->now.customer));
        for (size_t j = 0; j < count; j++) {
            if (ties[j].number == unmerge->ended[i].number) {
                turn->now = ties[j];
            }
        }
        turn->now.since = turn->now.since > judging->today ? turn->now.since : judging->today;
        turn->now.until = DATE_NONE;
        turn->now.number = 0;
        bool wanted =
            made->number == 0; /* nothing stands in its place that somebody could have ended */
        if (made->number > 0) {
            TRY(customer_ties_read(judging->store, &ties, &count, judging->arena,
                                   QUERY_CUSTOMER_TIES, made->customer));
        }
        for (size_t j = 0; made->number > 0 && j < count; j++) {
            if (ties[j].number == made->number && in_force(ties[j].until, judging->today)) {
                turn->was = ties[j];
                wanted = true;
            }
        }
        merge->tie_count += wanted ? 1 : 0;
    }
    return CUSTOMER_OK;
}

enum customer_status customer_unmerge_judge(struct store *store, struct customer_merge *ret_merge,
                                            struct arena *arena, const struct people_actor *actor,
                                            const struct customer_unmerge *unmerge)
{
    struct judging judging = {store, arena, ret_merge, customer_today(actor->now)};
    struct customer_merge *merge = ret_merge;
    struct customer source_was;
    struct customer target_was;

    *merge = (struct customer_merge){.tie_count = 0};
    TRY(both_read(&judging, actor, unmerge->source, unmerge->target));
    REQUIRE(merge->source.merged_into.size == 0, CUSTOMER_MERGED);
    REQUIRE(slice_equal(merge->target.merged_into, merge->source.id), CUSTOMER_NOT_MERGED);
    TRY(version_read(&judging, &source_was, unmerge->source, unmerge->source_version - 1));
    TRY(version_read(&judging, &target_was, unmerge->target, unmerge->target_version - 1));
    merge->target.merged_into = SLICE("");
    const struct customer kept = merge->target;
    TRY(identifiers_turn(&merge->source, &merge->target, &kept,
                         unmerge->all ? target_was.identifiers : unmerge->identifiers,
                         unmerge->all ? target_was.identifier_count : unmerge->identifier_count));
    for (size_t i = 0; !unmerge->all && i < unmerge->identifier_count; i++) {
        REQUIRE(identifier_in(merge->target.identifiers, merge->target.identifier_count,
                              &unmerge->identifiers[i]),
                CUSTOMER_BAD_IDENTIFIER);
    }
    REQUIRE(known_outside(&merge->source) && known_outside(&merge->target),
            CUSTOMER_IDENTIFIER_NEEDED);
    relations_return(merge, &source_was, &target_was);
    TRY(listings_take(&merge->target, &target_was, judging.today));
    return ties_return(&judging, unmerge);
}

enum customer_status customer_part_judge(struct store *store, struct customer_merge *ret_merge,
                                         struct arena *arena, const struct people_actor *actor,
                                         const struct customer_unmerge *unmerge)
{
    struct judging judging = {store, arena, ret_merge, customer_today(actor->now)};
    struct customer_merge *merge = ret_merge;

    *merge = (struct customer_merge){.tie_count = 0};
    TRY(both_read(&judging, actor, unmerge->source, unmerge->target));
    REQUIRE(merge->source.merged_into.size == 0 && merge->target.merged_into.size == 0,
            CUSTOMER_MERGED);
    TRY(identifiers_turn(&merge->source, &merge->target, &merge->target_before,
                         unmerge->identifiers, unmerge->identifier_count));
    for (size_t i = 0; i < unmerge->identifier_count; i++) {
        REQUIRE(identifier_in(merge->source_before.identifiers,
                              merge->source_before.identifier_count, &unmerge->identifiers[i]) &&
                    identifier_in(merge->target.identifiers, merge->target.identifier_count,
                                  &unmerge->identifiers[i]),
                CUSTOMER_BAD_IDENTIFIER);
    }
    REQUIRE(known_outside(&merge->source), CUSTOMER_IDENTIFIER_NEEDED);
    return CUSTOMER_OK;
}

/* ---- storing ---- */

static enum customer_status number_next(struct store *store, struct arena *arena,
                                        struct customer_tie *tie)
{
    struct customer_tie *ties;
    size_t count;

    TRY(customer_ties_read(store, &ties, &count, arena, QUERY_CUSTOMER_TIES, tie->customer));
    tie->number = 1;
    for (size_t i = 0; i < count; i++) {
        tie->number = ties[i].number >= tie->number ? ties[i].number + 1 : tie->number;
    }
    return CUSTOMER_OK;
}

enum customer_status customer_merge_store(struct store *store, struct customer_merge *merge,
                                          struct arena *arena, const struct people_actor *actor,
                                          const struct slice actions[2], struct slice reason)
{
    /* Whoever gives identifiers goes first: one belongs to one customer. */
    TRY(customer_moving_set(store, merge->source.id, 0));
    TRY(customer_moving_set(store, merge->target.id, 0));
    merge->source.action = actions[0];
    merge->target.action = actions[1];
    TRY(customer_store(store, arena, &merge->source));
    TRY(customer_store(store, arena, &merge->target));
    TRY(customer_record(store, actor, &merge->source_before, &merge->source, reason));
    TRY(customer_record(store, actor, &merge->target_before, &merge->target, reason));
    for (size_t i = 0; i < merge->tie_count; i++) {
        struct customer_tie_turn *turn = &merge->ties[i];
        if (turn->was.number > 0) {
            TRY(customer_tie_close(store, actor, &turn->was, reason));
        }
        if (turn->now.customer.size > 0) {
            TRY(number_next(store, arena, &turn->now));
            TRY(customer_tie_put(store, actor, &turn->now));
        }
    }
    return CUSTOMER_OK;
}

enum customer_status customer_moving_set(struct store *store, struct slice id, int64_t move)
{
    const struct store_value values[] = {store_text(id),
                                         move == 0 ? store_null() : store_integer(move)};

    return customer_from_store(store_change(store, NULL, QUERY_CUSTOMER_MOVING, values));
}
