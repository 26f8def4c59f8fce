#include "case_world.h"

#include <stdio.h>

#include "audit/trail.h"
#include "bpmn/move.h"

/* ---- the world: a bank of fifteen people ---- */

void case_world_open(struct world *world)
{
    world->store = database_open(&world->database);
    world->shelf = (struct pack_shelf){0};
}

void case_world_close(struct world *world)
{
    store_close(world->store);
    pack_shelf_release(&world->shelf);
    world->store = NULL;
}

static void person(struct world *world, const char *id, enum role role)
{
    const struct people_user user = {.id = slice_from_cstr(id),
                                     .login = slice_from_cstr(id),
                                     .person = slice_from_cstr(id),
                                     .name = SLICE("某人"),
                                     .organisation = SLICE("head")};
    const struct people_post post = {.organisation = SLICE("head"),
                                     .role = role,
                                     .since = WORLD_START_US - US_PER_DAY,
                                     .until = TIME_NONE};
    assert_int_equal(people_user_add(world->store, &world->actor, &user), PEOPLE_OK);
    assert_int_equal(people_post_give(world->store, &world->actor, user.id, &post), PEOPLE_OK);
}

void world_make(struct world *world, bool postgresql)
{
    static const struct {
        const char *name;
        enum role role;
    } roles[] = {
        {"reviewer", ROLE_REVIEWER}, {"member", ROLE_COMMITTEE_MEMBER}, {"decider", ROLE_APPROVER}};
    const struct people_organisation head = {
        .id = SLICE("head"), .name = SLICE("head"), .legal_entity = SLICE("bank")};
    char id[32];

    *world = (struct world){.actor = {SLICE("admin"), SLICE("10.0.0.1:5"), WORLD_START_US}};
    world->asking = (struct process_asking){&world->actor, true, &world->shelf};
    database_make(&world->database, postgresql);
    case_world_open(world);
    assert_int_equal(people_entity_add(world->store, &world->actor, SLICE("bank"), SLICE("某银行")),
                     PEOPLE_OK);
    assert_int_equal(people_organisation_add(world->store, &world->actor, &head), PEOPLE_OK);
    person(world, "starter", ROLE_RELATIONSHIP_MANAGER);
    for (size_t role = 0; role < sizeof(roles) / sizeof(roles[0]); role++) {
        for (unsigned i = 0; i < WORLD_PEOPLE; i++) {
            (void)snprintf(id, sizeof id, "%s%u", roles[role].name, i);
            person(world, id, roles[role].role);
        }
    }
}

static void texts_append(struct buffer *text, const struct bpmn_making *g, const char *path)
{
    struct buffer inner = {0};
    struct slice rest = buffer_slice(&g->users);
    struct slice user;
    const struct slice begin = SLICE("<process id='");
    struct slice xml = buffer_slice(&g->xml);
    for (const char *at = memmem(xml.data, xml.size, begin.data, begin.size); at != NULL;
         at = memmem(xml.data, xml.size, begin.data, begin.size)) {
        const char *id = at + begin.size;
        xml = slice_of(id, xml.size - (size_t)(id - xml.data));
        const char *end = memchr(id, '\'', xml.size);
        assert_non_null(end);
        buffer_printf(&inner, "%s\"process.%.*s\":\"x\"", inner.size == 0 ? "{" : ",",
                      (int)(end - id), id);
    }
    while (rest.size > 0 && slice_split(&rest, '\n', &user)) {
        buffer_printf(&inner, ",\"task.%.*s\":\"x\"", (int)user.size, user.data);
    }
    buffer_append_cstr(&inner, "}");
    buffer_printf(text, ",\"texts/%s.json\":", path);
    json_quote(text, buffer_slice(&inner));
    buffer_release(&inner);
}

/* A model may be too large to be judged whole; it is sound by the way that it was made. */
static const char not_examined[] = "only those were examined";

