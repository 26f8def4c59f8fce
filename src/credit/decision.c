#include "credit/activation.h"
#include "credit/credit_internal.h"
#include "credit/customer_rules.h"
#include "credit/group_move.h"
#include "credit/pack_rules.h"

/* ---- rows ---- */

static void row_read(struct decision *decision, const struct store_value *row)
{
    *decision = (struct decision){
        .id = row[0].bytes,
        .application = row[1].bytes,
        .case_ref = row[2].bytes,
        .step = row[3].bytes,
        .legal_entity = row[4].bytes,
        .customer = row[5].bytes,
        .approve = slice_equal(row[6].bytes, SLICE("approve")),
        .decider = row[7].bytes,
        .opinion = row[8].bytes,
        .body = row[9].bytes,
        .rules = row[10].bytes,
        .proof = row[11].bytes,
        .valid_until = row[12].type == STORE_NULL ? DATE_NONE : (date_days)row[12].number,
        .made = row[13].number,
        .state = row[14].bytes,
    };
}

static enum credit_status one_read(struct store *store, struct decision *ret_decision,
                                   bool *ret_found, struct arena *arena, enum store_query query,
                                   const struct store_value *values)
{
    struct store_rows rows;

    TRY(credit_from_store(store_select(store, &rows, arena, query, values)));
    *ret_found = rows.count > 0;
    if (*ret_found) {
        row_read(ret_decision, store_row(&rows, 0));
    }
    return CREDIT_OK;
}

enum credit_status decision_read(struct store *store, struct decision *ret_decision,
                                 struct arena *arena, struct slice id)
{
    const struct store_value values[] = {store_text(id)};
    bool found;

    TRY(one_read(store, ret_decision, &found, arena, QUERY_VERDICT_GET, values));
    return found ? CREDIT_OK : CREDIT_NOT_FOUND;
}

enum credit_status decisions_read(struct store *store, struct decision **ret_decisions,
                                  size_t *ret_count, struct arena *arena, struct slice application)
{
    const struct store_value values[] = {store_text(application)};
    struct store_rows rows;

    TRY(credit_from_store(
        store_select(store, &rows, arena, QUERY_VERDICTS_OF_APPLICATION, values)));
    struct decision *list =
        arena_take_array(arena, rows.count == 0 ? 1 : rows.count, sizeof(*list));
    REQUIRE(list != NULL, CREDIT_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        row_read(&list[i], store_row(&rows, i));
    }
    *ret_decisions = list;
    *ret_count = rows.count;
    return CREDIT_OK;
}

enum credit_status credit_limits_read(struct store *store, struct credit_limit **ret_limits,
                                      size_t *ret_count, struct arena *arena, struct slice customer)
{
    const struct store_value values[] = {store_text(customer)};
    struct store_rows rows;

    TRY(credit_from_store(store_select(store, &rows, arena, QUERY_CREDIT_LIMITS_OF, values)));
    struct credit_limit *list =
        arena_take_array(arena, rows.count == 0 ? 1 : rows.count, sizeof(*list));
    REQUIRE(list != NULL, CREDIT_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        list[i] = (struct credit_limit){.id = row[0].bytes,
                                        .kind = row[1].bytes,
                                        .decision = row[2].bytes,
                                        .clause = row[3].bytes,
                                        .parents = row[4].bytes,
                                        .currency = currency_from_code(row[5].bytes),
                                        .cap_minor = row[6].number,
                                        .legal_entity = row[8].bytes,
                                        .customer = row[9].bytes};
    }
    *ret_limits = list;
    *ret_count = rows.count;
    return CREDIT_OK;
}

static bool among(const struct slice *list, size_t count, struct slice id)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(list[i], id)) {
            return true;
        }
    }
    return false;
}

/* Room for `more` behind the `count` that a list has; in a new place. */
static enum credit_status list_grow(void **inout_list, struct arena *arena, size_t count,
                                    size_t more, size_t size)
{
    void *list = arena_take_array(arena, count + more + 1, size);

    REQUIRE(list != NULL, CREDIT_NO_MEMORY);
    if (count > 0) {
        memcpy(list, *inout_list, count * size);
    }
    *inout_list = list;
    return CREDIT_OK;
}

