#include "http/http_status.h"

struct refusal_row {
    unsigned status;
    struct slice slug;
    struct slice detail;
};

static const struct refusal_row refusals[HTTP_REFUSAL_COUNT] = {
#define X(name, status, slug, detail)                                                              \
    [HTTP_REFUSAL_##name] = {status, {slug, sizeof(slug) - 1}, {detail, sizeof(detail) - 1}},
    HTTP_REFUSAL_LIST(X)
#undef X
};

struct slice http_result_text(enum http_result result)
{
    static const struct slice texts[HTTP_RESULT_COUNT] = {
#define X(name, text) [HTTP_##name] = {text, sizeof(text) - 1},
        HTTP_RESULT_LIST(X)
#undef X
    };

    check(result >= 0 && result < HTTP_RESULT_COUNT);
    return texts[result];
}

unsigned http_refusal_status(enum http_refusal refusal)
{
    check(refusal > HTTP_REFUSAL_NONE && refusal < HTTP_REFUSAL_COUNT);
    return refusals[refusal].status;
}

struct slice http_refusal_slug(enum http_refusal refusal)
{
    check(refusal > HTTP_REFUSAL_NONE && refusal < HTTP_REFUSAL_COUNT);
    return refusals[refusal].slug;
}

struct slice http_refusal_detail(enum http_refusal refusal)
{
    check(refusal > HTTP_REFUSAL_NONE && refusal < HTTP_REFUSAL_COUNT);
    return refusals[refusal].detail;
}

/* Source: RFC 9110, section 15; RFC 6585. */
struct slice http_status_phrase(unsigned status)
{
    static const struct {
        unsigned status;
        struct slice phrase;
    } phrases[] = {
#define PHRASE(number, text)                                                                       \
    {                                                                                              \
        number,                                                                                    \
        {                                                                                          \
            text, sizeof(text) - 1                                                                 \
        }                                                                                          \
    }
        PHRASE(200, "OK"),
        PHRASE(201, "Created"),
        PHRASE(202, "Accepted"),
        PHRASE(204, "No Content"),
        PHRASE(206, "Partial Content"),
        PHRASE(301, "Moved Permanently"),
        PHRASE(302, "Found"),
        PHRASE(303, "See Other"),
        PHRASE(304, "Not Modified"),
        PHRASE(307, "Temporary Redirect"),
        PHRASE(308, "Permanent Redirect"),
        PHRASE(400, "Bad Request"),
        PHRASE(401, "Unauthorized"),
        PHRASE(403, "Forbidden"),
        PHRASE(404, "Not Found"),
        PHRASE(405, "Method Not Allowed"),
        PHRASE(406, "Not Acceptable"),
        PHRASE(408, "Request Timeout"),
        PHRASE(409, "Conflict"),
        PHRASE(410, "Gone"),
        PHRASE(412, "Precondition Failed"),
        PHRASE(413, "Content Too Large"),
        PHRASE(414, "URI Too Long"),
        PHRASE(415, "Unsupported Media Type"),
        PHRASE(417, "Expectation Failed"),
        PHRASE(422, "Unprocessable Content"),
        PHRASE(423, "Locked"),
        PHRASE(428, "Precondition Required"),
        PHRASE(429, "Too Many Requests"),
        PHRASE(431, "Request Header Fields Too Large"),
        PHRASE(500, "Internal Server Error"),
        PHRASE(501, "Not Implemented"),
        PHRASE(503, "Service Unavailable"),
        PHRASE(504, "Gateway Timeout"),
        PHRASE(505, "HTTP Version Not Supported"),
        PHRASE(507, "Insufficient Storage"),
#undef PHRASE
    };

    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
        if (phrases[i].status == status) {
            return phrases[i].phrase;
        }
    }
    return SLICE("Unknown");
}
