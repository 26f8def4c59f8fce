/* Answers read out of a frame. Nothing of a frame is believed before it was looked at. */
#include "client/client_internal.h"

_Static_assert(sizeof(struct hr_result) == sizeof(struct wire_result) &&
                   offsetof(struct hr_result, first) == offsetof(struct wire_result, first),
               "a result is a result of the wire");

/* ---- judging ---- */

/* The parents of the limit that stands at `record`: they must be within the details. */
static bool limit_holds(const uint8_t *record, uint32_t left)
{
    struct wire_limit limit;

    memcpy(&limit, record, sizeof(limit));
    const uint32_t more = (limit.parents + WIRE_IDS_OF_RECORD - 1U) / WIRE_IDS_OF_RECORD;
    return limit.parents <= HR_PARENTS_MAX && left >= 2 + more;
}

static bool details_hold(const struct wire_result *result, const uint8_t *details)
{
    for (uint32_t i = 0; i < result->details; i++) {
        const uint8_t *record = details + (size_t)(result->first + i) * WIRE_RECORD_SIZE;

        if (record[0] == WIRE_DETAIL_LIMIT && !limit_holds(record, result->details - i)) {
            return false;
        }
        if ((record[0] == WIRE_DETAIL_OVER || record[0] == WIRE_DETAIL_PARENTS) &&
            record[1] > WIRE_IDS_OF_RECORD) {
            return false;
        }
    }
    return true;
}

bool client_results_hold(const struct wire_header *header, const struct wire_result *results,
                         const uint8_t *details)
{
    for (uint32_t i = 0; i < header->count; i++) {
        const struct wire_result *result = &results[i];

        if (result->details == 0) {
            continue;
        }
        if (result->first > header->records || result->details > header->records - result->first ||
            !details_hold(result, details)) {
            return false;
        }
    }
    return true;
}

/* ---- reading ---- */

static struct hr_int128 int128_of(struct wire_int128 value)
{
    return (struct hr_int128){value.low, value.high};
}

static void id_read(char ret_text[HR_ID_SIZE + 1], const char bytes[WIRE_ID_SIZE])
{
    memcpy(ret_text, bytes, WIRE_ID_SIZE);
    ret_text[HR_ID_SIZE] = '\0';
}

static void currency_read(char ret_text[4], const char letters[4])
{
    memcpy(ret_text, letters, 3);
    ret_text[3] = '\0';
}

static void refusal_read(struct hr_answer *answer, const uint8_t *record)
{
    struct wire_refusal wire;

    if (answer->refusals_count == HR_REFUSALS_MAX) {
        return;
    }
    struct hr_refusal *refusal = &answer->refusals[answer->refusals_count++];
    memcpy(&wire, record, sizeof(wire));
    id_read(refusal->limit, wire.limit);
    currency_read(refusal->currency, wire.currency);
    refusal->reason = wire.reason;
    refusal->digits = wire.digits;
    refusal->available = int128_of(wire.available);
    refusal->required = int128_of(wire.required);
}

static void over_read(struct hr_answer *answer, const uint8_t *record)
{
    struct wire_ids wire;

    memcpy(&wire, record, sizeof(wire));
    for (unsigned i = 0; i < wire.count && answer->over_count < HR_OVER_MAX; i++) {
        id_read(answer->over[answer->over_count++], wire.ids[i]);
    }
}

static void limit_read(struct hr_answer *answer, const uint8_t *record)
{
    struct hr_limit_view *view = &answer->views.limit;
    struct wire_limit wire;

    memcpy(&wire, record, sizeof(wire));
    *view = (struct hr_limit_view){
        .digits = wire.digits,
        .measure = wire.measure,
        .mode = wire.mode,
        .status = wire.status,
        .revolving = (wire.flags & 1) != 0,
        .over = (wire.flags & 2) != 0,
        .has_raise = (wire.flags & 4) != 0,
        .tolerance_bps = wire.tolerance_bps,
        .from = wire.from,
        .until = wire.until,
        .due_until = wire.due_until,
    };
    answer->view = HR_TARGET_LIMIT;
    id_read(view->id, wire.id);
    id_read(view->holder, wire.holder);
    id_read(view->kind, wire.kind);
    currency_read(view->currency, wire.currency);
}

static void figures_read(struct hr_limit_view *view, const uint8_t *record)
{
    struct wire_figures wire;

    memcpy(&wire, record, sizeof(wire));
    view->raise_from = wire.raise_from;
    view->raise_until = wire.raise_until;
    view->cap = wire.cap;
    view->raise = wire.raise;
    view->frozen = int128_of(wire.frozen);
    view->used = int128_of(wire.used);
    view->reserved = int128_of(wire.reserved_amount);
    view->outstanding = int128_of(wire.outstanding);
    view->committed = int128_of(wire.committed);
    view->available = int128_of(wire.available);
}