struct pack *world_pack(const struct bpmn_making *g, uint64_t seed)
{
    struct buffer text = {0};
    struct buffer meta = {0};
    buffer_printf(&meta,
                  "{\"format\":1,\"id\":\"random\",\"version\":\"%llu\","
                  "\"title\":{\"zh\":\"x\",\"en\":\"x\"}}",
                  (unsigned long long)seed);
    buffer_append_cstr(&text, "{\"files\":{\"pack.json\":");
    json_quote(&text, buffer_slice(&meta));
    buffer_append_cstr(&text, ",\"roles.csv\":\"id,role,level,zh,en\\nreviewer,reviewer,any,x,x\\n"
                              "member,committee_member,any,x,x\\ndecider,approver,any,x,x\\n\","
                              "\"calendar.json\":");
    json_quote(&text, SLICE("{\"offset\":\"+08:00\",\"open\":\"09:00\",\"close\":\"17:00\"}"));
    texts_append(&text, g, "zh");
    texts_append(&text, g, "en");
    buffer_append_cstr(&text, ",\"decisions/rules.dmn\":");
    json_quote(&text, slice_from_cstr(bpmn_making_rules));
    buffer_append_cstr(&text, ",\"processes/p.bpmn\":");
    json_quote(&text, buffer_slice(&g->xml));
    buffer_append_cstr(&text, "}}");
    buffer_reset(&meta);
    struct pack_files *files = pack_files_from_json(buffer_slice(&text), &meta);
    if (files == NULL) {
        fail_msg("seed %llu: %.*s", (unsigned long long)seed, (int)meta.size, meta.data);
    }
    struct pack *pack = pack_check(files);
    assert_non_null(pack);
    for (const struct pack_finding *at = pack->first; at != NULL; at = at->next) {
        if (memmem(at->message.data, at->message.size, not_examined, strlen(not_examined)) ==
            NULL) {
            buffer_reset(&meta);
            pack_finding_write(&meta, at);
            fail_msg("seed %llu: %.*s", (unsigned long long)seed, (int)meta.size, meta.data);
        }
    }
    buffer_release(&text);
    buffer_release(&meta);
    return pack;
}

void world_keep(struct world *world, const struct pack *pack)
{
    world->actor.id = SLICE("admin");
    assert_int_equal(pack_version_add(world->store, &world->actor, world->hash, pack),
                     PACK_STATUS_OK);
}

void world_put_in_force(struct world *world, char *ret_hash, const struct pack *pack)
{
    const struct pack_proposal proposal = {SLICE("head"), slice_of(ret_hash, PACK_HASH_TEXT),
                                           SLICE("as decided")};
    int64_t number = 0;
    world->actor.id = SLICE("admin");
    assert_int_equal(pack_version_add(world->store, &world->actor, ret_hash, pack), PACK_STATUS_OK);
    assert_int_equal(pack_propose(world->store, &world->actor, &number, &proposal), PACK_STATUS_OK);
    world->actor.id = SLICE("decider0");
    assert_int_equal(pack_activate(world->store, &world->actor, number, proposal.pack),
                     PACK_STATUS_OK);
}

/* ---- calls ---- */

enum process_status call_again_status(enum call_kind kind)
{
    switch (kind) {
    case CALL_UNCLAIM:
        return PROCESS_NOT_CLAIMED;
    case CALL_RETURN:
    case CALL_RESUME:
    case CALL_COMPLETE:
        return PROCESS_TASK_STATE;
    case CALL_MESSAGE:
    case CALL_RESOLVE:
    case CALL_CANCEL:
    case CALL_WRONG:
        return PROCESS_EVENT;
    case CALL_MOVE:
        return PROCESS_SAME_PACK;
    default:
        return call_first_status(kind);
    }
}

enum process_status call_first_status(enum call_kind kind)
{
    switch (kind) {
    case CALL_WRONG:
        return PROCESS_EVENT;
    case CALL_ASTRAY:
        return PROCESS_NO_PLACE;
    case CALL_STALE:
        return PROCESS_CHANGED;
    default:
        return PROCESS_OK;
    }
}

static enum process_status start_call(struct world *world, struct arena *arena, const char *subject,
                                      int64_t *ret_number)
{
    struct process_case row;
    const struct process_start start = {.pack = slice_of(world->hash, PACK_HASH_TEXT),
                                        .process = SLICE("p"),
                                        .organisation = SLICE("head"),
                                        .subject = slice_from_cstr(subject),
                                        .step = SLICE("1"),
                                        .variables = SLICE("{\"choice\":0}")};
    const enum process_status status =
        process_start(world->store, &row, arena, &world->asking, &start);
    *ret_number = status == PROCESS_OK ? row.number : 0;
    return status;
}

static enum process_status task_call(struct world *world, struct arena *arena,
                                     const struct call *call, struct slice id, struct slice outputs)
{
    const struct process_completion completion = {.outputs = outputs};
    struct process_task task;
    switch (call->kind) {
    case CALL_CLAIM:
        return process_task_claim(world->store, &task, arena, &world->asking, id, 0);
    case CALL_UNCLAIM:
        return process_task_unclaim(world->store, &task, arena, &world->asking, id, 0);
    case CALL_RETURN:
        return process_task_return(world->store, &task, arena, &world->asking, id, 0, SLICE("?"));
    case CALL_RESUME:
        return process_task_resume(world->store, &task, arena, &world->asking, id, 0, SLICE("!"));
    default:
        return process_task_complete(world->store, &task, arena, &world->asking, id, 0,
                                     &completion);
    }
}

struct preview {
    const struct process_asking *asking;
    const struct process_move *wish;
    struct process_moving moving;
    struct arena *arena;
    enum process_status status;
};

