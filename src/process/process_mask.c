/* What tasks and histories hold of personal data, as who asks may see it: by the classes that the
 * forms of the pack give their fields. A value has the class of its name, or of what it is in. */
#include "process/process_internal.h"

struct showing {
    struct json_writer writer;
    const struct pack *pack;
    struct mask_view *view;
};

static void plain_write(struct json_writer *writer, const struct json_value *value)
{
    json_raw(writer, value->type == JSON_NULL    ? SLICE("null")
                     : value->type == JSON_TRUE  ? SLICE("true")
                     : value->type == JSON_FALSE ? SLICE("false")
                                                 : value->text);
}

static void leaf_write(struct showing *showing, const struct json_value *value, enum personal class)
{
    struct json_writer *writer = &showing->writer;
    const bool is_number = value->type == JSON_NUMBER;

    if (class != PERSONAL_COUNT && (!is_number || showing->view->of[class] != MASK_CLEAR)) {
        mask_value(writer, showing->view, class, value->text);
    } else if (is_number) {
        showing->view->clear |= class == PERSONAL_COUNT ? 0 : 1U << class;
        plain_write(writer, value);
    } else {
        json_string(writer, value->text);
    }
}

/* The reader bounds the depth. */
static void value_write(struct showing *showing, const struct json_value *value,
                        enum personal class)
{
    struct json_writer *writer = &showing->writer;
    const bool is_object = value->type == JSON_OBJECT;

    if (value->type == JSON_STRING || value->type == JSON_NUMBER) {
        leaf_write(showing, value, class);
        return;
    }
    if (!is_object && value->type != JSON_ARRAY) {
        plain_write(writer, value);
        return;
    }
    if (is_object) {
        json_object_begin(writer);
    } else {
        json_array_begin(writer);
    }
    for (const struct json_value *at = value->first; at != NULL; at = at->next) {
        enum personal its = class;
        if (is_object) {
            json_name(writer, at->name);
            (void)pack_personal_find(showing->pack, at->name, &its);
        }
        value_write(showing, at, its);
    }
    if (is_object) {
        json_object_end(writer);
    } else {
        json_array_end(writer);
    }
}

/* An effect of the machine: personal is only what its variables hold. */
static void effect_write(struct showing *showing, const struct json_value *effect)
{
    const struct pack none = {0};
    struct showing plain = *showing;

    json_object_begin(&showing->writer);
    plain.pack = &none;
    for (const struct json_value *at = effect->first; at != NULL; at = at->next) {
        json_name(&showing->writer, at->name);
        plain.writer = showing->writer;
        if (slice_equal(at->name, SLICE("variables"))) {
            value_write(showing, at, PERSONAL_COUNT);
        } else {
            value_write(&plain, at, PERSONAL_COUNT);
            showing->writer = plain.writer;
        }
    }
    json_object_end(&showing->writer);
}

static enum process_status shown(struct slice *inout_json, struct arena *arena,
                                 const struct pack *pack, struct mask_view *view, bool is_effect)
{
    struct showing showing = {.pack = pack, .view = view};
    struct json_error error;
    struct buffer out = {0};
    struct arena scratch;

    if (inout_json->size == 0 || pack->personal_count == 0) {
        return PROCESS_OK;
    }
    arena_init(&scratch, PROCESS_MASK_MEMORY);
    const struct json_value *value = json_parse(&scratch, &error, *inout_json);
    if (value != NULL) {
        json_writer_init(&showing.writer, &out);
        if (is_effect) {
            effect_write(&showing, value);
        } else {
            value_write(&showing, value, PERSONAL_COUNT);
        }
    }
    const struct slice copy = value == NULL || buffer_failed(&out)
                                  ? slice_of(NULL, 0)
                                  : arena_copy(arena, buffer_slice(&out));
    buffer_release(&out);
    arena_release(&scratch);
    REQUIRE(copy.data != NULL, PROCESS_NO_MEMORY);
    *inout_json = copy;
    return PROCESS_OK;
}

enum process_status process_given_mask(struct slice *inout_json, struct arena *arena,
                                       const struct pack *pack)
{
    struct mask_view view = {0};

    for (size_t i = 0; i < PERSONAL_COUNT; i++) {
        view.of[i] = MASK_MASKED;
    }
    return pack == NULL ? PROCESS_OK : shown(inout_json, arena, pack, &view, false);
}

static enum process_status pack_take(struct store *store, const struct pack **ret_pack,
                                     struct pack_shelf *shelf, struct slice hash)
{
    const enum pack_status status = pack_shelf_take(shelf, ret_pack, store, hash);

    REQUIRE(status != PACK_STATUS_STORE, PROCESS_STORE);
    REQUIRE(status != PACK_STATUS_NO_MEMORY, PROCESS_NO_MEMORY);
    return status == PACK_STATUS_OK ? PROCESS_OK : PROCESS_NO_PACK;
}

enum process_status process_task_mask(struct store *store, struct process_task *inout_task,
                                      const struct process_masking *masking)
{
    const struct pack *pack = NULL;

    TRY(pack_take(store, &pack, masking->shelf, inout_task->pack));
    TRY(shown(&inout_task->inputs, masking->arena, pack, masking->view, false));
    return shown(&inout_task->outputs, masking->arena, pack, masking->view, false);
}

enum process_status process_history_mask(struct store *store, const struct process_case *row,
                                         struct process_history *inout_rows, size_t count,
                                         const struct process_masking *masking)
{
    const struct pack *pack = NULL;

    TRY(pack_take(store, &pack, masking->shelf, row->pack));
    for (size_t i = 0; i < count; i++) {
        TRY(shown(&inout_rows[i].effect, masking->arena, pack, masking->view, true));
    }
    return PROCESS_OK;
}
