/* Tasks: how they come up, and what becomes of them. */
#include "process/process_internal.h"

#include "feel/text.h"

enum { US_PER_DAY_S = 86400 };

/* ---- a new task ---- */

static enum process_status candidate_add(struct store *store, struct slice role, struct slice path,
                                         int64_t task, struct slice duty)
{
    const struct store_value values[] = {store_text(role), store_text(path), store_integer(task),
                                         store_text_or_null(duty)};

    return process_from_store(store_change(store, NULL, QUERY_PROCESS_CANDIDATE_ADD, values));
}

/* Posts with the role count at the organisations of the level, at the case's own and above; where
 * none has that level, at the root. */
static enum process_status candidates_of_role(struct store *store,
                                              const struct process_change *change,
                                              struct slice name, int64_t task, struct slice duty)
{
    const struct pack_table *table = &change->pack->tables[PACK_ROLES];
    const struct pack_row *row = pack_row_find(table, name);
    const struct slice path = change->row.path;
    size_t root = 0;
    bool found = false;

    REQUIRE(row != NULL, PROCESS_NO_PACK);
    const struct slice role = pack_cell(table, row, "role");
    const struct slice level = pack_cell(table, row, "level");
    for (size_t end = 2; end <= path.size; end++) {
        const struct slice above = slice_of(path.data, end);
        if (path.data[end - 1] != '/') {
            continue;
        }
        root = root == 0 ? end : root;
        if (slice_equal(level, SLICE("any")) ||
            slice_equal(level, pack_organisation_level(change->pack, above))) {
            found = true;
            TRY(candidate_add(store, role, above, task, duty));
        }
    }
    return found ? PROCESS_OK : candidate_add(store, role, slice_of(path.data, root), task, duty);
}

/* The multi-instance activity that a token runs in, and the instance of it; 0: none. */
static int64_t round_of(const struct bpmn_case *state, uint32_t token, int64_t *ret_instance)
{
    uint32_t scope = 0;

    *ret_instance = 0;
    for (uint32_t t = 0; t < state->token_count; t++) {
        scope = state->tokens[t].number == token ? state->tokens[t].scope : scope;
    }
    for (uint32_t s = state->scope_count; s > 0; s--) {
        const struct bpmn_scope *at = &state->scopes[s - 1];
        if (at->number != scope) {
            continue;
        }
        if (at->kind == BPMN_SCOPE_MULTI) {
            return at->number;
        }
        *ret_instance = at->kind == BPMN_SCOPE_INSTANCE ? at->number : *ret_instance;
        scope = at->parent;
    }
    *ret_instance = 0;
    return 0;
}

/* The due time that the input `due` asks for: a duration in working days and office hours, or a
 * moment. */
static time_us due_of(struct process_change *change, const struct feel_context *inputs)
{
    const struct feel_value *given = inputs == NULL ? NULL : feel_context_get(inputs, SLICE("due"));
    const time_us now = change->asking->actor->now;
    struct feel_value value = given == NULL ? FEEL_NOTHING : *given;
    time_us due = TIME_NONE;

    if (value.kind == FEEL_STRING && time_parse(feel_text(value), &due)) {
        return due;
    }
    if (value.kind == FEEL_STRING && !duration_read(feel_text(value), &value)) {
        return TIME_NONE;
    }
    if (value.kind == FEEL_SPAN && value.span.seconds >= 0 &&
        bpmn_calendar_add(change->env.calendar, now, value.span.seconds / US_PER_DAY_S,
                          value.span.seconds % US_PER_DAY_S, &due)) {
        return due;
    }
    return TIME_NONE;
}

/* A user's id, or the name of an input that has it. */
static struct slice assignee_of(const struct bpmn_node *node, const struct feel_context *inputs)
{
    const struct feel_value *value =
        inputs == NULL ? NULL : feel_context_get(inputs, node->assignee);

    return value != NULL && value->kind == FEEL_STRING ? feel_text(*value) : node->assignee;
}

static enum process_status task_row_add(struct store *store, struct process_change *change,
                                        const struct bpmn_effect *effect, int64_t number,
                                        struct slice inputs)
{
    const struct bpmn_node *node = &change->env.model->nodes[effect->node];
    int64_t instance = 0;
    const int64_t round = round_of(change->state, effect->token, &instance);
    const struct store_value values[] = {
        store_integer(number),
        store_integer(change->row.number),
        store_integer(effect->wait),
        store_text(node->id),
        store_text(node->name),
        store_text(node->form),
        store_text(node->roles),
        store_text_or_null(assignee_of(node, effect->variables)),
        store_integer(round),
        store_text(inputs),
        store_integer(change->asking->actor->now),
        process_time_value(due_of(change, effect->variables)),
        store_integer(instance),
    };