enum credit_status credit_family_limits_read(struct store *store, struct credit_limit **ret_limits,
                                             size_t *ret_count, struct slice **ret_turned,
                                             size_t *ret_turned_count, struct arena *arena,
                                             const struct slice *family, size_t family_count)
{
    void *limits = NULL;
    void *turned = NULL;
    size_t count = 0;
    size_t turned_count = 0;

    for (size_t i = 0; i < family_count; i++) {
        const struct store_value values[] = {store_text(family[i])};
        struct credit_limit *own;
        struct store_rows rows;
        size_t own_count;
        TRY(credit_limits_read(store, &own, &own_count, arena, family[i]));
        TRY(list_grow(&limits, arena, count, own_count, sizeof(*own)));
        memcpy((struct credit_limit *)limits + count, own, own_count * sizeof(*own));
        count += own_count;
        TRY(credit_from_store(
            store_select(store, &rows, arena, QUERY_CREDIT_LIMITS_TURNED, values)));
        TRY(list_grow(&turned, arena, turned_count, rows.count, sizeof(struct slice)));
        for (size_t j = 0; j < rows.count; j++) {
            ((struct slice *)turned)[turned_count++] = store_row(&rows, j)[0].bytes;
        }
    }
    /* What is another's now but still of the family is its own. */
    size_t kept = 0;
    for (size_t i = 0; i < turned_count; i++) {
        const struct slice id = ((struct slice *)turned)[i];
        bool own = false;
        for (size_t j = 0; j < count && !own; j++) {
            own = slice_equal(((struct credit_limit *)limits)[j].id, id);
        }
        if (!own && !among(turned, kept, id)) {
            ((struct slice *)turned)[kept++] = id;
        }
    }
    *ret_limits = limits;
    *ret_count = count;
    *ret_turned = turned;
    *ret_turned_count = kept;
    return CREDIT_OK;
}

enum credit_status credit_decision_of(struct store *store, struct decision *ret_decision,
                                      bool *ret_found, struct arena *arena, struct slice case_ref,
                                      struct slice step)
{
    const struct store_value values[] = {store_text(case_ref), store_text(step)};

    return one_read(store, ret_decision, ret_found, arena, QUERY_VERDICT_OF_STEP, values);
}

/* ---- rules of the pack as JSON ---- */

static void text_member(struct json_writer *writer, const char *name, struct slice text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, text);
}

enum credit_status credit_rules_write(struct slice *ret_json, struct arena *arena,
                                      const struct credit_rule *rules, size_t count)
{
    struct buffer out = {0};
    struct json_writer writer;

    json_writer_init(&writer, &out);
    json_array_begin(&writer);
    for (size_t i = 0; i < count; i++) {
        json_object_begin(&writer);
        text_member(&writer, "id", rules[i].id);
        text_member(&writer, "currency", currency_code(rules[i].currency));
        json_name(&writer, SLICE("cap_minor"));
        json_i64(&writer, rules[i].cap_minor);
        text_member(&writer, "measure", rules[i].measure);
        text_member(&writer, "mode", rules[i].mode);
        json_name(&writer, SLICE("products"));
        json_array_begin(&writer);
        for (size_t p = 0; p < rules[i].product_count; p++) {
            json_string(&writer, rules[i].products[p]);
        }
        json_array_end(&writer);
        if (rules[i].of_group) {
            json_name(&writer, SLICE("of_group"));
            json_bool(&writer, true);
        }
        text_member(&writer, "types", rules[i].types);
        json_object_end(&writer);
    }
    json_array_end(&writer);
    *ret_json = buffer_failed(&out) ? slice_of(NULL, 0) : arena_copy(arena, buffer_slice(&out));
    buffer_release(&out);
    return ret_json->data == NULL ? CREDIT_NO_MEMORY : CREDIT_OK;
}

static struct slice text_of(const struct json_value *object, const char *name)
{
    const struct json_value *member = json_member(object, slice_from_cstr(name));

    return member == NULL ? SLICE("") : member->text;
}

