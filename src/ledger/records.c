/* Reservations and exposures, and the list of the open ones on each limit, newest first. */
#include "ledger/internal.h"

/* A record that was just made is the newest. */
static void list_add(struct ledger *ledger, uint32_t number)
{
    uint32_t *head = &ledger->limits[ledger->records[number].limit].record;
    const uint32_t after = *head;

    ledger->links[number] = (struct record_link){.next = after, .prev = LEDGER_NONE};
    if (after != LEDGER_NONE) {
        ledger->links[after].prev = number;
    }
    *head = number;
}

/* Puts a record that is open again where it stood. */
static void list_insert(struct ledger *ledger, uint32_t number)
{
    uint32_t *head = &ledger->limits[ledger->records[number].limit].record;
    uint32_t before = LEDGER_NONE;
    uint32_t after = *head;

    while (after != LEDGER_NONE && ledger->records[after].number > ledger->records[number].number) {
        before = after;
        after = ledger->links[after].next;
    }
    ledger->links[number] = (struct record_link){.next = after, .prev = before};
    if (after != LEDGER_NONE) {
        ledger->links[after].prev = number;
    }
    if (before == LEDGER_NONE) {
        *head = number;
    } else {
        ledger->links[before].next = number;
    }
}

static void list_remove(struct ledger *ledger, uint32_t number)
{
    struct record_link *link = &ledger->links[number];

    if (link->prev == LEDGER_NONE) {
        ledger->limits[ledger->records[number].limit].record = link->next;
    } else {
        ledger->links[link->prev].next = link->next;
    }
    if (link->next != LEDGER_NONE) {
        ledger->links[link->next].prev = link->prev;
    }
    *link = (struct record_link){LEDGER_NONE, LEDGER_NONE};
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

struct record *record_new(struct ledger *ledger, uint32_t *ret_number)
{
    uint32_t number = ledger->record_free;

    if (number != LEDGER_NONE) {
        ledger->record_free = ledger->records[number].limit;
        ledger->records_free--;
    } else {
        number = ledger->records_count++;
        check(number < ledger->options.records_max);
    }
    ledger->records[number].number = ledger->effects_total + 1;
    *ret_number = number;
    return &ledger->records[number];
}

void record_add(struct ledger *ledger, uint32_t number)
{
    struct record *record = &ledger->records[number];

    id_insert(ledger, ledger->sight->id_hash, ID_RECORD, number);
    list_add(ledger, number);
    count_open(ledger, record, 1);
    undo_push(ledger, UNDO_RECORD_ADD, number);
    if (record->expires != TIME_NONE) {
        deadline_add(ledger, number);
    }
}

void record_free(struct ledger *ledger, uint32_t number)
{
    struct record *record = &ledger->records[number];

    memset(record, 0, sizeof(*record));
    if (number + 1 == ledger->records_count) {
        ledger->records_count--;
        return;
    }
    record->limit = ledger->record_free;
    ledger->record_free = number;
    ledger->records_free++;
}

void record_drop(struct ledger *ledger, uint32_t number)
{
    struct record *record = &ledger->records[number];

    check(record_open(record));
    list_remove(ledger, number);
    count_open(ledger, record, -1);
    id_remove(ledger, &record->id, ID_RECORD, number);
    record_free(ledger, number);
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
