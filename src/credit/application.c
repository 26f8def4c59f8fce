#include "credit/credit_internal.h"

static const struct slice state_names[] = {
#define X(identifier, name, chinese) {name, sizeof(name) - 1},
    APPLICATION_STATE_LIST(X)
#undef X
};

struct slice application_state_name(enum application_state state)
{
    check(state < APPLICATION_STATE_COUNT);
    return state_names[state];
}

bool application_state_from_name(struct slice name, enum application_state *ret_state)
{
    for (unsigned i = 0; i < APPLICATION_STATE_COUNT; i++) {
        if (slice_equal(name, state_names[i])) {
            *ret_state = (enum application_state)i;
            return true;
        }
    }
    return false;
}

/* ---- the frame of a change ---- */

enum store_status credit_record(struct store *store, const struct credit_change *change)
{
    const struct slice subject = slice_from_cstr(change->subject);
    const struct people_actor *actor = change->asking->actor;
    const struct trail_entry entry = {.at = actor->now,
                                      .actor = actor->id,
                                      .address = actor->address,
                                      .action = change->action,
                                      .subject = subject,
                                      .before = change->before,
                                      .after = change->after,
                                      .reason = change->reason};
    const struct event event = {.ledger = change->asking->ledger,
                                .at = actor->now,
                                .op = change->action,
                                .subject = subject,
                                .actor = actor->id,
                                .case_ref = change->case_ref,
                                .detail = change->detail};

    TRY(trail_add(store, &entry));
    return event_add(store, &event);
}

static enum store_status change_work(struct store *store, void *context)
{
    struct credit_change *change = context;

    change->status = change->work(store, change);
    return change->status == CREDIT_OK ? credit_record(store, change) : STORE_REFUSED;
}

enum credit_status credit_change_run(struct store *store, struct credit_change *change)
{
    const enum store_status status = store_transact(store, STORE_WRITE, change_work, change);

    return credit_outcome(status, change->status);
}

/* ---- rows ---- */

static void row_read(struct application *application, const struct store_value *row)
{
    *application = (struct application){
        .number = row[0].number,
        .id = row[1].bytes,
        .version = row[2].number,
        .legal_entity = row[3].bytes,
        .organisation = row[4].bytes,
        .path = row[5].bytes,
        .customer = row[6].bytes,
        .type = row[7].bytes,
        .body = row[9].bytes,
        .case_ref = row[10].bytes,
        .created_by = row[11].bytes,
        .created = row[12].number,
        .changed = row[13].number,
        .submitted = row[14].type == STORE_NULL ? TIME_NONE : row[14].number,
        .routing = row[15].bytes,
    };
    /* The schema lets no other state in. */
    check(application_state_from_name(row[8].bytes, &application->state));
}

enum credit_status application_read(struct store *store, struct application *ret_application,
                                    struct arena *arena, struct slice id)
{
    const struct store_value values[] = {store_text(id)};
    struct store_rows rows;

    REQUIRE(id.size > 0 && id.size <= PROPOSAL_WORD_MAX && utf8_valid(id) &&
                memchr(id.data, '\0', id.size) == NULL,
            CREDIT_NOT_FOUND);
    TRY(credit_from_store(store_select(store, &rows, arena, QUERY_APPLICATION_GET, values)));
    REQUIRE(rows.count == 1, CREDIT_NOT_FOUND);
    row_read(ret_application, store_row(&rows, 0));
    return CREDIT_OK;
}

/* One condition that most rows do not meet is the one whose index the page is a piece of. */
static enum store_query page_query(const struct application_query *query)
{
    if (query->customer.size > 0) {
        return query->down ? QUERY_APPLICATION_CUSTOMER_DOWN : QUERY_APPLICATION_CUSTOMER_UP;
    }
    if (query->state.size > 0) {
        return query->down ? QUERY_APPLICATION_STATE_DOWN : QUERY_APPLICATION_STATE_UP;
    }
    return query->down ? QUERY_APPLICATION_PAGE_DOWN : QUERY_APPLICATION_PAGE_UP;
}

