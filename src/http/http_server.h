/* The parts of a server: listeners, connections and exchanges. Inside of the room.
 *
 * A connection is a slot of a table made at start. An exchange is one request with its answer; a
 * connection has a queue of them in the order of the requests. An idle connection holds no memory
 * but its slot: buffers and exchanges come from pools while there is something to hold.
 *
 * Sending happens in the FLUSH hook alone, so no call of a handler ever sees its connection die.
 * The slot of a dead connection is kept until the last of its exchanges was answered. */
#ifndef HEADROOM_HTTP_SERVER_H
#define HEADROOM_HTTP_SERVER_H

#include "http/http.h"
#include "http/http_chunk.h"
#include "http/http_head.h"
#include "http/http_tls.h"

enum {
    READ_SIZE = 64 * 1024,       /* bytes of one receive */
    PROGRESS_STEP = 64 * 1024,   /* bytes that must move within a body or write time-out */
    BUFFER_KEPT_MAX = 64 * 1024, /* a pooled buffer larger than this goes back to the heap */
    COPY_MAX = 16 * 1024,        /* a static or given body larger than this is not copied */
    POOL_MAX = 1024,             /* buffers and exchanges kept for reuse */
    LISTENERS_MAX = 8,
    ACCEPTS_MAX = 64,      /* connections taken in one turn */
    EXCHANGES_MAX = 65536, /* requests in hand, of all connections */
    DATE_SIZE = 29,
};

/* What a connection waits for; each has one time-out, so each is a list in the order of deadlines.
 */
enum http_wait {
    HTTP_WAIT_NONE,      /* for a handler, or not in use */
    HTTP_WAIT_HANDSHAKE, /* the TLS handshake */
    HTTP_WAIT_IDLE,      /* a request */
    HTTP_WAIT_HEADER,    /* the rest of a head */
    HTTP_WAIT_BODY,      /* the rest of a body */
    HTTP_WAIT_WRITE,     /* the client to read */
    HTTP_WAIT_STREAM,    /* the next heartbeat */
    HTTP_WAIT_LINGER,    /* the client to end after a refusal */
    HTTP_WAIT_COUNT,
};

enum http_exchange_state {
    EXCHANGE_RECEIVING, /* its body is not whole */
    EXCHANGE_IN_HAND,   /* a handler has it */
    EXCHANGE_STREAMING, /* http_stream_begin was called */
    EXCHANGE_ANSWERED,  /* its answer waits for those before it */
};

struct http_exchange {
    struct http_request request; /* first: a handler's pointer is this exchange */
    struct http_connection *connection;
    struct http_exchange *next; /* in the connection's queue, or in the pool */
    enum http_exchange_state state;
    bool close;        /* no further request is read after this one */
    bool continue_due; /* the client waits for 100 before it sends the body */
    bool version_1_0;
    bool gone_told; /* of a stream: `gone` was called */
    bool full;      /* of a stream: a write was refused, `drained` is due */
    bool cut;       /* of a stream: ended without its end */
    unsigned status;
    size_t waiting; /* bytes of `answer` and `tail` while it is not its turn */
    uint64_t started_ns;
    struct arena arena;
    struct buffer body;
    struct buffer headers;    /* of the answer, added by the handler */
    struct buffer answer;     /* what waits for the answers before it */
    struct slice tail;        /* a large body behind `answer`, by reference */
    struct buffer tail_owner; /* its memory, unless it lives for ever */
    struct slice heartbeat;
    const struct http_stream_events *events;
};

struct http_connection {
    struct reactor_source source; /* first: an event's pointer is this connection */
    struct http_server *server;
    struct http_connection *wait_previous; /* in the list of `wait` */
    struct http_connection *wait_next;
    struct http_connection *dirty_next; /* in the list of connections to flush */
    uint64_t deadline_ns;
    enum http_wait wait;
    bool open;                   /* has a socket */
    bool dirty;                  /* in the list of connections to flush */
    bool no_more;                /* no further request is read from it */
    bool input_ended;            /* the peer sends no more */
    bool blocked;                /* the socket takes nothing now */
    bool lingering;              /* all was sent and our side ended; what still comes is dropped */
    bool handshaken;             /* or plain */
    bool restart;                /* the deadline of `wait` begins anew: there was progress */
    bool paused;                 /* unread bytes wait until answers have gone out */
    bool cut;                    /* closed once the output is sent, whatever is in hand */
    struct http_exchange *first; /* the queue; the first one's answer goes out next */
    struct http_exchange *last;
    struct http_exchange *receiving; /* whose body is not whole: the last one, or NULL */
    size_t exchange_count;
    size_t waiting_size; /* bytes of answers that wait for those before them */
    struct http_chunk chunk;
    uint64_t body_left;   /* of a body with a length */
    uint64_t progress;    /* bytes moved since the deadline was set */
    size_t head_scanned;  /* bytes of `input` without an end of a head */
    struct buffer input;  /* received but not taken */
    struct buffer output; /* to be sent */
    size_t output_sent;   /* bytes of it that were */
    struct slice tail;    /* a large body behind `output`, by reference */
    struct buffer tail_owner;
    struct http_tls *tls;
    struct buffer wire; /* encrypted, to be sent */
    size_t wire_sent;
    struct buffer subject;
    struct os_address peer;
};

