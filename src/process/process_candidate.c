/* Who may have a task: posts, and the duties that keep people apart. */
#include "customer/customer.h"
#include "process/process_internal.h"

/* ---- duties: one person has one in a case ---- */

/* Every role has one, so that no task is a way round the rule: who prepares the committee's meeting
 * or watches the customer reviews, who sets limits up releases. An administrator has no task. */
static struct slice duty_of(enum role role)
{
    switch (role) {
    case ROLE_RELATIONSHIP_MANAGER:
        return SLICE("initiate");
    case ROLE_COMMITTEE_MEMBER:
        return SLICE("vote");
    case ROLE_APPROVER:
    case ROLE_MANAGEMENT:
        return SLICE("decide");
    case ROLE_RELEASE_OFFICER:
    case ROLE_LIMIT_MANAGER:
        return SLICE("release");
    case ROLE_REVIEWER:
    case ROLE_COMMITTEE_SECRETARY:
    case ROLE_MONITORING_OFFICER:
    case ROLE_WARNING_OFFICER:
    default:
        return SLICE("review");
    }
}

enum process_status process_person_of(struct store *store, struct process_change *change,
                                      struct slice user, struct slice *ret_person)
{
    struct people_user row;

    const enum people_status status = people_user_read(store, &row, &change->scratch, user);
    REQUIRE(status != PEOPLE_NO_MEMORY, PROCESS_NO_MEMORY);
    REQUIRE(status != PEOPLE_STORE, PROCESS_STORE);
    REQUIRE(status == PEOPLE_OK, PROCESS_NOT_PERSON);
    *ret_person = row.person;
    return PROCESS_OK;
}

enum process_status process_person(struct store *store, struct process_change *change)
{
    const struct slice actor = change->asking->actor->id;

    change->person = actor;
    return change->asking->is_person ? process_person_of(store, change, actor, &change->person)
                                     : PROCESS_OK;
}

/* Whether one person may act under a role in the case. */
static enum process_status duty_of_person(struct store *store, struct process_change *change,
                                          struct slice person, enum role role, bool *ret_free)
{
    const struct store_value values[] = {store_integer(change->row.number), store_text(person)};
    struct store_rows rows;

    TRY(process_from_store(
        store_select(store, &rows, &change->scratch, QUERY_PROCESS_DUTY_GET, values)));
    *ret_free = rows.count == 0 || slice_equal(store_row(&rows, 0)[0].bytes, duty_of(role));
    return PROCESS_OK;
}

static enum process_status voted(struct store *store, struct process_change *change,
                                 const struct process_task *task, struct slice person,
                                 bool *ret_voted)
{
    const struct store_value values[] = {store_integer(change->row.number),
                                         store_text(task->element), store_text(person),
                                         store_integer(task->round), store_integer(task->instance)};
    struct store_rows rows;

    TRY(process_from_store(
        store_select(store, &rows, &change->scratch, QUERY_PROCESS_VOTED, values)));
    *ret_voted = task->round != 0 && store_row(&rows, 0)[0].number > 0;
    return PROCESS_OK;
}

enum process_status process_voted(struct store *store, struct process_change *change,
                                  const struct process_task *task, const struct process_part *part,
                                  bool *ret_voted)
{
    TRY(voted(store, change, task, change->person, ret_voted));
    return *ret_voted || part->person.size == 0
               ? PROCESS_OK
               : voted(store, change, task, part->person, ret_voted);
}

enum process_status process_duty_check(struct store *store, struct process_change *change,
                                       const struct process_part *part, bool *ret_free)
{
    TRY(duty_of_person(store, change, change->person, part->duty, ret_free));
    return !*ret_free || part->person.size == 0
               ? PROCESS_OK
               : duty_of_person(store, change, part->person, part->duty, ret_free);
}

enum process_status process_duty_add(struct store *store, const struct process_change *change,
                                     const struct process_part *part)
{
    const struct slice persons[] = {change->person, part->person};

    for (size_t i = 0; i < 2; i++) {
        const struct store_value values[] = {store_integer(change->row.number),
                                             store_text(persons[i]),
                                             store_text(duty_of(part->duty))};
        if (persons[i].size > 0) {
            TRY(process_from_store(store_change(store, NULL, QUERY_PROCESS_DUTY_ADD, values)));
        }
    }
    return PROCESS_OK;
}

/* ---- who asks ---- */

enum process_status process_parts(struct store *store, struct process_change *change,
                                  struct process_part **ret_parts, size_t *ret_count)
{
    const struct people_actor *actor = change->asking->actor;
    struct people_stead *steads = NULL;
    struct people_post *posts = NULL;
    size_t post_count = 0;
    size_t stead_count = 0;

