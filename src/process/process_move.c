/* A running case moved to the pack that is in force now: its tokens to the elements of the newer
 * process, and with them its tasks, owed effects and awaited messages. */
#include "process/process_internal.h"

#include "bpmn/move.h"

enum { MOVES_SHOWN_MAX = 64 << 10 /* bytes in the audit trail */ };

/* ---- where it would go ---- */

struct target {
    struct slice hash;
    const struct pack *pack;
};

/* The pack in force, unless the case runs by it, or another was expected. */
static enum process_status target_find(struct store *store, struct target *ret_target,
                                       struct arena *arena, const struct process_asking *asking,
                                       const struct process_case *row,
                                       const struct process_move *wish)
{
    TRY(process_in_force(store, &ret_target->hash, &ret_target->pack, arena, asking->shelf,
                         row->path));
    REQUIRE(!slice_equal(ret_target->hash, row->pack), PROCESS_SAME_PACK);
    REQUIRE(wish->step == 0 || wish->step == row->step, PROCESS_CHANGED);
    REQUIRE(wish->pack.size == 0 || slice_equal(wish->pack, ret_target->hash), PROCESS_CHANGED);
    return slice_equal(row->phase, SLICE("running")) ? PROCESS_OK : PROCESS_EVENT;
}

static struct bpmn_migration migration_of(const struct process_asking *asking,
                                          const struct process_move *wish, struct bpmn_moves *moves)
{
    return (struct bpmn_migration){.replacements = wish->replacements,
                                   .count = wish->count,
                                   .by = asking->actor->id,
                                   .at = asking->actor->now,
                                   .moves = moves};
}

static void moving_fill(struct process_moving *ret_moving, const struct process_case *row,
                        const struct target *target, const struct bpmn_moves *moves, bool possible)
{
    *ret_moving = (struct process_moving){.row = *row,
                                          .from = row->pack,
                                          .to = target->hash,
                                          .possible = possible,
                                          .moves = moves->first};
}

enum process_status process_move_preview(struct store *store, struct process_moving *ret_moving,
                                         struct arena *arena, const struct process_asking *asking,
                                         const struct process_move *wish)
{
    struct process_change change = {.arena = arena, .asking = asking};
    struct bpmn_moves moves = {.arena = arena};
    struct buffer text = {0};
    struct target target;
    int64_t number = 0;

    REQUIRE(process_number(wish->case_id, &number), PROCESS_NOT_FOUND);
    arena_init(&change.scratch, PROCESS_STEP_MEMORY);
    enum process_status status = process_case_open(store, &change, number);
    if (status == PROCESS_OK) {
        status = target_find(store, &target, arena, asking, &change.row, wish);
    }
    if (status == PROCESS_OK) {
        const struct bpmn_env env = {.model = target.pack->processes,
                                     .calendar = &target.pack->calendar,
                                     .arena = &change.scratch};
        const struct bpmn_migration migration = migration_of(asking, wish, &moves);
        const bool possible = bpmn_case_migrate(&env, change.state, &migration, &text, NULL, NULL);
        status = moves.failed || buffer_failed(&text) ? PROCESS_NO_MEMORY : PROCESS_OK;
        moving_fill(ret_moving, &change.row, &target, &moves, possible);
    }
    buffer_release(&text);
    arena_release(&change.scratch);
    return status;
}

/* ---- what moves with the tokens ---- */

static const struct bpmn_wait *wait_of(const struct bpmn_case *state, int64_t number)
{
    for (uint32_t w = 0; w < state->wait_count; w++) {
        if (state->waits[w].number == number) {
            return &state->waits[w];
        }
    }
    return NULL;
}

static bool scope_lives(const struct bpmn_case *state, int64_t number)
{
    for (uint32_t s = 0; s < state->scope_count; s++) {
        if (state->scopes[s].number == number) {
            return true;
        }
    }
    return false;
}

static struct slice replaced(const struct process_move *wish, struct slice element)
{
    for (size_t i = 0; i < wish->count; i++) {
        if (slice_equal(wish->replacements[i].from, element)) {
            return wish->replacements[i].to;
        }
    }
    return element;
}