struct http_listener {
    struct reactor_source source; /* first */
    struct http_server *server;
};

struct wait_list {
    struct http_connection *first;
    struct http_connection *last;
    uint64_t timeout_ns;
};

struct http_server {
    struct http_config config;
    struct reactor *reactor;
    struct http_router *router;
    struct http_tls_context *tls;
    struct http_head_limits head_limits;
    struct http_listener listeners[LISTENERS_MAX];
    size_t listener_count;
    int spare_fd;
    struct http_connection *connections; /* config.connections_max slots */
    size_t slots_used;                   /* the first of them; those behind were never taken */
    uint32_t *free_slots;                /* of those that were */
    size_t free_count;
    struct wait_list waits[HTTP_WAIT_COUNT];
    struct http_connection *dirty;
    struct http_exchange *exchange_pool;
    size_t exchange_pool_count;
    size_t exchange_count; /* in use */
    struct buffer buffer_pool[POOL_MAX];
    size_t buffer_pool_count;
    struct reactor_timer timer; /* of the nearest deadline */
    bool sweep_due;             /* it has expired */
    struct reactor_timer drain_timer;
    struct reactor_hook flush;
    bool draining;
    void (*drained)(void *context);
    void *drained_context;
    struct http_figures figures;
    uint64_t date_due_ns; /* when the Date header must be written anew */
    char date[DATE_SIZE];
    struct http_head head; /* of the request that is being read */
    char *scratch;         /* READ_SIZE plus the largest head: what was left, and what came */
    char *wire_scratch;    /* READ_SIZE */
};

/* ---- http_server.c ---- */
/** Puts the connection into the list of what it waits for, at its end; keeps its place when it
 *  waits for that already, unless `connection->restart`. */
void http_wait_set(struct http_connection *connection, enum http_wait wait);
void http_slot_free(struct http_connection *connection);
struct buffer http_buffer_take(struct http_server *server);
void http_buffer_give(struct http_server *server, struct buffer *buffer);

/* ---- http_connection.c ---- */
void http_connection_begin(struct http_connection *connection, int fd);
/** Closes the socket; exchanges that handlers still hold stay until they are answered. */
void http_connection_die(struct http_connection *connection);
/** Answers the request that is being received, or none, with a refusal; reads no further one. */
void http_connection_refuse(struct http_connection *connection, enum http_refusal refusal);
void http_connection_dirty(struct http_connection *connection);
void http_connection_flush(struct http_connection *connection);
/** Bytes of the output that the client has not taken. */
size_t http_connection_unsent(const struct http_connection *connection);

/* ---- http_exchange.c ---- */
/** Takes an exchange to the end of the queue; NULL when memory or the bound is exhausted. */
struct http_exchange *http_exchange_begin(struct http_connection *connection);
/** Fills the request from server->head, whose slices lie in the exchange's arena; finds its route
 *  and asks `admit`. Returns NONE, or a refusal to answer with; `ret_answered` when it has been
 *  answered and is gone. */
enum http_refusal http_exchange_route(struct http_exchange *exchange, bool *ret_answered) MUST_USE;
size_t http_exchange_body_max(const struct http_exchange *exchange);
/** Counts bytes that wait behind the answers of earlier requests. */
void http_exchange_wait(struct http_exchange *exchange, size_t size);
void http_exchange_dispatch(struct http_exchange *exchange);
/** Takes the exchange off its connection's queue and frees it. */
void http_exchange_end(struct http_exchange *exchange);
void http_exchange_pool_free(struct http_server *server);

/* ---- http_response.c ---- */
void http_exchange_refuse(struct http_exchange *exchange, enum http_refusal refusal);
/** Moves answers that are due, in order, to the connection's output. */
void http_connection_advance(struct http_connection *connection);
/** Writes status line and headers. `framing` is the length or coding header, with its CR LF. */
void http_response_head(struct http_exchange *exchange, struct buffer *output, unsigned status,
                        struct slice content_type, struct slice framing);
/** Where the answer of an exchange is written: the connection's output when it is its turn. */
struct buffer *http_exchange_output(struct http_exchange *exchange);
/** To be called when the whole answer is in its output. */
void http_exchange_answered(struct http_exchange *exchange);

/* ---- http_stream.c ---- */
void http_stream_heartbeat(struct http_exchange *exchange);
void http_stream_tell_gone(struct http_exchange *exchange);
void http_stream_tell_drained(struct http_exchange *exchange);

#endif
