/* An HTTP/1.1 client for the verbs of the command line: one connection, one request at a time,
 * blocking. The answer is parsed as strictly as the server parses requests. */
#ifndef HEADROOM_HTTP_HTTP_CLIENT_H
#define HEADROOM_HTTP_HTTP_CLIENT_H

#include "base/buffer.h"
#include "os/connection.h"

struct http_client;

struct http_client_options {
    const char *url;              /* "http://127.0.0.1:8080" or "https://bank.example"; no path */
    struct slice token;           /* sent as "Authorization: Bearer"; may be empty */
    const char *ca_file;          /* PEM; NULL: the system's */
    const char *certificate_file; /* of the client; NULL: none */
    const char *key_file;
    unsigned timeout_ms; /* for each wait; 0: 30,000 */
};

struct http_client_header {
    struct slice name;
    struct slice value;
};

struct http_client_request {
    struct slice method;       /* "GET" */
    struct slice target;       /* path and query, encoded */
    struct slice content_type; /* of the body; empty when there is none */
    struct slice body;
    const struct http_client_header *headers; /* further ones */
    size_t header_count;
    /** Given the bytes of a 200 answer as they come, instead of gathering them; false ends it. */
    bool (*take)(void *context, struct slice bytes);
    void *context;
};

struct http_client_response {
    unsigned status;
    char content_type[128]; /* NUL-terminated */
    struct buffer body;     /* the caller releases it */
    bool cut;               /* the server ended the connection before the answer was whole */
};

/** Reads the URL; connects at the first request. OS_INVALID: the URL is none. */
enum os_status http_client_open(struct http_client **ret_client, const char **reterr_cause,
                                const struct http_client_options *options) MUST_USE;
/** NULL-safe. */
void http_client_close(struct http_client *client);
/** One exchange. OS_OK: there is an answer, whatever its status. A connection that the server has
 *  ended since the last answer is made anew. */
enum os_status http_client_exchange(struct http_client *client,
                                    struct http_client_response *ret_response,
                                    const char **reterr_cause,
                                    const struct http_client_request *request) MUST_USE;
/** Appends `text` percent-encoded, so that it can stand in a path segment or a query value. */
void http_client_encode(struct buffer *target, struct slice text);

#endif
