/* What a merge or split would do: customers from the store, limits as the ledger would have them.
 */
#include "api/api_moves.h"
#include "ledger/command_json.h"

/* ---- from the ledger ---- */

static bool own(const struct moves_input *input, struct slice legal_entity)
{
    return input->proposal.reach.everywhere ||
           slice_equal(input->proposal.reach.legal_entity, legal_entity);
}

/* Looks at the limits of the own legal entity that change. */
bool api_move_foresee(struct moves_input *input)
{
    struct slice *limits = arena_take_array(&input->proposal.task->arena,
                                            input->plan.limit_count + 1, sizeof(*limits));
    size_t count = 0;

    if (limits == NULL) {
        api_task_credit(input->proposal.task, CREDIT_NO_MEMORY, NULL);
        return false;
    }
    for (size_t i = 0; i < input->plan.limit_count; i++) {
        const struct credit_limit *limit = input->plan.limits[i].was;
        if (own(input, limit->legal_entity)) {
            limits[count++] = limit->id;
        }
    }
    input->proposal.foresight = (struct api_foresight){.chain = input->plan.commands,
                                                       .chain_count = input->plan.command_count,
                                                       .limits = limits,
                                                       .limit_count = count};
    return api_foresee(input->proposal.task, &input->proposal.foresight);
}

/* ---- the customers ---- */

static bool identifier_in(const struct customer *customer,
                          const struct customer_identifier *identifier)
{
    for (size_t i = 0; i < customer->identifier_count; i++) {
        if (customer->identifiers[i].kind == identifier->kind &&
            slice_equal(customer->identifiers[i].value, identifier->value)) {
            return true;
        }
    }
    return false;
}

static void identifiers_write(struct json_writer *writer, const struct moves_input *input)
{
    const struct customer_merge *merge = &input->plan.customers;
    struct mask_view view;

    api_customer_view(input->proposal.task, &input->proposal.reach, &merge->source_before, &view);
    json_name(writer, SLICE("identifiers"));
    json_array_begin(writer);
    for (size_t i = 0; i < merge->source_before.identifier_count; i++) {
        const struct customer_identifier *identifier = &merge->source_before.identifiers[i];
        json_object_begin(writer);
        api_text_member(writer, "kind", customer_kind_name(identifier->kind));
        if (customer_kind_personal(identifier->kind)) {
            mask_member(writer, &view, "value", PERSONAL_ID_NUMBER, identifier->value);
        } else {
            api_text_member(writer, "value", identifier->value);
        }
        json_name(writer, SLICE("moves"));
        json_bool(writer, identifier_in(&merge->target, identifier));
        json_object_end(writer);
    }
    json_array_end(writer);
}

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

/* Who will look after each of the two, of the own legal entity. */
static void relations_write(struct json_writer *writer, const struct moves_input *input)
{
    const struct customer_merge *merge = &input->plan.customers;
    const struct {
        const struct customer *before, *after;
    } rows[] = {{&merge->source_before, &merge->source}, {&merge->target_before, &merge->target}};

    json_name(writer, SLICE("relations"));
    json_array_begin(writer);
    for (size_t c = 0; c < 2; c++) {
        for (size_t i = 0; i < rows[c].after->relation_count; i++) {
            const struct customer_relation *relation = &rows[c].after->relations[i];
            if (own(input, relation->legal_entity) &&
                relation_of(rows[c].before, relation->legal_entity) == NULL) {
                json_object_begin(writer);
                api_text_member(writer, "customer", rows[c].after->id);
                api_text_member(writer, "legal_entity", relation->legal_entity);
                api_text_member(writer, "organisation", relation->organisation);
                json_object_end(writer);
            }
        }
    }
    json_array_end(writer);
}

/* Entries of lists that the target gets. */
static void listings_write(struct json_writer *writer, const struct moves_input *input)
{
    const struct customer_merge *merge = &input->plan.customers;

    json_name(writer, SLICE("listings"));
    json_array_begin(writer);
    for (size_t i = merge->target_before.listing_count; i < merge->target.listing_count; i++) {
        const struct customer_listing *listing = &merge->target.listings[i];
        if (own(input, listing->legal_entity)) {
            json_object_begin(writer);
            api_text_member(writer, "list", customer_list_name(listing->list));
            api_text_member(writer, "legal_entity", listing->legal_entity);
            api_text_member(writer, "reason", listing->reason);
            json_object_end(writer);
        }
    }
    json_array_end(writer);
}

static void tie_write(struct json_writer *writer, const char *name, const struct customer_tie *tie)
{
    json_name(writer, slice_from_cstr(name));
    json_object_begin(writer);
    api_text_member(writer, "customer", tie->customer);
    api_text_member(writer, "kind", customer_tie_name(tie->kind));
    api_text_member(writer, "other", tie->other);
    json_object_end(writer);
}

static void ties_write(struct json_writer *writer, const struct customer_merge *merge)
{
    json_name(writer, SLICE("ties"));
    json_array_begin(writer);
    for (size_t i = 0; i < merge->tie_count; i++) {
        json_object_begin(writer);
        if (merge->ties[i].was.number > 0) {
            tie_write(writer, "ends", &merge->ties[i].was);
        }
        if (merge->ties[i].now.customer.size > 0) {
            tie_write(writer, "begins", &merge->ties[i].now);
        }
        json_object_end(writer);
    }
    json_array_end(writer);
}

/* Applications that were not decided, and the cases in which they run. */
static void applications_write(struct json_writer *writer, const struct moves_input *input)
{
    const struct move_plan *plan = &input->plan;

    json_name(writer, SLICE("applications"));
    json_array_begin(writer);
    for (size_t i = 0; i < plan->application_count; i++) {
        if (api_task_sees(input->proposal.task, plan->applications[i].path)) {
            json_string(writer, plan->applications[i].id);
        }
    }
    json_array_end(writer);
    json_name(writer, SLICE("cases"));
    json_array_begin(writer);
    for (size_t i = 0; i < plan->application_count; i++) {
        if (api_task_sees(input->proposal.task, plan->applications[i].path) &&
            plan->applications[i].case_ref.size > 0) {
            json_string(writer, plan->applications[i].case_ref);
        }
    }
    json_array_end(writer);
}

/* ---- limits ---- */

/* Limits of the credit plane that become another customer's, whether they move or not. */
static void owners_write(struct json_writer *writer, const struct moves_input *input)
{
    json_name(writer, SLICE("owners"));
    json_array_begin(writer);
    for (size_t i = 0; i < input->plan.limit_count; i++) {
        const struct move_limit *limit = &input->plan.limits[i];
        if (own(input, limit->was->legal_entity) &&
            !slice_equal(limit->customer, limit->was->customer)) {
            json_object_begin(writer);
            api_text_member(writer, "limit", limit->was->id);
            api_text_member(writer, "customer", limit->customer);
            json_object_end(writer);
        }
    }
    json_array_end(writer);
}

void api_move_preview_write(struct json_writer *writer, const struct moves_input *input)
{
    api_text_member(writer, "hash", input->plan.hash);
    identifiers_write(writer, input);
    relations_write(writer, input);
    listings_write(writer, input);
    ties_write(writer, &input->plan.customers);
    applications_write(writer, input);
    json_name(writer, SLICE("entities"));
    json_array_begin(writer);
    for (size_t i = 0; i < input->plan.entity_count; i++) {
        json_string(writer, input->plan.entities[i]);
    }
    json_array_end(writer);
    owners_write(writer, input);
    api_foresight_write(writer, engine_ledger(input->proposal.task->api->engine),
                        &input->proposal.foresight);
}
