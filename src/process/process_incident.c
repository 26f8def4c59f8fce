/* Incidents of cases, and how people resolve them. */
#include "process/process_internal.h"

/* ---- which are open ---- */

static const struct bpmn_wait *incident_find(const struct bpmn_case *state, int64_t number)
{
    for (uint32_t w = 0; w < state->wait_count; w++) {
        if (state->waits[w].kind == BPMN_WAIT_INCIDENT && state->waits[w].number == number) {
            return &state->waits[w];
        }
    }
    return NULL;
}

static enum process_status incident_read(struct process_incident *incident, struct arena *arena,
                                         const struct bpmn_model *model,
                                         const struct bpmn_wait *wait)
{
    const struct bpmn_node *node = &model->nodes[wait->node];
    struct slice *flows = arena_take_array(arena, node->outgoing_count + 1U, sizeof(*flows));

    REQUIRE(flows != NULL, PROCESS_NO_MEMORY);
    for (uint32_t i = 0; i < node->outgoing_count; i++) {
        flows[i] = model->flows[node->outgoing[i]].id;
    }
    *incident = (struct process_incident){.wait = wait->number,
                                          .element = node->id,
                                          .name = node->name,
                                          .flows = flows,
                                          .flow_count = node->outgoing_count};
    return PROCESS_OK;
}

enum process_status process_case_incidents(struct store *store,
                                           struct process_incident **ret_incidents,
                                           size_t *ret_count, struct arena *arena,
                                           struct pack_shelf *shelf, const struct process_case *row)
{
    const struct process_asking asking = {.shelf = shelf};
    struct process_change change = {.arena = arena, .asking = &asking};
    size_t count = 0;

    *ret_count = 0;
    *ret_incidents = arena_take_array(arena, (size_t)row->incidents + 1, sizeof(**ret_incidents));
    REQUIRE(*ret_incidents != NULL, PROCESS_NO_MEMORY);
    if (row->incidents == 0) {
        return PROCESS_OK;
    }
    arena_init(&change.scratch, PROCESS_STEP_MEMORY);
    enum process_status status = process_case_open(store, &change, row->number);
    for (uint32_t w = 0; status == PROCESS_OK && w < change.state->wait_count; w++) {
        const struct bpmn_wait *wait = &change.state->waits[w];
        if (wait->kind == BPMN_WAIT_INCIDENT && count < (size_t)row->incidents) {
            status = incident_read(&(*ret_incidents)[count++], arena, change.env.model, wait);
        }
    }
    arena_release(&change.scratch);
    *ret_count = status == PROCESS_OK ? count : 0;
    return status;
}

/* ---- who resolves one ---- */

/* A post of the actor's own that sees the case. */
static bool part_sees(const struct process_change *change, const struct process_part *part,
                      enum role role)
{
    return part->user.size == 0 &&
           people_sees(&part->post, 1, role, change->row.path, change->asking->actor->now);
}

/* To go another way, or on with other values, is a part in the case: the limit manager's, under
 * four eyes. To try again is none. */
static enum process_status resolver_check(struct store *store, struct process_change *change,
                                          bool again)
{
    enum process_status status = PROCESS_NOT_RESOLVER;
    struct process_part *parts;
    size_t count = 0;

    TRY(process_parts(store, change, &parts, &count));
    for (size_t i = 0; i < count; i++) {
        bool is_free = false;
        if (again && (part_sees(change, &parts[i], ROLE_SYSTEM_ADMINISTRATOR) ||
                      part_sees(change, &parts[i], ROLE_LIMIT_MANAGER))) {
            return PROCESS_OK;
        }
        if (!part_sees(change, &parts[i], ROLE_LIMIT_MANAGER)) {
            continue;
        }
        TRY(process_duty_check(store, change, &parts[i], &is_free));
        if (is_free) {
            TRY(process_unrelated(store, change, &parts[i]));
            return process_duty_add(store, change, &parts[i]);
        }
        status = PROCESS_FOUR_EYES;
    }
    return status;
}

/* ---- with which values ---- */