static enum credit_status rule_read(struct credit_rule *ret_rule, struct arena *arena,
                                    const struct json_value *item)
{
    const struct json_value *products = json_member(item, SLICE("products"));
    uint64_t cap = 0;
    size_t count = 0;

    REQUIRE(slice_to_u64(text_of(item, "cap_minor"), AMOUNT_MAX, &cap) && products != NULL,
            CREDIT_STORE);
    struct slice *list =
        arena_take_array(arena, products->count == 0 ? 1 : products->count, sizeof(*list));
    REQUIRE(list != NULL, CREDIT_NO_MEMORY);
    for (const struct json_value *product = products->first; product != NULL;
         product = product->next) {
        list[count++] = product->text;
    }
    *ret_rule = (struct credit_rule){.id = text_of(item, "id"),
                                     .currency = currency_from_code(text_of(item, "currency")),
                                     .cap_minor = (int64_t)cap,
                                     .measure = text_of(item, "measure"),
                                     .mode = text_of(item, "mode"),
                                     .products = list,
                                     .product_count = count,
                                     .of_group = json_member(item, SLICE("of_group")) != NULL,
                                     .types = text_of(item, "types")};
    return CREDIT_OK;
}

/* What we wrote ourselves: a text that does not read is damage. */
enum credit_status credit_rules_read(struct credit_rule **ret_rules, size_t *ret_count,
                                     struct arena *arena, struct slice json)
{
    struct json_error error;
    const struct json_value *list = json_parse(arena, &error, json);
    size_t count = 0;

    REQUIRE(list != NULL && list->type == JSON_ARRAY && list->count <= CREDIT_PACK_RULES_MAX,
            CREDIT_STORE);
    struct credit_rule *rules =
        arena_take_array(arena, list->count == 0 ? 1 : list->count, sizeof(*rules));
    REQUIRE(rules != NULL, CREDIT_NO_MEMORY);
    for (const struct json_value *item = list->first; item != NULL; item = item->next) {
        TRY(rule_read(&rules[count++], arena, item));
    }
    *ret_rules = rules;
    *ret_count = count;
    return CREDIT_OK;
}

static enum credit_status body_read(struct proposal *ret_proposal, struct arena *arena,
                                    struct slice json)
{
    char where[PROPOSAL_WHERE_SIZE];
    struct json_error error;
    const struct json_value *value = json_parse(arena, &error, json);

    REQUIRE(value != NULL, CREDIT_STORE);
    return proposal_read(ret_proposal, where, arena, value) == CREDIT_OK ? CREDIT_OK : CREDIT_STORE;
}

/* ---- the chain ---- */

static enum credit_status limits_store(struct store *store, const struct activation *activation)
{
    const struct decision *decision = activation->decision;

    for (size_t i = 0; i < activation->limit_count; i++) {
        const struct activation_limit *limit = &activation->limits[i];
        const struct slice id = slice_from_cstr(limit->id);
        const struct slice parents = slice_from_cstr(limit->parents);
        const struct store_value opened[] = {
            store_text(id),
            store_text(decision->legal_entity),
            store_text(decision->customer),
            store_text(slice_from_cstr(limit->kind)),
            store_text(decision->id),
            store_text(limit->clause),
            store_text(parents),
            store_text(currency_code(limit->currency)),
            store_integer(limit->cap_minor),
        };
        if (limit->opened) {
            TRY(credit_from_store(store_change(store, NULL, QUERY_CREDIT_LIMIT_PUT, opened)));
        }
    }
    return CREDIT_OK;
}

static enum credit_status group_over(struct store *store, struct credit_over *over,
                                     struct arena *arena, const struct obligor_group *group)
{
    struct group_rule *rules;
    size_t count;

    TRY(group_rules_read(store, &rules, &count, arena, group->id));
    over->limits = arena_take_array(arena, count + 1, sizeof(*over->limits));
    REQUIRE(over->limits != NULL, CREDIT_NO_MEMORY);
    if (group->limit.size > 0) {
        over->limits[over->limit_count++] = group->limit;
    }
    for (size_t i = 0; i < count; i++) {
        if (!rules[i].closed && credit_types_have(rules[i].types, over->type)) {
            over->limits[over->limit_count++] = rules[i].id;
        }
    }
    return CREDIT_OK;
}

enum credit_status credit_over_read(struct store *store, struct credit_over *over,
                                    struct arena *arena, struct slice legal_entity, struct slice id)
{
    struct customer customer;