    return process_from_store(store_change(store, NULL, QUERY_PROCESS_TASK_ADD, values));
}

enum process_status process_candidates_add(struct store *store, const struct process_change *change,
                                           struct slice roles, int64_t task, struct slice duty)
{
    struct slice name;

    while (roles.size > 0 && slice_split(&roles, ',', &name)) {
        name = slice_trim(name);
        if (name.size > 0) {
            TRY(candidates_of_role(store, change, name, task, duty));
        }
    }
    return PROCESS_OK;
}

/* The input `escalation`: a role of the pack's that is to see the task once it is overdue. */
static enum process_status escalation_set(struct store *store, const struct feel_context *inputs,
                                          int64_t number)
{
    const struct feel_value *role =
        inputs == NULL ? NULL : feel_context_get(inputs, SLICE("escalation"));

    if (role == NULL || role->kind != FEEL_STRING || feel_text(*role).size == 0) {
        return PROCESS_OK;
    }
    const struct store_value values[] = {store_integer(number), store_text(feel_text(*role))};
    return process_from_store(store_change(store, NULL, QUERY_PROCESS_ESCALATION_SET, values));
}

enum process_status process_task_add(struct store *store, struct process_change *change,
                                     const struct bpmn_effect *effect)
{
    struct buffer inputs = {0};
    struct json_writer writer;
    struct store_rows rows;

    TRY(process_from_store(
        store_select(store, &rows, &change->scratch, QUERY_PROCESS_TASK_LAST, NULL)));
    const int64_t number = store_row(&rows, 0)[0].number + 1;
    json_writer_init(&writer, &inputs);
    if (effect->variables == NULL) {
        json_raw(&writer, SLICE("{}"));
    } else {
        text_write_json(&writer, feel_context_value(effect->variables));
    }
    const enum process_status added =
        buffer_failed(&inputs) ? PROCESS_NO_MEMORY
                               : task_row_add(store, change, effect, number, buffer_slice(&inputs));
    buffer_release(&inputs);
    TRY(added);
    TRY(escalation_set(store, effect->variables, number));
    return process_candidates_add(store, change, change->env.model->nodes[effect->node].roles,
                                  number, SLICE(""));
}

/* ---- changes of a task ---- */

struct task_input {
    struct slice id;
    int64_t version;
    struct process_completion completion;
};

static enum process_status task_open(struct store *store, struct process_change *change)
{
    const struct task_input *input = change->input;
    struct process_task *task = &change->task;

    TRY(process_person(store, change));
    TRY(process_task_read(store, task, change->arena, input->id));
    TRY(process_case_read(store, &change->row, change->arena, task->case_id));
    change->element = task->element;
    REQUIRE(input->version == 0 || input->version == task->version, PROCESS_CHANGED);
    return PROCESS_OK;
}

/* The task as one that the actor has claimed. */
static enum process_status task_open_own(struct store *store, struct process_change *change)
{
    const struct process_task *task = &change->task;

    REQUIRE(change->asking->is_person, PROCESS_NOT_PERSON);
    TRY(task_open(store, change));
    REQUIRE(!slice_equal(task->state, SLICE("open")), PROCESS_NOT_CLAIMED);
    REQUIRE(slice_equal(task->state, SLICE("claimed")), PROCESS_TASK_STATE);
    return slice_equal(task->claimed_by, change->asking->actor->id) ? PROCESS_OK : PROCESS_CLAIMED;
}

static enum process_status task_set(struct store *store, struct process_change *change)
{
    struct process_task *task = &change->task;

    task->version++;
    const struct store_value values[] = {
        store_integer(task->number),           store_text(task->state),
        store_integer(task->version),          store_text_or_null(task->claimed_by),
        store_text_or_null(task->role),        store_text_or_null(task->outputs),
        store_text_or_null(task->reason),      process_time_value(task->due),
        process_time_value(task->returned),    process_time_value(task->ended),
        store_text_or_null(task->claimed_for), store_text_or_null(task->shown),
    };
    return process_from_store(store_change(store, NULL, QUERY_PROCESS_TASK_SET, values));
}

static enum process_status claim_work(struct store *store, struct process_change *change)
{
    struct process_task *task = &change->task;
    const struct slice me = change->asking->actor->id;
    struct process_part part = {0};
    bool voted = false;

