/* /v1/limits: lists, one limit, its tree, and what stands on it. */
#include "api/api_scope.h"
#include "api/api_walk.h"

/* Limits that one request for a match looks at. */
enum { MATCH_LOOKS_MAX = 20000 };

static void limit_write(struct json_writer *writer, const struct ledger *ledger, uint32_t limit)
{
    struct ledger_limit_view view;

    ledger_limit_view(ledger, &view, limit);
    ledger_limit_write_json(writer, ledger, &view);
}

/* Finds the limit of the path; answers 404 when there is none that may be shown. */
static bool limit_find(struct http_request *request, const struct api *api, uint32_t *ret_limit)
{
    const struct ledger *ledger = engine_ledger(api->engine);
    struct ledger_id id;

    if (!api_path_id(request, &id, LEDGER_LIMIT_NOT_FOUND)) {
        return false;
    }
    *ret_limit = ledger_limit_find(ledger, &id);
    if (*ret_limit == LEDGER_NONE || !api_scope_sees(api, ledger, *ret_limit)) {
        api_problem_ledger(request, 404, LEDGER_LIMIT_NOT_FOUND);
        return false;
    }
    return true;
}

void api_limit_get(struct http_request *request, void *context)
{
    struct api *api = context;
    const struct ledger *ledger = engine_ledger(api->engine);
    struct ledger_id id;
    struct buffer body = {0};
    struct json_writer writer;
    uint32_t limit;
    time_us as_of = TIME_NONE;

    if (!api_query_known(request) || !api_query_time(request, "as_of", &as_of)) {
        return;
    }
    if (as_of != TIME_NONE && as_of > api_now()) {
        api_problem_parameter(request, "as_of", "a time that has passed", "须为已过去的时间");
        return;
    }
    if (as_of != TIME_NONE && as_of < ledger_time(ledger) && api->scope == NULL) {
        if (api_path_id(request, &id, LEDGER_LIMIT_NOT_FOUND)) {
            api_limit_as_of(api, request, &id, as_of);
        }
        return;
    }
    if (!limit_find(request, api, &limit)) {
        return;
    }
    if (as_of != TIME_NONE && as_of < ledger_time(ledger)) {
        check(ledger_id_read(request->params[0], &id));
        api_limit_as_of(api, request, &id, as_of);
        return;
    }
    json_writer_init(&writer, &body);
    limit_write(&writer, ledger, limit);
    api_moment_headers(request, ledger);
    api_reply_json(request, 200, &body);
}

/* ---- lists ---- */

/* What a list goes through: the limits of a holder, of a kind, or all, or all that match. */
struct listing {
    const struct ledger *ledger;
    struct slice holder, kind, match;
    uint32_t limit; /* where it stands; LEDGER_NONE before the first */
    uint32_t looks; /* limits looked at */
};

static bool contains_ascii_case(struct slice text, struct slice part)
{
    for (size_t i = 0; i + part.size <= text.size; i++) {
        if (slice_equal_ascii_case(slice_of(text.data + i, part.size), part)) {
            return true;
        }
    }
    return false;
}

/* The next limit of the listing, whether it matches or not; LEDGER_NONE at the end. */
static uint32_t listing_step(const struct listing *listing)
{
    if (listing->holder.data != NULL) {
        return ledger_holder_next(listing->ledger, listing->holder, listing->limit);
    }
    if (listing->kind.data != NULL) {
        return ledger_kind_next(listing->ledger, listing->kind, listing->limit);
    }
    const uint32_t next = listing->limit == LEDGER_NONE ? 0 : listing->limit + 1;
    return next < ledger_limits_count(listing->ledger) ? next : LEDGER_NONE;
}

static bool listing_takes(const struct listing *listing, const struct ledger_limit_view *view)
{
    return (listing->kind.data == NULL || slice_equal(view->kind, listing->kind)) &&
           (listing->match.data == NULL ||
            contains_ascii_case(ledger_id_slice(&view->id), listing->match) ||
            contains_ascii_case(view->holder, listing->match));
}

/* Reads the query; a cursor must name a limit of the same list. */
static bool listing_read(struct http_request *request, struct listing *ret_listing,
                         const struct ledger *ledger)
{
    const struct slice cursor = http_request_query(request, SLICE("cursor"));
    struct ledger_limit_view view;
    uint64_t limit;

    *ret_listing = (struct listing){.ledger = ledger,
                                    .holder = http_request_query(request, SLICE("holder")),
                                    .kind = http_request_query(request, SLICE("kind")),
                                    .match = http_request_query(request, SLICE("match")),
                                    .limit = LEDGER_NONE};
    if (cursor.data == NULL) {
        return true;
    }
    const uint32_t count = ledger_limits_count(ledger);
    if (count == 0 || !slice_to_u64(cursor, count - 1, &limit)) {
        api_problem_parameter(request, "cursor", "not of this list", "不属于此列表");
        return false;
    }
    ledger_limit_view(ledger, &view, (uint32_t)limit);
    if ((ret_listing->holder.data != NULL && !slice_equal(view.holder, ret_listing->holder)) ||
        (ret_listing->holder.data == NULL && ret_listing->kind.data != NULL &&
         !slice_equal(view.kind, ret_listing->kind))) {
        api_problem_parameter(request, "cursor", "not of this list", "不属于此列表");
        return false;
    }
    ret_listing->limit = (uint32_t)limit;
    return true;
}