    *over = (struct credit_over){.grouped = false};
    enum customer_status status = customer_read(store, &customer, arena, id, NULL);
    if (status == CUSTOMER_OK) {
        over->type = customer_type_name(customer.type);
        status = obligor_group_of(store, &over->group, arena, legal_entity, id);
    }
    REQUIRE(status == CUSTOMER_OK, status == CUSTOMER_NO_MEMORY ? CREDIT_NO_MEMORY : CREDIT_STORE);
    over->grouped = over->group.id.size > 0;
    return over->grouped ? group_over(store, over, arena, &over->group) : CREDIT_OK;
}

/* Of the limits of the pack those that stand over the customer alone: in a group, those of groups
 * stand over the group. */
static void rules_keep(struct credit_rule *rules, size_t *inout_count,
                       const struct credit_over *over)
{
    bool keep[CREDIT_PACK_RULES_MAX];
    size_t kept = 0;

    for (size_t i = 0; i < *inout_count; i++) {
        keep[i] = over->grouped ? !rules[i].of_group
                                : credit_rule_alone(rules, *inout_count, i, over->type);
    }
    for (size_t i = 0; i < *inout_count; i++) {
        if (keep[i]) {
            rules[kept++] = rules[i];
        }
    }
    *inout_count = kept;
}

static enum credit_status activation_prepare(struct store *store, struct activation *activation,
                                             struct arena *arena, const struct decision *decision)
{
    struct proposal *proposal = arena_take(arena, sizeof(*proposal));
    struct credit_rule *rules;
    struct credit_limit *standing;
    struct credit_over over;
    size_t rule_count;
    size_t standing_count;

    REQUIRE(proposal != NULL, CREDIT_NO_MEMORY);
    TRY(body_read(proposal, arena, decision->body));
    TRY(credit_rules_read(&rules, &rule_count, arena, decision->rules));
    TRY(credit_limits_read(store, &standing, &standing_count, arena, decision->customer));
    TRY(credit_over_read(store, &over, arena, decision->legal_entity, decision->customer));
    rules_keep(rules, &rule_count, &over);
    *activation = (struct activation){.decision = decision,
                                      .proposal = proposal,
                                      .group_limits = over.limits,
                                      .group_limit_count = over.limit_count,
                                      .rules = rules,
                                      .rule_count = rule_count,
                                      .standing = standing,
                                      .standing_count = standing_count};
    return activation_build(activation, arena);
}

/* Writes what the ledger is owed for a decision, and the limits that come of it. */
static enum credit_status owe(struct store *store, struct arena *arena,
                              const struct decision *decision, time_us now)
{
    struct activation activation = {0};
    char subject[80];

    enum credit_status status = activation_prepare(store, &activation, arena, decision);
    if (status == CREDIT_OK) {
        status = limits_store(store, &activation);
    }
    if (status == CREDIT_OK) {
        (void)snprintf(subject, sizeof(subject), "decision/%.*s", (int)decision->id.size,
                       decision->id.data);
        const struct outbox_chain chain = {.case_ref = decision->case_ref,
                                           .step = decision->step,
                                           .purpose = SLICE(DECISION_PURPOSE),
                                           .subject = slice_from_cstr(subject),
                                           .actor = decision->decider,
                                           .commands = buffer_slice(&activation.commands),
                                           .made = now};
        status = credit_from_store(outbox_add(store, &chain));
    }
    buffer_release(&activation.commands);
    return status;
}

/* ---- deciding ---- */

static enum credit_status verdict_add(struct store *store, const struct decision *decision)
{
    const struct store_value values[] = {
        store_text(decision->id),
        store_text(decision->application),
        store_text(decision->case_ref),
        store_text(decision->step),
        store_text(decision->legal_entity),
        store_text(decision->customer),
        store_text(decision->approve ? SLICE("approve") : SLICE("reject")),
        store_text(decision->decider),
        store_text_or_null(decision->opinion),
        store_text(decision->body),
        store_text(decision->rules),
        store_text_or_null(decision->proof),
        decision->valid_until == DATE_NONE ? store_null() : store_integer(decision->valid_until),
        store_integer(decision->made),
        store_text(decision->state),
    };

