#include "pack/pack_store.h"

#include "audit/event.h"
#include "audit/trail.h"

enum { CHANGE_MEMORY_MAX = 4 << 20 };

static const struct slice proposed = {"proposed", 8};
static const struct slice active = {"active", 6};

static enum pack_status from_store(enum store_status status)
{
    switch (status) {
    case STORE_OK:
        return PACK_STATUS_OK;
    case STORE_NO_MEMORY:
        return PACK_STATUS_NO_MEMORY;
    default:
        return PACK_STATUS_STORE;
    }
}

static bool hash_valid(struct slice hash)
{
    for (size_t i = 0; i < hash.size; i++) {
        const char c = hash.data[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }
    return hash.size == PACK_HASH_TEXT;
}

static bool reason_valid(struct slice reason)
{
    return slice_trim(reason).size > 0 && reason.size <= PACK_REASON_MAX && utf8_valid(reason) &&
           memchr(reason.data, '\0', reason.size) == NULL;
}

/* ---- reading ---- */

enum pack_status pack_version_read(struct store *store, struct pack_version *ret_version,
                                   struct arena *arena, struct slice hash)
{
    struct store_rows rows;
    const struct store_value values[] = {store_text(hash)};

    REQUIRE(hash_valid(hash), PACK_STATUS_NOT_FOUND);
    TRY(from_store(store_select(store, &rows, arena, QUERY_PACK_GET, values)));
    REQUIRE(rows.count > 0, PACK_STATUS_NOT_FOUND);
    const struct store_value *row = store_row(&rows, 0);
    *ret_version = (struct pack_version){.hash = row[0].bytes,
                                         .id = row[1].bytes,
                                         .version = row[2].bytes,
                                         .title_zh = row[3].bytes,
                                         .title_en = row[4].bytes,
                                         .report = row[5].bytes,
                                         .stored = row[6].number,
                                         .stored_by = row[7].bytes};
    return PACK_STATUS_OK;
}

enum pack_status pack_version_list(struct store *store, struct pack_version **ret_versions,
                                   size_t *ret_count, struct arena *arena, struct slice id,
                                   struct slice version, size_t count)
{
    struct store_rows rows;
    const struct store_value values[] = {store_text(id), store_text(version),
                                         store_integer((int64_t)count)};

    TRY(from_store(store_select(store, &rows, arena, QUERY_PACK_LIST, values)));
    struct pack_version *versions = arena_take_array(arena, rows.count + 1, sizeof(*versions));
    REQUIRE(versions != NULL, PACK_STATUS_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        versions[i] = (struct pack_version){.hash = row[0].bytes,
                                            .id = row[1].bytes,
                                            .version = row[2].bytes,
                                            .title_zh = row[3].bytes,
                                            .title_en = row[4].bytes,
                                            .stored = row[5].number,
                                            .stored_by = row[6].bytes};
    }
    *ret_versions = versions;
    *ret_count = rows.count;
    return PACK_STATUS_OK;
}

enum pack_status pack_content_read(struct store *store, struct slice *ret_content,
                                   struct arena *arena, struct slice hash)
{
    struct store_rows rows;
    const struct store_value values[] = {store_text(hash)};

    REQUIRE(hash_valid(hash), PACK_STATUS_NOT_FOUND);
    TRY(from_store(store_select(store, &rows, arena, QUERY_PACK_CONTENT, values)));
    REQUIRE(rows.count > 0, PACK_STATUS_NOT_FOUND);
    *ret_content = store_row(&rows, 0)[0].bytes;
    return PACK_STATUS_OK;
}

static time_us time_of(const struct store_value *value)
{
    return value->type == STORE_NULL ? TIME_NONE : value->number;
}

static void activation_read(struct pack_activation *activation, const struct store_value *row)
{
    *activation = (struct pack_activation){.number = row[0].number,
                                           .organisation = row[1].bytes,
                                           .path = row[2].bytes,
                                           .pack = row[3].bytes,
                                           .before = row[4].bytes,
                                           .roll_back = row[5].number != 0,
                                           .reason = row[6].bytes,
                                           .state = row[7].bytes,
                                           .proposed = row[8].number,
                                           .proposed_by = row[9].bytes,
                                           .decided = time_of(&row[10]),
                                           .decided_by = row[11].bytes,
                                           .decision_reason = row[12].bytes,
                                           .ended = time_of(&row[13])};
}

static enum pack_status one_activation(struct store *store, struct pack_activation *ret_activation,
                                       struct arena *arena, enum store_query query,
                                       const struct store_value *values)
{
    struct store_rows rows;

    TRY(from_store(store_select(store, &rows, arena, query, values)));
    REQUIRE(rows.count > 0, PACK_STATUS_NOT_FOUND);
    activation_read(ret_activation, store_row(&rows, 0));
    return PACK_STATUS_OK;
}

enum pack_status pack_activation_read(struct store *store, struct pack_activation *ret_activation,
                                      struct arena *arena, int64_t number)
{
    const struct store_value values[] = {store_integer(number)};

    return one_activation(store, ret_activation, arena, QUERY_PACK_ACTIVATION_GET, values);
}

enum pack_status pack_in_force(struct store *store, struct pack_activation *ret_activation,
                               struct arena *arena, struct slice path, time_us at)
{
    const struct store_value values[] = {store_text(path), store_integer(at)};

    return one_activation(store, ret_activation, arena, QUERY_PACK_IN_FORCE, values);
}

enum pack_status pack_activation_list(struct store *store, struct pack_activation **ret_activations,
                                      size_t *ret_count, struct arena *arena, struct slice path,
                                      int64_t before, size_t count)
{
    struct store_rows rows;
    const struct store_value values[] = {store_text(path), store_integer(before),
                                         store_integer((int64_t)count)};

    TRY(from_store(store_select(store, &rows, arena, QUERY_PACK_ACTIVATION_LIST, values)));
    struct pack_activation *list = arena_take_array(arena, rows.count + 1, sizeof(*list));
    REQUIRE(list != NULL, PACK_STATUS_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        activation_read(&list[i], store_row(&rows, i));
    }
    *ret_activations = list;
    *ret_count = rows.count;
    return PACK_STATUS_OK;
}

/* ---- changes: one transaction with its audit entry and its event ---- */

struct change {
    const struct people_actor *actor;
    enum pack_status (*work)(struct store *store, struct change *change);
    struct arena arena;
    const char *action;
    char subject[TRAIL_TEXT_MAX];
    struct buffer after;
    bool unchanged; /* nothing was done that is to be recorded */
    enum pack_status status;
    /* what is asked for, and found */
    const struct pack *pack;
    struct slice hash;
    struct slice content;
    struct slice report;
    const struct pack_proposal *proposal;
    struct slice reason;
    int64_t number;
};

static enum store_status record(struct store *store, const struct change *change)
{
    const struct people_actor *actor = change->actor;
    const struct trail_entry entry = {.at = actor->now,
                                      .actor = actor->id,
                                      .address = actor->address,
                                      .action = slice_from_cstr(change->action),
                                      .subject = slice_from_cstr(change->subject),
                                      .after = buffer_slice(&change->after),
                                      .reason = change->reason};
    const struct event event = {.at = actor->now,
                                .op = slice_from_cstr(change->action),
                                .subject = slice_from_cstr(change->subject),
                                .actor = actor->id,
                                .detail = buffer_slice(&change->after)};

    REQUIRE(!buffer_failed(&change->after), STORE_NO_MEMORY);
    TRY(trail_add(store, &entry));
    return event_add(store, &event);
}

static enum store_status change_work(struct store *store, void *context)
{
    struct change *change = context;

    /* It may be run again from the start. */
    arena_reset(&change->arena);
    buffer_reset(&change->after);
    change->unchanged = false;
    change->status = change->work(store, change);
    if (change->status != PACK_STATUS_OK) {
        return STORE_REFUSED;
    }
    return change->unchanged ? STORE_OK : record(store, change);
}

static enum pack_status change_run(struct store *store, struct change *change)
{
    arena_init(&change->arena, CHANGE_MEMORY_MAX);
    const enum store_status status = store_transact(store, STORE_WRITE, change_work, change);
    arena_release(&change->arena);
    buffer_release(&change->after);
    return status == STORE_OK || (status == STORE_REFUSED && change->status != PACK_STATUS_OK)
               ? change->status
               : from_store(status);
}

static void text(struct json_writer *writer, const char *name, struct slice value)
{
    if (value.size > 0) {
        json_name(writer, slice_from_cstr(name));
        json_string(writer, value);
    }
}

/* ---- a version ---- */

static enum pack_status version_work(struct store *store, struct change *change)
{
    const struct pack *pack = change->pack;
    const struct store_value values[] = {
        store_text(change->hash),     store_text(pack->id),
        store_text(pack->version),    store_text(pack->title_zh),
        store_text(pack->title_en),   store_text(change->content),
        store_text(change->report),   store_integer(change->actor->now),
        store_text(change->actor->id)};
    struct pack_version there;
    struct json_writer writer;
    struct store_rows rows;

    const enum pack_status found = pack_version_read(store, &there, &change->arena, change->hash);
    if (found != PACK_STATUS_NOT_FOUND) {
        change->unchanged = true;
        return found;
    }
    const struct store_value name[] = {store_text(pack->id), store_text(pack->version)};
    TRY(from_store(store_select(store, &rows, &change->arena, QUERY_PACK_BY_VERSION, name)));
    REQUIRE(rows.count == 0, PACK_STATUS_TAKEN);
    json_writer_init(&writer, &change->after);
    json_object_begin(&writer);
    text(&writer, "id", pack->id);
    text(&writer, "version", pack->version);
    json_object_end(&writer);
    (void)snprintf(change->subject, sizeof(change->subject), "pack/%.*s", (int)change->hash.size,
                   change->hash.data);
    return from_store(store_change(store, NULL, QUERY_PACK_ADD, values));
}

enum pack_status pack_version_add(struct store *store, const struct people_actor *actor,
                                  char ret_hash[PACK_HASH_TEXT], const struct pack *pack)
{
    struct buffer content = {0};
    struct buffer report = {0};

    REQUIRE(pack->error_count == 0, PACK_STATUS_ERRORS);
    hex_write(ret_hash, pack->files->hash, SHA256_SIZE);
    pack_files_write(pack->files, &content);
    pack_report_write(&report, pack);
    enum pack_status status = PACK_STATUS_NO_MEMORY;
    if (!buffer_failed(&content) && !buffer_failed(&report)) {
        struct change change = {.actor = actor,
                                .work = version_work,
                                .action = "pack.store",
                                .pack = pack,
                                .hash = slice_of(ret_hash, PACK_HASH_TEXT),
                                .content = buffer_slice(&content),
                                .report = buffer_slice(&report)};
        status = change_run(store, &change);
    }
    buffer_release(&content);
    buffer_release(&report);
    return status;
}

/* ---- an activation ---- */

static void describe(struct change *change, struct slice organisation, struct slice pack,
                     struct slice before)
{
    struct json_writer writer;

    json_writer_init(&writer, &change->after);
    json_object_begin(&writer);
    text(&writer, "organisation", organisation);
    text(&writer, "pack", pack);
    text(&writer, "before", before);
    json_object_end(&writer);
    (void)snprintf(change->subject, sizeof(change->subject), "pack-activation/%lld",
                   (long long)change->number);
}

/* What is active at an organisation itself; empty when nothing is. */
static enum pack_status active_at(struct store *store, struct change *change,
                                  struct slice organisation, struct pack_activation *ret_active)
{
    const struct store_value values[] = {store_text(organisation), store_text(active)};

    const enum pack_status status =
        one_activation(store, ret_active, &change->arena, QUERY_PACK_ACTIVATION_AT, values);
    if (status == PACK_STATUS_NOT_FOUND) {
        *ret_active = (struct pack_activation){0};
        return PACK_STATUS_OK;
    }
    return status;
}

static enum pack_status propose_work(struct store *store, struct change *change)
{
    const struct pack_proposal *proposal = change->proposal;
    const struct store_value waiting[] = {store_text(proposal->organisation), store_text(proposed)};
    struct people_organisation place;
    struct pack_activation current;
    struct pack_activation other;
    struct pack_version version;
    struct store_rows rows;

    const enum people_status found =
        people_organisation_read(store, &place, &change->arena, proposal->organisation);
    REQUIRE(found != PEOPLE_STORE, PACK_STATUS_STORE);
    REQUIRE(found == PEOPLE_OK, PACK_STATUS_NOT_FOUND);
    TRY(active_at(store, change, proposal->organisation, &current));
    const bool roll_back = proposal->pack.size == 0;
    const struct slice wanted = roll_back ? current.before : proposal->pack;
    REQUIRE(wanted.size > 0, PACK_STATUS_NOTHING_BEFORE);
    TRY(pack_version_read(store, &version, &change->arena, wanted));
    REQUIRE(!slice_equal(wanted, current.pack), PACK_STATUS_ACTIVE);
    const enum pack_status open =
        one_activation(store, &other, &change->arena, QUERY_PACK_ACTIVATION_AT, waiting);
    REQUIRE(open == PACK_STATUS_NOT_FOUND, open == PACK_STATUS_OK ? PACK_STATUS_PENDING : open);
    TRY(from_store(store_select(store, &rows, &change->arena, QUERY_PACK_ACTIVATION_LAST, NULL)));
    change->number = store_row(&rows, 0)[0].number + 1;
    const struct store_value values[] = {store_integer(change->number),
                                         store_text(proposal->organisation),
                                         store_text(wanted),
                                         store_text_or_null(current.pack),
                                         store_integer(roll_back),
                                         store_text(proposal->reason),
                                         store_integer(change->actor->now),
                                         store_text(change->actor->id)};
    describe(change, proposal->organisation, wanted, current.pack);
    return from_store(store_change(store, NULL, QUERY_PACK_ACTIVATION_ADD, values));
}

enum pack_status pack_propose(struct store *store, const struct people_actor *actor,
                              int64_t *ret_number, const struct pack_proposal *proposal)
{
    struct change change = {.actor = actor,
                            .work = propose_work,
                            .action = "pack.propose",
                            .proposal = proposal,
                            .reason = proposal->reason};

    REQUIRE(reason_valid(proposal->reason), PACK_STATUS_BAD_REASON);
    REQUIRE(people_id_valid(proposal->organisation), PACK_STATUS_NOT_FOUND);
    const enum pack_status status = change_run(store, &change);
    if (status == PACK_STATUS_OK) {
        *ret_number = change.number;
    }
    return status;
}

static enum pack_status decide(struct store *store, const struct change *change, time_us at,
                               const char *state)
{
    uint64_t changed = 0;
    const struct store_value values[] = {
        store_integer(change->number), store_text(slice_from_cstr(state)), store_integer(at),
        store_text(change->actor->id), store_text_or_null(change->reason)};

    TRY(from_store(store_change(store, &changed, QUERY_PACK_ACTIVATION_DECIDE, values)));
    return changed == 1 ? PACK_STATUS_OK : PACK_STATUS_DECIDED;
}

/* The natural person behind a user; the id itself where it is a token's or the program's. */
static enum pack_status person_of(struct store *store, struct change *change, struct slice id,
                                  struct slice *ret_person)
{
    struct people_user user;

    const enum people_status status = people_user_read(store, &user, &change->arena, id);
    REQUIRE(status == PEOPLE_OK || status == PEOPLE_NOT_FOUND, PACK_STATUS_STORE);
    *ret_person = status == PEOPLE_OK ? user.person : id;
    return PACK_STATUS_OK;
}

static enum pack_status same_person(struct store *store, struct change *change, struct slice a,
                                    struct slice b, bool *ret_same)
{
    struct slice person;
    struct slice other;

    TRY(person_of(store, change, a, &person));
    TRY(person_of(store, change, b, &other));
    *ret_same = slice_equal(a, b) || slice_equal(person, other);
    return PACK_STATUS_OK;
}

static enum pack_status activate_work(struct store *store, struct change *change)
{
    struct pack_activation activation;
    struct pack_activation current;
    bool same;

    TRY(pack_activation_read(store, &activation, &change->arena, change->number));
    REQUIRE(slice_equal(activation.state, proposed), PACK_STATUS_DECIDED);
    TRY(same_person(store, change, activation.proposed_by, change->actor->id, &same));
    REQUIRE(!same, PACK_STATUS_SELF);
    TRY(active_at(store, change, activation.organisation, &current));
    REQUIRE(slice_equal(activation.pack, change->hash) &&
                slice_equal(activation.before, current.pack),
            PACK_STATUS_STALE);
    describe(change, activation.organisation, activation.pack, current.pack);
    /* A clock that went back must not let two hold at once, nor none. */
    const time_us now = change->actor->now;
    const time_us at = current.number > 0 && current.decided > now ? current.decided : now;
    if (current.number > 0) {
        const struct store_value end[] = {store_integer(current.number), store_integer(at)};
        TRY(from_store(store_change(store, NULL, QUERY_PACK_ACTIVATION_END, end)));
    }
    return decide(store, change, at, "active");
}

enum pack_status pack_activate(struct store *store, const struct people_actor *actor,
                               int64_t number, struct slice pack)
{
    struct change change = {.actor = actor,
                            .work = activate_work,
                            .action = "pack.activate",
                            .number = number,
                            .hash = pack,
                            .reason = {NULL, 0}};

    return change_run(store, &change);
}

static enum pack_status reject_work(struct store *store, struct change *change)
{
    struct pack_activation activation;

    TRY(pack_activation_read(store, &activation, &change->arena, change->number));
    REQUIRE(slice_equal(activation.state, proposed), PACK_STATUS_DECIDED);
    describe(change, activation.organisation, activation.pack, activation.before);
    return decide(store, change, change->actor->now, "rejected");
}

enum pack_status pack_reject(struct store *store, const struct people_actor *actor, int64_t number,
                             struct slice reason)
{
    struct change change = {.actor = actor,
                            .work = reject_work,
                            .action = "pack.reject",
                            .number = number,
                            .reason = reason};

    REQUIRE(reason_valid(reason), PACK_STATUS_BAD_REASON);
    return change_run(store, &change);
}

/* ---- compiled packs ---- */

static enum pack_status compile(struct pack **ret_pack, struct store *store, struct slice hash)
{
    struct arena arena;
    struct slice content = SLICE("");
    struct buffer error = {0};

    arena_init(&arena, 2UL * PACK_SIZE_MAX + (1 << 20));
    enum pack_status status = pack_content_read(store, &content, &arena, hash);
    struct pack *pack = NULL;
    if (status == PACK_STATUS_OK) {
        struct pack_files *files = pack_files_from_json(content, &error);
        pack = files == NULL ? NULL : pack_load(files);
        status = pack == NULL ? PACK_STATUS_NO_MEMORY : PACK_STATUS_OK;
    }
    /* It was checked by the program that stored it; another may be stricter. */
    if (pack != NULL && pack->error_count > 0) {
        pack_free(pack);
        status = PACK_STATUS_ERRORS;
    }
    arena_release(&arena);
    buffer_release(&error);
    if (status == PACK_STATUS_OK) {
        *ret_pack = pack;
    }
    return status;
}

enum pack_status pack_shelf_take(struct pack_shelf *shelf, const struct pack **ret_pack,
                                 struct store *store, struct slice hash)
{
    size_t oldest = 0;

    REQUIRE(hash_valid(hash), PACK_STATUS_NOT_FOUND);
    shelf->clock++;
    for (size_t i = 0; i < PACK_SHELF_MAX; i++) {
        if (shelf->places[i].pack != NULL &&
            memcmp(shelf->places[i].hash, hash.data, PACK_HASH_TEXT) == 0) {
            shelf->places[i].used = shelf->clock;
            *ret_pack = shelf->places[i].pack;
            return PACK_STATUS_OK;
        }
        oldest = shelf->places[i].used < shelf->places[oldest].used ? i : oldest;
    }
    struct pack *pack = NULL;
    TRY(compile(&pack, store, hash));
    pack_free(shelf->places[oldest].pack);
    memcpy(shelf->places[oldest].hash, hash.data, PACK_HASH_TEXT);
    shelf->places[oldest].pack = pack;
    shelf->places[oldest].used = shelf->clock;
    *ret_pack = pack;
    return PACK_STATUS_OK;
}

void pack_shelf_release(struct pack_shelf *shelf)
{
    for (size_t i = 0; i < PACK_SHELF_MAX; i++) {
        pack_free(shelf->places[i].pack);
    }
    *shelf = (struct pack_shelf){0};
}