    TRY(task_open(store, change));
    if (slice_equal(task->state, SLICE("claimed"))) {
        change->unchanged = slice_equal(task->claimed_by, me) && change->asking->is_person;
        return change->unchanged ? PROCESS_OK : PROCESS_CLAIMED;
    }
    REQUIRE(slice_equal(task->state, SLICE("open")), PROCESS_TASK_STATE);
    TRY(process_part_find(store, change, task, &part));
    TRY(process_voted(store, change, task, &part, &voted));
    REQUIRE(!voted, PROCESS_FOUR_EYES);
    task->state = SLICE("claimed");
    task->claimed_by = me;
    task->claimed_for = part.user.size == 0 ? SLICE("") : arena_copy(change->arena, part.user);
    REQUIRE(task->claimed_for.data != NULL, PROCESS_NO_MEMORY);
    task->role = role_name(part.role);
    return task_set(store, change);
}

static enum process_status unclaim_work(struct store *store, struct process_change *change)
{
    TRY(task_open_own(store, change));
    change->task.state = SLICE("open");
    change->task.claimed_by = SLICE("");
    change->task.claimed_for = SLICE("");
    change->task.role = SLICE("");
    return task_set(store, change);
}

static enum process_status form_check(struct process_change *change, struct slice outputs)
{
    const struct json_value *form = pack_form_find(change->pack, change->task.form);
    struct json_error error;

    if (change->task.form.size == 0 || form == NULL) {
        return PROCESS_OK;
    }
    const struct json_value *given =
        json_parse(&change->scratch, &error, outputs.size == 0 ? SLICE("{}") : outputs);
    REQUIRE(given != NULL, PROCESS_NO_MEMORY); /* it was read before */
    return process_form_fits(form, given) ? PROCESS_OK : PROCESS_BAD_OUTPUTS;
}

static enum process_status complete_work(struct store *store, struct process_change *change)
{
    const struct process_completion *given =
        &((const struct task_input *)change->input)->completion;
    struct process_task *task = &change->task;
    struct process_part part = {0};

    TRY(task_open_own(store, change));
    TRY(process_part_find(store, change, task, &part));
    struct bpmn_event event = {.kind = BPMN_EVENT_DONE, .wait = (uint32_t)task->wait};
    TRY(process_case_open(store, change, change->row.number));
    TRY(process_variables(change, given->outputs, &event.variables));
    TRY(form_check(change, given->outputs));
    TRY(process_content_check(store, change, given->shown));
    task->state = SLICE("done");
    task->outputs = given->outputs.size == 0 ? SLICE("{}") : given->outputs;
    task->shown = given->shown;
    task->ended = change->asking->actor->now;
    TRY(task_set(store, change));
    TRY(process_duty_add(store, change, &part));
    return process_step(store, change, &event);
}

/* ---- return and resume ---- */

/* Office hours between two moments, in microseconds. */
static int64_t office_us(const struct bpmn_calendar *calendar, time_us from, time_us to)
{
    const int64_t offset_us = calendar->offset_s * US_PER_SECOND;
    const int64_t last = time_to_date(to + offset_us);
    int64_t day = time_to_date(from + offset_us);
    int64_t sum = 0;

    for (; day <= last && last - day <= BPMN_CALENDAR_DAYS_MAX; day++) {
        const int64_t begin = day * US_PER_DAY - offset_us;
        const int64_t open = begin + calendar->open_s * US_PER_SECOND;
        const int64_t close = begin + calendar->close_s * US_PER_SECOND;
        const int64_t a = from > open ? from : open;
        const int64_t b = to < close ? to : close;
        sum += bpmn_calendar_works(calendar, (date_days)day) && b > a ? b - a : 0;
    }
    return sum;
}

static enum process_status return_work(struct store *store, struct process_change *change)
{
    TRY(task_open_own(store, change));
    change->task.state = SLICE("returned");
    change->task.reason = change->reason;
    change->task.returned = change->asking->actor->now;
    return task_set(store, change);
}

/* The part of a relationship manager whose post sees the case, free of other duties. */
static enum process_status manager_find(struct store *store, struct process_change *change,
                                        struct process_part *ret_part)
{
    enum process_status status = PROCESS_NOT_CANDIDATE;
    struct process_part *parts;
    size_t count = 0;

    TRY(process_parts(store, change, &parts, &count));
    for (size_t i = 0; i < count; i++) {
        bool is_free = false;
        if (!people_sees(&parts[i].post, 1, ROLE_RELATIONSHIP_MANAGER, change->task.path,
                         change->asking->actor->now)) {
            continue;
        }
        TRY(process_duty_check(store, change, &parts[i], &is_free));
        if (is_free) {
            *ret_part = parts[i];
            return process_unrelated(store, change, &parts[i]);
        }
        status = PROCESS_FOUR_EYES;
    }
    return status;
}