    return credit_from_store(store_change(store, NULL, QUERY_VERDICT_ADD, values));
}

/* The decision of the customer that the ledger still owes an answer to, or that waits. */
static enum credit_status turn_read(struct store *store, struct decision *ret_decision,
                                    bool *ret_found, struct arena *arena, struct slice legal_entity,
                                    struct slice customer)
{
    const struct store_value values[] = {store_text(legal_entity), store_text(customer)};

    return one_read(store, ret_decision, ret_found, arena, QUERY_VERDICT_TURN, values);
}

/* While a customer is merged or split its decisions wait, too. */
static enum credit_status moving_read(struct store *store, bool *inout_taken, struct arena *arena,
                                      struct slice id)
{
    struct customer customer;

    const enum customer_status status = customer_read(store, &customer, arena, id, NULL);
    REQUIRE(status != CUSTOMER_STORE, CREDIT_STORE);
    REQUIRE(status != CUSTOMER_NO_MEMORY, CREDIT_NO_MEMORY);
    *inout_taken = *inout_taken || (status == CUSTOMER_OK && customer.moving != 0);
    return CREDIT_OK;
}

/* Number, id and state of a new decision. */
static enum credit_status decision_place(struct store *store, struct decision *decision,
                                         struct arena *arena)
{
    struct decision *before;
    struct decision turn;
    size_t count;
    bool taken = false;
    char id[48];

    TRY(decisions_read(store, &before, &count, arena, decision->application));
    (void)snprintf(id, sizeof(id), "%.*s.D%zu", (int)decision->application.size,
                   decision->application.data, count + 1);
    decision->id = arena_copy(arena, slice_from_cstr(id));
    REQUIRE(decision->id.data != NULL, CREDIT_NO_MEMORY);
    TRY(turn_read(store, &turn, &taken, arena, decision->legal_entity, decision->customer));
    TRY(moving_read(store, &taken, arena, decision->customer));
    decision->state = !decision->approve ? SLICE("rejected")
                      : taken            ? SLICE("waiting")
                                         : SLICE("owed");
    return CREDIT_OK;
}

static struct slice detail_of(struct arena *arena, const struct decision *decision)
{
    struct buffer out = {0};
    struct json_writer writer;

    json_writer_init(&writer, &out);
    json_object_begin(&writer);
    text_member(&writer, "decision", decision->id);
    text_member(&writer, "outcome", decision->approve ? SLICE("approve") : SLICE("reject"));
    text_member(&writer, "state", decision->state);
    json_object_end(&writer);
    const struct slice copy =
        buffer_failed(&out) ? slice_of(NULL, 0) : arena_copy(arena, buffer_slice(&out));
    buffer_release(&out);
    return copy;
}

struct deciding {
    const struct credit_verdict *verdict;
    struct decision *decision;
    bool stood; /* the step had been decided before */
};

static enum credit_status stood(struct deciding *deciding, const struct decision *before)
{
    const struct credit_verdict *verdict = deciding->verdict;

    REQUIRE(slice_equal(before->application, verdict->application) &&
                before->approve == verdict->approve,
            CREDIT_DECIDED);
    *deciding->decision = *before;
    deciding->stood = true;
    return CREDIT_OK;
}

static enum credit_status decide_work(struct store *store, struct credit_change *change)
{
    struct deciding *deciding = change->input;
    const struct credit_verdict *verdict = deciding->verdict;
    const struct people_actor *actor = change->asking->actor;
    struct decision *decision = deciding->decision;
    struct application was;
    struct application now;

