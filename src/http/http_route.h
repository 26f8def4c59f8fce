/* Routes: one static table, from which the server dispatches and the API document is generated. */
#ifndef HEADROOM_HTTP_ROUTE_H
#define HEADROOM_HTTP_ROUTE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "http/http_status.h"

/* X(name): the methods that this server knows. */
#define HTTP_METHOD_LIST(X) X(GET) X(HEAD) X(POST) X(PUT) X(PATCH) X(DELETE) X(OPTIONS)

enum http_method {
#define X(name) HTTP_METHOD_##name,
    HTTP_METHOD_LIST(X)
#undef X
        HTTP_METHOD_COUNT
};

struct slice http_method_name(enum http_method method);

struct http_request;
typedef void (*http_handler)(struct http_request *request, void *context);

/** One row of the table. Static data; the pattern is "/v1/limits/{id}/tree": literal segments of
 *  unreserved characters, or one parameter a whole segment. A literal wins over a parameter. GET
 *  also serves HEAD; OPTIONS is answered by the server from the table. */
struct http_route {
    enum http_method method;
    const char *pattern;
    http_handler handler;
    const void *meta; /* for the API room: summary, role, parameters, schemas */
    size_t body_max;  /* bytes; 0: the server's own limit */
};

enum { HTTP_PARAMS_MAX = 8, HTTP_SEGMENTS_MAX = 16 };

struct http_router;

/** Compiles the table, which must outlive the router. HTTP_BAD_ROUTE: see http_status.h. */
enum http_result http_router_open(struct http_router **ret_router, const struct http_route *routes,
                                  size_t count) MUST_USE;
/** NULL-safe. */
void http_router_free(struct http_router *router);
/** The table, for whoever generates from it. */
const struct http_route *http_router_routes(const struct http_router *router, size_t *ret_count);

/** What a path leads to. */
struct http_match {
    const struct http_route *route; /* NULL unless HTTP_REFUSAL_NONE */
    unsigned allowed;               /* bit 1 << method of what the path takes; 0: no such path */
    size_t param_count;
    struct slice params[HTTP_PARAMS_MAX]; /* decoded, in the order of the pattern */
};

/** Finds the route of `path` (without query, percent-encoded). Each segment is decoded once, after
 *  the path was split at its slashes, so %2F is part of a segment; decoded text is UTF-8 without
 *  control characters. Returns NONE, NOT_FOUND, METHOD_NOT_ALLOWED or BAD_ENCODING.
 *  Memory: decoded parameters that differ from their encoding come from `arena`. */
enum http_refusal http_router_match(struct http_match *ret_match, const struct http_router *router,
                                    struct arena *arena, enum http_method method,
                                    struct slice path) MUST_USE;
/** Writes the names of `allowed` as an Allow header lists them: "GET, HEAD, OPTIONS". */
void http_allow_write(struct buffer *buffer, unsigned allowed);

/** A name and its value: a header as sent, or a query parameter decoded. */
struct http_field {
    struct slice name;
    struct slice value;
};

/** Reads "a=1&b=%E4%B8%AD" (application/x-www-form-urlencoded, strict). Returns NONE, BAD_QUERY,
 *  QUERY_TWICE or, when the arena is exhausted, BUSY. */
enum http_refusal http_query_parse(struct arena *arena, struct http_field **ret_fields,
                                   size_t *ret_count, struct slice query) MUST_USE;
/** Decodes %XX (and '+' as a space when `plus`) into UTF-8 without control characters; `text`
 * itself when nothing is encoded. Returns NONE, BAD_ENCODING or BUSY. */
enum http_refusal http_percent_decode(struct arena *arena, struct slice *ret_text,
                                      struct slice text, bool plus) MUST_USE;

#endif
