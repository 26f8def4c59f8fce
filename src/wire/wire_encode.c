#include "wire/wire_encode.h"

#include "wire/wire_frame.h"

static uint32_t ids_records(uint32_t count)
{
    return (count + WIRE_IDS_OF_RECORD - 1) / WIRE_IDS_OF_RECORD;
}

static bool has_view(const struct ledger_result *result)
{
    return result->limit != NULL || result->record != NULL || result->unlock != NULL;
}

static uint32_t details_of(const struct ledger_result *result)
{
    const uint32_t view = result->limit != NULL ? 2 + ids_records(result->limit->parents_count)
                                                : (uint32_t)has_view(result);

    return (result->status == LEDGER_REFUSED ? result->refusals_count : 0U) +
           ids_records(result->over_count) + view;
}

static bool has_details(const struct ledger_result *result)
{
    return result->status == LEDGER_REFUSED || result->over_count > 0 || has_view(result);
}

uint32_t wire_details_count(const struct ledger_result *results, size_t count)
{
    uint32_t details = 0;

    for (size_t i = 0; i < count; i++) {
        if (has_details(&results[i])) {
            details += details_of(&results[i]);
        }
    }
    return details;
}

/* ---- detail records ---- */

static void currency_put(char letters[4], uint8_t *digits, enum currency currency)
{
    memcpy(letters, currency_code(currency).data, 3);
    *digits = (uint8_t)currency_digits(currency);
}

static struct wire_int128 int128_of(int128 value)
{
    return (struct wire_int128){(uint64_t)value, (int64_t)(value >> 64)};
}

static void text_put(char bytes[WIRE_ID_SIZE], struct slice text)
{
    check(text.size <= WIRE_ID_SIZE);
    if (text.size > 0) {
        memcpy(bytes, text.data, text.size);
    }
}

static uint8_t *put(uint8_t *out, const void *record)
{
    memcpy(out, record, WIRE_RECORD_SIZE);
    return out + WIRE_RECORD_SIZE;
}

static uint8_t *refusal_put(uint8_t *out, const struct ledger_refusal *refusal)
{
    struct wire_refusal record = {.detail = WIRE_DETAIL_REFUSAL,
                                  .reason = (uint8_t)refusal->reason};

    if (refusal->reason == LEDGER_LIMIT_EXCEEDED) {
        record.available = int128_of(refusal->available_minor);
        record.required = int128_of(refusal->required_minor);
    }
    currency_put(record.currency, &record.digits, refusal->currency);
    memcpy(record.limit, refusal->limit.bytes, WIRE_ID_SIZE);
    return put(out, &record);
}

static uint8_t *ids_put(uint8_t *out, enum wire_detail detail, const struct ledger *ledger,
                        const uint32_t *limits, uint32_t count)
{
    for (uint32_t i = 0; i < count; i += WIRE_IDS_OF_RECORD) {
        struct wire_ids record = {.detail = (uint8_t)detail};

        while (record.count < WIRE_IDS_OF_RECORD && i + record.count < count) {
            memcpy(record.ids[record.count],
                   ledger_limit_id(ledger, limits[i + record.count])->bytes, WIRE_ID_SIZE);
            record.count++;
        }
        out = put(out, &record);
    }
    return out;
}

static uint8_t *limit_put(uint8_t *out, const struct ledger *ledger,
                          const struct ledger_limit_view *view)
{
    struct wire_limit record = {
        .detail = WIRE_DETAIL_LIMIT,
        .measure = (uint8_t)view->measure,
        .mode = (uint8_t)view->mode,
        .status = (uint8_t)view->status,
        .flags =
            (uint8_t)((view->revolving ? 1 : 0) | (view->over ? 2 : 0) | (view->has_raise ? 4 : 0)),
        .parents = view->parents_count,
        .tolerance_bps = view->tolerance_bps,
        .from = view->from,
        .until = view->until,
        .due_until = view->due_until,
    };
    const struct wire_figures figures = {
        .detail = WIRE_DETAIL_FIGURES,
        .raise_from = view->has_raise ? view->raise_from : DATE_NONE,
        .raise_until = view->has_raise ? view->raise_until : DATE_NONE,
        .cap = view->cap_minor,
        .raise = view->has_raise ? view->raise_minor : 0,
        .frozen = int128_of(view->frozen_minor),
        .used = int128_of(view->used_minor),
        .reserved_amount = int128_of(view->reserved_minor),
        .outstanding = int128_of(view->outstanding_minor),
        .committed = int128_of(view->committed_minor),
        .available = int128_of(view->available_minor),
    };

    currency_put(record.currency, &record.digits, view->currency);
    memcpy(record.id, view->id.bytes, WIRE_ID_SIZE);
    text_put(record.holder, view->holder);
    text_put(record.kind, view->kind);
    out = put(put(out, &record), &figures);
    return ids_put(out, WIRE_DETAIL_PARENTS, ledger, view->parents, view->parents_count);
}