enum credit_status application_page(struct store *store, struct application **ret_rows,
                                    size_t *ret_count, struct arena *arena,
                                    const struct application_query *query)
{
    /* What stands below a path begins with it: up to the path with '0', which follows '/'. */
    const struct slice from = query->path.size == 0 ? SLICE("/") : query->path;
    struct slice to = arena_copy(arena, from);
    struct store_rows rows;

    check(query->count >= 1 && query->count <= APPLICATION_PAGE_MAX);
    REQUIRE(to.data != NULL, CREDIT_NO_MEMORY);
    check(from.data[from.size - 1] == '/');
    ((char *)(uintptr_t)to.data)[to.size - 1] = '0';
    const struct store_value values[] = {store_integer(query->behind),
                                         store_text(query->customer),
                                         store_text(query->state),
                                         store_text(from),
                                         store_text(to),
                                         store_integer((int64_t)query->count)};
    TRY(credit_from_store(store_select(store, &rows, arena, page_query(query), values)));
    struct application *list =
        arena_take_array(arena, rows.count == 0 ? 1 : rows.count, sizeof(*list));
    REQUIRE(list != NULL, CREDIT_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        row_read(&list[i], store_row(&rows, i));
    }
    *ret_rows = list;
    *ret_count = rows.count;
    return CREDIT_OK;
}

enum credit_status application_versions(struct store *store,
                                        struct application_version **ret_versions,
                                        size_t *ret_count, struct arena *arena, struct slice id)
{
    const struct store_value values[] = {store_text(id)};
    struct store_rows rows;

    TRY(credit_from_store(store_select(store, &rows, arena, QUERY_APPLICATION_VERSIONS, values)));
    struct application_version *list =
        arena_take_array(arena, rows.count == 0 ? 1 : rows.count, sizeof(*list));
    REQUIRE(list != NULL, CREDIT_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        list[i] = (struct application_version){.version = row[0].number,
                                               .state = row[1].bytes,
                                               .body = row[2].bytes,
                                               .actor = row[3].bytes,
                                               .at = row[4].number};
    }
    *ret_versions = list;
    *ret_count = rows.count;
    return CREDIT_OK;
}

/* ---- storing ---- */

static enum credit_status version_add(struct store *store, const struct application *application,
                                      struct slice actor, time_us at)
{
    const struct store_value values[] = {
        store_text(application->id),
        store_integer(application->version),
        store_text(state_names[application->state]),
        store_text(application->body),
        store_text(actor),
        store_integer(at),
    };

    return credit_from_store(store_change(store, NULL, QUERY_APPLICATION_VERSION_ADD, values));
}

enum credit_status credit_application_put(struct store *store, struct application *now,
                                          const struct application *was, struct slice actor,
                                          time_us at)
{
    const struct store_value values[] = {
        store_text(now->id),
        store_integer(was->version),
        store_text(now->type),
        store_text(state_names[now->state]),
        store_text(now->body),
        store_text_or_null(now->case_ref),
        store_integer(at),
        now->submitted == TIME_NONE ? store_null() : store_integer(now->submitted),
        store_text(now->customer),
        store_text_or_null(now->routing),
    };
    uint64_t changed;

    TRY(credit_from_store(store_change(store, &changed, QUERY_APPLICATION_SET, values)));
    REQUIRE(changed == 1, CREDIT_CHANGED);
    now->version = was->version + 1;
    now->changed = at;
    return version_add(store, now, actor, at);
}

static void subject_set(struct credit_change *change, struct slice id)
{
    const int size = snprintf(change->subject, sizeof(change->subject), "application/%.*s",
                              (int)id.size, id.data);
    check(size > 0 && (size_t)size < sizeof(change->subject));
}