static enum store_status preview_work(struct store *store, void *context)
{
    struct preview *preview = context;
    preview->status = process_move_preview(store, &preview->moving, preview->arena, preview->asking,
                                           preview->wish);
    return STORE_OK;
}

/* What becomes of each token is what had been shown. */
static bool as_shown(const struct process_moving *shown, const struct process_moving *moved)
{
    struct buffer texts[2] = {{0}};
    struct json_writer writer;
    for (size_t i = 0; i < 2; i++) {
        json_writer_init(&writer, &texts[i]);
        process_moves_write(&writer, i == 0 ? shown->moves : moved->moves);
    }
    const bool same = slice_equal(buffer_slice(&texts[0]), buffer_slice(&texts[1]));
    buffer_release(&texts[0]);
    buffer_release(&texts[1]);
    return same && shown->possible == moved->possible && slice_equal(shown->to, moved->to);
}

/* Looks at the preview, as a person does, and asks for what it showed. */
static enum process_status move_call(struct world *world, struct arena *arena,
                                     const struct call *call, struct slice id)
{
    const size_t count = world->replacement_count;
    struct bpmn_replacement *map = arena_take_array(arena, count + 1, sizeof *map);
    assert_non_null(map);
    map[0] = (struct bpmn_replacement){slice_from_cstr(call->name), slice_from_cstr(call->key)};
    memcpy(map + 1, world->replacements, count * sizeof *map);
    const bool astray = call->kind == CALL_ASTRAY;
    struct process_move wish = {.case_id = id,
                                .reason = SLICE("the newer one"),
                                .replacements = astray ? map : map + 1,
                                .count = astray ? count + 1 : count};
    struct preview preview = {.asking = &world->asking, .wish = &wish, .arena = arena};
    struct process_moving moved;
    assert_int_equal(store_transact(world->store, STORE_READ, preview_work, &preview), STORE_OK);
    if (preview.status != PROCESS_OK) {
        return preview.status;
    }
    const bool stale = call->kind == CALL_STALE;
    wish.pack =
        stale && call->choice == 0 ? slice_of(world->hash, PACK_HASH_TEXT) : preview.moving.to;
    wish.step = preview.moving.row.step + (stale && call->choice != 0);
    const enum process_status status =
        process_move(world->store, &moved, arena, &world->asking, &wish);
    return stale || as_shown(&preview.moving, &moved) ? status : PROCESS_DAMAGED;
}

enum process_status call_do(struct world *world, struct arena *arena, const struct call *call,
                            int64_t *inout_number)
{
    struct process_case row;
    time_us next = 0;
    size_t fired = 0;
    char case_id[32];
    char task[48];
    char effect[64];
    char outputs[32];
    char id[32];
    (void)snprintf(case_id, sizeof case_id, "CS-%08lld", (long long)*inout_number);
    (void)snprintf(task, sizeof task, "%s.%u", case_id, call->wait);
    (void)snprintf(effect, sizeof effect, "%s/%u/%u", case_id, call->step, call->ordinal);
    (void)snprintf(outputs, sizeof outputs, "{\"choice\":%u}", call->choice);
    (void)snprintf(id, sizeof id, "M-%u", call->id);
    const struct slice given = slice_from_cstr(outputs);
    const struct process_message message = {slice_from_cstr(case_id), slice_from_cstr(call->name),
                                            slice_from_cstr(call->key), slice_from_cstr(id), given};
    world->actor.id = slice_from_cstr(call->who);
    world->actor.now = call->now;
    switch (call->kind) {
    case CALL_START:
        return start_call(world, arena, call->name, inout_number);
    case CALL_EFFECT:
    case CALL_SENT:
        return process_effect_complete(world->store, &row, arena, &world->asking,
                                       slice_from_cstr(effect), given);
    case CALL_ERROR:
    case CALL_FAIL:
        return process_effect_fail(world->store, &row, arena, &world->asking,
                                   slice_from_cstr(effect),
                                   call->kind == CALL_ERROR ? SLICE("E1") : SLICE(""), SLICE("no"));
    case CALL_MESSAGE:
    case CALL_WRONG:
        return process_message(world->store, &row, arena, &world->asking, &message);
    case CALL_TIMERS:
        return process_timers_due(world->store, &fired, &next, &world->asking, 1000);
    case CALL_RESOLVE:
        return process_resolve(world->store, &row, arena, &world->asking, slice_from_cstr(case_id),
                               call->wait, SLICE(""), given);
    case CALL_CANCEL:
        return process_cancel(world->store, &row, arena, &world->asking, slice_from_cstr(case_id),
                              SLICE("no more"));
    case CALL_MOVE:
    case CALL_ASTRAY:
    case CALL_STALE:
        return move_call(world, arena, call, slice_from_cstr(case_id));
    default:
        return task_call(world, arena, call, slice_from_cstr(task), given);
    }
}

