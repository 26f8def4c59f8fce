/* What a case is about, as one hash: whoever decides on it names what they were shown. */
#include "process/process_internal.h"

#include "base/hash.h"

void process_content_hash(char ret_hash[PROCESS_HASH_SIZE], struct slice proposal)
{
    uint8_t digest[SHA256_SIZE];

    _Static_assert(PROCESS_HASH_SIZE == 2 * SHA256_SIZE, "two characters a byte");
    sha256_of(proposal, digest);
    hex_write(ret_hash, digest, sizeof(digest));
}

enum process_status process_content(struct store *store, struct slice *ret_hash,
                                    struct arena *arena, struct slice subject)
{
    struct slice rest = subject;
    struct slice kind = SLICE("");
    struct store_rows rows;
    char hash[PROCESS_HASH_SIZE];

    *ret_hash = SLICE("");
    (void)slice_split(&rest, '/', &kind);
    if (!slice_equal(kind, SLICE("application")) || rest.size == 0) {
        return PROCESS_OK;
    }
    const struct store_value values[] = {store_text(rest)};
    TRY(process_from_store(store_select(store, &rows, arena, QUERY_PROCESS_CONTENT, values)));
    if (rows.count == 0) {
        return PROCESS_OK;
    }
    process_content_hash(hash, store_row(&rows, 0)[0].bytes);
    *ret_hash = arena_copy(arena, slice_of(hash, sizeof(hash)));
    return ret_hash->data == NULL ? PROCESS_NO_MEMORY : PROCESS_OK;
}

bool process_form_names_content(const struct pack *pack, struct slice form)
{
    const struct json_value *found = form.size == 0 ? NULL : pack_form_find(pack, form);
    const struct json_value *names =
        found == NULL ? NULL : json_member(found, SLICE("names_content"));

    return names != NULL && names->type == JSON_TRUE;
}

enum process_status process_task_content(struct store *store, struct process_content *ret_content,
                                         struct arena *arena, struct pack_shelf *shelf,
                                         const struct process_task *task)
{
    const struct pack *pack = NULL;
    struct process_content content = {.hash = SLICE("")};

    if (task->ended == TIME_NONE) {
        TRY(process_content(store, &content.hash, arena, task->subject));
    }
    if (content.hash.size > 0) {
        const enum pack_status status = pack_shelf_take(shelf, &pack, store, task->pack);
        REQUIRE(status != PACK_STATUS_STORE, PROCESS_STORE);
        REQUIRE(status != PACK_STATUS_NO_MEMORY, PROCESS_NO_MEMORY);
        REQUIRE(status == PACK_STATUS_OK, PROCESS_NO_PACK);
        content.needed = process_form_names_content(pack, task->form);
    }
    *ret_content = content;
    return PROCESS_OK;
}

enum process_status process_content_check(struct store *store, struct process_change *change,
                                          struct slice shown)
{
    const struct process_task *task = &change->task;
    struct slice hash;

    TRY(process_content(store, &hash, &change->scratch, task->subject));
    if (shown.size == 0) {
        return hash.size > 0 && process_form_names_content(change->pack, task->form)
                   ? PROCESS_SHOWN_NEEDED
                   : PROCESS_OK;
    }
    return slice_equal(shown, hash) ? PROCESS_OK : PROCESS_SHOWN_CHANGED;
}
