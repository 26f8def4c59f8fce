/* Tasks that are overdue are shown to those whom the process names for it, once. */
#include "process/process_internal.h"

struct overdue {
    time_us due;
    bool found;
    char task[PROCESS_ID_SIZE];
    struct slice roles; /* of the pack's */
};

static enum process_status overdue_first(struct store *store, struct arena *arena,
                                         struct overdue *ret_overdue)
{
    struct store_rows rows;

    TRY(process_from_store(
        store_select(store, &rows, arena, QUERY_PROCESS_ESCALATION_FIRST, NULL)));
    ret_overdue->found = rows.count > 0;
    if (ret_overdue->found) {
        const struct store_value *row = store_row(&rows, 0);
        ret_overdue->due = row[0].number;
        ret_overdue->roles = row[3].bytes;
        (void)snprintf(ret_overdue->task, sizeof(ret_overdue->task), "CS-%08lld.%lld",
                       (long long)row[1].number, (long long)row[2].number);
    }
    return PROCESS_OK;
}

static enum store_status look_work(struct store *store, void *context)
{
    struct process_change *change = context;

    change->status = overdue_first(store, change->arena, (struct overdue *)change->input);
    return change->status == PROCESS_OK ? STORE_OK : STORE_REFUSED;
}

/* The role of the program whose task it is: that of the first of its candidates. */
static struct slice duty_of_task(const struct process_change *change)
{
    const struct pack_table *table = &change->pack->tables[PACK_ROLES];
    struct slice rest = change->task.roles;
    struct slice name = SLICE("");

    (void)slice_split(&rest, ',', &name);
    const struct pack_row *row = pack_row_find(table, slice_trim(name));
    return row == NULL ? SLICE("") : pack_cell(table, row, "role");
}

static enum process_status shown_to(struct store *store, struct process_change *change,
                                    struct slice roles)
{
    TRY(process_pack_open(store, change, change->row.pack));
    return process_candidates_add(store, change, roles, change->task.number, duty_of_task(change));
}

/* A role that the pack does not have gives nobody: the entry says so, and the task is not tried
 * again, so that it does not keep others from being shown. */
static enum process_status escalate_work(struct store *store, struct process_change *change)
{
    struct overdue *overdue = (struct overdue *)change->input;
    const time_us now = change->asking->actor->now;
    struct process_task *task = &change->task;

    TRY(overdue_first(store, &change->scratch, overdue));
    change->unchanged = !overdue->found || overdue->due > now;
    if (change->unchanged) {
        return PROCESS_OK;
    }
    TRY(process_task_read(store, task, change->arena, slice_from_cstr(overdue->task)));
    TRY(process_case_read(store, &change->row, change->arena, task->case_id));
    change->element = task->element;
    change->reason = SLICE("overdue");
    const enum process_status shown = shown_to(store, change, overdue->roles);
    if (shown == PROCESS_NO_PACK) {
        change->reason = SLICE("overdue; the pack has no such role");
    } else {
        TRY(shown);
    }
    task->version++;
    const struct store_value values[] = {store_integer(task->number), store_integer(now)};
    return process_from_store(store_change(store, NULL, QUERY_PROCESS_ESCALATED, values));
}

static enum process_status escalate_first(struct store *store, struct process_change *change,
                                          struct overdue *overdue)
{
    const enum store_status looked = store_transact(store, STORE_READ, look_work, change);

    REQUIRE(looked == STORE_OK || looked == STORE_REFUSED, process_from_store(looked));
    TRY(change->status);
    change->unchanged = !overdue->found || overdue->due > change->asking->actor->now;
    return change->unchanged ? PROCESS_OK : process_change_run(store, change);
}

enum process_status process_escalations_due(struct store *store, size_t *ret_count,
                                            time_us *ret_next, const struct process_asking *asking,
                                            size_t count)
{
    enum process_status status = PROCESS_OK;
    struct arena arena;

    *ret_count = 0;
    *ret_next = TIME_NONE;
    arena_init(&arena, PROCESS_STEP_MEMORY);
    while (status == PROCESS_OK && *ret_count < count) {
        struct overdue overdue = {0};
        struct process_change change = {.arena = &arena,
                                        .asking = asking,
                                        .work = escalate_work,
                                        .input = &overdue,
                                        .action = SLICE("task.escalate")};
        arena_reset(&arena);
        status = escalate_first(store, &change, &overdue);
        *ret_next = status == PROCESS_OK && overdue.found ? overdue.due : TIME_NONE;
        if (status != PROCESS_OK || change.unchanged) {
            break;
        }
        (*ret_count)++;
    }
    arena_release(&arena);
    return status;
}
