/* Units into frames, and answers to units. */
#include "base/arena.h"
#include "client/client_internal.h"
#include "wire/wire_frame.h"

/* ---- packing ---- */

static struct client_frame *frame_take(struct hr_client *client)
{
    struct client_frame *frame = client->spare;

    if (frame != NULL) {
        client->spare = frame->next;
        frame->next = NULL;
        return frame;
    }
    frame = memory_allocate(sizeof(*frame));
    if (frame != NULL) {
        *frame = (struct client_frame){0};
    }
    return frame;
}

static void frame_give(struct hr_client *client, struct client_frame *frame)
{
    *frame = (struct client_frame){
        .next = client->spare, .memory = frame->memory, .capacity = frame->capacity};
    client->spare = frame;
}

/* How many units at the front of what was taken go into the next frame, and what they add up to.
 * One that is large enough travels alone, in its own memory. */
static unsigned units_fit(const struct hr_client *client, uint32_t *ret_count,
                          uint32_t *ret_records)
{
    const uint32_t gather = client->options.gather_max < client->commands_max
                                ? client->options.gather_max
                                : client->commands_max;
    unsigned units = 0;

    *ret_count = 0;
    *ret_records = 0;
    for (const struct client_unit *unit = client->taken; unit != NULL; unit = unit->next) {
        const bool alone = unit->count >= HR_OWN_FRAME;

        if (units > 0 && (alone || *ret_count + unit->count > gather ||
                          *ret_records + unit->records_count > WIRE_RECORDS_MAX)) {
            break;
        }
        *ret_count += unit->count;
        *ret_records += unit->records_count;
        units++;
        if (alone) {
            break;
        }
    }
    return units;
}

/* True when the frame at the front has all it can have, or may go out as it is. */
static bool frame_due(const struct hr_client *client, unsigned units)
{
    const struct client_unit *unit = client->taken;

    if (client->in_flight < CLIENT_EAGER_FRAMES || unit->count >= HR_OWN_FRAME) {
        return true;
    }
    for (; units > 0; units--) {
        unit = unit->next;
    }
    return unit != NULL; /* the next one did not fit: the frame is full */
}

static bool memory_grow(struct client_frame *frame, size_t size)
{
    if (frame->capacity < size) {
        uint8_t *memory = memory_resize(frame->memory, size);

        REQUIRE(memory != NULL, false);
        frame->memory = memory;
        frame->capacity = size;
    }
    return true;
}

static void unit_move(struct hr_client *client, struct client_frame *frame)
{
    struct client_unit *unit = client->taken;

    client->taken = unit->next;
    if (client->taken == NULL) {
        client->taken_last = NULL;
    }
    unit->next = NULL;
    if (frame->last == NULL) {
        frame->first = unit;
    } else {
        frame->last->next = unit;
    }
    frame->last = unit;
}

/* Puts the records where the frame is, and seals it. */
static void frame_fill(struct client_frame *frame)
{
    struct wire_header header = {
        .size = (uint32_t)frame->size,
        .type = WIRE_BATCH,
        .count = frame->count,
        .records = frame->records_count,
        .tag = frame->tag,
    };
    uint8_t *place = frame->bytes + WIRE_HEADER_SIZE;
    uint32_t first = 0;

    for (struct client_unit *unit = frame->first; unit != NULL; unit = unit->next) {
        const size_t size = (size_t)unit->records_count * WIRE_RECORD_SIZE;

        if (place != unit->records) {
            memcpy(place, unit->records, size);
        }
        place += size;
        unit->first = first;
        first += unit->count;
    }
    wire_frame_seal(frame->bytes, &header);
}

static void frame_append(struct hr_client *client, struct client_frame *frame)
{
    if (client->frames_last == NULL) {
        client->frames = frame;
    } else {
        client->frames_last->next = frame;
    }
    client->frames_last = frame;
    client->in_flight++;
}

static void packed_note(struct hr_client *client, uint32_t count)
{
    os_mutex_lock(&client->mutex);
    client->waiting -= count;
    client->figures.batches++;
    client->figures.commands += count;
    os_mutex_unlock(&client->mutex);
}

void client_frames_make(struct hr_client *client)
{
    while (client->taken != NULL && client->in_flight < client->batches_max) {
        uint32_t count;
        uint32_t records;
        unsigned units = units_fit(client, &count, &records);

        if (!frame_due(client, units)) {
            return;
        }
        struct client_frame *frame = frame_take(client);
        const size_t size = WIRE_HEADER_SIZE + (size_t)records * WIRE_RECORD_SIZE;
        const bool own = client->taken->count >= HR_OWN_FRAME;

        if (frame == NULL || (!own && !memory_grow(frame, size))) {
            if (frame != NULL) {
                frame_give(client, frame);
            }
            return; /* tried again when the next answer or deadline comes */
        }
        frame->tag = client->next_tag++;
        frame->count = count;
        frame->records_count = records;
        frame->size = size;
        /* A batch has room for the header in front of its records. */
        frame->bytes =
            own ? (uint8_t *)(uintptr_t)client->taken->records - WIRE_HEADER_SIZE : frame->memory;
        for (; units > 0; units--) {
            unit_move(client, frame);
        }
        frame_fill(frame);
        frame_append(client, frame);
        packed_note(client, count);
    }
}

/* ---- finishing ---- */

