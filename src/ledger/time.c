/* The passage of time: reservations that expire, in the order of (expires, the order of their
 * making). */
#include "ledger/internal.h"

static bool deadline_before(struct deadline a, struct deadline b)
{
    return a.expires < b.expires || (a.expires == b.expires && a.number < b.number);
}

static void sift_up(struct deadline *heap, uint32_t at)
{
    const struct deadline moved = heap[at];

    while (at > 0 && deadline_before(moved, heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = moved;
}

static void sift_down(struct deadline *heap, uint32_t count, uint32_t at)
{
    const struct deadline moved = heap[at];

    for (uint32_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && deadline_before(heap[child + 1], heap[child])) {
            child++;
        }
        if (!deadline_before(heap[child], moved)) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

/* An entry counts while the reservation it was made for is open. Its place may have been used again
 * since; a record whose number was given back by a failed chain has another time, or its own entry
 * beside this one. */
static bool deadline_stands(const struct ledger *ledger, struct deadline deadline)
{
    if (deadline.record >= ledger->records_count) {
        return false;
    }
    const struct record *record = &ledger->records[deadline.record];

    return record->number == deadline.number && record_is_reservation(record) &&
           record_open(record) && record->expires == deadline.expires;
}

/* Drops entries that no longer count, and makes a heap of the rest. */
static void deadlines_clean(struct ledger *ledger)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < ledger->deadlines_count; i++) {
        if (deadline_stands(ledger, ledger->deadlines[i])) {
            ledger->deadlines[count++] = ledger->deadlines[i];
        }
    }
    ledger->deadlines_count = count;
    for (uint32_t i = count / 2; i > 0; i--) {
        sift_down(ledger->deadlines, count, i - 1);
    }
}

void deadline_add(struct ledger *ledger, uint32_t record)
{
    if (UNLIKELY(ledger->deadlines_count > 2 * ledger->deadlines_live + 1024)) {
        deadlines_clean(ledger);
    }
    ledger->deadlines[ledger->deadlines_count] =
        (struct deadline){.expires = ledger->records[record].expires,
                          .number = ledger->records[record].number,
                          .record = record};
    sift_up(ledger->deadlines, ledger->deadlines_count++);
}

static void reservation_expire(struct ledger *ledger, uint32_t number)
{
    static const int64_t nothing[MEASURE_COUNT] = {0};
    struct record *record = &ledger->records[number];
    int64_t released[MEASURE_COUNT];

    memcpy(released, record->remaining, sizeof(released));
    sums_post(ledger, record->limit, (enum currency)record->currency, POST_RELEASE, released);
    record_set_remaining(ledger, number, nothing);
    effect_add(ledger, LEDGER_OP_EXPIRE, record->limit, number, (enum currency)record->currency,
               released);
}

void time_pass(struct ledger *ledger, time_us at)
{
    if (at > ledger->time) {
        struct undo *undo = undo_push(ledger, UNDO_TIME, 0);
        if (undo != NULL) {
            undo->amounts[0] = ledger->time;
        }
        ledger->time = at;
    }
    while (ledger->deadlines_count > 0 && ledger->deadlines[0].expires <= ledger->time) {
        const struct deadline due = ledger->deadlines[0];

        ledger->deadlines[0] = ledger->deadlines[--ledger->deadlines_count];
        if (ledger->deadlines_count > 0) {
            sift_down(ledger->deadlines, ledger->deadlines_count, 0);
        }
        if (deadline_stands(ledger, due)) {
            reservation_expire(ledger, due.record);
        }
    }
}