    TRY(application_read(store, &was, change->arena, verdict->application));
    REQUIRE(was.state == APPLICATION_SUBMITTED, CREDIT_NOT_SUBMITTED);
    *decision = (struct decision){.application = was.id,
                                  .case_ref = verdict->case_ref,
                                  .step = verdict->step,
                                  .legal_entity = was.legal_entity,
                                  .customer = was.customer,
                                  .approve = verdict->approve,
                                  .decider = verdict->decider,
                                  .opinion = verdict->opinion,
                                  .body = was.body,
                                  .proof = verdict->proof,
                                  .valid_until = verdict->valid_until,
                                  .made = actor->now};
    TRY(credit_rules_write(&decision->rules, change->arena, verdict->rules, verdict->rule_count));
    TRY(decision_place(store, decision, change->arena));
    TRY(verdict_add(store, decision));
    if (slice_equal(decision->state, SLICE("owed"))) {
        TRY(owe(store, change->arena, decision, actor->now));
    }
    now = was;
    now.state = verdict->approve ? APPLICATION_APPROVED : APPLICATION_REJECTED;
    (void)snprintf(change->subject, sizeof(change->subject), "application/%.*s", (int)was.id.size,
                   was.id.data);
    change->case_ref = verdict->case_ref;
    change->reason = verdict->opinion.size > 0 ? verdict->opinion : slice_of(NULL, 0);
    change->detail = change->after = detail_of(change->arena, decision);
    REQUIRE(change->detail.data != NULL, CREDIT_NO_MEMORY);
    return credit_application_put(store, &now, &was, verdict->decider, actor->now);
}

static enum store_status decide_transaction(struct store *store, void *context)
{
    struct credit_change *change = context;
    struct deciding *deciding = change->input;
    struct decision before;
    bool found = false;

    deciding->stood = false;
    change->status = credit_decision_of(store, &before, &found, change->arena,
                                        deciding->verdict->case_ref, deciding->verdict->step);
    if (change->status == CREDIT_OK && found) {
        change->status = stood(deciding, &before);
    } else if (change->status == CREDIT_OK) {
        change->status = decide_work(store, change);
    }
    if (change->status != CREDIT_OK) {
        return STORE_REFUSED;
    }
    return deciding->stood ? STORE_OK : credit_record(store, change);
}

enum credit_status credit_decide(struct store *store, struct decision *ret_decision,
                                 struct arena *arena, const struct credit_asking *asking,
                                 const struct credit_verdict *verdict)
{
    struct deciding deciding = {.verdict = verdict, .decision = ret_decision};
    struct credit_change change = {
        .arena = arena, .asking = asking, .input = &deciding, .action = SLICE("decision.make")};

    check(verdict->rule_count <= CREDIT_RULES_MAX);
    const enum store_status status =
        store_transact(store, STORE_WRITE, decide_transaction, &change);
    return credit_outcome(status, change.status);
}

/* ---- the ledger's answer ---- */

static enum credit_status state_set(struct store *store, struct slice id, struct slice state)
{
    const struct store_value values[] = {store_text(id), store_text(state)};

    return credit_from_store(store_change(store, NULL, QUERY_VERDICT_STATE, values));
}

/* Limits that stood before and were changed by the chain: their cap and parents are now those of
 * the chain. It is built again, as it was: what it was built from has not changed meanwhile. */
static enum credit_status standing_change(struct store *store, struct arena *arena,
                                          const struct decision *decision)
{
    struct activation activation = {0};

    enum credit_status status = activation_prepare(store, &activation, arena, decision);
    for (size_t i = 0; status == CREDIT_OK && i < activation.limit_count; i++) {
        const struct activation_limit *limit = &activation.limits[i];
        const struct store_value values[] = {store_text(slice_from_cstr(limit->id)),
                                             store_integer(limit->cap_minor),
                                             store_text(slice_from_cstr(limit->parents))};
        if (!limit->opened) {
            status =
                credit_from_store(store_change(store, NULL, QUERY_CREDIT_LIMIT_CHANGE, values));
        }
    }
    buffer_release(&activation.commands);
    return status;
}

/* Ends a decision: what the ledger, or we before it, said. */
static enum credit_status settle(struct store *store, struct arena *arena,
                                 const struct decision *decision, bool accepted, time_us now)
{
    const struct store_value settled[] = {store_text(decision->id),
                                          store_text(accepted ? SLICE("open") : SLICE("refused"))};
    struct application was;
    struct application after;

    TRY(credit_from_store(store_change(store, NULL, QUERY_CREDIT_LIMIT_SETTLE, settled)));
    TRY(state_set(store, decision->id, accepted ? SLICE("active") : SLICE("refused")));
    TRY(application_read(store, &was, arena, decision->application));
    after = was;
    after.state = accepted ? APPLICATION_ACTIVE : APPLICATION_REFUSED;
    return credit_application_put(store, &after, &was, SLICE("system"), now);
}

