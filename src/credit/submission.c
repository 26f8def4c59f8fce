#include "credit/submission.h"

#include "credit/credit_internal.h"
#include "credit/pack_rules.h"
#include "dmn/answer.h"

enum { ROUTING_MEMORY = 32 << 20, ROUTING_STEPS = 1000000 };

/* ---- amounts ---- */

static int128 power_of_ten(unsigned exponent)
{
    int128 power = 1;

    for (; exponent > 0; exponent--) {
        power *= 10;
    }
    return power;
}

enum credit_status credit_to_base(int64_t *ret_minor, const struct credit_rates *rates,
                                  int64_t minor, enum currency currency)
{
    if (currency == rates->base) {
        *ret_minor = minor;
        return CREDIT_OK;
    }
    REQUIRE(rates->rate_e10[currency] > 0, CREDIT_NO_RATE);
    /* At most 10^18 x 10^16, and 10^4 for the decimals of the base currency. */
    const int128 product =
        (int128)minor * rates->rate_e10[currency] * power_of_ten(currency_digits(rates->base));
    const int128 divisor = power_of_ten(10 + currency_digits(currency));
    const int128 base = (product + divisor - 1) / divisor;
    REQUIRE(base <= AMOUNT_MAX, CREDIT_AMOUNT_OVERFLOW);
    *ret_minor = (int64_t)base;
    return CREDIT_OK;
}

/* ---- the routing table ---- */

struct routing {
    const struct application *application;
    const struct pack *pack;
    struct slice hash;          /* of the pack */
    struct slice customer_type; /* its name */
    int64_t amount_minor;       /* in the base currency */
    enum currency base;
    struct slice input;   /* JSON */
    struct slice process; /* what came of it */
    struct slice json;
};

static void text_member(struct json_writer *writer, const char *name, struct slice text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, text);
}

static enum credit_status take(struct slice *ret_text, struct arena *arena, struct buffer *text)
{
    *ret_text = buffer_failed(text) ? slice_of(NULL, 0) : arena_copy(arena, buffer_slice(text));
    buffer_release(text);
    return ret_text->data == NULL ? CREDIT_NO_MEMORY : CREDIT_OK;
}

/* What the table is asked. */
static enum credit_status input_write(struct routing *routing, struct arena *arena)
{
    const struct application *application = routing->application;
    struct buffer out = {0};
    struct buffer amount = {0};
    struct json_writer writer;

    amount_write(&amount, routing->amount_minor, routing->base);
    json_writer_init(&writer, &out);
    json_object_begin(&writer);
    text_member(&writer, "customer_type", routing->customer_type);
    text_member(&writer, "organisation_level",
                pack_organisation_level(routing->pack, application->path));
    text_member(&writer, "application_type", application->type);
    json_name(&writer, SLICE("amount"));
    json_raw(&writer, buffer_slice(&amount));
    json_object_end(&writer);
    const bool failed = buffer_failed(&amount);
    buffer_release(&amount);
    const enum credit_status status = take(&routing->input, arena, &out);
    return failed ? CREDIT_NO_MEMORY : status;
}

static enum credit_status ask(struct slice *ret_answer, struct arena *arena,
                              const struct routing *routing, time_us now)
{
    const date_days today = time_to_date(now);
    const struct dmn_question question = {
        .decision = SLICE(SUBMISSION_DECISION),
        .input = routing->input,
        .explain = true,
        .limits = {.steps_max = ROUTING_STEPS},
        .now = {.days = today, .nanos = (now - today * US_PER_DAY) * 1000, .has_offset = true},
    };
    const struct dmn_model *model = NULL;
    struct arena scratch;
    struct buffer answer = {0};
    struct buffer reason = {0};

    REQUIRE(pack_decision_find(routing->pack, question.decision, &model) != NULL,
            CREDIT_NOT_ROUTED);
    arena_init(&scratch, ROUTING_MEMORY);
    const enum dmn_answer_status status = dmn_answer(model, &scratch, &question, &answer, &reason);
    arena_release(&scratch);
    buffer_release(&reason);
    const enum credit_status taken = take(ret_answer, arena, &answer);
    return status == DMN_ANSWER_OK ? taken : CREDIT_NOT_ROUTED;
}

static enum credit_status routing_write(struct routing *routing, struct arena *arena,
                                        struct slice answer)
{
    struct buffer out = {0};
    struct json_writer writer;