void api_limits_list(struct http_request *request, void *context)
{
    const struct api *api = context;
    const struct ledger *ledger = engine_ledger(api->engine);
    struct listing listing;
    struct buffer body = {0};
    struct json_writer writer;
    struct ledger_limit_view view;
    uint64_t page;
    uint64_t written = 0;
    uint32_t next = LEDGER_NONE;

    if (!api_query_known(request) || !api_query_page(request, &page) ||
        !listing_read(request, &listing, ledger)) {
        return;
    }
    json_writer_init(&writer, &body);
    json_object_begin(&writer);
    json_name(&writer, SLICE("limits"));
    json_array_begin(&writer);
    while (written < page && listing.looks < MATCH_LOOKS_MAX &&
           (next = listing_step(&listing)) != LEDGER_NONE) {
        listing.limit = next;
        listing.looks++;
        ledger_limit_view(ledger, &view, next);
        if (listing_takes(&listing, &view) && api_scope_sees(api, ledger, next)) {
            ledger_limit_write_json(&writer, ledger, &view);
            written++;
        }
    }
    json_array_end(&writer);
    char cursor[16] = "";
    if (next != LEDGER_NONE && listing_step(&listing) != LEDGER_NONE) {
        (void)snprintf(cursor, sizeof(cursor), "%u", listing.limit);
    }
    api_next_member(&writer, slice_from_cstr(cursor));
    json_object_end(&writer);
    api_moment_headers(request, ledger);
    api_reply_json(request, 200, &body);
}

/* ---- the tree ---- */

static void tree_node_write(struct json_writer *writer, const struct api_walk *walk)
{
    const uint32_t limit = api_walk_limit(walk);

    json_object_begin(writer);
    api_number_member(writer, "depth", walk->depth);
    json_name(writer, SLICE("children"));
    json_bool(writer, ledger_child_next(walk->ledger, limit, LEDGER_NONE) != LEDGER_NONE);
    json_name(writer, SLICE("repeated"));
    json_bool(writer, api_walk_repeated(walk));
    json_name(writer, SLICE("limit"));
    limit_write(writer, walk->ledger, limit);
    json_object_end(writer);
}

/* Places the walk at the first item of the page: the root, or behind the cursor. */
static bool walk_begin(struct http_request *request, struct api_walk *walk)
{
    const struct slice cursor = http_request_query(request, SLICE("cursor"));

    if (cursor.data == NULL) {
        return true;
    }
    if (!api_walk_seek(walk, cursor)) {
        api_problem_parameter(request, "cursor", "not of this tree", "不属于此额度树");
        return false;
    }
    (void)api_walk_next(walk);
    return true;
}

void api_limit_tree(struct http_request *request, void *context)
{
    const struct api *api = context;
    const struct ledger *ledger = engine_ledger(api->engine);
    struct api_walk walk;
    struct buffer body = {0};
    struct buffer cursor = {0};
    struct json_writer writer;
    uint64_t page;
    uint64_t depth = LEDGER_PATH_MAX;
    uint32_t root;

    if (!api_query_known(request) || !api_query_page(request, &page) ||
        !api_query_number(request, "depth", LEDGER_PATH_MAX, &depth) ||
        !limit_find(request, api, &root)) {
        return;
    }
    api_walk_init(&walk, ledger, root, (size_t)depth);
    if (!walk_begin(request, &walk)) {
        return;
    }
    json_writer_init(&writer, &body);
    json_object_begin(&writer);
    json_name(&writer, SLICE("limits"));
    json_array_begin(&writer);
    for (uint64_t i = 0; i < page && !walk.ended; i++) {
        if (api_scope_sees(api, ledger, api_walk_limit(&walk))) {
            tree_node_write(&writer, &walk);
        }
        buffer_reset(&cursor);
        api_walk_cursor(&walk, &cursor);
        (void)api_walk_next(&walk);
    }
    json_array_end(&writer);
    api_next_member(&writer, walk.ended ? SLICE("") : buffer_slice(&cursor));
    json_object_end(&writer);
    buffer_release(&cursor);
    api_moment_headers(request, ledger);
    api_reply_json(request, 200, &body);
}