/* The proposal as JSON, in the arena. */
static enum credit_status body_write(struct slice *ret_body, struct arena *arena,
                                     const struct proposal *proposal)
{
    struct buffer out = {0};
    struct json_writer writer;

    json_writer_init(&writer, &out);
    proposal_write(&writer, proposal);
    const struct slice body =
        buffer_failed(&out) ? slice_of(NULL, 0) : arena_copy(arena, buffer_slice(&out));
    buffer_release(&out);
    REQUIRE(body.data != NULL, CREDIT_NO_MEMORY);
    *ret_body = body;
    return CREDIT_OK;
}

/* ---- entering ---- */

struct entering {
    struct slice organisation;
    const struct proposal *proposal;
};

static enum credit_status number_take(struct store *store, struct application *application,
                                      struct arena *arena)
{
    struct store_rows rows;
    char id[24];

    TRY(credit_from_store(store_select(store, &rows, arena, QUERY_APPLICATION_LAST, NULL)));
    application->number = store_row(&rows, 0)[0].number + 1;
    (void)snprintf(id, sizeof(id), "AP-%08lld", (long long)application->number);
    application->id = arena_copy(arena, slice_from_cstr(id));
    return application->id.data == NULL ? CREDIT_NO_MEMORY : CREDIT_OK;
}

static enum credit_status place_read(struct store *store, struct application *application,
                                     struct credit_change *change, struct slice organisation)
{
    struct people_organisation place;

    const enum people_status status =
        people_organisation_read(store, &place, change->arena, organisation);
    REQUIRE(status != PEOPLE_STORE, CREDIT_STORE);
    REQUIRE(status != PEOPLE_NO_MEMORY, CREDIT_NO_MEMORY);
    REQUIRE(status == PEOPLE_OK && change->asking->sees(change->asking->context, place.path),
            CREDIT_ORGANISATION_NOT_FOUND);
    application->organisation = place.id;
    application->path = place.path;
    application->legal_entity = place.legal_entity;
    return CREDIT_OK;
}

static enum credit_status add_work(struct store *store, struct credit_change *change)
{
    const struct entering *entering = change->input;
    const struct people_actor *actor = change->asking->actor;
    struct application *application = change->application;

    *application = (struct application){.version = 1,
                                        .customer = entering->proposal->customer,
                                        .type = entering->proposal->type,
                                        .state = APPLICATION_DRAFT,
                                        .created_by = actor->id,
                                        .created = actor->now,
                                        .changed = actor->now,
                                        .submitted = TIME_NONE};
    TRY(place_read(store, application, change, entering->organisation));
    TRY(number_take(store, application, change->arena));
    TRY(body_write(&application->body, change->arena, entering->proposal));
    const struct store_value values[] = {
        store_integer(application->number),
        store_text(application->id),
        store_text(application->legal_entity),
        store_text(application->organisation),
        store_text(application->path),
        store_text(application->customer),
        store_text(application->type),
        store_text(application->body),
        store_text(actor->id),
        store_integer(actor->now),
    };
    TRY(credit_from_store(store_change(store, NULL, QUERY_APPLICATION_ADD, values)));
    TRY(version_add(store, application, actor->id, actor->now));
    subject_set(change, application->id);
    change->after = application->body;
    return CREDIT_OK;
}

enum credit_status application_add(struct store *store, struct application *ret_application,
                                   struct arena *arena, const struct credit_asking *asking,
                                   struct slice organisation, const struct proposal *proposal)
{
    struct entering entering = {.organisation = organisation, .proposal = proposal};
    struct credit_change change = {.arena = arena,
                                   .asking = asking,
                                   .work = add_work,
                                   .input = &entering,
                                   .action = SLICE("application.create"),
                                   .application = ret_application};

    return credit_change_run(store, &change);
}

/* ---- changing ---- */

enum credit_status credit_application_find(struct store *store, struct application *ret_application,
                                           struct credit_change *change, struct slice id,
                                           int64_t version)
{
    TRY(application_read(store, ret_application, change->arena, id));
    REQUIRE(change->asking->sees(change->asking->context, ret_application->path), CREDIT_NOT_FOUND);
    REQUIRE(version == 0 || version == ret_application->version, CREDIT_CHANGED);
    subject_set(change, id);
    return CREDIT_OK;
}