static uint8_t *record_put(uint8_t *out, const struct ledger *ledger,
                           const struct ledger_record_view *view)
{
    struct wire_holding record = {
        .detail = WIRE_DETAIL_RECORD,
        .flags = (uint8_t)((view->is_reservation ? 1 : 0) | (view->open ? 2 : 0)),
        .expires = view->expires,
    };

    currency_put(record.currency, &record.digits, view->currency);
    memcpy(record.made, view->made_minor, sizeof(record.made));
    memcpy(record.remaining, view->remaining_minor, sizeof(record.remaining));
    memcpy(record.id, view->id.bytes, WIRE_ID_SIZE);
    memcpy(record.limit, ledger_limit_id(ledger, view->limit)->bytes, WIRE_ID_SIZE);
    return put(out, &record);
}

static uint8_t *unlock_put(uint8_t *out, const struct ledger *ledger,
                           const struct ledger_unlock_view *view)
{
    struct wire_unlock record = {
        .detail = WIRE_DETAIL_UNLOCK,
        .lifts = view->lifts,
        .until = view->until,
        .amount = view->amount_minor,
        .remaining = view->remaining_minor,
    };

    currency_put(record.currency, &record.digits, ledger_limit_currency(ledger, view->limit));
    memcpy(record.id, view->id.bytes, WIRE_ID_SIZE);
    memcpy(record.limit, ledger_limit_id(ledger, view->limit)->bytes, WIRE_ID_SIZE);
    return put(out, &record);
}

static uint8_t *details_put(uint8_t *out, const struct ledger *ledger,
                            const struct ledger_result *result)
{
    if (result->status == LEDGER_REFUSED) {
        for (unsigned i = 0; i < result->refusals_count; i++) {
            out = refusal_put(out, &result->refusals[i]);
        }
    }
    out = ids_put(out, WIRE_DETAIL_OVER, ledger, result->over, result->over_count);
    if (result->limit != NULL) {
        return limit_put(out, ledger, result->limit);
    }
    if (result->record != NULL) {
        return record_put(out, ledger, result->record);
    }
    return result->unlock != NULL ? unlock_put(out, ledger, result->unlock) : out;
}

void wire_results_write(uint8_t *ret_frame, const struct ledger *ledger,
                        const struct ledger_result *results, size_t count, uint32_t details,
                        uint64_t tag)
{
    struct wire_header header = {
        .size = wire_frame_size(WIRE_RESULTS, (uint32_t)count, details),
        .type = WIRE_RESULTS,
        .count = (uint32_t)count,
        .records = details,
        .tag = tag,
        .time = ledger_time(ledger),
        .event = ledger_effects_total(ledger),
        .date = ledger_business_date(ledger),
    };
    uint8_t *place = ret_frame + WIRE_HEADER_SIZE;
    uint8_t *const first = ret_frame + header.size - (size_t)details * WIRE_RECORD_SIZE;
    uint8_t *detail = first;

    for (size_t i = 0; i < count; i++) {
        const struct ledger_result *result = &results[i];
        struct wire_result record = {.code = (uint8_t)result->status};

        if (UNLIKELY(has_details(result))) {
            uint8_t *const begin = detail;

            detail = details_put(detail, ledger, result);
            record.refusals = result->status == LEDGER_REFUSED ? result->refusals_count : 0;
            record.over = result->over_count;
            record.details = (uint8_t)((size_t)(detail - begin) / WIRE_RECORD_SIZE);
            record.first = (uint32_t)((size_t)(begin - first) / WIRE_RECORD_SIZE);
        }
        memcpy(place, &record, sizeof(record));
        place += sizeof(record);
    }
    check(detail == ret_frame + header.size);
    memset(place, 0, (size_t)(first - place));
    wire_frame_seal(ret_frame, &header);
}
