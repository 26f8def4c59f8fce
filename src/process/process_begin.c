/* Cases that people start by themselves, and messages that find their case. */
#include "process/process_internal.h"

/* ---- who may ---- */

struct begin_work {
    const struct process_asking *asking;
    const struct process_begin *begin;
    struct arena *arena;
    struct people_post *posts;
    size_t post_count;
    struct slice path;
    struct slice hash;
    const struct pack *pack;
    uint32_t node;
    struct process_case row;
    bool is_new;
    enum process_status status;
};

static enum process_status from_people(enum people_status status, enum process_status not_found)
{
    return status == PEOPLE_OK          ? PROCESS_OK
           : status == PEOPLE_NOT_FOUND ? not_found
           : status == PEOPLE_NO_MEMORY ? PROCESS_NO_MEMORY
                                        : PROCESS_STORE;
}

static enum process_status from_pack(enum pack_status status)
{
    return status == PACK_STATUS_OK          ? PROCESS_OK
           : status == PACK_STATUS_STORE     ? PROCESS_STORE
           : status == PACK_STATUS_NO_MEMORY ? PROCESS_NO_MEMORY
                                             : PROCESS_NO_PACK;
}

/* The organisation, if a post of the actor sees it. */
static enum process_status place_read(struct store *store, struct begin_work *work)
{
    const struct people_actor *actor = work->asking->actor;
    struct people_organisation place;

    TRY(from_people(people_organisation_read(store, &place, work->arena, work->begin->organisation),
                    PROCESS_ORGANISATION_NOT_FOUND));
    TRY(from_people(people_posts_read(store, &work->posts, &work->post_count, work->arena,
                                      actor->id, actor->now),
                    PROCESS_NOT_PERSON));
    work->path = place.path;
    return people_roles(work->posts, work->post_count, place.path, actor->now) == 0
               ? PROCESS_ORGANISATION_NOT_FOUND
               : PROCESS_OK;
}

enum process_status process_in_force(struct store *store, struct slice *ret_hash,
                                     const struct pack **ret_pack, struct arena *arena,
                                     struct pack_shelf *shelf, struct slice path)
{
    struct pack_activation activation;
    const struct pack *pack = NULL;

    TRY(from_pack(pack_in_force(store, &activation, arena, path, INT64_MAX)));
    TRY(from_pack(pack_shelf_take(shelf, &pack, store, activation.pack)));
    REQUIRE(pack->processes != NULL, PROCESS_NO_PACK);
    *ret_hash = activation.pack;
    *ret_pack = pack;
    return PROCESS_OK;
}

/* Whether a post of the actor has one of the roles that start the process, at its organisation or
 * above. */
static bool may_start(const struct begin_work *work)
{
    const struct pack_table *table = &work->pack->tables[PACK_ROLES];
    struct slice rest = work->pack->processes->nodes[work->node].roles;
    struct slice name;
    enum role role;

    while (rest.size > 0 && slice_split(&rest, ',', &name)) {
        const struct pack_row *row = pack_row_find(table, slice_trim(name));
        if (row != NULL && role_from_name(pack_cell(table, row, "role"), &role) &&
            people_sees(work->posts, work->post_count, role, work->path,
                        work->asking->actor->now)) {
            return true;
        }
    }
    return false;
}

/* What it is started with, against the form of its start event. */
static enum process_status form_check(const struct begin_work *work)
{
    const struct bpmn_model *model = work->pack->processes;
    const uint32_t start = model->nodes[work->node].start;
    const struct json_value *form = start == BPMN_NOWHERE || model->nodes[start].form.size == 0
                                        ? NULL
                                        : pack_form_find(work->pack, model->nodes[start].form);
    const struct slice given = work->begin->variables;
    struct json_error error;

    if (form == NULL) {
        return PROCESS_OK;
    }
    REQUIRE(given.size <= PROCESS_INPUT_MAX, PROCESS_BAD_INPUT);
    const struct json_value *value =
        json_parse(work->arena, &error, given.size == 0 ? SLICE("{}") : given);
    REQUIRE(value != NULL || !error.memory_short, PROCESS_NO_MEMORY);
    REQUIRE(value != NULL && value->type == JSON_OBJECT, PROCESS_BAD_INPUT);
    return process_form_fits(form, value) ? PROCESS_OK : PROCESS_BAD_OUTPUTS;
}

