/* What the HTTP room can come to, and the requests that it refuses by itself. */
#ifndef HEADROOM_HTTP_STATUS_H
#define HEADROOM_HTTP_STATUS_H

#include "base/slice.h"

/* X(name, text) of the calls of this room. */
// clang-format off
#define HTTP_RESULT_LIST(X) \
    X(OK,          "done") \
    X(NO_MEMORY,   "out of memory") \
    X(BAD_ADDRESS, "the address to listen on is none, or is not of this machine") \
    X(IN_USE,      "the address is in use") \
    X(FORBIDDEN,   "no permission to listen on that address") \
    X(BAD_ROUTE,   "a route's pattern is none, or stands twice in the table") \
    X(BAD_TLS,     "the certificate, the key or the CA file cannot be used") \
    X(FULL,        "the client does not read; wait for `drained`") \
    X(GONE,        "the client is gone") \
    X(FAILED,      "a system call failed")
// clang-format on

enum http_result {
#define X(name, text) HTTP_##name,
    HTTP_RESULT_LIST(X)
#undef X
        HTTP_RESULT_COUNT
};

struct slice http_result_text(enum http_result result);

/* X(name, status, type slug, detail): refusals before any handler is asked. The slug ends the
 * `type` of the problem document and does not change once published. Each closes the connection. */
// clang-format off
#define HTTP_REFUSAL_LIST(X) \
    X(NONE, 0, "", "") \
    X(BARE_LF, 400, "malformed-request", "a line ends in LF without CR") \
    X(BARE_CR, 400, "malformed-request", "a CR stands without LF") \
    X(BAD_CHARACTER, 400, "malformed-request", "a character that may not stand in a request") \
    X(SPACE_BEFORE_COLON, 400, "malformed-request", "a header name ends in a space") \
    X(FOLDED_HEADER, 400, "malformed-request", "a header goes on in the next line") \
    X(BAD_HEADER_NAME, 400, "malformed-request", \
      "a header name is empty or has a character that is not allowed") \
    X(BAD_REQUEST_LINE, 400, "malformed-request", \
      "the request line is not METHOD TARGET HTTP/1.1") \
    X(BAD_TARGET, 400, "malformed-target", \
      "the request target is no path, or has bytes that must be percent-encoded") \
    X(BAD_ENCODING, 400, "malformed-target", \
      "a percent-encoding is none, or does not give UTF-8 text") \
    X(BAD_QUERY, 400, "malformed-query", "the query is no list of name=value in UTF-8") \
    X(QUERY_TWICE, 400, "malformed-query", "a query parameter is given twice") \
    X(HOST_MISSING, 400, "bad-host", "HTTP/1.1 needs one Host header") \
    X(HOST_TWICE, 400, "bad-host", "more than one Host header") \
    X(BAD_HOST, 400, "bad-host", "the Host header is no host, or not that of the target") \
    X(HEADER_TWICE, 400, "repeated-header", "a header that may stand once stands twice") \
    X(LENGTH_TWICE, 400, "ambiguous-length", "Content-Length is repeated or a list") \
    X(BAD_LENGTH, 400, "ambiguous-length", "Content-Length is no number") \
    X(LENGTH_AND_CODING, 400, "ambiguous-length", "both Content-Length and Transfer-Encoding") \
    X(BAD_CHUNK, 400, "malformed-chunk", "a chunk of the body is malformed") \
    X(PARSERS_DISAGREE, 400, "malformed-request", "the request can be read in two ways") \
    X(NOT_FOUND, 404, "not-found", "there is nothing at this path") \
    X(METHOD_NOT_ALLOWED, 405, "method-not-allowed", "this path does not take that method") \
    X(HEADER_TIMEOUT, 408, "too-slow", "the request did not arrive in time") \
    X(BODY_TOO_LARGE, 413, "body-too-large", "the body is larger than this server takes") \
    X(TARGET_TOO_LONG, 414, "target-too-long", \
      "the request line is longer than this server takes") \
    X(BAD_EXPECTATION, 417, "expectation-failed", "the only expectation met is 100-continue") \
    X(HEADERS_TOO_LARGE, 431, "headers-too-large", \
      "the headers are larger or more than this server takes") \
    X(BAD_METHOD, 501, "unknown-method", "this server does not know that method") \
    X(BAD_CODING, 501, "unknown-coding", "the only transfer coding taken is chunked") \
    X(UPGRADE, 501, "no-upgrade", "this server speaks HTTP/1.1 alone") \
    X(BUSY, 503, "too-busy", "no room for this request now; try again") \
    X(BAD_VERSION, 505, "unknown-version", "this server speaks HTTP/1.1 and HTTP/1.0")
// clang-format on

enum http_refusal {
#define X(name, status, slug, detail) HTTP_REFUSAL_##name,
    HTTP_REFUSAL_LIST(X)
#undef X
        HTTP_REFUSAL_COUNT
};

unsigned http_refusal_status(enum http_refusal refusal);
struct slice http_refusal_slug(enum http_refusal refusal);
struct slice http_refusal_detail(enum http_refusal refusal);

/** The reason phrase of a status ("Not Found"), or "Unknown". */
struct slice http_status_phrase(unsigned status);

#endif
