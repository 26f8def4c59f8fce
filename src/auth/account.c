#include "auth/account.h"

#include "auth/people_internal.h"

static const char *const states[] = {"active", "locked", "disabled"};

bool account_state_known(struct slice state)
{
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (slice_equal(state, slice_from_cstr(states[i]))) {
            return true;
        }
    }
    return false;
}

struct slice account_state(const struct account *account, time_us now)
{
    const size_t which = account->disabled != TIME_NONE ? 2 : account->locked_until > now ? 1 : 0;

    return slice_from_cstr(states[which]);
}

/* ---- pages ---- */

/* Behind every text that is kept. */
static const struct slice last_text = {"\xF4\x8F\xBF\xBF\xF4\x8F\xBF\xBF", 8};

static enum store_query query_of(const struct account_query *query)
{
    switch (query->order) {
    case ACCOUNT_BY_NAME:
        return query->descending ? QUERY_USER_PAGE_NAME_DOWN : QUERY_USER_PAGE_NAME;
    case ACCOUNT_BY_CREATED:
        return query->descending ? QUERY_USER_PAGE_CREATED_DOWN : QUERY_USER_PAGE_CREATED;
    default:
        return query->descending ? QUERY_USER_PAGE_LOGIN_DOWN : QUERY_USER_PAGE_LOGIN;
    }
}

static struct account row_read(const struct store_value *row)
{
    return (struct account){
        .id = row[0].bytes,
        .login = row[1].bytes,
        .name = row[2].bytes,
        .organisation = row[3].bytes,
        .path = row[4].bytes,
        .legal_entity = row[5].bytes,
        .person = row[6].bytes,
        .created = row[7].number,
        .disabled = row[8].type == STORE_NULL ? TIME_NONE : row[8].number,
        .locked_until = row[9].number,
        .password = row[10].number != 0,
        .password_set = row[11].number,
        .password_change = row[12].number != 0,
        .second_factor = row[13].number != 0,
    };
}

/* ASCII letters small, as both databases make them of names. */
static struct slice small(struct arena *arena, struct slice text)
{
    char *copy = arena_take(arena, text.size == 0 ? 1 : text.size);

    for (size_t i = 0; copy != NULL && i < text.size; i++) {
        const char c = text.data[i];
        copy[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    return slice_of(copy, copy == NULL ? 0 : text.size);
}

enum people_status account_page(struct store *store, struct account **ret_accounts,
                                size_t *ret_count, struct arena *arena,
                                const struct account_query *query)
{
    const bool down = query->descending;
    const struct store_value first = query->order == ACCOUNT_BY_CREATED
                                         ? store_integer(down ? INT64_MAX : INT64_MIN)
                                         : store_text(down ? last_text : SLICE(""));
    const struct slice match = small(arena, query->match);
    struct store_rows rows;

    REQUIRE(match.data != NULL, PEOPLE_NO_MEMORY);
    const struct store_value values[] = {
        query->behind == NULL ? first : query->behind[0],
        query->behind == NULL ? store_text(down ? last_text : SLICE("")) : query->behind[1],
        store_text(query->below),
        store_text(query->legal_entity),
        store_text(query->state),
        store_text(query->role),
        store_text(query->post),
        store_text(match),
        store_integer(query->now),
        store_integer((int64_t)query->count)};
    TRY(people_from_store(store_select(store, &rows, arena, query_of(query), values)));
    struct account *accounts =
        arena_take_array(arena, rows.count == 0 ? 1 : rows.count, sizeof(*accounts));
    REQUIRE(accounts != NULL, PEOPLE_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        accounts[i] = row_read(store_row(&rows, i));
    }
    *ret_accounts = accounts;
    *ret_count = rows.count;
    return PEOPLE_OK;
}

enum people_status account_read(struct store *store, struct account *ret_account,
                                struct arena *arena, struct slice id)
{
    const struct store_value values[] = {store_text(id)};
    struct store_rows rows;

    REQUIRE(people_id_valid(id), PEOPLE_NOT_FOUND);
    TRY(people_from_store(store_select(store, &rows, arena, QUERY_USER_ACCOUNT, values)));
    REQUIRE(rows.count == 1, PEOPLE_NOT_FOUND);
    *ret_account = row_read(store_row(&rows, 0));
    return PEOPLE_OK;
}

/* ---- sessions ---- */

enum people_status account_sessions(struct store *store, struct account_session **ret_sessions,
                                    size_t *ret_count, struct arena *arena, struct slice user,
                                    time_us now)
{
    const struct store_value values[] = {store_text(user),
                                         store_integer(now - SESSION_SECONDS * US_PER_SECOND),
                                         store_integer(now - SESSION_IDLE_SECONDS * US_PER_SECOND),
                                         store_integer(ACCOUNT_SESSIONS_MAX)};
    struct store_rows rows;

    TRY(people_from_store(store_select(store, &rows, arena, QUERY_SESSIONS_OF, values)));
    struct account_session *sessions =
        arena_take_array(arena, rows.count == 0 ? 1 : rows.count, sizeof(*sessions));
    REQUIRE(sessions != NULL, PEOPLE_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        sessions[i] = (struct account_session){.created = row[0].number,
                                               .seen = row[1].number,
                                               .address = row[2].bytes,
                                               .confined = row[3].number != 0};
        REQUIRE(row[4].bytes.size == SHA256_SIZE, PEOPLE_STORE);
        hex_write(sessions[i].id, (const uint8_t *)row[4].bytes.data, ACCOUNT_SESSION_ID_SIZE / 2);
    }
    *ret_sessions = sessions;
    *ret_count = rows.count;
    return PEOPLE_OK;
}

static enum people_status end_work(struct store *store, struct people_change *change)
{
    const struct store_value values[] = {store_text(change->subject_id),
                                         store_integer(change->actor->now)};
    struct people_user user;
    uint64_t ended = 0;

    TRY(people_user_read(store, &user, &change->arena, change->subject_id));
    TRY(people_from_store(store_change(store, &ended, QUERY_SESSIONS_END, values)));
    buffer_append_cstr(&change->after, "{\"ended\":");
    buffer_append_u64(&change->after, ended);
    buffer_append_cstr(&change->after, "}");
    return PEOPLE_OK;
}

enum people_status account_sessions_end(struct store *store, const struct people_actor *actor,
                                        struct slice user)
{
    struct people_change change = {.actor = actor,
                                   .action = SLICE("user.sessions_end"),
                                   .subject_kind = SLICE("user"),
                                   .subject_id = user,
                                   .work = end_work};

    REQUIRE(people_id_valid(user), PEOPLE_NOT_FOUND);
    return people_change_run(store, &change);
}
