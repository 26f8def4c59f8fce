/* Rows of the room as they are read, and ids. */
#include "process/process_internal.h"

#include <stdarg.h>

/* ---- ids ---- */

static bool number_read(struct slice text, int64_t *ret_number)
{
    uint64_t number = 0;

    if (!slice_to_u64(text, INT64_MAX, &number) || number == 0) {
        return false;
    }
    *ret_number = (int64_t)number;
    return true;
}

bool process_number(struct slice id, int64_t *ret_number)
{
    const size_t digits = id.size > 3 ? id.size - 3 : 0;

    return slice_starts_with(id, SLICE("CS-")) && digits >= 8 &&
           (digits == 8 || id.data[3] != '0') &&
           number_read(slice_of(id.data + 3, digits), ret_number);
}

/* The parts behind the case's id, without leading zeros. */
static bool part_read(struct slice part, int64_t *ret_number)
{
    return part.size > 0 && part.data[0] != '0' && number_read(part, ret_number);
}

bool process_task_numbers(struct slice id, int64_t *ret_case, int64_t *ret_wait)
{
    struct slice rest = id;
    struct slice head;

    return slice_split(&rest, '.', &head) && process_number(head, ret_case) &&
           part_read(rest, ret_wait);
}

bool process_effect_numbers(struct slice id, int64_t ret_numbers[3])
{
    struct slice rest = id;
    struct slice part;

    return slice_split(&rest, '/', &part) && process_number(part, &ret_numbers[0]) &&
           slice_split(&rest, '/', &part) && part_read(part, &ret_numbers[1]) &&
           part_read(rest, &ret_numbers[2]);
}

__attribute__((format(printf, 2, 3))) static struct slice id_text(struct arena *arena,
                                                                  const char *format, ...)
{
    char text[PROCESS_ID_SIZE];
    va_list arguments;

    va_start(arguments, format);
    const int size = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    check(size > 0 && (size_t)size < sizeof(text));
    return arena_copy(arena, slice_of(text, (size_t)size));
}

/* ---- cases ---- */

static bool case_of_row(struct process_case *row, struct arena *arena,
                        const struct store_value *values)
{
    *row = (struct process_case){.number = values[0].number,
                                 .id = id_text(arena, "CS-%08lld", (long long)values[0].number),
                                 .pack = values[1].bytes,
                                 .process = values[2].bytes,
                                 .organisation = values[3].bytes,
                                 .path = values[4].bytes,
                                 .subject = values[5].bytes,
                                 .started_by = values[6].bytes,
                                 .step = values[7].number,
                                 .phase = values[8].bytes,
                                 .incidents = values[9].number,
                                 .started = values[10].number,
                                 .changed = values[11].number,
                                 .ended = process_time(&values[12])};
    return row->id.data != NULL;
}

static enum process_status one_case(struct store *store, struct process_case *ret_case,
                                    struct arena *arena, enum store_query query,
                                    const struct store_value *values)
{
    struct store_rows rows;

    TRY(process_from_store(store_select(store, &rows, arena, query, values)));
    REQUIRE(rows.count > 0, PROCESS_NOT_FOUND);
    return case_of_row(ret_case, arena, store_row(&rows, 0)) ? PROCESS_OK : PROCESS_NO_MEMORY;
}

enum process_status process_case_get(struct store *store, struct process_case *ret_case,
                                     struct arena *arena, int64_t number)
{
    const struct store_value values[] = {store_integer(number)};

    return one_case(store, ret_case, arena, QUERY_PROCESS_CASE_GET, values);
}

enum process_status process_case_read(struct store *store, struct process_case *ret_case,
                                      struct arena *arena, struct slice id)
{
    int64_t number = 0;

    REQUIRE(process_number(id, &number), PROCESS_NOT_FOUND);
    return process_case_get(store, ret_case, arena, number);
}

enum process_status process_case_of(struct store *store, struct process_case *ret_case,
                                    struct arena *arena, struct slice subject, struct slice step)
{
    const struct store_value values[] = {store_text(subject), store_text(step)};

    return one_case(store, ret_case, arena, QUERY_PROCESS_CASE_OF, values);
}

static enum process_status cases_select(struct store *store, struct process_case **ret_cases,
                                        size_t *ret_count, struct arena *arena,
                                        enum store_query query, const struct store_value *values)
{
    struct store_rows rows;

    TRY(process_from_store(store_select(store, &rows, arena, query, values)));
    struct process_case *cases = arena_take_array(arena, rows.count + 1, sizeof(*cases));
    REQUIRE(cases != NULL, PROCESS_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        REQUIRE(case_of_row(&cases[i], arena, store_row(&rows, i)), PROCESS_NO_MEMORY);
    }
    *ret_cases = cases;
    *ret_count = rows.count;
    return PROCESS_OK;
}

