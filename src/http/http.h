/* The HTTP server: HTTP/1.1 with keep-alive and pipelining over one reactor, plain or TLS. It knows
 * nothing of credit. Life of a request: bytes -> guard and parser -> route -> handler -> response
 * in the connection's output, in the order of the requests -> one send a connection at the end of
 * the turn. A handler answers at once, later, or as a stream; each request is answered exactly
 * once. Not thread-safe: all calls on the reactor's thread. */
#ifndef HEADROOM_HTTP_H
#define HEADROOM_HTTP_H

#include "base/arena.h"
#include "base/buffer.h"
#include "http/http_route.h"
#include "http/http_status.h"
#include "os/reactor.h"
#include "os/socket.h"

/* ---- the request, as a handler sees it ------------------------------------------------------- */

/** Read-only for handlers but `user`; everything it points to lives until the request is answered.
 */
struct http_request {
    const struct http_route *route;
    enum http_method method; /* as sent: HEAD arrives at a GET route as HEAD */
    size_t param_count;
    size_t query_count;
    size_t header_count;
    struct slice params[HTTP_PARAMS_MAX]; /* decoded, in the order of the pattern */
    const struct http_field *query;       /* decoded, in the order given, no name twice */
    const struct http_field *headers;     /* as sent, values trimmed */
    struct slice target;                  /* as sent, with its query */
    struct slice path;                    /* of the target, not decoded */
    struct slice body;                    /* whole; empty when there is none */
    struct slice peer_address;            /* "192.0.2.7:50311" */
    struct slice peer_subject; /* RFC 2253 name of the client's verified certificate, or empty */
    struct arena *arena;       /* of this request: emptied when it is answered */
    void *user;                /* the handler's own; NULL at first */
};

/** The value of a header, by its name without regard to case; data NULL when it was not sent. */
struct slice http_request_header(const struct http_request *request, struct slice name);
/** The value of a query parameter; data NULL when it was not given. */
struct slice http_request_query(const struct http_request *request, struct slice name);
/** True once the client of a deferred request or stream is gone: its answer will be dropped. */
bool http_request_gone(const struct http_request *request);

/* ---- the answer ------------------------------------------------------------------------------
 * Exactly one of respond, respond_buffer, respond_static, problem or stream_end for each request,
 * in the handler or any time later from the reactor's thread. When the client has gone meanwhile
 * the answer is dropped. After the call the request must not be touched. */

/** Adds a header to the answer to come. Value: visible ASCII and spaces (a check). */
void http_header_add(struct http_request *request, struct slice name, struct slice value);
/** Answers with a copy of `body`. Content type "" sends none. */
void http_respond(struct http_request *request, unsigned status, struct slice content_type,
                  struct slice body);
/** Answers with what `body` holds and leaves it empty; large ones change hands without a copy. */
void http_respond_buffer(struct http_request *request, unsigned status, struct slice content_type,
                         struct buffer *body);
/** Answers with a body that lives for ever, never copied when large. */
void http_respond_static(struct http_request *request, unsigned status, struct slice content_type,
                         struct slice body);
/** A member of a problem document beyond those of the RFC. */
struct http_member {
    struct slice name;
    struct slice value; /* JSON text */
};

/** Answers with a problem document (RFC 9457): type "/problems/" + slug, title, status, detail.
 *  `detail` may be empty. */
void http_problem(struct http_request *request, unsigned status, struct slice slug,
                  struct slice title, struct slice detail);

/** The same with one more member: a JSON value that the caller has written. */
void http_problem_with(struct http_request *request, unsigned status, struct slice slug,
                       struct slice detail, const struct http_member *member);

/** How a stream hears of its client. */
struct http_stream_events {
    void (*drained)(struct http_request *request); /* after HTTP_FULL: there is room again */
    void (*gone)(struct http_request *request);    /* client gone or server draining: call
                                                      http_stream_end, at once or soon */
};

/** Begins an answer of unknown length (chunked). `events` is static data. With a `heartbeat` text
 *  (such as ":\n\n" for server-sent events) it is sent whenever nothing was written for the
 *  configured time; empty for none. */
void http_stream_begin(struct http_request *request, unsigned status, struct slice content_type,
                       struct slice heartbeat, const struct http_stream_events *events);
/** Appends to the stream: HTTP_OK, HTTP_FULL (nothing was taken; `drained` will be called) or
 *  HTTP_GONE. A text of any size is taken while less than the configured `stream_unsent_max` waits.
 */
