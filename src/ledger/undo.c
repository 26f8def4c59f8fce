/* What the commands of a chain did, so that a chain that fails leaves no trace.
 *
 * Entries are taken back newest first, so that each inverse meets the state that its command left.
 * A posting is undone by the opposite posting on the path of that moment, which is the path it was
 * made on. */
#include "ledger/internal.h"

struct undo *undo_push(struct ledger *ledger, enum undo_kind kind, uint32_t number)
{
    if (LIKELY(!ledger->in_chain)) {
        return NULL;
    }
    check(ledger->undos_count < ledger->undos_max);
    struct undo *undo = &ledger->undos[ledger->undos_count++];
    undo->kind = (uint8_t)kind;
    undo->number = number;
    return undo;
}

void undo_limit_state(struct ledger *ledger, uint32_t number)
{
    struct undo *undo = undo_push(ledger, UNDO_LIMIT_STATE, number);

    if (undo == NULL) {
        return;
    }
    const struct limit *limit = &ledger->limits[number];
    const struct limit_rest *rest = &ledger->rests[number];

    undo->state = (struct undo_state){
        .cap = limit->cap,
        .raise = rest->raise,
        .frozen = rest->frozen,
        .until = limit->until,
        .due_until = limit->due_until,
        .raise_from = rest->raise_from,
        .raise_until = rest->raise_until,
        .tolerance_bps = rest->tolerance_bps,
        .mode = limit->mode,
        .status = limit->status,
        .extras = limit->extras,
    };
}

static void limit_restore(struct ledger *ledger, uint32_t number, const struct undo_state *state)
{
    struct limit *limit = &ledger->limits[number];
    struct limit_rest *rest = &ledger->rests[number];

    if (limit->status == LIMIT_STATUS_CLOSED && state->status != LIMIT_STATUS_CLOSED) {
        ledger->limits_closed--;
    }
    limit->cap = state->cap;
    rest->raise = state->raise;
    rest->frozen = state->frozen;
    limit->until = state->until;
    limit->due_until = state->due_until;
    rest->raise_from = state->raise_from;
    rest->raise_until = state->raise_until;
    rest->tolerance_bps = state->tolerance_bps;
    limit->mode = state->mode;
    limit->status = state->status;
    limit->extras = state->extras;
}

static void limit_drop(struct ledger *ledger, uint32_t number)
{
    struct limit_rest *rest = &ledger->rests[number];

    check(number + 1 == ledger->limits_count);
    parents_set(ledger, number, NULL, 0);
    path_free(ledger, number);
    sums_drop(ledger, number);
    if (rest->holder != LEDGER_NONE) {
        ledger->holders.names[rest->holder].limit = rest->holder_next;
        name_drop_unused(&ledger->holders, rest->holder);
    }
    if (rest->kind != LEDGER_NONE) {
        ledger->kinds.names[rest->kind].limit = rest->kind_next;
        name_drop_unused(&ledger->kinds, rest->kind);
    }
    id_remove(ledger, &ledger->limits[number].id, ID_LIMIT, number);
    ledger->limits_count--;
}

static void remaining_restore(struct ledger *ledger, uint32_t number, const int64_t *remaining)
{
    const struct record *record = &ledger->records[number];
    const bool was_open = record_open(record);

    record_set_remaining(ledger, number, remaining);
    if (!was_open && record_open(record) && record->expires != TIME_NONE) {
        deadline_add(ledger, number); /* its entry may have surfaced and gone */
    }
}

static void post_inverse(struct ledger *ledger, const struct undo *undo)
{
    static const uint8_t inverse[] = {
        [POST_RESERVE] = POST_RELEASE, [POST_RELEASE] = POST_RESERVE, [POST_DRAW] = POST_UNDRAW,
        [POST_UNDRAW] = POST_DRAW,     [POST_REPAY] = POST_UNREPAY,   [POST_UNREPAY] = POST_REPAY,
    };

    sums_post(ledger, undo->number, (enum currency)undo->currency,
              (enum posting)inverse[undo->posting], undo->amounts);
}

static void undo_one(struct ledger *ledger, const struct undo *undo)
{
    switch ((enum undo_kind)undo->kind) {
    case UNDO_LIMIT_OPEN:
        limit_drop(ledger, undo->number);
        break;
    case UNDO_LIMIT_STATE:
        limit_restore(ledger, undo->number, &undo->state);
        break;
    case UNDO_REPARENT:
        limit_reparent(ledger, undo->number, undo->parents, undo->parents_count);
        break;
    case UNDO_RECORD_ADD:
        record_drop(ledger, undo->number);
        break;
    case UNDO_REMAINING:
        remaining_restore(ledger, undo->number, undo->amounts);
        break;
    case UNDO_POST:
        post_inverse(ledger, undo);
        break;
    case UNDO_UNLOCK_ADD:
        check(undo->number + 1 == ledger->unlocks_count);
        id_remove(ledger, &ledger->unlocks[undo->number].id, ID_UNLOCK, undo->number);
        ledger->unlocks_count--;
        break;
    case UNDO_UNLOCK_USE:
        ledger->unlocks[undo->number].remaining = undo->amounts[0];
        break;
    case UNDO_TRACE_ADD:
        trace_drop(ledger, undo->number);
        break;
    case UNDO_RATE:
        ledger->rates[undo->number] = undo->rate;
        ledger->rates_epoch++;
        break;
    case UNDO_DAY:
        ledger->business_date = (date_days)undo->number;
        break;
    case UNDO_TIME:
        ledger->time = undo->amounts[0];
        break;
    }
}

void undo_all(struct ledger *ledger)
{
    ledger->drops++;
    ledger->in_chain = false; /* what follows is not to be undone itself */
    while (ledger->undos_count > 0) {
        undo_one(ledger, &ledger->undos[--ledger->undos_count]);
    }
}
