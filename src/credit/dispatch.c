#include "credit/dispatch.h"

#include "credit/credit_internal.h"
#include "credit/group_move.h"
#include "credit/pack_rules.h"

enum { EFFECT_MEMORY = 128 << 20 };

/* One effect under way. */
struct carrying {
    const struct process_effect *effect;
    struct arena *arena;
    struct pack_shelf *shelf;
    time_us now;
    bool waits; /* the ledger owes its answer: nothing is done now */
    enum credit_status status;
};

static struct process_asking asking_of(const struct carrying *carrying,
                                       const struct people_actor *actor)
{
    return (struct process_asking){.actor = actor, .shelf = carrying->shelf};
}

/* ---- who decided ---- */

struct decided_by {
    struct slice decider;
    struct slice opinion;
    struct slice shown; /* the hash that the decider named; empty: none was asked for */
    date_days valid_until;
};

static struct slice text_of(const struct json_value *object, const char *name)
{
    const struct json_value *member =
        object == NULL ? NULL : json_member(object, slice_from_cstr(name));

    return member == NULL || member->type != JSON_STRING ? SLICE("") : member->text;
}

/* The case's last completed task; of an approval the last one of an approver who decides. */
static enum credit_status last_done(struct store *store, const struct process_task **ret_task,
                                    struct arena *arena, const struct process_task *tasks,
                                    size_t count, bool approve)
{
    const struct process_task *last = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct process_task *task = &tasks[i];
        bool counts =
            slice_equal(task->state, SLICE("done")) && (last == NULL || task->ended >= last->ended);
        if (counts && approve) {
            counts = slice_equal(task->role, role_name(ROLE_APPROVER));
        }
        if (counts && approve) {
            TRY(credit_from_process(process_task_decided(store, &counts, arena, task)));
        }
        last = counts ? task : last;
    }
    *ret_task = last;
    return CREDIT_OK;
}

static enum credit_status decider_find(struct store *store, struct decided_by *ret_by,
                                       const struct carrying *carrying, bool approve)
{
    const struct process_task *task = NULL;
    struct process_task *tasks;
    struct json_error error;
    size_t count;

    TRY(credit_from_process(
        process_case_tasks(store, &tasks, &count, carrying->arena, carrying->effect->case_id)));
    TRY(last_done(store, &task, carrying->arena, tasks, count, approve));
    REQUIRE(task != NULL, CREDIT_NO_DECIDER);
    const struct json_value *outputs = json_parse(carrying->arena, &error, task->outputs);
    *ret_by = (struct decided_by){.decider = task->claimed_by,
                                  .opinion = text_of(outputs, "opinion"),
                                  .shown = task->shown,
                                  .valid_until = DATE_NONE};
    if (!date_parse(text_of(outputs, "valid_until"), &ret_by->valid_until)) {
        ret_by->valid_until = DATE_NONE;
    }
    return CREDIT_OK;
}

/* ---- deciding ---- */

/* What was approved is what the decider was shown. */
static bool was_shown(const struct decided_by *by, const struct application *application)
{
    char hash[PROCESS_HASH_SIZE];

    process_content_hash(hash, application->body);
    return by->shown.size == 0 || slice_equal(by->shown, slice_of(hash, sizeof(hash)));
}

static bool sees_all(const void *context, struct slice path)
{
    (void)context;
    (void)path;
    return true;
}

/* What the decision must fit: the limits of the pack, which stand over the customer's group
 * first. */
static enum credit_status rules_find(struct store *store, struct carrying *carrying,
                                     const struct application *application,
                                     struct credit_rule **ret_rules, size_t *ret_count)
{
    struct credit_ground ground;

    TRY(credit_ground_read(store, &ground, carrying->arena, carrying->shelf, application));
    TRY(pack_rules(ret_rules, ret_count, carrying->arena, ground.pack, ground.customer_type,
                   customer_today(carrying->now)));
    return group_rules_bring(store, &carrying->waits, carrying->arena, carrying->shelf,
                             application->legal_entity, application->customer, carrying->now);
}

static enum credit_status decide(struct store *store, struct decision *ret_decision,
                                 struct carrying *carrying, bool approve)
{
    const struct process_effect *effect = carrying->effect;
    struct credit_rule *rules = NULL;
    struct application application;
    struct decided_by by;
    size_t rule_count = 0;

    REQUIRE(slice_starts_with(effect->subject, SLICE("application/")), CREDIT_NOT_FOUND);
    const size_t skip = SLICE("application/").size;
    TRY(application_read(store, &application, carrying->arena,
                         slice_of(effect->subject.data + skip, effect->subject.size - skip)));
    TRY(decider_find(store, &by, carrying, approve));
    REQUIRE(!approve || was_shown(&by, &application), CREDIT_NOT_APPROVED);
    if (approve) {
        TRY(rules_find(store, carrying, &application, &rules, &rule_count));
        if (carrying->waits) {
            return CREDIT_OK;
        }
    }
    const struct people_actor actor = {.id = by.decider, .now = carrying->now};
    const struct credit_asking asking = {.actor = &actor, .sees = sees_all};
    const struct credit_verdict verdict = {.application = application.id,
                                           .case_ref = effect->case_id,
                                           .step = effect->id,
                                           .decider = by.decider,
                                           .approve = approve,
                                           .opinion = by.opinion,
                                           .proof = application.routing,
                                           .valid_until = by.valid_until,
                                           .rules = rules,
                                           .rule_count = rule_count};
    return credit_decide(store, ret_decision, carrying->arena, &asking, &verdict);
}