enum process_status process_case_page(struct store *store, struct process_case **ret_cases,
                                      size_t *ret_count, struct arena *arena,
                                      const struct process_case_query *query)
{
    const enum store_query which = query->subject.size > 0 ? QUERY_PROCESS_CASE_PAGE_SUBJECT
                                   : query->phase.size > 0 ? QUERY_PROCESS_CASE_PAGE_PHASE
                                                           : QUERY_PROCESS_CASE_PAGE;
    const struct store_value values[] = {store_text(query->path), store_integer(query->behind),
                                         store_integer((int64_t)query->count),
                                         store_text(query->phase), store_text(query->subject)};

    return cases_select(store, ret_cases, ret_count, arena, which, values);
}

enum process_status process_cases_of_customer(struct store *store, struct process_case **ret_cases,
                                              size_t *ret_count, struct arena *arena,
                                              struct slice customer, size_t count)
{
    const struct store_value values[] = {store_text(customer), store_integer((int64_t)count)};

    return cases_select(store, ret_cases, ret_count, arena, QUERY_PROCESS_CASE_PAGE_CUSTOMER,
                        values);
}

enum process_status process_case_history(struct store *store, struct process_history **ret_rows,
                                         size_t *ret_count, struct arena *arena,
                                         struct slice case_id, int64_t step, int64_t ordinal,
                                         size_t count)
{
    struct store_rows rows;
    int64_t number = 0;

    REQUIRE(process_number(case_id, &number), PROCESS_NOT_FOUND);
    const struct store_value values[] = {store_integer(number), store_integer(step),
                                         store_integer(ordinal), store_integer((int64_t)count)};
    TRY(process_from_store(store_select(store, &rows, arena, QUERY_PROCESS_HISTORY_FROM, values)));
    struct process_history *list = arena_take_array(arena, rows.count + 1, sizeof(*list));
    REQUIRE(list != NULL, PROCESS_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        list[i] =
            (struct process_history){row[0].number, row[1].number, row[2].number, row[3].bytes};
    }
    *ret_rows = list;
    *ret_count = rows.count;
    return PROCESS_OK;
}

/* ---- tasks ---- */

static bool task_of_row(struct process_task *task, struct arena *arena,
                        const struct store_value *row)
{
    *task = (struct process_task){
        .number = row[0].number,
        .id = id_text(arena, "CS-%08lld.%lld", (long long)row[1].number, (long long)row[2].number),
        .case_id = id_text(arena, "CS-%08lld", (long long)row[1].number),
        .wait = row[2].number,
        .subject = row[3].bytes,
        .element = row[4].bytes,
        .name = row[5].bytes,
        .form = row[6].bytes,
        .roles = row[7].bytes,
        .assignee = row[8].bytes,
        .organisation = row[9].bytes,
        .path = row[10].bytes,
        .state = row[11].bytes,
        .version = row[12].number,
        .round = row[13].number,
        .claimed_by = row[14].bytes,
        .role = row[15].bytes,
        .inputs = row[16].bytes,
        .outputs = row[17].bytes,
        .reason = row[18].bytes,
        .created = row[19].number,
        .due = process_time(&row[20]),
        .returned = process_time(&row[21]),
        .ended = process_time(&row[22]),
        .instance = row[23].number,
        .claimed_for = row[24].bytes,
        .escalated = process_time(&row[25]),
        .pack = row[26].bytes,
        .shown = row[27].bytes,
    };
    return task->id.data != NULL && task->case_id.data != NULL;
}

static enum process_status tasks_select(struct store *store, struct process_task **ret_tasks,
                                        size_t *ret_count, struct arena *arena,
                                        enum store_query query, const struct store_value *values)
{
    struct store_rows rows;

    TRY(process_from_store(store_select(store, &rows, arena, query, values)));
    struct process_task *tasks = arena_take_array(arena, rows.count + 1, sizeof(*tasks));
    REQUIRE(tasks != NULL, PROCESS_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        REQUIRE(task_of_row(&tasks[i], arena, store_row(&rows, i)), PROCESS_NO_MEMORY);
    }
    *ret_tasks = tasks;
    *ret_count = rows.count;
    return PROCESS_OK;
}

enum process_status process_task_read(struct store *store, struct process_task *ret_task,
                                      struct arena *arena, struct slice id)
{
    struct process_task *tasks;
    size_t count = 0;
    int64_t number = 0;
    int64_t wait = 0;

    REQUIRE(process_task_numbers(id, &number, &wait), PROCESS_NOT_FOUND);
    const struct store_value values[] = {store_integer(number), store_integer(wait)};
    TRY(tasks_select(store, &tasks, &count, arena, QUERY_PROCESS_TASK_GET, values));
    REQUIRE(count > 0, PROCESS_NOT_FOUND);
    *ret_task = tasks[0];
    return PROCESS_OK;
}

enum process_status process_case_tasks(struct store *store, struct process_task **ret_tasks,
                                       size_t *ret_count, struct arena *arena, struct slice case_id)
{
    int64_t number = 0;

    REQUIRE(process_number(case_id, &number), PROCESS_NOT_FOUND);
    const struct store_value values[] = {store_integer(number)};
    return tasks_select(store, ret_tasks, ret_count, arena, QUERY_PROCESS_TASKS_OF_CASE, values);
}