    json_writer_init(&writer, &out);
    json_object_begin(&writer);
    json_name(&writer, SLICE("pack"));
    json_object_begin(&writer);
    text_member(&writer, "id", routing->pack->id);
    text_member(&writer, "version", routing->pack->version);
    text_member(&writer, "hash", routing->hash);
    json_object_end(&writer);
    json_name(&writer, SLICE("input"));
    json_raw(&writer, routing->input);
    json_name(&writer, SLICE("answer"));
    json_raw(&writer, answer);
    json_object_end(&writer);
    return take(&routing->json, arena, &out);
}

static enum credit_status route(struct routing *routing, struct arena *arena, time_us now)
{
    struct json_error error;
    struct slice answer;

    TRY(input_write(routing, arena));
    TRY(ask(&answer, arena, routing, now));
    const struct json_value *value = json_parse(arena, &error, answer);
    REQUIRE(value != NULL, CREDIT_NO_MEMORY);
    const struct json_value *result = json_member(value, SLICE("result"));
    const struct json_value *process =
        result == NULL ? NULL : json_member(result, SLICE("process"));
    REQUIRE(process != NULL && process->type == JSON_STRING, CREDIT_NOT_ROUTED);
    routing->process = process->text;
    REQUIRE(pack_process_find(routing->pack, routing->process) != BPMN_NOWHERE, CREDIT_NOT_ROUTED);
    return routing_write(routing, arena, answer);
}

/* ---- what a submission needs ---- */

enum credit_status credit_from_process(enum process_status status)
{
    switch (status) {
    case PROCESS_OK:
        return CREDIT_OK;
    case PROCESS_STORE:
        return CREDIT_STORE;
    case PROCESS_NO_MEMORY:
        return CREDIT_NO_MEMORY;
    case PROCESS_NO_PACK:
        return CREDIT_NO_PACK;
    default:
        return CREDIT_PROCESS;
    }
}

/* ---- the case ---- */

/* The variables that the case begins with: what the table was asked, and what it is about. */
static enum credit_status variables_write(struct slice *ret_variables, struct arena *arena,
                                          const struct routing *routing, struct slice by)
{
    struct buffer out = {0};
    struct json_writer writer;

    json_writer_init(&writer, &out);
    json_object_begin(&writer);
    text_member(&writer, "application", routing->application->id);
    text_member(&writer, "customer", routing->application->customer);
    text_member(&writer, "initiator", by);
    text_member(&writer, "currency", currency_code(routing->base));
    /* The members of the table's question, without their braces. */
    buffer_append_cstr(&out, ",");
    buffer_append(&out, slice_of(routing->input.data + 1, routing->input.size - 1));
    return take(ret_variables, arena, &out);
}

/* Everybody who made a version of it. */
static enum credit_status authors_read(struct store *store, struct slice **ret_authors,
                                       size_t *ret_count, struct arena *arena, struct slice id)
{
    struct application_version *versions;
    size_t count;

    TRY(application_versions(store, &versions, &count, arena, id));
    struct slice *authors = arena_take_array(arena, count + 1, sizeof(*authors));
    REQUIRE(authors != NULL, CREDIT_NO_MEMORY);
    for (size_t i = 0; i < count; i++) {
        authors[i] = versions[i].actor;
    }
    *ret_authors = authors;
    *ret_count = count;
    return CREDIT_OK;
}

static enum credit_status case_begin(struct store *store, struct process_case *ret_case,
                                     struct credit_change *change, const struct routing *routing)
{
    const struct credit_submission *submission = change->input;
    const struct process_asking asking = {.actor = change->asking->actor,
                                          .is_person = submission->is_person,
                                          .shelf = submission->shelf};
    struct process_start start = {.pack = routing->hash,
                                  .process = routing->process,
                                  .organisation = routing->application->organisation,
                                  .subject = slice_from_cstr(change->subject),
                                  .step = SLICE(SUBMISSION_STEP),
                                  .customer = routing->application->customer};
    struct slice *authors;

    TRY(variables_write(&start.variables, change->arena, routing, asking.actor->id));
    TRY(authors_read(store, &authors, &start.initiator_count, change->arena,
                     routing->application->id));
    start.initiators = authors;
    return credit_from_process(process_start(store, ret_case, change->arena, &asking, &start));
}

/* ---- submitting ---- */

