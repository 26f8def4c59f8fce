#include "api/api_foresee.h"

#include "api/api_credit.h"
#include "credit/outbox.h"
#include "ledger/command_json.h"

static bool look_known(const struct api_foresight *foresight, uint32_t limit)
{
    for (size_t i = 0; i < foresight->look_count; i++) {
        if (foresight->looks[i].limit == limit) {
            return true;
        }
    }
    return false;
}

/* A limit that would be opened has no name afterwards: all is written now. */
static void look_take(struct api_foresight *foresight, const struct ledger *ledger, uint32_t limit)
{
    struct api_look *one = &foresight->looks[foresight->look_count++];
    struct buffer out = {0};
    struct json_writer writer;

    one->limit = limit;
    ledger_limit_view(ledger, &one->after, limit);
    json_writer_init(&writer, &out);
    ledger_limit_write_json(&writer, ledger, &one->after);
    one->after_json =
        buffer_failed(&out) ? slice_of(NULL, 0) : arena_copy(foresight->arena, buffer_slice(&out));
    buffer_release(&out);
}

/* Each limit that changes, and all above it as it would stand. */
static void look(void *context, const struct ledger *ledger)
{
    struct api_foresight *foresight = context;

    for (size_t i = 0; i < foresight->limit_count; i++) {
        struct ledger_id id;
        size_t count;
        const uint32_t limit = ledger_id_read(foresight->limits[i], &id)
                                   ? ledger_limit_find(ledger, &id)
                                   : LEDGER_NONE;
        const uint32_t *path =
            limit == LEDGER_NONE ? NULL : ledger_limit_path(ledger, limit, &count);
        for (size_t j = 0; path != NULL && j < count; j++) {
            if (foresight->look_count < API_LOOKS_MAX && !look_known(foresight, path[j])) {
                look_take(foresight, ledger, path[j]);
            }
        }
    }
}

/* False when memory was short in the look. */
static bool before_read(struct api_foresight *foresight, const struct ledger *ledger)
{
    bool whole = true;

    for (size_t i = 0; i < foresight->look_count; i++) {
        struct api_look *one = &foresight->looks[i];
        const uint32_t limit = ledger_limit_find(ledger, &one->after.id);
        one->opened = limit == LEDGER_NONE;
        if (!one->opened) {
            ledger_limit_view(ledger, &one->before, limit);
        }
        whole = whole && one->after_json.data != NULL;
    }
    return whole;
}

static bool commands_read(struct api_task *task, struct api_foresight *foresight)
{
    struct arena *arena = &task->arena;
    const enum currency base = ledger_base(engine_ledger(task->api->engine));
    const size_t room = foresight->chain_count + 1;

    foresight->commands = arena_take_array(arena, room, sizeof(*foresight->commands));
    foresight->results = arena_take_array(arena, room, sizeof(*foresight->results));
    foresight->looks = arena_take_array(arena, API_LOOKS_MAX, sizeof(*foresight->looks));
    if (foresight->commands == NULL || foresight->results == NULL || foresight->looks == NULL) {
        return false;
    }
    return foresight->chain_count == 0 ||
           outbox_commands(&foresight->commands, &foresight->command_count, arena, foresight->chain,
                           base);
}

bool api_foresee(struct api_task *task, struct api_foresight *foresight)
{
    const struct ledger_look looking = {look, foresight};
    enum engine_status engine = ENGINE_OK;

    foresight->arena = &task->arena;
    foresight->look_count = 0;
    foresight->holds = true;
    if (!commands_read(task, foresight)) {
        api_task_credit(task, CREDIT_NO_MEMORY, NULL);
        return false;
    }
    if (foresight->command_count > 0) {
        engine = engine_foresee(task->api->engine, &foresight->holds, foresight->results,
                                foresight->commands, foresight->command_count, &looking);
    }
    if (!before_read(foresight, engine_ledger(task->api->engine))) {
        api_task_credit(task, CREDIT_NO_MEMORY, NULL);
        return false;
    }
    if (engine != ENGINE_OK) {
        api_task_refuse(task, (unsigned)engine_status_http(engine), "too-busy",
                        engine_status_english(engine).data, engine_status_chinese(engine).data);
    }
    return engine == ENGINE_OK;
}

/* ---- room ---- */

static bool over(const struct api_look *one)
{
    return one->after.mode == MODE_HARD && one->after.over &&
           (one->opened || !one->before.over ||
            one->after.committed_minor - one->after.effective_cap_minor >
                one->before.committed_minor - one->before.effective_cap_minor);
}

static bool accepted_has(const struct json_value *accepted, struct slice limit)
{
    for (const struct json_value *item = accepted == NULL ? NULL : accepted->first; item != NULL;
         item = item->next) {
        if (item->type == JSON_STRING && slice_equal(item->text, limit)) {
            return true;
        }
    }
    return false;
}

bool api_foresee_room(struct api_task *task, const struct api_foresight *foresight,
                      const struct json_value *accepted)
{
    struct buffer names = {0};
    struct json_writer writer;
    bool fits = true;

    json_writer_init(&writer, &names);
    json_array_begin(&writer);
    for (size_t i = 0; i < foresight->look_count; i++) {
        const struct slice id = ledger_id_slice(&foresight->looks[i].after.id);
        if (over(&foresight->looks[i])) {
            json_string(&writer, id);
            fits = fits && accepted_has(accepted, id);
        }
    }
    json_array_end(&writer);
    if (!fits) {
        api_task_credit(task, CREDIT_NO_ROOM, NULL);
        if (!buffer_failed(&names)) {
            task->more = (struct http_member){
                SLICE("over"), arena_copy(task->request->arena, buffer_slice(&names))};
        }
    }
    buffer_release(&names);
    return fits;
}

/* ---- writing ---- */

static void looks_write(struct json_writer *writer, const struct ledger *ledger,
                        const struct api_foresight *foresight)
{
    json_name(writer, SLICE("limits"));
    json_array_begin(writer);
    for (size_t i = 0; i < foresight->look_count; i++) {
        const struct api_look *one = &foresight->looks[i];
        json_object_begin(writer);
        if (!one->opened) {
            json_name(writer, SLICE("before"));
            ledger_limit_write_json(writer, ledger, &one->before);
        }
        json_name(writer, SLICE("after"));
        json_value_begin(writer);
        buffer_append(writer->buffer, one->after_json);
        json_object_end(writer);
    }
    json_array_end(writer);
    json_name(writer, SLICE("over"));
    json_array_begin(writer);
    for (size_t i = 0; i < foresight->look_count; i++) {
        if (over(&foresight->looks[i])) {
            json_string(writer, ledger_id_slice(&foresight->looks[i].after.id));
        }
    }
    json_array_end(writer);
}

/* The first command that the ledger would not accept. */
static void refusal_write(struct json_writer *writer, const struct ledger *ledger,
                          const struct api_foresight *foresight)
{
    size_t culprit = 0;

    while (culprit + 1 < foresight->command_count &&
           (foresight->results[culprit].status == LEDGER_OK ||
            foresight->results[culprit].status == LEDGER_EXISTS)) {
        culprit++;
    }
    json_name(writer, SLICE("refusal"));
    ledger_result_write_json(writer, ledger, &foresight->commands[culprit],
                             &foresight->results[culprit]);
}

void api_foresight_write(struct json_writer *writer, const struct ledger *ledger,
                         const struct api_foresight *foresight)
{
    looks_write(writer, ledger, foresight);
    json_name(writer, SLICE("holds"));
    json_bool(writer, foresight->holds);
    if (!foresight->holds) {
        refusal_write(writer, ledger, foresight);
    }
}
