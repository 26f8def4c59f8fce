/* Reservations and exposures, and the list of the open ones on each limit, newest first. */
#include "ledger/internal.h"

static void list_insert(struct ledger *ledger, uint32_t number)
{
    struct record *record = &ledger->records[number];
    uint32_t *head = &ledger->limits[record->limit].record;
    uint32_t before = LEDGER_NONE;
    uint32_t after = *head;

    while (UNLIKELY(after != LEDGER_NONE && after > number)) {
        before = after;
        after = ledger->records[after].next;
    }
    record->prev = before;
    record->next = after;
    if (after != LEDGER_NONE) {
        ledger->records[after].prev = number;
    }
    if (before == LEDGER_NONE) {
        *head = number;
    } else {
        ledger->records[before].next = number;
    }
}

static void list_remove(struct ledger *ledger, uint32_t number)
{
    struct record *record = &ledger->records[number];

    if (record->prev == LEDGER_NONE) {
        ledger->limits[record->limit].record = record->next;
    } else {
        ledger->records[record->prev].next = record->next;
    }
    if (record->next != LEDGER_NONE) {
        ledger->records[record->next].prev = record->prev;
    }
    record->next = LEDGER_NONE;
    record->prev = LEDGER_NONE;
}

/* Counts an open record in (1) or out (-1). */
static void count_open(struct ledger *ledger, const struct record *record, int by)
{
    if (!record_is_reservation(record)) {
        ledger->exposures_open += (uint32_t)by;
        return;
    }
    ledger->reservations_open += (uint32_t)by;
    if (record->expires != TIME_NONE) {
        ledger->deadlines_live += (uint32_t)by;
    }
}

uint32_t record_add(struct ledger *ledger, const struct record *record)
{
    const uint32_t number = ledger->records_count++;

    check(number < ledger->options.records_max);
    ledger->records[number] = *record;
    id_insert(ledger, &record->id, ID_RECORD, number);
    list_insert(ledger, number);
    count_open(ledger, record, 1);
    undo_push(ledger, UNDO_RECORD_ADD, number);
    if (record->expires != TIME_NONE) {
        deadline_add(ledger, number);
    }
    return number;
}

void record_drop(struct ledger *ledger, uint32_t number)
{
    struct record *record = &ledger->records[number];

    check(number + 1 == ledger->records_count && record_open(record));
    list_remove(ledger, number);
    count_open(ledger, record, -1);
    id_remove(ledger, &record->id, ID_RECORD, number);
    memset(record, 0, sizeof(*record));
    ledger->records_count--;
}

void record_set_remaining(struct ledger *ledger, uint32_t number,
                          const int64_t remaining[MEASURE_COUNT])
{
    struct record *record = &ledger->records[number];
    const bool was_open = record_open(record);
    struct undo *undo = undo_push(ledger, UNDO_REMAINING, number);

    if (UNLIKELY(undo != NULL)) {
        memcpy(undo->amounts, record->remaining, sizeof(undo->amounts));
    }
    memcpy(record->remaining, remaining, sizeof(record->remaining));
    check(record_open(record) || (remaining[1] == 0 && remaining[2] == 0));
    if (was_open && !record_open(record)) {
        list_remove(ledger, number);
        count_open(ledger, record, -1);
    } else if (!was_open && record_open(record)) {
        list_insert(ledger, number);
        count_open(ledger, record, 1);
    }
}