static void frame_remove(struct hr_client *client, struct client_frame *frame)
{
    struct client_frame *before = NULL;

    for (struct client_frame *at = client->frames; at != frame; at = at->next) {
        before = at;
    }
    if (before == NULL) {
        client->frames = frame->next;
    } else {
        before->next = frame->next;
    }
    if (client->frames_last == frame) {
        client->frames_last = before;
    }
    client->in_flight--;
}

static void frame_finish(struct hr_client *client, struct client_frame *frame,
                         const struct client_outcome *outcome)
{
    while (frame->first != NULL) {
        struct client_unit *unit = frame->first;
        struct client_outcome own = *outcome;

        frame->first = unit->next;
        if (own.results != NULL) {
            own.results += unit->first;
        }
        client_unit_finish(client, unit, &own);
    }
    frame->last = NULL;
}

static void list_fail(struct hr_client *client, struct client_unit *unit,
                      const struct client_outcome *outcome)
{
    while (unit != NULL) {
        struct client_unit *next = unit->next;

        os_mutex_lock(&client->mutex);
        client->waiting -= unit->count;
        os_mutex_unlock(&client->mutex);
        client_unit_finish(client, unit, outcome);
        unit = next;
    }
}

void client_units_fail(struct hr_client *client, enum hr_status status)
{
    const struct client_outcome outcome = {.status = status};
    struct client_unit *taken = client->taken;

    client->taken = NULL;
    client->taken_last = NULL;
    while (client->frames != NULL) {
        struct client_frame *frame = client->frames;

        frame_remove(client, frame);
        frame_finish(client, frame, &outcome);
        frame_give(client, frame);
    }
    list_fail(client, taken, &outcome);
}

/* Takes expired units off a frame. Its answer is then dropped when it comes; a frame whose memory
 * was the batch's must not be touched any more. */
static void frame_expire(struct hr_client *client, struct client_frame *frame, uint64_t now_ns)
{
    const struct client_outcome outcome = {.status = HR_TIMED_OUT};

    while (frame->first != NULL && frame->first->deadline_ns <= now_ns) {
        struct client_unit *unit = frame->first;

        frame->first = unit->next;
        frame->last = frame->first == NULL ? NULL : frame->last;
        client_unit_finish(client, unit, &outcome);
    }
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t client_units_expire(struct hr_client *client, uint64_t now_ns)
{
    const struct client_outcome outcome = {.status = HR_TIMED_OUT};
    uint64_t next_ns = UINT64_MAX;
    struct client_frame *frame = client->frames;
    bool cut = false;

    while (frame != NULL) {
        struct client_frame *next = frame->next;
        const bool waited = frame->first != NULL;

        frame_expire(client, frame, now_ns);
        if (frame->first != NULL) {
            next_ns = earlier(next_ns, frame->first->deadline_ns);
        } else if (waited && frame->sent > 0 && frame->sent < frame->size) {
            cut = true; /* half of it is out: what follows could not be read */
        } else if (frame->sent == 0) {
            frame_remove(client, frame);
            frame_give(client, frame);
        }
        frame = next;
    }
    if (cut) {
        client_link_close(client);
    }
    while (client->taken != NULL && client->taken->deadline_ns <= now_ns) {
        struct client_unit *unit = client->taken;

        client->taken = unit->next;
        client->taken_last = client->taken == NULL ? NULL : client->taken_last;
        unit->next = NULL;
        list_fail(client, unit, &outcome);
    }
    return client->taken == NULL ? next_ns : earlier(next_ns, client->taken->deadline_ns);
}

static struct client_frame *frame_of(const struct hr_client *client, uint64_t tag)
{
    struct client_frame *frame = client->frames;

    while (frame != NULL && frame->tag != tag) {
        frame = frame->next;
    }
    return frame != NULL && frame->sent == frame->size ? frame : NULL;
}

bool client_frame_answered(struct hr_client *client, const struct wire_header *header,
                           const uint8_t *body)
{
    struct client_frame *frame = frame_of(client, header->tag);
    const struct wire_result *results = (const struct wire_result *)(const void *)body;
    const uint8_t *details =
        body + (header->size - WIRE_HEADER_SIZE) - (size_t)header->records * WIRE_RECORD_SIZE;
    const struct client_outcome outcome = {HR_OK, header, results, details};

    REQUIRE(frame != NULL && frame->count == header->count &&
                client_results_hold(header, results, details),
            false);
    frame_remove(client, frame);
    frame_finish(client, frame, &outcome);
    frame_give(client, frame);
    return true;
}

bool client_frame_refused(struct hr_client *client, uint64_t tag, enum hr_status status)
{
    struct client_frame *frame = frame_of(client, tag);
    const struct client_outcome outcome = {.status = status};

    REQUIRE(frame != NULL, false);
    frame_remove(client, frame);
    frame_finish(client, frame, &outcome);
    frame_give(client, frame);
    return true;
}

void client_frames_rewind(struct hr_client *client)
{
    struct client_frame *frame = client->frames;
    uint64_t resent = 0;

    while (frame != NULL) {
        struct client_frame *next = frame->next;

        if (frame->first == NULL) { /* nobody waits for it */
            frame_remove(client, frame);
            frame_give(client, frame);
        } else {
            resent += frame->sent > 0;
            frame->sent = 0;
        }
        frame = next;
    }
    os_mutex_lock(&client->mutex);
    client->figures.resent += resent;
    os_mutex_unlock(&client->mutex);
}

void client_frames_free(struct hr_client *client)
{
    check(client->frames == NULL);
    while (client->spare != NULL) {
        struct client_frame *frame = client->spare;

        client->spare = frame->next;
        memory_free(frame->memory);
        memory_free(frame);
    }
}