/* Who asked for the supplement, and in whose stead, are other people than who brings it. */
static enum process_status other_than_claimer(struct store *store, struct process_change *change,
                                              const struct process_part *part)
{
    const struct slice users[] = {change->task.claimed_by, change->task.claimed_for};

    for (size_t i = 0; i < 2; i++) {
        struct slice person;
        if (users[i].size > 0) {
            TRY(process_person_of(store, change, users[i], &person));
            REQUIRE(!slice_equal(person, change->person) && !slice_equal(person, part->person),
                    PROCESS_FOUR_EYES);
        }
    }
    return PROCESS_OK;
}

static enum process_status resume_work(struct store *store, struct process_change *change)
{
    const time_us now = change->asking->actor->now;
    struct process_task *task = &change->task;
    struct process_part part = {0};

    REQUIRE(change->asking->is_person, PROCESS_NOT_PERSON);
    TRY(task_open(store, change));
    REQUIRE(slice_equal(task->state, SLICE("returned")), PROCESS_TASK_STATE);
    TRY(manager_find(store, change, &part));
    TRY(other_than_claimer(store, change, &part));
    TRY(process_pack_open(store, change, change->row.pack));
    if (task->due != TIME_NONE && task->due > task->returned) {
        const int64_t stood_us = office_us(change->env.calendar, task->returned, now);
        time_us due = task->due;
        task->due =
            bpmn_calendar_add(change->env.calendar, task->due, 0, stood_us / US_PER_SECOND, &due)
                ? due
                : task->due;
    }
    task->state = SLICE("claimed");
    task->returned = TIME_NONE;
    TRY(process_duty_add(store, change, &part));
    return task_set(store, change);
}

/* ---- the calls ---- */

static enum process_status task_run(struct store *store, struct process_task *ret_task,
                                    struct process_change *change)
{
    TRY(process_change_run(store, change));
    *ret_task = change->task;
    return PROCESS_OK;
}

enum process_status process_task_claim(struct store *store, struct process_task *ret_task,
                                       struct arena *arena, const struct process_asking *asking,
                                       struct slice id, int64_t version)
{
    const struct task_input input = {.id = id, .version = version};
    struct process_change change = {.arena = arena,
                                    .asking = asking,
                                    .work = claim_work,
                                    .input = &input,
                                    .action = SLICE("task.claim")};

    return task_run(store, ret_task, &change);
}

enum process_status process_task_unclaim(struct store *store, struct process_task *ret_task,
                                         struct arena *arena, const struct process_asking *asking,
                                         struct slice id, int64_t version)
{
    const struct task_input input = {.id = id, .version = version};
    struct process_change change = {.arena = arena,
                                    .asking = asking,
                                    .work = unclaim_work,
                                    .input = &input,
                                    .action = SLICE("task.unclaim")};

    return task_run(store, ret_task, &change);
}

enum process_status process_task_complete(struct store *store, struct process_task *ret_task,
                                          struct arena *arena, const struct process_asking *asking,
                                          struct slice id, int64_t version,
                                          const struct process_completion *completion)
{
    const struct task_input input = {id, version, *completion};
    struct process_change change = {.arena = arena,
                                    .asking = asking,
                                    .work = complete_work,
                                    .input = &input,
                                    .action = SLICE("task.complete"),
                                    .detail = completion->outputs};

    return task_run(store, ret_task, &change);
}

static bool reason_valid(struct slice reason)
{
    return slice_trim(reason).size > 0 && reason.size <= PROCESS_REASON_MAX && utf8_valid(reason) &&
           memchr(reason.data, '\0', reason.size) == NULL;
}

enum process_status process_task_return(struct store *store, struct process_task *ret_task,
                                        struct arena *arena, const struct process_asking *asking,
                                        struct slice id, int64_t version, struct slice reason)
{
    const struct task_input input = {.id = id, .version = version};
    struct process_change change = {.arena = arena,
                                    .asking = asking,
                                    .work = return_work,
                                    .input = &input,
                                    .action = SLICE("task.return"),
                                    .reason = reason};

    REQUIRE(reason_valid(reason), PROCESS_BAD_REASON);
    return task_run(store, ret_task, &change);
}

enum process_status process_task_resume(struct store *store, struct process_task *ret_task,
                                        struct arena *arena, const struct process_asking *asking,
                                        struct slice id, int64_t version, struct slice reason)
{
    const struct task_input input = {.id = id, .version = version};
    struct process_change change = {.arena = arena,
                                    .asking = asking,
                                    .work = resume_work,
                                    .input = &input,
                                    .action = SLICE("task.resume"),
                                    .reason = reason};

    REQUIRE(reason_valid(reason), PROCESS_BAD_REASON);
    return task_run(store, ret_task, &change);
}
