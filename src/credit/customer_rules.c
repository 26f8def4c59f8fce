#include "credit/customer_rules.h"

#include "base/amount.h"
#include "credit/group_move_internal.h"

enum { SUBJECT_SIZE = 160 };

/* ---- planned ---- */

enum credit_status customer_rules_foresee(struct store *store, struct group_plan *ret_plan,
                                          enum customer_status *ret_customer, struct arena *arena,
                                          const struct move_asking *asking,
                                          const struct customer_rules_asked *asked)
{
    const struct customer_reach *reach = asking->reach;
    const struct slice id = asked->customer;
    const struct customer_relation *relation = NULL;
    struct customer customer;
    struct obligor_group group;

    *ret_customer = CUSTOMER_OK;
    *ret_plan = (struct group_plan){.customer_status = CUSTOMER_OK};
    TRY(move_from_customer(ret_customer, customer_read(store, &customer, arena, id, NULL)));
    for (size_t i = 0; i < customer.relation_count; i++) {
        relation = slice_equal(customer.relations[i].legal_entity, reach->legal_entity)
                       ? &customer.relations[i]
                       : relation;
    }
    REQUIRE(customer_seen(reach, &customer) && relation != NULL,
            move_from_customer(ret_customer, CUSTOMER_NOT_FOUND));
    REQUIRE(customer.merged_into.size == 0, move_from_customer(ret_customer, CUSTOMER_MERGED));
    TRY(move_from_customer(ret_customer,
                           obligor_group_of(store, &group, arena, reach->legal_entity, id)));
    REQUIRE(group.id.size == 0, move_from_customer(ret_customer, CUSTOMER_IN_GROUP));
    const struct group_alone alone = {&customer, relation, asked->tag, asked->number};
    const enum credit_status status =
        group_alone_plan_make(store, ret_plan, arena, asking->actor, asking->shelf, &alone);
    *ret_customer = ret_plan->customer_status;
    return status;
}

/* ---- owed ---- */

enum credit_status customer_rules_owe(struct store *store, const struct move_asking *asking,
                                      const struct customer_rules_asked *asked,
                                      const struct group_plan *plan)
{
    const struct people_actor *actor = asking->actor;
    const struct slice entity = asking->reach->legal_entity;
    const struct slice customer = asked->customer;
    enum customer_status ignored;
    char subject[SUBJECT_SIZE];
    char about[SUBJECT_SIZE];
    char case_ref[32];

    (void)snprintf(subject, sizeof(subject), "customer-rules/%.*s/%.*s", (int)entity.size,
                   entity.data, (int)customer.size, customer.data);
    (void)snprintf(about, sizeof(about), "customer/%.*s", (int)customer.size, customer.data);
    (void)snprintf(case_ref, sizeof(case_ref), "%s-%lld", asked->tag, (long long)asked->number);
    const struct outbox_chain chain = {.case_ref = slice_from_cstr(case_ref),
                                       .step = SLICE("rules"),
                                       .purpose = SLICE(CUSTOMER_RULES_PURPOSE),
                                       .subject = slice_from_cstr(subject),
                                       .actor = actor->id,
                                       .commands = plan->commands,
                                       .made = actor->now};
    const struct trail_entry entry = {.at = actor->now,
                                      .actor = actor->id,
                                      .address = actor->address,
                                      .action = SLICE("customer.rules"),
                                      .subject = slice_from_cstr(about),
                                      .after = plan->commands,
                                      .reason = asked->reason};
    const struct event event = {
        .at = actor->now, .op = entry.action, .subject = entry.subject, .actor = actor->id};
    TRY(move_from_customer(&ignored, customer_moving_set(store, customer, actor->now)));
    TRY(credit_from_store(trail_add(store, &entry)));
    TRY(credit_from_store(event_add(store, &event)));
    return credit_from_store(outbox_add(store, &chain));
}

struct bringing {
    const struct move_asking *asking;
    const struct customer_rules_asked *asked;
    struct arena *arena;
    struct group_plan plan;
    enum customer_status refused;
    enum credit_status status;
};

static enum store_status bring_work(struct store *store, void *context)
{
    struct bringing *bringing = context;

    bringing->status = customer_rules_foresee(store, &bringing->plan, &bringing->refused,
                                              bringing->arena, bringing->asking, bringing->asked);
    if (bringing->status == CREDIT_OK && bringing->plan.command_count > 0) {
        bringing->status =
            customer_rules_owe(store, bringing->asking, bringing->asked, &bringing->plan);
    }
    return bringing->status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

enum credit_status customer_rules_bring(struct store *store, size_t *ret_count,
                                        enum customer_status *ret_customer, struct arena *arena,
                                        const struct move_asking *asking,
                                        const struct customer_rules_asked *asked)
{
    struct bringing bringing = {.asking = asking, .asked = asked, .arena = arena};

    const enum store_status status = store_transact(store, STORE_WRITE, bring_work, &bringing);
    *ret_customer = bringing.refused;
    *ret_count = bringing.plan.command_count;
    return credit_outcome(status, bringing.status);
}

/* ---- answered: the chain says what has become of each limit ---- */

struct answering {
    struct store *store;
    struct arena *arena;
    struct slice legal_entity, customer;
    const struct credit_limit *limits;
    size_t limit_count;
};

static struct slice text_of(const struct json_value *object, const char *name)
{
    const struct json_value *member = json_member(object, slice_from_cstr(name));

