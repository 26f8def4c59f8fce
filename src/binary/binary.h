/* The server's side of the binary protocol: connections, frames, batches to the engine and back.
 *
 * Life of a batch, all on the reactor's thread: a frame is received, its checksums judged, its
 * records decoded into commands in the memory of a job; the job's batch is submitted to the engine,
 * where it shares a group with whatever else came in this turn; `done` writes the RESULTS frame
 * into the connection's output; the FLUSH hook sends it.
 *
 * Bounds: connections, frames in flight, unsent bytes, time for a hello, for the rest of a frame
 * and for taking answers. A connection that breaks a rule is told which and closed; no other one
 * notices. */
#ifndef HEADROOM_BINARY_H
#define HEADROOM_BINARY_H

#include "auth/auth.h"
#include "engine/engine.h"
#include "http/http_tls.h"
#include "os/reactor.h"
#include "os/socket.h"
#include "wire/wire_format.h"

struct binary_server;

struct binary_config {
    struct engine *engine;
    struct auth *auth;
    struct reactor *reactor;
    const char *version;        /* of the program, for the welcome */
    struct http_tls_config tls; /* certificate_file NULL: no TLS */
    size_t connections_max;     /* 0: 1,000 */
    size_t unsent_max;          /* bytes of answers before a connection is read no more; 0: 4 MiB */
    unsigned hello_timeout_ms;  /* 0: 10,000; TLS handshake included */
    unsigned frame_timeout_ms;  /* for each 64 KiB of a frame, 0: 10,000 */
    unsigned write_timeout_ms;  /* for each 64 KiB of answers, 0: 10,000 */
    unsigned drain_timeout_ms;  /* 0: 10,000 */
};

struct binary_figures {
    uint64_t connections_open, connections_accepted, connections_refused;
    uint64_t batches, commands;
    uint64_t errors;   /* connections ended with an ERROR */
    uint64_t timeouts; /* of them, too slow */
    uint64_t bytes_received, bytes_sent;
    uint64_t decisions[LEDGER_STATUS_COUNT]; /* commands answered, by result */
};

/** HTTP_OK, HTTP_NO_MEMORY or HTTP_BAD_TLS. The engine's COMMIT hook must have been added before.
 */
enum http_result binary_server_open(struct binary_server **ret_server,
                                    const struct binary_config *config) MUST_USE;
/** NULL-safe. */
void binary_server_free(struct binary_server *server);
enum http_result binary_server_listen(struct binary_server *server, struct os_address *ret_bound,
                                      const struct os_address *address) MUST_USE;
/** Takes no further connection and frame, answers what is in hand, tells every client that the
 *  server stops, closes, and calls `drained`. */
void binary_server_drain(struct binary_server *server, void (*drained)(void *context),
                         void *context);
/** Reads certificate and key again; on failure the old ones stay. */
enum http_result binary_server_reload(struct binary_server *server) MUST_USE;
void binary_server_figures(const struct binary_server *server, struct binary_figures *ret_figures);

#endif