static enum credit_status states_write(struct credit_change *change, const struct application *was,
                                       const struct application *now)
{
    struct buffer out = {0};
    struct json_writer writer;

    json_writer_init(&writer, &out);
    json_object_begin(&writer);
    text_member(&writer, "state", application_state_name(now->state));
    text_member(&writer, "case", now->case_ref);
    json_name(&writer, SLICE("routing"));
    json_raw(&writer, now->routing);
    json_object_end(&writer);
    TRY(take(&change->after, change->arena, &out));
    json_writer_init(&writer, &out);
    json_object_begin(&writer);
    text_member(&writer, "state", application_state_name(was->state));
    json_object_end(&writer);
    return take(&change->before, change->arena, &out);
}

static enum credit_status submit_work(struct store *store, struct credit_change *change)
{
    const struct credit_submission *submission = change->input;
    const struct people_actor *actor = change->asking->actor;
    struct application *now = change->application;
    struct credit_ground ground;
    struct application was;
    struct process_case process;
    char where[PROPOSAL_WHERE_SIZE];

    TRY(credit_application_find(store, &was, change, submission->id, submission->version));
    REQUIRE(was.state == APPLICATION_DRAFT, CREDIT_NOT_DRAFT);
    TRY(credit_ground_read(store, &ground, change->arena, submission->shelf, &was));
    REQUIRE(pack_products_known(ground.pack, &ground.proposal, where), CREDIT_UNKNOWN_PRODUCT);
    struct routing routing = {.application = &was,
                              .pack = ground.pack,
                              .hash = ground.hash,
                              .customer_type = ground.customer_type,
                              .base = submission->rates->base};
    TRY(credit_to_base(&routing.amount_minor, submission->rates, ground.proposal.amount_minor,
                       ground.proposal.currency));
    TRY(route(&routing, change->arena, actor->now));
    TRY(case_begin(store, &process, change, &routing));
    *now = was;
    now->state = APPLICATION_SUBMITTED;
    now->submitted = actor->now;
    now->case_ref = process.id;
    now->routing = routing.json;
    change->case_ref = now->case_ref;
    TRY(states_write(change, &was, now));
    return credit_application_put(store, now, &was, actor->id, actor->now);
}

enum credit_status application_submit(struct store *store, struct application *ret_application,
                                      struct arena *arena, const struct credit_asking *asking,
                                      const struct credit_submission *submission)
{
    struct credit_change change = {.arena = arena,
                                   .asking = asking,
                                   .work = submit_work,
                                   .input = (void *)(uintptr_t)submission,
                                   .action = SLICE("application.submit"),
                                   .application = ret_application};

    return credit_change_run(store, &change);
}

/* ---- withdrawing ---- */

struct withdrawing {
    const struct credit_submission *submission;
    struct slice reason;
    struct application *application;
    struct arena *arena;
    const struct credit_asking *asking;
    enum credit_status status;
};

static enum credit_status case_end(struct store *store, const struct withdrawing *withdrawing,
                                   const struct application *was)
{
    const struct credit_submission *submission = withdrawing->submission;
    const struct process_asking asking = {.actor = withdrawing->asking->actor,
                                          .is_person = submission->is_person,
                                          .shelf = submission->shelf};
    struct process_case process;

    return credit_from_process(process_cancel(store, &process, withdrawing->arena, &asking,
                                              was->case_ref, withdrawing->reason));
}

static enum store_status withdraw_work(struct store *store, void *context)
{
    struct withdrawing *withdrawing = context;
    const struct credit_submission *submission = withdrawing->submission;
    const struct application_move move = {.id = submission->id,
                                          .version = submission->version,
                                          .to = APPLICATION_WITHDRAWN,
                                          .action = SLICE("application.withdraw"),
                                          .reason = withdrawing->reason};
    struct application was;

    /* The move judges reach and state. */
    withdrawing->status = application_read(store, &was, withdrawing->arena, submission->id);
    if (withdrawing->status == CREDIT_OK) {
        withdrawing->status = application_move(store, withdrawing->application, withdrawing->arena,
                                               withdrawing->asking, &move);
    }
    if (withdrawing->status == CREDIT_OK && was.state == APPLICATION_SUBMITTED) {
        withdrawing->status = case_end(store, withdrawing, &was);
    }
    return withdrawing->status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

enum credit_status application_withdraw(struct store *store, struct application *ret_application,
                                        struct arena *arena, const struct credit_asking *asking,
                                        const struct credit_submission *submission,
                                        struct slice reason)
{
    struct withdrawing withdrawing = {.submission = submission,
                                      .reason = reason,
                                      .application = ret_application,
                                      .arena = arena,
                                      .asking = asking};

    const enum store_status status =
        store_transact(store, STORE_WRITE, withdraw_work, &withdrawing);
    return credit_outcome(status, withdrawing.status);
}