/* A task that waits is that of the newer element: its name, form and candidates. */
static enum process_status task_move(struct store *store, struct process_change *change,
                                     const struct process_task *task, const struct bpmn_node *node)
{
    const struct store_value values[] = {store_integer(task->number), store_text(node->id),
                                         store_text(node->name), store_text(node->form),
                                         store_text(node->roles)};
    const struct store_value key[] = {store_integer(change->row.number), store_integer(task->wait)};

    TRY(process_from_store(store_change(store, NULL, QUERY_PROCESS_TASK_MOVE, values)));
    TRY(process_from_store(store_change(store, NULL, QUERY_PROCESS_CANDIDATES_CLEAR, key)));
    return process_candidates_add(store, change, node->roles, task->number, SLICE(""));
}

/* Those that are done stay as they were, but for votes under way: who has voted has voted. */
static enum process_status tasks_move(struct store *store, struct process_change *change)
{
    const struct process_move *wish = change->input;
    struct process_task *tasks = NULL;
    size_t count = 0;

    TRY(process_case_tasks(store, &tasks, &count, &change->scratch, change->row.id));
    for (size_t i = 0; i < count; i++) {
        const struct process_task *task = &tasks[i];
        const struct bpmn_wait *wait =
            task->ended == TIME_NONE ? wait_of(change->state, task->wait) : NULL;
        const struct slice element = replaced(wish, task->element);
        if (wait != NULL) {
            TRY(task_move(store, change, task, &change->env.model->nodes[wait->node]));
        } else if (task->round != 0 && scope_lives(change->state, task->round) &&
                   !slice_equal(element, task->element)) {
            const struct store_value values[] = {store_integer(task->number), store_text(element)};
            TRY(process_from_store(store_change(store, NULL, QUERY_PROCESS_TASK_RENAME, values)));
        }
    }
    return PROCESS_OK;
}

static enum process_status waits_move(struct store *store, const struct process_change *change)
{
    for (uint32_t w = 0; w < change->state->wait_count; w++) {
        const struct bpmn_wait *wait = &change->state->waits[w];
        const struct bpmn_node *node = &change->env.model->nodes[wait->node];
        const struct store_value values[] = {
            store_integer(change->row.number), store_integer(wait->number),
            store_text(wait->kind == BPMN_WAIT_MESSAGE ? node->message : node->id),
            store_text(wait->kind == BPMN_WAIT_MESSAGE ? wait->key : node->topic)};
        if (wait->kind == BPMN_WAIT_MESSAGE) {
            TRY(process_from_store(store_change(store, NULL, QUERY_PROCESS_WAIT_MOVE, values)));
        } else if (wait->kind == BPMN_WAIT_SERVICE) {
            TRY(process_from_store(store_change(store, NULL, QUERY_PROCESS_EFFECT_MOVE, values)));
        }
    }
    return PROCESS_OK;
}

/* ---- the trail ---- */

void process_moves_write(struct json_writer *writer, const struct bpmn_move *moves)
{
    json_array_begin(writer);
    for (const struct bpmn_move *move = moves; move != NULL; move = move->next) {
        json_object_begin(writer);
        json_name(writer, SLICE("what"));
        json_string(writer, slice_from_cstr(move->what));
        json_name(writer, SLICE("number"));
        json_u64(writer, move->number);
        json_name(writer, SLICE("element"));
        json_string(writer, move->from);
        json_name(writer, SLICE("kind"));
        json_string(writer, move->kind);
        if (move->to.size > 0) {
            json_name(writer, SLICE("to"));
            json_string(writer, move->to);
        }
        if (move->why != NULL) {
            json_name(writer, move->ends ? SLICE("ends") : SLICE("obstacle"));
            json_string(writer, slice_from_cstr(move->why));
        }
        json_object_end(writer);
    }
    json_array_end(writer);
}

