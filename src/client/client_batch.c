/* Batches: commands prepared in the memory that is sent. */
#include "base/arena.h"
#include "client/client_internal.h"

static uint8_t *records_of(const struct hr_batch *batch)
{
    return batch->memory + WIRE_HEADER_SIZE;
}

struct hr_batch *hr_batch_new(size_t commands_max, size_t more_max)
{
    struct hr_batch *batch;

    if (commands_max == 0 || commands_max > HR_COMMANDS_MAX ||
        more_max > WIRE_RECORDS_MAX - commands_max) {
        return NULL;
    }
    batch = memory_allocate(sizeof(*batch));
    if (batch == NULL) {
        return NULL;
    }
    *batch =
        (struct hr_batch){.commands_max = commands_max, .records_max = commands_max + more_max};
    batch->memory = memory_allocate(WIRE_HEADER_SIZE + batch->records_max * WIRE_RECORD_SIZE);
    batch->results = memory_allocate(commands_max * sizeof(*batch->results));
    if (batch->memory == NULL || batch->results == NULL) {
        hr_batch_free(batch);
        return NULL;
    }
    return batch;
}

void hr_batch_free(struct hr_batch *batch)
{
    if (batch != NULL) {
        check(!batch->submitted);
        memory_free(batch->memory);
        memory_free(batch->results);
        memory_free(batch->details);
        memory_free(batch);
    }
}

void hr_batch_clear(struct hr_batch *batch)
{
    check(!batch->submitted);
    batch->count = 0;
    batch->records_count = 0;
    batch->last = NULL;
    batch->item_size = 0;
    batch->answered = false;
}

struct hr_command *hr_batch_add(struct hr_batch *batch, enum hr_op op, const char *id)
{
    check(!batch->submitted);
    if (batch->count == batch->commands_max || batch->records_count == batch->records_max) {
        return NULL;
    }
    batch->last = records_of(batch) + batch->records_count * WIRE_RECORD_SIZE;
    batch->item_size = 0;
    batch->count++;
    batch->records_count++;
    batch->answered = false;
    struct hr_command *command = (struct hr_command *)(void *)batch->last;
    hr_command(command, op, id);
    return command;
}

struct hr_command *hr_batch_commands(struct hr_batch *batch)
{
    return batch->records_count == batch->count ? (struct hr_command *)(void *)records_of(batch)
                                                : NULL;
}

size_t hr_batch_count(const struct hr_batch *batch)
{
    return batch->count;
}

/* ---- members in continuation records ---- */

/* Room for an item of `size` bytes behind the last command, zeroed; NULL when there is none. */
static uint8_t *item_begin(struct hr_batch *batch, enum hr_member member, size_t size)
{
    struct wire_item_head head = {.item = (uint8_t)member, .size = (uint16_t)size};
    const size_t place = batch->item_size;
    const size_t end = place + sizeof(head) + (size + 3) / 4 * 4;
    const size_t records = (end + WIRE_RECORD_SIZE - 1) / WIRE_RECORD_SIZE;
    struct hr_command *command = (struct hr_command *)(void *)batch->last;
    const size_t more = records - command->more;

    if (records > WIRE_MORE_MAX || more > batch->records_max - batch->records_count) {
        return NULL;
    }
    uint8_t *items = batch->last + WIRE_RECORD_SIZE;
    memset(items + (size_t)command->more * WIRE_RECORD_SIZE, 0, more * WIRE_RECORD_SIZE);
    batch->records_count += more;
    command->more = (uint8_t)records;
    batch->item_size = end;
    memcpy(items + place, &head, sizeof(head));
    return items + place + sizeof(head);
}

enum hr_status hr_add_text(struct hr_batch *batch, enum hr_member member, const char *text)
{
    const struct slice value = slice_from_cstr(text == NULL ? "" : text);

    REQUIRE(batch->last != NULL && !batch->submitted && member >= HR_HOLDER && member <= HR_CASE &&
                value.size <= WIRE_MORE_MAX * WIRE_RECORD_SIZE,
            HR_BAD_ARGUMENT);
    uint8_t *room = item_begin(batch, member, value.size);
    REQUIRE(room != NULL, HR_FULL);
    if (value.size > 0) {
        memcpy(room, value.data, value.size);
    }
    return HR_OK;
}