enum http_result http_stream_write(struct http_request *request, struct slice text) MUST_USE;
/** Ends the stream; with `whole` false the connection is cut, so that the client sees that the
 *  answer is not complete. */
void http_stream_end(struct http_request *request, bool whole);

/* ---- pages embedded in the binary ------------------------------------------------------------ */

struct http_page {
    struct slice content_type;
    struct slice body;
    struct slice etag; /* with its quotes; of the build that embedded the body */
};

/** Answers GET and HEAD with an embedded page: ETag, 304 on If-None-Match, and for HTML the headers
 *  that keep a page's content its own (Content-Security-Policy, frame-ancestors, referrer). */
void http_respond_page(struct http_request *request, const struct http_page *page);

/* ---- the server ------------------------------------------------------------------------------ */

/** Certificate chain and key in PEM files. */
struct http_tls_config {
    const char *certificate_file; /* NULL: no TLS */
    const char *key_file;
    const char *client_ca_file; /* NULL: clients need no certificate */
    bool client_required;       /* without certificate no connection; else it is optional */
};

/** Zero means the default in brackets. */
struct http_config {
    const struct http_route *routes;
    size_t route_count;
    void *context; /* given to handlers */
    /** Asked after the headers and before the body of a routed request: true goes on; on false it
     *  has answered, and the connection is closed when a body was to come. NULL: none. */
    bool (*admit)(struct http_request *request, void *context);
    /** Told of each answered request, for metrics. NULL: none. */
    void (*answered)(const struct http_request *request, unsigned status, uint64_t duration_ns,
                     void *context);
    struct http_tls_config tls;
    size_t connections_max;        /* [10,000] */
    size_t pipeline_max;           /* requests in hand of one connection [64] */
    size_t request_line_max;       /* bytes [8,192] */
    size_t headers_size_max;       /* bytes with the request line [16,384] */
    size_t headers_max;            /* how many [64] */
    size_t body_max;               /* bytes of one request [16 MiB] */
    size_t bodies_max;             /* bytes of all bodies in hand; then 503 [512 MiB] */
    size_t arena_max;              /* bytes of one request's arena [256 MiB] */
    size_t unsent_max;             /* bytes waiting for one client before no more of its requests
                                      are read [1 MiB] */
    size_t stream_unsent_max;      /* [256 KiB] */
    unsigned handshake_timeout_ms; /* [10,000] */
    unsigned header_timeout_ms;    /* from the first byte to the last of the headers [10,000] */
    unsigned body_timeout_ms;      /* for each further 64 KiB of a body [10,000] */
    unsigned idle_timeout_ms;      /* between requests [60,000] */
    unsigned write_timeout_ms;     /* for each further 64 KiB that the client reads [10,000] */
    unsigned heartbeat_ms;         /* [15,000] */
    unsigned drain_timeout_ms;     /* [10,000] */
};

struct http_server;

/** Opens a server without listener. `config` is copied, what it points to must outlive it. */
enum http_result http_server_open(struct http_server **ret_server, struct reactor *reactor,
                                  const struct http_config *config) MUST_USE;
/** Closes everything at once. Requests in hand are forgotten: nothing may answer them any more.
 *  NULL-safe. */
void http_server_free(struct http_server *server);
/** Listens on one more address; `ret_bound` has the port that was chosen. */
enum http_result http_server_listen(struct http_server *server, struct os_address *ret_bound,
                                    const struct os_address *address) MUST_USE;
/** Listens and watches, for a server of another protocol in the same loop: `source->ready` is
 * called when connections wait, and its owner closes source->fd. */
enum http_result http_listener_open(struct reactor *reactor, struct reactor_source *source,
                                    struct os_address *ret_bound,
                                    const struct os_address *address) MUST_USE;
/** Reads certificate, key and CA files again, for connections from now on; on an error the old ones
 *  stay. */
enum http_result http_server_reload(struct http_server *server) MUST_USE;
/** Stops accepting, closes idle connections, answers what is in hand with Connection: close, ends
 *  streams; calls `drained(context)` when the last connection is gone, or was cut at the time-out.
 */
void http_server_drain(struct http_server *server, void (*drained)(void *context), void *context);
const struct http_router *http_server_router(const struct http_server *server);

struct http_figures {
    uint64_t connections_open, connections_accepted, connections_refused;
    uint64_t requests, refusals, timeouts;
    uint64_t bytes_received, bytes_sent;
    uint64_t bodies_size; /* bytes of bodies in hand */
};

void http_server_figures(const struct http_server *server, struct http_figures *ret_figures);

#endif
