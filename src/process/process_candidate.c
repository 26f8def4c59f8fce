/* Who may have a task: posts, and the duties that keep people apart. */
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

enum process_status process_duty_check(struct store *store, struct process_change *change,
                                       enum role role, bool *ret_free)
{
    const struct store_value values[] = {store_integer(change->row.number),
                                         store_text(change->person)};
    const struct slice duty = duty_of(role);
    struct store_rows rows;

    TRY(process_from_store(
        store_select(store, &rows, &change->scratch, QUERY_PROCESS_DUTY_GET, values)));
    *ret_free = rows.count == 0 || slice_equal(store_row(&rows, 0)[0].bytes, duty);
    return PROCESS_OK;
}

enum process_status process_duty_add(struct store *store, const struct process_change *change,
                                     enum role role)
{
    const struct store_value values[] = {store_integer(change->row.number),
                                         store_text(change->person), store_text(duty_of(role))};

    return process_from_store(store_change(store, NULL, QUERY_PROCESS_DUTY_ADD, values));
}

/* ---- who asks ---- */

enum process_status process_posts(struct store *store, struct process_change *change,
                                  struct people_post **ret_posts, size_t *ret_count)
{
    const struct people_actor *actor = change->asking->actor;
    const enum people_status status =
        people_posts_read(store, ret_posts, ret_count, &change->scratch, actor->id, actor->now);

    REQUIRE(status != PEOPLE_NO_MEMORY, PROCESS_NO_MEMORY);
    return status == PEOPLE_OK ? PROCESS_OK : PROCESS_STORE;
}

static bool post_holds(const struct people_post *post, const struct store_value *candidate,
                       time_us now)
{
    return post->since <= now && (post->until == TIME_NONE || post->until > now) &&
           slice_equal(role_name(post->role), candidate[0].bytes) &&
           slice_equal(post->path, candidate[1].bytes);
}

enum process_status process_role_find(struct store *store, struct process_change *change,
                                      const struct process_task *task, struct slice only,
                                      enum role *ret_role)
{
    const struct store_value key[] = {store_integer(task->number)};
    enum process_status status = PROCESS_NOT_CANDIDATE;
    struct people_post *posts;
    struct store_rows rows;
    size_t count = 0;

    REQUIRE(change->asking->is_person, PROCESS_NOT_PERSON);
    REQUIRE(task->assignee.size == 0 || slice_equal(task->assignee, change->asking->actor->id),
            PROCESS_NOT_CANDIDATE);
    TRY(process_posts(store, change, &posts, &count));
    TRY(process_from_store(
        store_select(store, &rows, &change->scratch, QUERY_PROCESS_CANDIDATES_OF, key)));
    for (size_t c = 0; c < rows.count; c++) {
        const struct store_value *candidate = store_row(&rows, c);
        for (size_t p = 0; p < count; p++) {
            bool is_free = false;
            if (!post_holds(&posts[p], candidate, change->asking->actor->now) ||
                (only.size > 0 && !slice_equal(only, candidate[0].bytes))) {
                continue;
            }
            TRY(process_duty_check(store, change, posts[p].role, &is_free));
            if (is_free) {
                *ret_role = posts[p].role;
                return PROCESS_OK;
            }
            status = PROCESS_FOUR_EYES;
        }
    }
    return status;
}
