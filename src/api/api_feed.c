#include "api/api_feed.h"

void api_feed_write(char ret_text[API_FEED_TEXT_SIZE], const struct api_feed_place *place)
{
    if (place->credit == 0) {
        (void)snprintf(ret_text, API_FEED_TEXT_SIZE, "%llu", (unsigned long long)place->ledger);
    } else {
        (void)snprintf(ret_text, API_FEED_TEXT_SIZE, "%llu.%llu", (unsigned long long)place->ledger,
                       (unsigned long long)place->credit);
    }
}

bool api_feed_read(struct slice text, struct api_feed_place *ret_place)
{
    struct api_feed_place place = {0};
    struct slice rest = text;
    struct slice ledger;

    if (!slice_split(&rest, '.', &ledger) || !slice_to_u64(ledger, INT64_MAX, &place.ledger) ||
        (ledger.size < text.size && !slice_to_u64(rest, INT64_MAX, &place.credit))) {
        return false;
    }
    *ret_place = place;
    return true;
}

static void step_write(struct json_writer *writer, const struct event *step)
{
    json_object_begin(writer);
    api_number_member(writer, "number", (uint64_t)step->number);
    api_text_member(writer, "source", SLICE("credit"));
    api_time_member(writer, "at", step->at);
    api_text_member(writer, "op", step->op);
    api_text_member(writer, "subject", step->subject);
    api_text_member(writer, "actor", step->actor);
    if (step->case_ref.size > 0) {
        api_text_member(writer, "case", step->case_ref);
    }
    if (step->detail.size > 0) {
        json_name(writer, SLICE("detail"));
        json_raw(writer, step->detail);
    }
    json_object_end(writer);
}

enum api_feed_next api_feed_next(struct json_writer *writer, struct api *api,
                                 struct api_feed_place *inout_place,
                                 const struct api_feed_steps *steps, uint64_t ledger_last,
                                 enum engine_status *reterr_status)
{
    struct api_feed_place *place = inout_place;
    const bool within =
        place->credit >= steps->after && place->credit - steps->after <= steps->count;
    const size_t index = within ? (size_t)(place->credit - steps->after) : 0;
    struct engine_event event;

    /* Beyond what there is: a place that nobody was given, or of a database that was exchanged. */
    if (!within && !(steps->complete && place->credit > steps->after)) {
        return API_FEED_LACKS;
    }
    if (within && index == steps->count && !steps->complete) {
        return API_FEED_LACKS;
    }
    if (within && index < steps->count &&
        ((uint64_t)steps->events[index].ledger <= place->ledger)) {
        step_write(writer, &steps->events[index]);
        place->credit++;
        return API_FEED_EVENT;
    }
    if (place->ledger >= ledger_last) {
        return API_FEED_END;
    }
    *reterr_status = engine_event_read(api->engine, place->ledger + 1, &event);
    if (*reterr_status != ENGINE_OK) {
        return API_FEED_FAILED;
    }
    api_event_write(writer, engine_ledger(api->engine), &event);
    place->ledger++;
    return API_FEED_EVENT;
}
