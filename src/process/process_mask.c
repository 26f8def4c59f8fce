/* What tasks and histories hold of personal data, as who asks may see it: by the classes that the
 * forms of the pack give their fields. A value has the class of its name, or of what it is in. */
#include "process/process_internal.h"

enum {
    SECRETS_MAX = 1024,
    SECRET_MIN = 2, /* bytes: shorter data tell nothing, and stand in every text */
    CUT_MIN = 4,    /* bytes of a datum that a text which was cut may end with */
    PAGES_MAX = 64  /* of a history that are looked through */
};

/* A datum that the case has had, and its class. */
struct secret {
    struct slice text;
    enum personal class;
};

struct secrets {
    struct secret *list;
    size_t count;
    bool cut; /* there are more than were collected: no text of the machine is shown */
    struct arena *arena;
};

struct showing {
    struct json_writer writer;
    const struct pack *pack;
    struct mask_view *view;
    const struct secrets *secrets; /* of an effect's texts; NULL: they are as they are */
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

/* ---- texts of the machine, which may quote what they stumbled over ---- */

static void secret_add(struct secrets *secrets, struct slice text, enum personal class)
{
    for (size_t i = 0; i < secrets->count; i++) {
        if (secrets->list[i].class == class && slice_equal(secrets->list[i].text, text)) {
            return;
        }
    }
    const struct slice kept =
        secrets->count < SECRETS_MAX ? arena_copy(secrets->arena, text) : slice_of(NULL, 0);
    secrets->cut = kept.data == NULL;
    if (!secrets->cut) {
        secrets->list[secrets->count++] = (struct secret){kept, class};
    }
}

/* Collects the data that have a class, until there are too many. */
static void secrets_collect(struct secrets *secrets, const struct pack *pack,
                            const struct json_value *value, enum personal class)
{
    const bool is_leaf = value->type == JSON_STRING || value->type == JSON_NUMBER;

    if (secrets->cut) {
        return;
    }
    if (is_leaf && class != PERSONAL_COUNT && value->text.size >= SECRET_MIN) {
        secret_add(secrets, value->text, class);
    }
    if (value->type != JSON_OBJECT && value->type != JSON_ARRAY) {
        return;
    }
    for (const struct json_value *at = value->first; at != NULL; at = at->next) {
        enum personal its = class;
        if (value->type == JSON_OBJECT) {
            (void)pack_personal_find(pack, at->name, &its);
        }
        secrets_collect(secrets, pack, at, its);
    }
}

/* The longest datum that a text has at its beginning; at its end, where it was cut, a part of one.
 */
static const struct secret *secret_at(const struct secrets *secrets, struct slice rest)
{
    const struct secret *found = NULL;

    for (size_t i = 0; i < secrets->count; i++) {
        const struct slice text = secrets->list[i].text;
        if (text.data[0] != rest.data[0]) {
            continue;
        }
        const bool whole = slice_starts_with(rest, text);
        const bool part = rest.size >= CUT_MIN && slice_starts_with(text, rest);
        if ((whole || part) && (found == NULL || text.size > found->text.size)) {
            found = &secrets->list[i];
        }
    }
    return found;
}

static void quoted_write(struct showing *showing, struct slice text)
{
    struct mask_view *view = showing->view;
    struct buffer out = {0};

    if (showing->secrets->cut) {
        json_string(&showing->writer, SLICE("****"));
        return;
    }
    for (size_t i = 0; i < text.size;) {
        const struct slice rest = slice_of(text.data + i, text.size - i);
        const struct secret *secret = secret_at(showing->secrets, rest);
        if (secret == NULL) {
            buffer_append_byte(&out, text.data[i++]);
            continue;
        }
        const bool whole = secret->text.size <= rest.size;
        const struct slice datum = whole ? secret->text : rest;
        const enum mask mask = view->of[secret->class];
        if (mask == MASK_CLEAR) {
            view->clear |= 1U << secret->class;
            buffer_append(&out, datum);
        } else if (mask == MASK_MASKED && whole) {
            mask_write(&out, secret->class, mask, datum);
        } else {
            buffer_append_cstr(&out, "****");
        }
        i += datum.size;
    }
    /* Without memory nothing is shown. */
    json_string(&showing->writer, buffer_failed(&out) ? SLICE("****") : buffer_slice(&out));
    buffer_release(&out);
}

/* An effect of the machine: personal is what its variables hold, and what its texts quote. */
static void effect_write(struct showing *showing, const struct json_value *effect)
{
    const struct pack none = {0};
    struct showing plain = *showing;

    json_object_begin(&showing->writer);
    plain.pack = &none;
    for (const struct json_value *at = effect->first; at != NULL; at = at->next) {
        const bool quotes =
            slice_equal(at->name, SLICE("text")) || slice_equal(at->name, SLICE("key"));
        json_name(&showing->writer, at->name);
        plain.writer = showing->writer;
        if (slice_equal(at->name, SLICE("variables"))) {
            value_write(showing, at, PERSONAL_COUNT);
        } else if (quotes && at->type == JSON_STRING && showing->secrets != NULL) {
            quoted_write(showing, at->text);
        } else {
            value_write(&plain, at, PERSONAL_COUNT);
            showing->writer = plain.writer;
        }
    }
    json_object_end(&showing->writer);
}

static enum process_status shown(struct slice *inout_json, struct arena *arena,
                                 const struct pack *pack, struct mask_view *view,
                                 const struct secrets *secrets)
{
    struct showing showing = {.pack = pack, .view = view, .secrets = secrets};
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
        if (secrets != NULL) {
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
    return pack == NULL ? PROCESS_OK : shown(inout_json, arena, pack, &view, NULL);
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
    TRY(shown(&inout_task->inputs, masking->arena, pack, masking->view, NULL));
    return shown(&inout_task->outputs, masking->arena, pack, masking->view, NULL);
}

/* Whether one of the rows says something of its own. */
static bool rows_quote(const struct process_history *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct slice effect = rows[i].effect;
        if (memmem(effect.data, effect.size, "\"text\":", 7) != NULL ||
            memmem(effect.data, effect.size, "\"key\":", 6) != NULL) {
            return true;
        }
    }
    return false;
}

static enum process_status page_collect(struct secrets *secrets, struct arena *arena,
                                        const struct pack *pack, const struct process_history *rows,
                                        size_t count)
{
    struct json_error error;

    for (size_t i = 0; i < count; i++) {
        const struct json_value *effect = json_parse(arena, &error, rows[i].effect);
        REQUIRE(effect != NULL, error.memory_short ? PROCESS_NO_MEMORY : PROCESS_STORE);
        for (const struct json_value *at = effect->first; at != NULL; at = at->next) {
            if (slice_equal(at->name, SLICE("variables"))) {
                secrets_collect(secrets, pack, at, PERSONAL_COUNT);
            }
        }
    }
    return PROCESS_OK;
}

/* The data with a class that a case has ever had: all of it came in with some effect. */
static enum process_status secrets_read(struct store *store, struct secrets *ret_secrets,
                                        struct arena *arena, const struct pack *pack,
                                        const struct process_case *row)
{
    int64_t step = 0;
    int64_t ordinal = 0;
    size_t count = PROCESS_PAGE_MAX;
    struct process_history *rows;
    struct arena page;

    ret_secrets->arena = arena;
    ret_secrets->list = arena_take_array(arena, SECRETS_MAX, sizeof(*ret_secrets->list));
    REQUIRE(ret_secrets->list != NULL, PROCESS_NO_MEMORY);
    arena_init(&page, PROCESS_MASK_MEMORY);
    enum process_status status = PROCESS_OK;
    for (unsigned pages = 0; status == PROCESS_OK && count == PROCESS_PAGE_MAX && !ret_secrets->cut;
         pages++) {
        if (pages == PAGES_MAX) {
            ret_secrets->cut = true;
            break;
        }
        arena_reset(&page);
        status = process_case_history(store, &rows, &count, &page, row->id, step, ordinal,
                                      PROCESS_PAGE_MAX);
        status =
            status == PROCESS_OK ? page_collect(ret_secrets, &page, pack, rows, count) : status;
        if (status == PROCESS_OK && count > 0) {
            step = rows[count - 1].step;
            ordinal = rows[count - 1].ordinal;
        }
    }
    arena_release(&page);
    return status;
}

enum process_status process_history_mask(struct store *store, const struct process_case *row,
                                         struct process_history *inout_rows, size_t count,
                                         const struct process_masking *masking)
{
    const struct pack *pack = NULL;
    struct secrets secrets = {0};
    struct arena scratch;

    TRY(pack_take(store, &pack, masking->shelf, row->pack));
    arena_init(&scratch, PROCESS_MASK_MEMORY);
    enum process_status status = pack->personal_count > 0 && rows_quote(inout_rows, count)
                                     ? secrets_read(store, &secrets, &scratch, pack, row)
                                     : PROCESS_OK;
    for (size_t i = 0; status == PROCESS_OK && i < count; i++) {
        status = shown(&inout_rows[i].effect, masking->arena, pack, masking->view, &secrets);
    }
    arena_release(&scratch);
    return status;
}