/* ---- what stands in the store ---- */

static enum store_status census_work(struct store *store, void *context)
{
    struct census *c = context;
    const struct slice id = slice_from_cstr(c->id);
    const struct store_value key[] = {store_integer(c->number)};
    struct store_rows state;
    assert_int_equal(process_case_read(store, &c->row, c->arena, id), PROCESS_OK);
    assert_int_equal(process_case_tasks(store, &c->tasks, &c->task_count, c->arena, id),
                     PROCESS_OK);
    assert_int_equal(
        process_effects_owed(store, &c->effects, &c->effect_count, c->arena, SLICE(""), id, 10000),
        PROCESS_OK);
    assert_int_equal(
        process_case_history(store, &c->history, &c->history_count, c->arena, id, 0, 0, 100000),
        PROCESS_OK);
    assert_int_equal(store_select(store, &c->waits, c->arena, QUERY_PROCESS_WAITS_OF, key),
                     STORE_OK);
    assert_int_equal(store_select(store, &state, c->arena, QUERY_PROCESS_CASE_STATE, key),
                     STORE_OK);
    c->state = store_row(&state, 0)[0].bytes;
    return event_read(store, &c->events, &c->event_count, c->arena, c->event_first, EVENT_PAGE_MAX);
}

struct census census_take(struct world *world, struct arena *arena, int64_t number,
                          int64_t event_first)
{
    struct census c = {.arena = arena, .number = number, .event_first = event_first};
    (void)snprintf(c.id, sizeof c.id, "CS-%08lld", (long long)number);
    assert_int_equal(store_transact(world->store, STORE_READ, census_work, &c), STORE_OK);
    return c;
}

static enum store_status head_work(struct store *store, void *context)
{
    int64_t ledger = 0;
    return event_head(store, context, &ledger);
}

int64_t census_event_head(struct world *world)
{
    int64_t number = 0;
    assert_int_equal(store_transact(world->store, STORE_READ, head_work, &number), STORE_OK);
    return number;
}

static enum store_status trail_work(struct store *store, void *context)
{
    return trail_head_read(store, context);
}

int64_t census_trail_head(struct world *world)
{
    struct trail_head head;
    assert_int_equal(store_transact(world->store, STORE_READ, trail_work, &head), STORE_OK);
    return (int64_t)head.number;
}

void census_write(struct buffer *out, const struct census *c, bool whole)
{
    buffer_printf(out, "step %lld %.*s incidents %lld pack %.*s\n", (long long)c->row.step,
                  (int)c->row.phase.size, c->row.phase.data, (long long)c->row.incidents,
                  (int)c->row.pack.size, c->row.pack.data);
    for (size_t i = 0; i < c->waits.count; i++) {
        const struct store_value *row = store_row(&c->waits, i);
        buffer_printf(out, "wait %lld %.*s %lld\n", (long long)row[0].number,
                      (int)row[1].bytes.size, row[1].bytes.data, (long long)row[2].number);
    }
    for (size_t i = 0; i < c->task_count; i++) {
        const struct process_task *t = &c->tasks[i];
        buffer_printf(out, "task %lld %.*s %.*s v%lld round %lld by '%.*s' %lld %lld\n",
                      (long long)t->wait, (int)t->element.size, t->element.data, (int)t->state.size,
                      t->state.data, (long long)t->version, (long long)t->round,
                      (int)t->claimed_by.size, t->claimed_by.data, (long long)t->created,
                      (long long)t->ended);
        if (whole) {
            buffer_append(out, t->inputs);
            buffer_append(out, t->outputs);
            buffer_append_byte(out, '\n');
        }
    }
    for (size_t i = 0; i < c->effect_count; i++) {
        const struct process_effect *e = &c->effects[i];
        const size_t skip = strlen(c->id);
        buffer_printf(out, "owed %.*s %.*s %.*s %.*s %.*s\n", (int)(e->id.size - skip),
                      e->id.data + skip, (int)e->kind.size, e->kind.data, (int)e->topic.size,
                      e->topic.data, (int)e->key.size, e->key.data, (int)e->payload.size,
                      e->payload.data);
    }
    for (size_t i = 0; whole && i < c->history_count; i++) {
        const struct slice effect = c->history[i].effect;
        const size_t skip = strlen("{\"id\":\"") + strlen(c->id);
        buffer_append(out, slice_of(effect.data + skip, effect.size - skip));
        buffer_append_byte(out, '\n');
    }
    for (size_t i = 0; whole && i < c->event_count; i++) {
        const struct event *e = &c->events[i];
        buffer_printf(out, "event %.*s by %.*s at %lld %.*s\n", (int)e->op.size, e->op.data,
                      (int)e->actor.size, e->actor.data, (long long)e->at, (int)e->detail.size,
                      e->detail.data);
    }
}