/* ---- back to the process ---- */

static enum credit_status complete(struct store *store, const struct carrying *carrying,
                                   const struct decision *decision)
{
    const struct people_actor actor = {.id = SLICE("system"), .now = carrying->now};
    const struct process_asking asking = asking_of(carrying, &actor);
    struct process_case process;
    char outputs[96];

    (void)snprintf(outputs, sizeof(outputs), "{\"decision\":\"%.*s\"}", (int)decision->id.size,
                   decision->id.data);
    return credit_from_process(process_effect_complete(
        store, &process, carrying->arena, &asking, carrying->effect->id, slice_from_cstr(outputs)));
}

static enum credit_status fail(struct store *store, const struct carrying *carrying,
                               struct slice code, struct slice text)
{
    const struct people_actor actor = {.id = SLICE("system"), .now = carrying->now};
    const struct process_asking asking = asking_of(carrying, &actor);
    struct process_case process;

    return credit_from_process(process_effect_fail(store, &process, carrying->arena, &asking,
                                                   carrying->effect->id, code, text));
}

/* ---- one effect ---- */

static enum credit_status carry(struct store *store, struct carrying *carrying)
{
    const struct process_effect *effect = carrying->effect;
    const bool approve = slice_equal(effect->topic, SLICE(TOPIC_ACTIVATE));
    struct decision decision;
    bool found;

    TRY(credit_decision_of(store, &decision, &found, carrying->arena, effect->case_id, effect->id));
    carrying->waits = false;
    if (!found) {
        TRY(decide(store, &decision, carrying, approve));
        if (carrying->waits) {
            return CREDIT_OK;
        }
    } else {
        carrying->waits = slice_equal(decision.state, SLICE("waiting")) ||
                          slice_equal(decision.state, SLICE("owed"));
    }
    if (slice_equal(decision.state, SLICE("active")) ||
        slice_equal(decision.state, SLICE("rejected"))) {
        return complete(store, carrying, &decision);
    }
    if (slice_equal(decision.state, SLICE("refused"))) {
        return fail(store, carrying, SLICE(ERROR_LIMIT_REFUSED),
                    SLICE("the ledger refused the limits"));
    }
    return CREDIT_OK; /* the ledger is asked */
}

static enum store_status carry_work(struct store *store, void *context)
{
    struct carrying *carrying = context;

    carrying->status = carry(store, carrying);
    return carrying->status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

static enum store_status incident_work(struct store *store, void *context)
{
    struct carrying *carrying = context;
    const struct slice text = slice_from_cstr(credit_status_text(carrying->status, false));

    return fail(store, carrying, SLICE(""), text) == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

/* Stores what an effect comes to. What is wrong with it, rather than with the database, becomes an
 * incident; where even that is refused, the effect stays owed, and the others go on. */
static enum store_status effect_run(struct store *store, struct carrying *carrying,
                                    bool *inout_changed)
{
    enum store_status status = store_transact(store, STORE_WRITE, carry_work, carrying);

    if (status == STORE_REFUSED && carrying->status != CREDIT_OK) {
        REQUIRE(carrying->status != CREDIT_NO_MEMORY, STORE_NO_MEMORY);
        REQUIRE(carrying->status != CREDIT_STORE, STORE_FAILED);
        status = store_transact(store, STORE_WRITE, incident_work, carrying);
        *inout_changed = *inout_changed || status == STORE_OK;
        return status == STORE_REFUSED ? STORE_OK : status;
    }
    *inout_changed = *inout_changed || (status == STORE_OK && !carrying->waits);
    return status;
}

/* ---- what is owed ---- */

struct owed {
    struct arena *arena;
    struct slice topic;
    struct process_effect *effects;
    size_t count;
};

static enum store_status owed_work(struct store *store, void *context)
{
    struct owed *owed = context;

    const enum process_status status = process_effects_owed(
        store, &owed->effects, &owed->count, owed->arena, owed->topic, SLICE(""), DISPATCH_COUNT);
    return status == PROCESS_OK          ? STORE_OK
           : status == PROCESS_NO_MEMORY ? STORE_NO_MEMORY
                                         : STORE_REFUSED;
}

static enum store_status topic_run(struct store *store, struct arena *arena, struct slice topic,
                                   const struct carrying *template, bool *inout_changed)
{
    struct owed owed = {.arena = arena, .topic = topic};

    TRY(store_transact(store, STORE_READ, owed_work, &owed));
    for (size_t i = 0; i < owed.count; i++) {
        struct carrying carrying = *template;
        carrying.effect = &owed.effects[i];
        arena_reset(carrying.arena);
        TRY(effect_run(store, &carrying, inout_changed));
    }
    return STORE_OK;
}

enum store_status credit_dispatch(struct store *store, bool *ret_changed, struct pack_shelf *shelf,
                                  time_us now)
{
    struct arena list;
    struct arena one;
    const struct carrying template = {.arena = &one, .shelf = shelf, .now = now};

    *ret_changed = false;
    arena_init(&list, EFFECT_MEMORY);
    arena_init(&one, EFFECT_MEMORY);
    enum store_status status =
        topic_run(store, &list, SLICE(TOPIC_ACTIVATE), &template, ret_changed);
    if (status == STORE_OK) {
        status = topic_run(store, &list, SLICE(TOPIC_REJECT), &template, ret_changed);
    }
    arena_release(&one);
    arena_release(&list);
    return status;
}
