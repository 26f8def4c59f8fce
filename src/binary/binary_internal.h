/* The parts of the server. Inside of the room. */
#ifndef HEADROOM_BINARY_INTERNAL_H
#define HEADROOM_BINARY_INTERNAL_H

#include "base/buffer.h"
#include "binary/binary.h"

enum {
    BINARY_READ_SIZE = 128 * 1024,     /* of the shared scratch memory */
    BINARY_TURN_MAX = 2 * 1024 * 1024, /* bytes taken from one connection in one turn */
    BINARY_PROGRESS = 64 * 1024,       /* bytes that must move within a time-out */
    BINARY_KEPT_MAX = 64 * 1024, /* a buffer of an idle connection larger than this is freed */
    BINARY_LISTENERS_MAX = 8,
    BINARY_ACCEPTS_MAX = 64,
    BINARY_LINGER_MS = 2000,
    BINARY_IDLE_MS = 15 * 60 * 1000,
};
#define BINARY_JOBS_MAX (512UL << 20)   /* bytes of batches in hand before no more are read */
#define BINARY_INPUTS_MAX (512UL << 20) /* bytes of frames that are not whole */
#define BINARY_POOL_MAX (64UL << 20)    /* bytes of jobs kept for reuse */

struct binary_connection;

/** A batch from its frame to its answer. */
struct binary_job {
    struct engine_batch batch; /* first: the engine's pointer is this job */
    struct binary_server *server;
    struct binary_connection *connection; /* NULL when it is gone */
    struct binary_job *previous, *next;   /* of the connection; or in the pool */
    uint64_t tag;
    uint8_t *memory; /* commands, results, extras, and the records that extras point into */
    size_t capacity;
};

/* What a connection waits for. */
enum binary_wait {
    BINARY_WAIT_NOTHING, /* for the engine */
    BINARY_WAIT_HELLO,
    BINARY_WAIT_FRAME, /* the rest of one */
    BINARY_WAIT_IDLE,  /* the next frame */
    BINARY_WAIT_WRITE, /* the client to read */
    BINARY_WAIT_LINGER,
    BINARY_WAIT_COUNT,
};

struct binary_connection {
    struct reactor_source source; /* first: an event's pointer is this connection */
    struct binary_server *server;
    struct binary_connection *previous, *next; /* of all that are open */
    struct binary_connection *dirty_next;
    struct os_address peer;
    bool dirty;       /* in the list to flush */
    bool signed_in;   /* the hello was taken */
    bool no_more;     /* no further frame is read */
    bool ending;      /* closed when everything is answered and sent */
    bool told;        /* of its end */
    bool blocked;     /* the socket takes nothing now */
    bool paused;      /* not read while too much is in hand or unsent */
    bool lingering;   /* our side has ended; what comes is dropped */
    bool input_ended; /* the peer's has */
    bool dead;        /* freed in the flush */
    bool handshaken;  /* or plain */
    const struct auth_token *token;
    struct binary_job *jobs;
    unsigned job_count;
    uint8_t *input; /* the frame that is being received */
    size_t input_size, input_capacity;
    struct buffer output;
    size_t output_sent;
    struct http_tls *tls;
    struct buffer wire; /* encrypted, to be sent */
    size_t wire_sent;
    enum binary_wait wait;
    uint64_t since_ns; /* of `wait`, or of its last progress */
    size_t progress;   /* bytes moved since */
};

struct binary_listener {
    struct reactor_source source; /* first */
    struct binary_server *server;
};

struct binary_server {
    struct binary_config config;
    unsigned roles; /* who may send commands */
    struct http_tls_context *tls;
    struct binary_listener listeners[BINARY_LISTENERS_MAX];
    size_t listener_count;
    struct binary_connection *connections;
    struct binary_connection *dirty;
    struct binary_job *pool;
    size_t pool_size, jobs_size, inputs_size;
    struct reactor_timer sweep_timer, drain_timer;
    struct reactor_hook flush;
    bool draining;
    void (*drained)(void *context);
    void *drained_context;
    struct binary_figures figures;
    uint8_t *scratch;   /* BINARY_READ_SIZE */
    char *wire_scratch; /* the same, for what is encrypted; NULL without TLS */
};

/* ---- binary_connection.c ---- */
void binary_connection_begin(struct binary_server *server, int fd, const struct os_address *peer);
/** Ends it at once; what is in hand is done but answered to nobody. */
void binary_connection_die(struct binary_connection *connection);
void binary_connection_dirty(struct binary_connection *connection);
/** Sends what is due; frees the connection when it is dead. */
void binary_connection_flush(struct binary_connection *connection);
/** Tells the client why, reads no further frame, and ends it when all is answered. */
void binary_connection_refuse(struct binary_connection *connection, enum wire_error error);
/** Looks whether it has waited too long. */
void binary_connection_sweep(struct binary_connection *connection, uint64_t now_ns);
/** No further frame; ends it when nothing is in hand. */
void binary_connection_drain(struct binary_connection *connection);

/* ---- binary_frame.c ---- */
/** Takes whole frames at the front of `bytes`. Out: ret_wanted  size of the frame that is not
 * whole, 0 when not even its header is. Returns the bytes that were taken. */
size_t binary_frames_take(struct binary_connection *connection, const uint8_t *bytes, size_t size,
                          size_t *ret_wanted);
/** True while no further frame should be taken: too much is in hand or unsent. */
bool binary_must_pause(const struct binary_connection *connection);
/** Appends an ERROR frame. */
void binary_error_put(struct binary_connection *connection, enum wire_error error, uint64_t tag);
void binary_jobs_forget(struct binary_connection *connection);
void binary_pool_free(struct binary_server *server);

#endif