static struct slice pack_text_of(struct arena *arena, struct slice pack,
                                 const struct bpmn_move *moves)
{
    struct buffer text = {0};
    struct json_writer writer;

    json_writer_init(&writer, &text);
    json_object_begin(&writer);
    json_name(&writer, SLICE("pack"));
    json_string(&writer, pack);
    const size_t begin = text.size;
    if (moves != NULL) {
        json_name(&writer, SLICE("moves"));
        process_moves_write(&writer, moves);
    }
    json_object_end(&writer);
    /* The history of the case names each, where they are too many for the trail. */
    if (text.size > MOVES_SHOWN_MAX) {
        text.size = begin;
        buffer_append_byte(&text, '}');
    }
    const struct slice copy =
        buffer_failed(&text) ? slice_of(NULL, 0) : arena_copy(arena, buffer_slice(&text));
    buffer_release(&text);
    return copy;
}

/* ---- the move ---- */

struct move_context {
    struct process_move wish; /* first: the change's input */
    struct process_moving *moving;
};

/* The state under the newer model, or what stands in the way. */
static enum process_status migrate(struct process_change *change, const struct target *target,
                                   struct process_moving *moving, struct bpmn_effects *ret_effects)
{
    const struct process_move *wish = change->input;
    const struct bpmn_env env = {.model = target->pack->processes,
                                 .calendar = &target->pack->calendar,
                                 .arena = &change->scratch};
    struct bpmn_moves moves = {.arena = change->arena};
    const struct bpmn_migration migration = migration_of(change->asking, wish, &moves);
    struct bpmn_case *state = NULL;
    struct buffer text = {0};

    const bool moved =
        bpmn_case_migrate(&env, change->state, &migration, &text, &state, ret_effects);
    buffer_release(&text);
    REQUIRE(!moves.failed, PROCESS_NO_MEMORY);
    moving_fill(moving, &change->row, target, &moves, moved);
    for (const struct bpmn_move *at = moves.first; at != NULL && !moved; at = at->next) {
        REQUIRE(at->why == NULL || at->ends, PROCESS_NO_PLACE);
    }
    REQUIRE(moved, PROCESS_NO_MEMORY);
    change->before = pack_text_of(change->arena, change->row.pack, NULL);
    change->detail = pack_text_of(change->arena, target->hash, moves.first);
    REQUIRE(change->before.data != NULL && change->detail.data != NULL, PROCESS_NO_MEMORY);
    change->pack = target->pack;
    change->env = env;
    change->state = state;
    change->row.pack = target->hash;
    change->row.process = env.model->nodes[state->scopes[0].node].id;
    return PROCESS_OK;
}

static enum process_status move_work(struct store *store, struct process_change *change)
{
    const struct move_context *context = change->input;
    struct bpmn_effects effects = {0};
    struct target target;
    int64_t number = 0;

    REQUIRE(process_number(context->wish.case_id, &number), PROCESS_NOT_FOUND);
    TRY(process_case_open(store, change, number));
    TRY(target_find(store, &target, change->arena, change->asking, &change->row, &context->wish));
    TRY(migrate(change, &target, context->moving, &effects));
    const struct store_value values[] = {store_integer(number), store_text(change->row.pack),
                                         store_text(change->row.process)};
    TRY(process_from_store(store_change(store, NULL, QUERY_PROCESS_CASE_MOVE, values)));
    TRY(process_step_write(store, change, &effects, false));
    TRY(tasks_move(store, change));
    return waits_move(store, change);
}

enum process_status process_move(struct store *store, struct process_moving *ret_moving,
                                 struct arena *arena, const struct process_asking *asking,
                                 const struct process_move *wish)
{
    struct process_moving moving = {0};
    const struct move_context context = {*wish, &moving};
    struct process_change change = {.arena = arena,
                                    .asking = asking,
                                    .work = move_work,
                                    .input = &context,
                                    .action = SLICE("case.move"),
                                    .reason = wish->reason};

    REQUIRE(asking->is_person, PROCESS_NOT_PERSON);
    REQUIRE(slice_trim(wish->reason).size > 0 &&
                process_text_valid(wish->reason, PROCESS_REASON_MAX),
            PROCESS_BAD_REASON);
    REQUIRE(wish->pack.size > 0, PROCESS_CHANGED);
    const enum process_status status = process_change_run(store, &change);
    if (status == PROCESS_OK) {
        moving.row = change.row;
    }
    *ret_moving = moving;
    return status;
}