/* ---- starting ---- */

static enum process_status begin(struct store *store, struct begin_work *work)
{
    const struct process_begin *wish = work->begin;
    struct buffer step = {0};
    struct process_start start = {.process = wish->process,
                                  .organisation = wish->organisation,
                                  .subject = wish->subject,
                                  .variables = wish->variables};

    REQUIRE(work->asking->is_person, PROCESS_NOT_PERSON);
    TRY(place_read(store, work));
    TRY(process_in_force(store, &work->hash, &work->pack, work->arena, work->asking->shelf,
                         work->path));
    work->node = pack_process_find(work->pack, wish->process);
    REQUIRE(work->node != BPMN_NOWHERE, PROCESS_NO_PACK);
    REQUIRE(may_start(work), PROCESS_NOT_STARTER);
    TRY(form_check(work));
    /* No step of the program's own has such a name, so that nobody takes one's place. */
    buffer_printf(&step, "by-hand/%.*s/%.*s", (int)wish->process.size, wish->process.data,
                  (int)wish->key.size, wish->key.data == NULL ? "" : wish->key.data);
    start.step = arena_copy(work->arena, buffer_slice(&step));
    buffer_release(&step);
    REQUIRE(start.step.data != NULL, PROCESS_NO_MEMORY);
    const enum process_status found =
        process_case_of(store, &work->row, work->arena, wish->subject, start.step);
    work->is_new = found == PROCESS_NOT_FOUND;
    REQUIRE(found == PROCESS_NOT_FOUND || found == PROCESS_OK, found);
    /* Who may start one here need not see what stands elsewhere. */
    REQUIRE(work->is_new || slice_equal(work->row.organisation, wish->organisation),
            PROCESS_EXISTS);
    /* What stands goes on with its pack, whatever was activated since. */
    start.pack = work->is_new ? work->hash : work->row.pack;
    return process_start(store, &work->row, work->arena, work->asking, &start);
}

static enum store_status begin_run(struct store *store, void *context)
{
    struct begin_work *work = context;

    work->status = begin(store, work);
    return work->status == PROCESS_OK ? STORE_OK : STORE_REFUSED;
}

enum process_status process_begin(struct store *store, struct process_case *ret_case,
                                  bool *ret_is_new, struct arena *arena,
                                  const struct process_asking *asking,
                                  const struct process_begin *wish)
{
    struct begin_work work = {
        .asking = asking, .begin = wish, .arena = arena, .status = PROCESS_OK};

    REQUIRE(process_text_valid(wish->process, PROCESS_KEY_MAX) &&
                process_text_valid(wish->key, PROCESS_KEY_MAX) && wish->subject.size > 0 &&
                process_text_valid(wish->subject, TRAIL_TEXT_MAX) &&
                process_text_valid(wish->organisation, TRAIL_TEXT_MAX),
            PROCESS_BAD_INPUT);
    const enum store_status status = store_transact(store, STORE_WRITE, begin_run, &work);
    REQUIRE(work.status == PROCESS_OK, work.status);
    TRY(process_from_store(status));
    *ret_case = work.row;
    *ret_is_new = work.is_new;
    return PROCESS_OK;
}

/* ---- messages ---- */

enum process_status process_message_cases(struct store *store, struct process_case **ret_cases,
                                          size_t *ret_count, struct arena *arena, struct slice name,
                                          struct slice key)
{
    struct store_rows rows;

    REQUIRE(process_text_valid(name, BPMN_NAME_MAX) && process_text_valid(key, BPMN_NAME_MAX),
            PROCESS_BAD_INPUT);
    const struct store_value values[] = {store_text(name), store_text(key),
                                         store_integer(PROCESS_PAGE_MAX)};
    TRY(process_from_store(store_select(store, &rows, arena, QUERY_PROCESS_MESSAGE_CASES, values)));
    struct process_case *cases = arena_take_array(arena, rows.count + 1, sizeof(*cases));
    REQUIRE(cases != NULL, PROCESS_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        TRY(process_case_get(store, &cases[i], arena, store_row(&rows, i)[0].number));
    }
    *ret_cases = cases;
    *ret_count = rows.count;
    return PROCESS_OK;
}