    return member == NULL ? SLICE("") : member->text;
}

static const struct credit_limit *limit_of(const struct answering *answering, struct slice id)
{
    for (size_t i = 0; i < answering->limit_count; i++) {
        if (slice_equal(answering->limits[i].id, id)) {
            return &answering->limits[i];
        }
    }
    return NULL;
}

/* Its case is DECISION#RULE, like that of a limit that a decision opened. */
static enum credit_status opened_store(const struct answering *answering,
                                       const struct json_value *command)
{
    const struct slice currency = text_of(command, "currency");
    struct slice rule = text_of(command, "case");
    struct slice decision;
    int64_t cap_minor;

    REQUIRE(slice_split(&rule, '#', &decision) &&
                amount_parse(text_of(command, "cap"), currency_from_code(currency), &cap_minor),
            CREDIT_STORE);
    const struct store_value opened[] = {store_text(text_of(command, "id")),
                                         store_text(answering->legal_entity),
                                         store_text(answering->customer),
                                         store_text(SLICE("rule")),
                                         store_text(decision),
                                         store_text(rule),
                                         store_text(SLICE("")),
                                         store_text(currency),
                                         store_integer(cap_minor)};
    const struct store_value settled[] = {store_text(decision), store_text(SLICE("open"))};
    TRY(credit_from_store(store_change(answering->store, NULL, QUERY_CREDIT_LIMIT_PUT, opened)));
    return credit_from_store(
        store_change(answering->store, NULL, QUERY_CREDIT_LIMIT_SETTLE, settled));
}

static enum credit_status adjusted_store(const struct answering *answering,
                                         const struct json_value *command)
{
    const struct credit_limit *limit = limit_of(answering, text_of(command, "limit"));
    int64_t cap_minor;

    REQUIRE(limit != NULL && amount_parse(text_of(command, "cap"), limit->currency, &cap_minor),
            CREDIT_STORE);
    const struct store_value values[] = {store_text(limit->id), store_integer(cap_minor),
                                         store_text(limit->parents)};
    return credit_from_store(
        store_change(answering->store, NULL, QUERY_CREDIT_LIMIT_CHANGE, values));
}

static enum credit_status moved_store(const struct answering *answering,
                                      const struct json_value *command)
{
    const struct json_value *parents = json_member(command, SLICE("parents"));
    struct slice text = SLICE("");

    REQUIRE(parents != NULL, CREDIT_STORE);
    for (const struct json_value *parent = parents->first; parent != NULL; parent = parent->next) {
        TRY(move_parents_edit(&text, answering->arena, SLICE(""), parent->text));
    }
    const struct store_value values[] = {store_text(text_of(command, "limit")), store_text(text)};
    return credit_from_store(
        store_change(answering->store, NULL, QUERY_CREDIT_LIMIT_PLACE, values));
}

static enum credit_status commands_store(const struct answering *answering, struct slice text)
{
    struct json_error error;
    const struct json_value *list = json_parse(answering->arena, &error, text);

    REQUIRE(list != NULL, error.memory_short ? CREDIT_NO_MEMORY : CREDIT_STORE);
    for (const struct json_value *command = list->first; command != NULL; command = command->next) {
        const struct slice op = text_of(command, "op");
        TRY(slice_equal(op, SLICE("limit.open"))     ? opened_store(answering, command)
            : slice_equal(op, SLICE("limit.adjust")) ? adjusted_store(answering, command)
                                                     : moved_store(answering, command));
    }
    return CREDIT_OK;
}

enum credit_status customer_rules_answered(struct store *store, struct arena *arena,
                                           const struct outbox_chain *chain)
{
    struct answering answering = {.store = store, .arena = arena};
    struct slice rest = chain->subject;
    enum customer_status ignored;
    struct credit_limit *limits;
    struct slice word;

    REQUIRE(slice_split(&rest, '/', &word) && slice_split(&rest, '/', &answering.legal_entity),
            CREDIT_STORE);
    answering.customer = rest;
    TRY(credit_limits_read(store, &limits, &answering.limit_count, arena, rest));
    answering.limits = limits;
    if (chain->state == OUTBOX_ACCEPTED) {
        TRY(commands_store(&answering, chain->commands));
    }
    TRY(move_from_customer(&ignored, customer_moving_set(store, rest, 0)));
    return credit_turns(store, arena, rest, chain->answered);
}