/* A decision that cannot become a chain ends as one that the ledger refused. */
static enum credit_status refuse(struct store *store, struct arena *arena,
                                 const struct decision *decision, enum credit_status why,
                                 time_us now)
{
    const struct slice text = slice_from_cstr(credit_status_text(why, false));
    char subject[80];

    (void)snprintf(subject, sizeof(subject), "decision/%.*s", (int)decision->id.size,
                   decision->id.data);
    const struct trail_entry entry = {.at = now,
                                      .actor = SLICE("system"),
                                      .action = SLICE("decision.refuse"),
                                      .subject = slice_from_cstr(subject),
                                      .reason = text};
    const struct event event = {.at = now,
                                .op = SLICE("decision.refuse"),
                                .subject = slice_from_cstr(subject),
                                .actor = SLICE("system"),
                                .case_ref = decision->case_ref};
    TRY(settle(store, arena, decision, false, now));
    TRY(credit_from_store(trail_add(store, &entry)));
    return credit_from_store(event_add(store, &event));
}

enum credit_status credit_turn(struct store *store, struct arena *arena, struct slice legal_entity,
                               struct slice customer, time_us now)
{
    for (;;) {
        enum credit_status status;
        struct decision next;
        bool found;

        TRY(turn_read(store, &next, &found, arena, legal_entity, customer));
        if (!found || slice_equal(next.state, SLICE("owed"))) {
            return CREDIT_OK;
        }
        TRY(state_set(store, next.id, SLICE("owed")));
        status = owe(store, arena, &next, now);
        if (status != CREDIT_CURRENCY_DIFFERS && status != CREDIT_AMOUNT_OVERFLOW &&
            status != CREDIT_NO_RULES) {
            return status;
        }
        TRY(refuse(store, arena, &next, status, now));
    }
}

enum credit_status credit_turns(struct store *store, struct arena *arena, struct slice customer,
                                time_us now)
{
    const struct store_value values[] = {store_text(customer)};
    struct store_rows rows;

    TRY(credit_from_store(store_select(store, &rows, arena, QUERY_VERDICTS_TURN, values)));
    for (size_t i = 0; i < rows.count; i++) {
        TRY(credit_turn(store, arena, store_row(&rows, i)[0].bytes, customer, now));
    }
    return CREDIT_OK;
}

static enum credit_status answered(struct store *store, struct arena *arena,
                                   const struct outbox_chain *chain)
{
    static const char prefix[] = "decision/";
    const bool accepted = chain->state == OUTBOX_ACCEPTED;
    struct decision decision;

    check(slice_starts_with(chain->subject, SLICE("decision/")));
    TRY(decision_read(store, &decision, arena,
                      slice_of(chain->subject.data + sizeof(prefix) - 1,
                               chain->subject.size - sizeof(prefix) + 1)));
    if (accepted) {
        TRY(standing_change(store, arena, &decision));
    }
    TRY(settle(store, arena, &decision, accepted, chain->answered));
    return credit_turn(store, arena, decision.legal_entity, decision.customer, chain->answered);
}

enum store_status credit_answered(struct store *store, const struct outbox_chain *chain)
{
    struct arena arena;

    const bool is_move = slice_equal(chain->purpose, SLICE(MOVE_PURPOSE));
    const bool is_group = slice_equal(chain->purpose, SLICE(GROUP_MOVE_PURPOSE));
    const bool is_rules = slice_equal(chain->purpose, SLICE(CUSTOMER_RULES_PURPOSE));
    if (!is_move && !is_group && !is_rules &&
        !slice_equal(chain->purpose, SLICE(DECISION_PURPOSE))) {
        return STORE_OK;
    }
    arena_init(&arena, is_move || is_group ? (size_t)MOVE_BYTES : (size_t)APPLICATION_BYTES);
    const enum credit_status status = is_move    ? move_answered(store, &arena, chain)
                                      : is_group ? group_move_answered(store, &arena, chain)
                                      : is_rules ? customer_rules_answered(store, &arena, chain)
                                                 : answered(store, &arena, chain);
    arena_release(&arena);
    return status == CREDIT_OK          ? STORE_OK
           : status == CREDIT_NO_MEMORY ? STORE_NO_MEMORY
                                        : STORE_REFUSED;
}