enum hr_status hr_add_ids(struct hr_batch *batch, enum hr_member member, const char *const *ids,
                          size_t count)
{
    REQUIRE(batch->last != NULL && !batch->submitted &&
                (member == HR_PARENTS || member == HR_UNLOCKS) && count <= WIRE_MORE_MAX,
            HR_BAD_ARGUMENT);
    uint8_t *room = item_begin(batch, member, count * WIRE_ID_SIZE);
    REQUIRE(room != NULL, HR_FULL);
    for (size_t i = 0; i < count; i++) {
        const size_t size = strlen(ids[i]);

        if (size == 0 || size > WIRE_ID_SIZE) {
            room[i * WIRE_ID_SIZE] = 1; /* as in hr_command: bad_id */
        } else {
            memcpy(room + i * WIRE_ID_SIZE, ids[i], size);
        }
    }
    return HR_OK;
}

enum hr_status hr_add_number(struct hr_batch *batch, enum hr_member member, int64_t number)
{
    static const uint8_t sizes[WIRE_ITEM_COUNT] = {
#define X(identifier, item, size) [item] = (size),
        WIRE_ITEM_LIST(X)
#undef X
    };

    REQUIRE(batch->last != NULL && !batch->submitted && member >= HR_RATE && member <= HR_REVOLVING,
            HR_BAD_ARGUMENT);
    const size_t size = sizes[member];
    /* What does not fit the field is no value of the field, so that the server answers bad_... */
    const bool fits = size == 8   ? number >= 0
                      : size == 4 ? number >= INT32_MIN && number <= INT32_MAX
                                  : number >= 0 && number < UINT8_MAX;
    const uint64_t value = fits ? (uint64_t)number : size == 4 ? (uint64_t)INT32_MAX : UINT64_MAX;
    uint8_t *room = item_begin(batch, member, size);
    REQUIRE(room != NULL, HR_FULL);
    memcpy(room, &value, size);
    return HR_OK;
}

/* ---- sending ---- */

/* Keeps the details of the batch's results; they lie one behind the other in the frame. */
static bool details_keep(struct hr_batch *batch, const uint8_t *details)
{
    uint32_t first = 0;
    uint32_t count = 0;

    for (size_t i = 0; i < batch->count; i++) {
        struct hr_result *result = &batch->results[i];

        if (result->details > 0) {
            first = count == 0 ? result->first : first;
            if (result->first != first + count) {
                return false;
            }
            result->first = count;
            count += result->details;
        }
    }
    batch->details_count = count;
    const size_t size = (size_t)count * WIRE_RECORD_SIZE;
    if (size > batch->details_capacity) {
        uint8_t *memory = memory_resize(batch->details, size);

        REQUIRE(memory != NULL, false);
        batch->details = memory;
        batch->details_capacity = size;
    }
    if (size > 0) {
        memcpy(batch->details, details + (size_t)first * WIRE_RECORD_SIZE, size);
    }
    return true;
}

static void batch_finish(struct client_unit *unit, const struct client_outcome *outcome)
{
    struct hr_batch *batch = (struct hr_batch *)(void *)unit;
    enum hr_status status = outcome->status;

    batch->submitted = false;
    if (status == HR_OK) {
        memcpy(batch->results, outcome->results, batch->count * sizeof(*batch->results));
        batch->header = *outcome->header;
        /* Without memory for the details the answers are lost, the commands done: asking again with
         * the same ids tells. */
        status = details_keep(batch, outcome->details) ? HR_OK : HR_NO_MEMORY;
        batch->answered = status == HR_OK;
    }
    batch->done(batch, status, batch->context);
}

enum hr_status hr_submit(struct hr_client *client, struct hr_batch *batch, hr_done done,
                         void *context)
{
    REQUIRE(client != NULL && batch != NULL && done != NULL && !batch->submitted &&
                batch->count > 0,
            HR_BAD_ARGUMENT);
    batch->unit = (struct client_unit){.records = records_of(batch),
                                       .count = (uint32_t)batch->count,
                                       .records_count = (uint32_t)batch->records_count,
                                       .finish = batch_finish};
    batch->done = done;
    batch->context = context;
    batch->answered = false;
    batch->submitted = true;
    const enum hr_status status = client_enqueue(client, &batch->unit);
    if (status != HR_OK) {
        batch->submitted = false;
    }
    return status;
}

const struct hr_result *hr_batch_results(const struct hr_batch *batch)
{
    return batch->answered ? batch->results : NULL;
}

bool hr_batch_answer(const struct hr_batch *batch, size_t index, struct hr_answer *ret_answer)
{
    struct wire_result result;

    if (!batch->answered || index >= batch->count) {
        return false;
    }
    memcpy(&result, &batch->results[index], sizeof(result));
    client_answer_read(ret_answer, &batch->header, &result, batch->details);
    return true;
}
