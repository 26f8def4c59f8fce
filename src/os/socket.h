/* TCP sockets, non-blocking unless a function says otherwise. */
#ifndef HEADROOM_OS_SOCKET_H
#define HEADROOM_OS_SOCKET_H

#include "os/os_status.h"

enum { OS_ADDRESS_TEXT_MAX = 64 };

/** An address as people write it: "127.0.0.1:8080" or "[::1]:8080". */
struct os_address {
    char text[OS_ADDRESS_TEXT_MAX];
    uint8_t text_size;
    bool loopback; /* reaches this machine only */
};

static inline struct slice os_address_text(const struct os_address *address)
{
    return slice_of(address->text, address->text_size);
}

/** Reads a numeric address with its port (0 lets the kernel choose on listening); names are not
 *  looked up, "localhost" alone is 127.0.0.1. OS_INVALID when it is none. */
enum os_status os_address_parse(struct os_address *ret_address, struct slice text) MUST_USE;

/** Listens; `ret_bound` is the address with the port that the kernel chose. */
enum os_status os_socket_listen(int *ret_fd, struct os_address *ret_bound,
                                const struct os_address *address, int backlog) MUST_USE;
/** Takes one waiting connection, non-blocking and without Nagle's delay. OS_AGAIN: none waits;
 * OS_EXHAUSTED: no descriptor is left, the connection keeps waiting. */
enum os_status os_socket_accept(int *ret_fd, struct os_address *ret_peer, int listener) MUST_USE;
/** Connects, blocking, within `timeout_ms`; the socket then blocks. For clients. */
enum os_status os_socket_connect(int *ret_fd, const struct os_address *address,
                                 unsigned timeout_ms) MUST_USE;
/** From now on the socket does not block. */
void os_socket_unblock(int fd);
/** Receives up to `size` bytes. OS_AGAIN: none yet; OS_ENDED: the peer sends no more. */
enum os_status os_socket_receive(int fd, char *ret_bytes, size_t size, size_t *ret_size) MUST_USE;
/** Sends what the socket takes of `first` and then `second`, in one call. OS_AGAIN: nothing was
 *  taken; OS_ENDED: the peer is gone. */
enum os_status os_socket_send(int fd, struct slice first, struct slice second,
                              size_t *ret_size) MUST_USE;
/** Tells the peer that nothing more comes; receiving goes on. */
void os_socket_end(int fd);
/** Closes; the peer hears of it even while a forked child still holds a copy of the descriptor. */
void os_socket_close(int fd);
/** A descriptor kept in reserve, to be closed when accept finds none left. -1 when there is none.
 */
int os_descriptor_spare(void);
void os_descriptor_close(int fd);

#endif