static void parents_read(struct hr_limit_view *view, const uint8_t *record)
{
    struct wire_ids wire;

    memcpy(&wire, record, sizeof(wire));
    for (unsigned i = 0; i < wire.count && view->parents_count < HR_PARENTS_MAX; i++) {
        id_read(view->parents[view->parents_count++], wire.ids[i]);
    }
}

static void record_read(struct hr_answer *answer, const uint8_t *record)
{
    struct hr_record_view *view = &answer->views.record;
    struct wire_holding wire;

    memcpy(&wire, record, sizeof(wire));
    *view = (struct hr_record_view){.digits = wire.digits,
                                    .is_reservation = (wire.flags & 1) != 0,
                                    .open = (wire.flags & 2) != 0,
                                    .expires = wire.expires};
    answer->view = view->is_reservation ? HR_TARGET_RESERVATION : HR_TARGET_EXPOSURE;
    id_read(view->id, wire.id);
    id_read(view->limit, wire.limit);
    currency_read(view->currency, wire.currency);
    memcpy(view->made, wire.made, sizeof(view->made));
    memcpy(view->remaining, wire.remaining, sizeof(view->remaining));
}

static void unlock_read(struct hr_answer *answer, const uint8_t *record)
{
    struct hr_unlock_view *view = &answer->views.unlock;
    struct wire_unlock wire;

    memcpy(&wire, record, sizeof(wire));
    *view = (struct hr_unlock_view){.digits = wire.digits,
                                    .lifts = wire.lifts,
                                    .until = wire.until,
                                    .amount = wire.amount,
                                    .remaining = wire.remaining};
    answer->view = HR_TARGET_UNLOCK;
    id_read(view->id, wire.id);
    id_read(view->limit, wire.limit);
    currency_read(view->currency, wire.currency);
}

static void detail_read(struct hr_answer *answer, const uint8_t *record)
{
    switch (record[0]) {
    case WIRE_DETAIL_REFUSAL:
        refusal_read(answer, record);
        break;
    case WIRE_DETAIL_OVER:
        over_read(answer, record);
        break;
    case WIRE_DETAIL_LIMIT:
        limit_read(answer, record);
        break;
    case WIRE_DETAIL_FIGURES:
        if (answer->view == HR_TARGET_LIMIT) {
            figures_read(&answer->views.limit, record);
        }
        break;
    case WIRE_DETAIL_PARENTS:
        if (answer->view == HR_TARGET_LIMIT) {
            parents_read(&answer->views.limit, record);
        }
        break;
    case WIRE_DETAIL_RECORD:
        record_read(answer, record);
        break;
    case WIRE_DETAIL_UNLOCK:
        unlock_read(answer, record);
        break;
    default:
        break; /* of a later version */
    }
}

void client_answer_read(struct hr_answer *ret_answer, const struct wire_header *header,
                        const struct wire_result *result, const uint8_t *details)
{
    ret_answer->code = result->code;
    ret_answer->refusals_count = 0;
    ret_answer->over_count = 0;
    ret_answer->view = HR_TARGET_NONE;
    ret_answer->time = header->time;
    ret_answer->event = header->event;
    ret_answer->business_date = header->date;
    for (uint32_t i = 0; i < result->details; i++) {
        detail_read(ret_answer, details + (size_t)(result->first + i) * WIRE_RECORD_SIZE);
    }
}

/* ---- amounts as text ---- */

void hr_amount_text(char ret_text[HR_AMOUNT_TEXT_SIZE], struct hr_int128 minor, unsigned digits)
{
    __extension__ unsigned __int128 value =
        (((__extension__(unsigned __int128)(uint64_t) minor.high) << 32) << 32) | minor.low;
    const bool negative = minor.high < 0;
    char reversed[HR_AMOUNT_TEXT_SIZE];
    size_t size = 0;
    size_t out = 0;

    digits = digits > 4 ? 4 : digits;
    value = negative ? ~value + 1 : value;
    do {
        reversed[size++] = (char)('0' + (unsigned)(value % 10));
        value /= 10;
        if (size == digits && digits > 0) {
            reversed[size++] = '.';
        }
    } while (value > 0 || size <= digits + (digits > 0));
    if (negative) {
        ret_text[out++] = '-';
    }
    while (size > 0) {
        ret_text[out++] = reversed[--size];
    }
    ret_text[out] = '\0';
}