static int task_order(const void *a, const void *b)
{
    const struct process_task *left = a;
    const struct process_task *right = b;

    return (left->number > right->number) - (left->number < right->number);
}

/* The first tasks of each post, merged: what comes behind the last of a full page is not in it. */
static enum process_status page_of_posts(struct store *store, struct process_task **ret_tasks,
                                         size_t *ret_count, struct arena *arena,
                                         const struct process_task_query *query)
{
    struct process_task *all = arena_take_array(arena, 2 * query->count + 1, sizeof(*all));
    size_t count = 0;

    REQUIRE(all != NULL, PROCESS_NO_MEMORY);
    for (size_t p = 0; p < query->post_count; p++) {
        const struct people_post *post = &query->posts[p];
        struct process_task *some;
        size_t found = 0;
        if (post->since > query->now || (post->until != TIME_NONE && post->until <= query->now)) {
            continue;
        }
        const struct store_value values[] = {store_text(role_name(post->role)),
                                             store_text(post->path), store_integer(query->behind),
                                             store_integer((int64_t)query->count)};
        TRY(tasks_select(store, &some, &found, arena, QUERY_PROCESS_TASK_PAGE_ROLE, values));
        memcpy(&all[count], some, found * sizeof(*all));
        qsort(all, count + found, sizeof(*all), task_order);
        size_t kept = 0;
        for (size_t i = 0; i < count + found && kept < query->count; i++) {
            if (kept == 0 || all[kept - 1].number != all[i].number) {
                all[kept++] = all[i];
            }
        }
        count = kept;
    }
    *ret_tasks = all;
    *ret_count = count;
    return PROCESS_OK;
}

enum process_status process_task_page(struct store *store, struct process_task **ret_tasks,
                                      size_t *ret_count, struct arena *arena,
                                      const struct process_task_query *query)
{
    const bool mine = query->claimed_by.size > 0;

    check(query->count >= 1 && query->count <= PROCESS_PAGE_MAX + 1);
    if (!mine && query->posts != NULL) {
        return page_of_posts(store, ret_tasks, ret_count, arena, query);
    }
    const struct store_value values[] = {store_text(mine ? query->claimed_by : query->path),
                                         store_integer(query->behind),
                                         store_integer((int64_t)query->count)};
    return tasks_select(store, ret_tasks, ret_count, arena,
                        mine ? QUERY_PROCESS_TASK_PAGE_MINE : QUERY_PROCESS_TASK_PAGE_BELOW,
                        values);
}

/* ---- effects ---- */

static enum process_status effect_row(struct process_effect *effect, struct arena *arena,
                                      const struct store_value *row)
{
    *effect = (struct process_effect){
        .id = id_text(arena, "CS-%08lld/%lld/%lld", (long long)row[0].number,
                      (long long)row[1].number, (long long)row[2].number),
        .case_id = id_text(arena, "CS-%08lld", (long long)row[0].number),
        .kind = row[4].bytes,
        .topic = row[5].bytes,
        .key = row[6].bytes,
        .element = row[7].bytes,
        .payload = row[8].bytes,
        .state = row[9].bytes,
        .made = row[10].number,
        .subject = row[11].bytes,
    };
    return effect->id.data == NULL || effect->case_id.data == NULL ? PROCESS_NO_MEMORY : PROCESS_OK;
}

enum process_status process_effect_read(struct store *store, struct process_effect *ret_effect,
                                        struct arena *arena, struct slice id)
{
    struct store_rows rows;
    int64_t numbers[3];

    REQUIRE(process_effect_numbers(id, numbers), PROCESS_NOT_FOUND);
    const struct store_value key[] = {store_integer(numbers[0]), store_integer(numbers[1]),
                                      store_integer(numbers[2])};
    TRY(process_from_store(store_select(store, &rows, arena, QUERY_PROCESS_EFFECT_GET, key)));
    REQUIRE(rows.count > 0, PROCESS_NOT_FOUND);
    return effect_row(ret_effect, arena, store_row(&rows, 0));
}

enum process_status process_effects_owed(struct store *store, struct process_effect **ret_effects,
                                         size_t *ret_count, struct arena *arena, struct slice topic,
                                         struct slice case_id, size_t count)
{
    struct store_rows rows;
    int64_t number = 0;

    REQUIRE(case_id.size == 0 || process_number(case_id, &number), PROCESS_NOT_FOUND);
    const struct store_value values[] = {store_text(topic), store_integer(number),
                                         store_integer((int64_t)count)};
    TRY(process_from_store(store_select(store, &rows, arena, QUERY_PROCESS_EFFECTS_OWED, values)));
    struct process_effect *effects = arena_take_array(arena, rows.count + 1, sizeof(*effects));
    REQUIRE(effects != NULL, PROCESS_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        TRY(effect_row(&effects[i], arena, store_row(&rows, i)));
    }
    *ret_effects = effects;
    *ret_count = rows.count;
    return PROCESS_OK;
}