/* ---- exposures and reservations ---- */

static void record_item_write(struct json_writer *writer, const struct ledger *ledger,
                              uint32_t record)
{
    struct ledger_record_view view;

    ledger_record_view(ledger, &view, record);
    json_object_begin(writer);
    json_name(writer, view.is_reservation ? SLICE("reservation") : SLICE("exposure"));
    ledger_record_write_json(writer, ledger, &view);
    json_object_end(writer);
}

/* A record given: its place, which may have been used again since, and its number. */
struct given {
    uint32_t record; /* LEDGER_NONE: none of that limit */
    uint64_t number;
};

/* Reads "WAY:RECORD.NUMBER", the record given last, or "WAY:-" where none of that limit was given.
 */
static bool records_begin(struct http_request *request, struct api_walk *walk,
                          struct given *ret_given)
{
    struct slice cursor = http_request_query(request, SLICE("cursor"));
    struct slice way;
    struct slice place;
    uint64_t record;

    *ret_given = (struct given){.record = LEDGER_NONE};
    if (cursor.data == NULL) {
        return true;
    }
    const bool has_way = slice_split(&cursor, ':', &way) && api_walk_seek(walk, way);
    if (has_way && slice_equal(cursor, SLICE("-"))) {
        return true;
    }
    if (!has_way || !slice_split(&cursor, '.', &place) ||
        !slice_to_u64(place, LEDGER_NONE - 1, &record) ||
        !slice_to_u64(cursor, ledger_effects_total(walk->ledger), &ret_given->number)) {
        api_problem_parameter(request, "cursor", "not of this list", "不属于此列表");
        return false;
    }
    ret_given->record = (uint32_t)record;
    return true;
}

/* The next record on the limit where the walk stands, or on a later one; a limit that is met again
 * is passed over. */
static struct given records_next(const struct api *api, struct api_walk *walk, struct given given,
                                 uint32_t *inout_looks)
{
    while (!walk->ended && *inout_looks < MATCH_LOOKS_MAX) {
        if (!api_walk_repeated(walk) && api_scope_sees(api, walk->ledger, api_walk_limit(walk))) {
            const uint32_t record =
                ledger_record_next(walk->ledger, api_walk_limit(walk), given.record, given.number);
            if (record != LEDGER_NONE) {
                return (struct given){record, ledger_record_number(walk->ledger, record)};
            }
        }
        given.record = LEDGER_NONE;
        ++*inout_looks;
        (void)api_walk_next(walk);
    }
    return (struct given){.record = LEDGER_NONE};
}

/* Appends where to go on; nothing when there is no more. */
static void records_cursor(const struct api *api, const struct api_walk *walk, struct given given,
                           struct buffer *cursor)
{
    struct api_walk ahead = *walk;
    uint32_t looks = 0;

    if (walk->ended ||
        (given.record != LEDGER_NONE &&
         records_next(api, &ahead, given, &looks).record == LEDGER_NONE && ahead.ended)) {
        return;
    }
    api_walk_cursor(walk, cursor);
    if (given.record == LEDGER_NONE) {
        buffer_append(cursor, SLICE(":-")); /* many limits without a record lie behind it */
    } else {
        buffer_printf(cursor, ":%u.%llu", given.record, (unsigned long long)given.number);
    }
}

void api_limit_exposures(struct http_request *request, void *context)
{
    const struct api *api = context;
    const struct ledger *ledger = engine_ledger(api->engine);
    struct api_walk walk;
    struct buffer body = {0};
    struct buffer cursor = {0};
    struct json_writer writer;
    uint64_t page;
    bool below = false;
    uint32_t root;
    struct given given;
    uint32_t looks = 0;

    if (!api_query_known(request) || !api_query_page(request, &page) ||
        !api_query_boolean(request, "below", &below) || !limit_find(request, api, &root)) {
        return;
    }
    api_walk_init(&walk, ledger, root, below ? LEDGER_PATH_MAX : 0);
    if (!records_begin(request, &walk, &given)) {
        return;
    }
    json_writer_init(&writer, &body);
    json_object_begin(&writer);
    json_name(&writer, SLICE("records"));
    json_array_begin(&writer);
    for (uint64_t i = 0; i < page; i++) {
        given = records_next(api, &walk, given, &looks);
        if (given.record == LEDGER_NONE) {
            break;
        }
        record_item_write(&writer, ledger, given.record);
    }
    json_array_end(&writer);
    records_cursor(api, &walk, given, &cursor);
    api_next_member(&writer, buffer_slice(&cursor));
    json_object_end(&writer);
    buffer_release(&cursor);
    api_moment_headers(request, ledger);
    api_reply_json(request, 200, &body);
}