    enum people_status status =
        people_posts_read(store, &posts, &post_count, &change->scratch, actor->id, actor->now);
    if (status == PEOPLE_OK) {
        status = delegation_steads(store, &steads, &stead_count, &change->scratch, actor->id,
                                   change->person, actor->now);
    }
    REQUIRE(status != PEOPLE_NO_MEMORY, PROCESS_NO_MEMORY);
    REQUIRE(status == PEOPLE_OK, PROCESS_STORE);
    struct process_part *parts =
        arena_take_array(&change->scratch, post_count + stead_count + 1, sizeof(*parts));
    REQUIRE(parts != NULL, PROCESS_NO_MEMORY);
    for (size_t i = 0; i < post_count; i++) {
        parts[i] =
            (struct process_part){.role = posts[i].role, .duty = posts[i].role, .post = posts[i]};
    }
    for (size_t i = 0; i < stead_count; i++) {
        const enum role role = steads[i].post.role;
        parts[post_count + i] =
            (struct process_part){role, role, steads[i].post, steads[i].user, steads[i].person};
    }
    *ret_parts = parts;
    *ret_count = post_count + stead_count;
    return PROCESS_OK;
}

static bool part_holds(const struct process_part *part, const struct store_value *candidate,
                       time_us now)
{
    const struct people_post *post = &part->post;

    return post->since <= now && (post->until == TIME_NONE || post->until > now) &&
           slice_equal(role_name(post->role), candidate[0].bytes) &&
           slice_equal(post->path, candidate[1].bytes);
}

/* Whom a task was escalated to has the duty of those whose task it is. */
static enum role duty_role(const struct process_part *part, const struct store_value *named)
{
    enum role role = part->role;

    return named->type != STORE_NULL && role_from_name(named->bytes, &role) ? role : part->role;
}

/* Whether a part can have to do with the task: in the actor's own right or in the stead of whom it
 * is assigned to, and as it was claimed. */
static bool part_fits(const struct process_change *change, const struct process_part *part,
                      const struct process_task *task)
{
    const struct slice who = part->user.size > 0 ? part->user : change->asking->actor->id;

    return (task->assignee.size == 0 || slice_equal(task->assignee, who)) &&
           (task->role.size == 0 || (slice_equal(task->role, role_name(part->role)) &&
                                     slice_equal(task->claimed_for, part->user)));
}

static enum process_status related(struct store *store, struct process_change *change,
                                   struct slice person, bool *ret_related)
{
    const struct store_value values[] = {store_integer(change->row.number), store_text(person),
                                         store_integer(customer_today(change->asking->actor->now))};
    struct store_rows rows;

    TRY(process_from_store(
        store_select(store, &rows, &change->scratch, QUERY_PROCESS_RELATED, values)));
    *ret_related = store_row(&rows, 0)[0].number > 0;
    return PROCESS_OK;
}

enum process_status process_unrelated(struct store *store, struct process_change *change,
                                      const struct process_part *part)
{
    bool is_related = false;

    TRY(related(store, change, change->person, &is_related));
    if (!is_related && part->person.size > 0) {
        TRY(related(store, change, part->person, &is_related));
    }
    return is_related ? PROCESS_RELATED : PROCESS_OK;
}

enum process_status process_part_find(struct store *store, struct process_change *change,
                                      const struct process_task *task,
                                      struct process_part *ret_part)
{
    const struct store_value key[] = {store_integer(task->number)};
    enum process_status status = PROCESS_NOT_CANDIDATE;
    struct process_part *parts;
    struct store_rows rows;
    size_t count = 0;

    REQUIRE(change->asking->is_person, PROCESS_NOT_PERSON);
    TRY(process_parts(store, change, &parts, &count));
    TRY(process_from_store(
        store_select(store, &rows, &change->scratch, QUERY_PROCESS_CANDIDATES_OF, key)));
    for (size_t p = 0; p < count; p++) {
        for (size_t c = 0; c < rows.count && part_fits(change, &parts[p], task); c++) {
            const struct store_value *candidate = store_row(&rows, c);
            bool is_free = false;
            if (!part_holds(&parts[p], candidate, change->asking->actor->now)) {
                continue;
            }
            parts[p].duty = duty_role(&parts[p], &candidate[2]);
            TRY(process_duty_check(store, change, &parts[p], &is_free));
            if (!is_free) {
                status = PROCESS_FOUR_EYES;
                continue;
            }
            TRY(process_unrelated(store, change, &parts[p]));
            *ret_part = parts[p];
            return PROCESS_OK;
        }
    }
    return status;
}

enum process_status process_task_decided(struct store *store, bool *ret_decided,
                                         struct arena *arena, const struct process_task *task)
{
    struct people_user user;
    struct store_rows rows;
    int64_t numbers[2];

    *ret_decided = false;
    REQUIRE(process_task_numbers(task->id, &numbers[0], &numbers[1]), PROCESS_NOT_FOUND);
    const enum people_status status = people_user_read(store, &user, arena, task->claimed_by);
    REQUIRE(status != PEOPLE_NO_MEMORY, PROCESS_NO_MEMORY);
    REQUIRE(status == PEOPLE_OK, PROCESS_STORE);
    const struct store_value values[] = {store_integer(numbers[0]), store_text(user.person)};
    TRY(process_from_store(store_select(store, &rows, arena, QUERY_PROCESS_DUTY_GET, values)));
    *ret_decided = rows.count > 0 && slice_equal(store_row(&rows, 0)[0].bytes, SLICE("decide"));
    return PROCESS_OK;
}
