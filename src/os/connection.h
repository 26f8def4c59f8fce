/* A client's connection to a server, plain or TLS, blocking with a time-out on every step. */
#ifndef HEADROOM_OS_CONNECTION_H
#define HEADROOM_OS_CONNECTION_H

#include "os/os_status.h"

struct os_connection;

struct os_connection_options {
    const char *host; /* a name or a numeric address, without brackets */
    uint16_t port;
    bool tls;
    const char *ca_file;          /* PEM; NULL: the system's trusted authorities */
    const char *certificate_file; /* of the client, PEM; NULL: none */
    const char *key_file;
    unsigned timeout_ms; /* of connecting, and of each wait for bytes; 0: 30,000 */
};

/** Connects; with TLS (1.2 or later) the server's certificate must be valid and for `host`.
 *  On failure `reterr_cause` says what went wrong, in English; static. */
enum os_status os_connection_open(struct os_connection **ret_connection, const char **reterr_cause,
                                  const struct os_connection_options *options) MUST_USE;
/** NULL-safe. */
void os_connection_close(struct os_connection *connection);
/** Reads 1 to `size` bytes. OS_ENDED: the server has ended the connection; OS_AGAIN: time-out. */
enum os_status os_connection_read(struct os_connection *connection, char *ret_bytes, size_t size,
                                  size_t *ret_size) MUST_USE;
/** Writes all of `text`. */
enum os_status os_connection_write(struct os_connection *connection, struct slice text) MUST_USE;

/** From now on reading and writing do not wait: OS_AGAIN instead. For os_connection_send. */
enum os_status os_connection_unblock(struct os_connection *connection) MUST_USE;
/** Writes what is taken now of `text`, of a connection that does not wait. After OS_AGAIN the next
 *  call must begin with the same bytes. */
enum os_status os_connection_send(struct os_connection *connection, struct slice text,
                                  size_t *ret_size) MUST_USE;
/** Waits until there is something to read, bytes can be written (if `write`), `event_fd` is set, or
 *  `timeout_ms` (-1: for ever) have passed. `connection` may be NULL. */
void os_connection_wait(struct os_connection *connection, bool write, int event_fd, int timeout_ms);

#endif