struct changing {
    struct slice id;
    int64_t version;
    const struct proposal *proposal;
};

static enum credit_status edit_work(struct store *store, struct credit_change *change)
{
    const struct changing *changing = change->input;
    const struct people_actor *actor = change->asking->actor;
    struct application *now = change->application;
    struct application was;

    TRY(credit_application_find(store, &was, change, changing->id, changing->version));
    REQUIRE(was.state == APPLICATION_DRAFT, CREDIT_NOT_DRAFT);
    *now = was;
    now->customer = changing->proposal->customer;
    now->type = changing->proposal->type;
    TRY(body_write(&now->body, change->arena, changing->proposal));
    change->before = was.body;
    change->after = now->body;
    return credit_application_put(store, now, &was, actor->id, actor->now);
}

enum credit_status application_change(struct store *store, struct application *ret_application,
                                      struct arena *arena, const struct credit_asking *asking,
                                      struct slice id, int64_t version,
                                      const struct proposal *proposal)
{
    struct changing changing = {.id = id, .version = version, .proposal = proposal};
    struct credit_change change = {.arena = arena,
                                   .asking = asking,
                                   .work = edit_work,
                                   .input = &changing,
                                   .action = SLICE("application.change"),
                                   .application = ret_application};

    return credit_change_run(store, &change);
}

/* ---- moving ---- */

/* The arrows of the picture in the header; what is wrong where there is none. */
static enum credit_status arrow(enum application_state from, enum application_state to)
{
    switch (to) {
    case APPLICATION_SUBMITTED:
        return from == APPLICATION_DRAFT ? CREDIT_OK : CREDIT_NOT_DRAFT;
    case APPLICATION_WITHDRAWN:
        return from == APPLICATION_DRAFT || from == APPLICATION_SUBMITTED ? CREDIT_OK
                                                                          : CREDIT_NOT_SUBMITTED;
    case APPLICATION_REJECTED:
    case APPLICATION_APPROVED:
        return from == APPLICATION_SUBMITTED ? CREDIT_OK : CREDIT_NOT_SUBMITTED;
    case APPLICATION_ACTIVE:
    case APPLICATION_REFUSED:
        return from == APPLICATION_APPROVED ? CREDIT_OK : CREDIT_NOT_SUBMITTED;
    default:
        return CREDIT_NOT_DRAFT;
    }
}

static struct slice state_json(struct arena *arena, enum application_state state)
{
    char text[40];

    (void)snprintf(text, sizeof(text), "{\"state\":\"%s\"}", state_names[state].data);
    return arena_copy(arena, slice_from_cstr(text));
}

static enum credit_status move_work(struct store *store, struct credit_change *change)
{
    const struct application_move *move = change->input;
    const struct people_actor *actor = change->asking->actor;
    struct application *now = change->application;
    struct application was;

    TRY(credit_application_find(store, &was, change, move->id, move->version));
    TRY(arrow(was.state, move->to));
    *now = was;
    now->state = move->to;
    now->case_ref = move->case_ref.size > 0 ? move->case_ref : was.case_ref;
    now->submitted = move->to == APPLICATION_SUBMITTED ? actor->now : was.submitted;
    change->before = state_json(change->arena, was.state);
    change->after = state_json(change->arena, now->state);
    REQUIRE(change->before.data != NULL && change->after.data != NULL, CREDIT_NO_MEMORY);
    change->case_ref = now->case_ref;
    return credit_application_put(store, now, &was, actor->id, actor->now);
}

enum credit_status application_move(struct store *store, struct application *ret_application,
                                    struct arena *arena, const struct credit_asking *asking,
                                    const struct application_move *move)
{
    struct credit_change change = {.arena = arena,
                                   .asking = asking,
                                   .work = move_work,
                                   .input = (void *)(uintptr_t)move,
                                   .action = move->action,
                                   .reason =
                                       move->reason.size > 0 ? move->reason : slice_of(NULL, 0),
                                   .application = ret_application};

    return credit_change_run(store, &change);
}
