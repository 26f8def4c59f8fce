#include "audit/event.h"

enum { HEAD_BYTES = 1 << 12 };

enum store_status event_head(struct store *store, int64_t *ret_number, int64_t *ret_ledger)
{
    struct store_rows rows;
    struct arena arena;

    arena_init(&arena, HEAD_BYTES);
    const enum store_status status = store_select(store, &rows, &arena, QUERY_EVENT_HEAD, NULL);
    if (status == STORE_OK) {
        *ret_number = rows.count == 0 ? 0 : store_row(&rows, 0)[0].number;
        *ret_ledger = rows.count == 0 ? 0 : store_row(&rows, 0)[1].number;
    }
    arena_release(&arena);
    return status;
}

enum store_status event_add(struct store *store, const struct event *event)
{
    int64_t number;
    int64_t ledger;

    check(event->ledger >= 0);
    TRY(event_head(store, &number, &ledger));
    const struct store_value values[] = {
        store_integer(number + 1),
        store_integer(event->ledger > ledger ? event->ledger : ledger),
        store_integer(event->at),
        store_text(event->op),
        store_text(event->subject),
        store_text(event->actor),
        store_text_or_null(event->case_ref),
        store_text_or_null(event->detail),
    };
    return store_change(store, NULL, QUERY_EVENT_ADD, values);
}

enum store_status event_read(struct store *store, struct event **ret_events, size_t *ret_count,
                             struct arena *arena, int64_t after, size_t count)
{
    const struct store_value values[] = {store_integer(after), store_integer((int64_t)count)};
    struct store_rows rows;

    check(count >= 1 && count <= EVENT_PAGE_MAX);
    TRY(store_select(store, &rows, arena, QUERY_EVENT_FROM, values));
    struct event *events =
        arena_take_array(arena, rows.count == 0 ? 1 : rows.count, sizeof(*events));
    REQUIRE(events != NULL, STORE_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        events[i] = (struct event){.number = row[0].number,
                                   .ledger = row[1].number,
                                   .at = row[2].number,
                                   .op = row[3].bytes,
                                   .subject = row[4].bytes,
                                   .actor = row[5].bytes,
                                   .case_ref = row[6].bytes,
                                   .detail = row[7].bytes};
    }
    *ret_events = events;
    *ret_count = rows.count;
    return STORE_OK;
}
