/* Any bytes as a connection sends them: head after head with its body, until one is refused. What
 * the guard takes has properties that the rooms above rely on. */
#include "http/http_chunk.h"
#include "http/http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_head_limits limits = {
    .request_line_max = 512, .size_max = 2048, .fields_max = 32};

static void handler(struct http_request *request, void *context)
{
    (void)request;
    (void)context;
}

static const struct http_route routes[] = {
    {HTTP_METHOD_GET, "/v1/limits/{id}", handler, NULL, 0},
    {HTTP_METHOD_GET, "/v1/limits/{id}/tree", handler, NULL, 0},
    {HTTP_METHOD_POST, "/v1/commands", handler, NULL, 0},
};

static struct slice slice_from(struct slice text, size_t start)
{
    return slice_of(text.data + start, text.size - start);
}

/* The end of a head is the same however its bytes came; a head that is refused before its end, by a
 * line too long, is refused too when it comes whole. */
static size_t head_size(struct http_head *head, struct slice input)
{
    size_t scanned = 0;
    size_t at_once = 0;
    size_t in_steps = 0;
    enum http_refusal refusal = http_head_find(&at_once, &scanned, input, &limits);

    if (refusal != HTTP_REFUSAL_NONE) {
        return 0;
    }
    scanned = 0;
    for (size_t got = 1; got <= input.size && in_steps == 0; got++) {
        refusal = http_head_find(&in_steps, &scanned, slice_of(input.data, got), &limits);
        if (refusal != HTTP_REFUSAL_NONE) {
            check(at_once == 0 ||
                  http_head_read(head, slice_of(input.data, at_once), &limits) == refusal);
            return 0;
        }
    }
    check(at_once == in_steps);
    return at_once;
}

static void head_use(const struct http_head *head, struct arena *arena,
                     const struct http_router *router)
{
    struct http_match match;
    struct http_field *query = NULL;
    size_t count = 0;

    check(head->method < HTTP_METHOD_COUNT && head->field_count <= limits.fields_max);
    check(head->target.size > 0 && head->path.size > 0);
    check(!head->chunked || head->content_length == 0);
    for (size_t i = 0; i < head->field_count; i++) {
        check(head->fields[i].name.size > 0);
        check(memchr(head->fields[i].value.data, '\n', head->fields[i].value.size) == NULL);
        check(memchr(head->fields[i].value.data, '\0', head->fields[i].value.size) == NULL);
    }
    if (http_router_match(&match, router, arena, head->method, head->path) == HTTP_REFUSAL_NONE) {
        for (size_t i = 0; i < match.param_count; i++) {
            check(match.params[i].size > 0 && utf8_valid(match.params[i]));
        }
    }
    if (http_query_parse(arena, &query, &count, head->query) == HTTP_REFUSAL_NONE) {
        for (size_t i = 0; i < count; i++) {
            check(utf8_valid(query[i].name) && utf8_valid(query[i].value));
        }
    }
}

/* Skips the body; false when it is refused or not whole. */
static bool body_skip(const struct http_head *head, struct slice *input)
{
    struct http_chunk chunk = {0};
    struct slice piece;

    if (!head->chunked) {
        const bool whole = head->content_length <= input->size;

        *input = slice_from(*input, whole ? (size_t)head->content_length : input->size);
        return whole;
    }
    while (input->size > 0 && chunk.state != HTTP_CHUNK_DONE) {
        const size_t before = input->size;

        if (http_chunk_take(&chunk, &piece, input) != HTTP_REFUSAL_NONE) {
            return false;
        }
        check(input->size < before && piece.size <= before - input->size);
    }
    return chunk.state == HTTP_CHUNK_DONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct http_router *router;
    static struct http_head head;
    struct slice input = slice_of((const char *)data, size);
    struct arena arena;

    if (router == NULL) {
        check(http_router_open(&router, routes, sizeof(routes) / sizeof(routes[0])) == HTTP_OK);
    }
    arena_init(&arena, 1UL << 20);
    while (input.size > 0) {
        const size_t found = head_size(&head, input);

        if (found == 0 ||
            http_head_read(&head, slice_of(input.data, found), &limits) != HTTP_REFUSAL_NONE) {
            break;
        }
        input = slice_from(input, found);
        head_use(&head, &arena, router);
        arena_reset(&arena);
        if (!body_skip(&head, &input)) {
            break;
        }
    }
    arena_release(&arena);
    return 0;
}