static bool form_has(const struct json_value *form, struct slice name)
{
    const struct json_value *fields = form == NULL ? NULL : json_member(form, SLICE("fields"));

    for (const struct json_value *at = fields == NULL ? NULL : fields->first; at != NULL;
         at = at->next) {
        const struct json_value *its = json_member(at, SLICE("name"));
        if (its != NULL && its->type == JSON_STRING && slice_equal(its->text, name)) {
            return true;
        }
    }
    return false;
}

/* What people say in tasks, such as whether they approve, is said by nobody else. */
static bool said_in_tasks(const struct pack *pack, struct slice name)
{
    const struct bpmn_model *model = pack->processes;

    for (uint32_t i = 0; i < model->node_count; i++) {
        const struct bpmn_node *node = &model->nodes[i];
        if (node->kind == BPMN_USER && node->form.size > 0 &&
            form_has(pack_form_find(pack, node->form), name)) {
            return true;
        }
    }
    return false;
}

static enum process_status values_check(const struct process_change *change,
                                        const struct feel_context *values)
{
    for (uint32_t i = 0; values != NULL && i < values->count; i++) {
        REQUIRE(!said_in_tasks(change->pack, values->entries[i].name), PROCESS_SAID_IN_TASKS);
    }
    return PROCESS_OK;
}

/* ---- the resolution ---- */

/* What the trail keeps of it. */
static enum process_status detail_write(struct process_change *change,
                                        const struct process_resolution *resolution)
{
    struct buffer text = {0};
    struct json_writer writer;

    json_writer_init(&writer, &text);
    json_object_begin(&writer);
    json_name(&writer, SLICE("wait"));
    json_i64(&writer, resolution->wait);
    if (resolution->flow.size > 0) {
        json_name(&writer, SLICE("flow"));
        json_string(&writer, resolution->flow);
    }
    if (resolution->variables.size > 0) {
        json_name(&writer, SLICE("variables"));
        json_raw(&writer, resolution->variables);
    }
    json_object_end(&writer);
    change->detail = buffer_failed(&text) ? slice_of(NULL, 0)
                                          : arena_copy(&change->scratch, buffer_slice(&text));
    buffer_release(&text);
    return change->detail.data == NULL ? PROCESS_NO_MEMORY : PROCESS_OK;
}

static enum process_status resolve_work(struct store *store, struct process_change *change)
{
    const struct process_resolution *resolution = change->input;
    struct bpmn_event event = {.kind = BPMN_EVENT_RESOLVE, .flow = resolution->flow};
    int64_t number = 0;

    REQUIRE(change->asking->is_person, PROCESS_NOT_PERSON);
    REQUIRE(process_number(resolution->case_id, &number), PROCESS_NOT_FOUND);
    TRY(process_person(store, change));
    TRY(process_case_open(store, change, number));
    const struct bpmn_wait *wait = incident_find(change->state, resolution->wait);
    REQUIRE(wait != NULL, PROCESS_EVENT);
    event.wait = wait->number;
    change->element = change->env.model->nodes[wait->node].id;
    TRY(process_variables(change, resolution->variables, &event.variables));
    const bool again =
        resolution->flow.size == 0 && (event.variables == NULL || event.variables->count == 0);
    TRY(resolver_check(store, change, again));
    TRY(values_check(change, event.variables));
    TRY(detail_write(change, resolution));
    return process_step(store, change, &event);
}

enum process_status process_incident_resolve(struct store *store, struct process_case *ret_case,
                                             struct arena *arena,
                                             const struct process_asking *asking,
                                             const struct process_resolution *resolution)
{
    struct process_change change = {.arena = arena,
                                    .asking = asking,
                                    .work = resolve_work,
                                    .input = resolution,
                                    .action = SLICE("case.resolve"),
                                    .reason = resolution->reason};

    REQUIRE(slice_trim(resolution->reason).size > 0 &&
                process_text_valid(resolution->reason, PROCESS_REASON_MAX),
            PROCESS_BAD_REASON);
    REQUIRE(process_text_valid(resolution->flow, BPMN_NAME_MAX), PROCESS_BAD_INPUT);
    TRY(process_change_run(store, &change));
    *ret_case = change.row;
    return PROCESS_OK;
}
