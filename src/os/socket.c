#include "os/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Bytes that the kernel holds for a peer that takes none. More would hide from the sender, whose
 * time-outs count what the socket takes, that a slow peer makes progress. */
enum { SOCKET_UNSENT_MAX = 128 * 1024 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static void address_write(struct os_address *ret_address, const union address *address)
{
    char host[INET6_ADDRSTRLEN] = "";
    int size;

    if (address->any.sa_family == AF_INET6) {
        check(inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof(host)) != NULL);
        size = snprintf(ret_address->text, sizeof(ret_address->text), "[%s]:%u", host,
                        (unsigned)ntohs(address->v6.sin6_port));
        ret_address->loopback = IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
    } else {
        check(inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof(host)) != NULL);
        size = snprintf(ret_address->text, sizeof(ret_address->text), "%s:%u", host,
                        (unsigned)ntohs(address->v4.sin_port));
        ret_address->loopback = (ntohl(address->v4.sin_addr.s_addr) >> 24) == 127;
    }
    check(size > 0 && size < (int)sizeof(ret_address->text));
    ret_address->text_size = (uint8_t)size;
}

/* Splits "host:port" at its last colon; the brackets of an IPv6 host are taken off. */
static bool address_split(struct slice text, char ret_host[INET6_ADDRSTRLEN], uint16_t *ret_port)
{
    uint64_t port;
    size_t colon = text.size;

    while (colon > 0 && text.data[colon - 1] != ':') {
        colon--;
    }
    if (colon < 2 || !slice_to_u64(slice_of(text.data + colon, text.size - colon), 65535, &port)) {
        return false;
    }
    struct slice host = slice_of(text.data, colon - 1);
    if (host.size > 2 && host.data[0] == '[' && host.data[host.size - 1] == ']') {
        host = slice_of(host.data + 1, host.size - 2);
    } else if (memchr(host.data, ':', host.size) != NULL) {
        return false;
    } else if (slice_equal(host, SLICE("localhost"))) {
        host = SLICE("127.0.0.1");
    }
    if (host.size >= INET6_ADDRSTRLEN) {
        return false;
    }
    memcpy(ret_host, host.data, host.size);
    ret_host[host.size] = '\0';
    *ret_port = (uint16_t)port;
    return true;
}

static bool address_read(struct slice text, union address *ret_address, socklen_t *ret_size)
{
    char host[INET6_ADDRSTRLEN];
    uint16_t port;

    if (!address_split(text, host, &port)) {
        return false;
    }
    *ret_address = (union address){0};
    if (inet_pton(AF_INET, host, &ret_address->v4.sin_addr) == 1) {
        ret_address->v4.sin_family = AF_INET;
        ret_address->v4.sin_port = htons(port);
        *ret_size = sizeof(ret_address->v4);
        return true;
    }
    if (inet_pton(AF_INET6, host, &ret_address->v6.sin6_addr) == 1) {
        ret_address->v6.sin6_family = AF_INET6;
        ret_address->v6.sin6_port = htons(port);
        *ret_size = sizeof(ret_address->v6);
        return true;
    }
    return false;
}

enum os_status os_address_parse(struct os_address *ret_address, struct slice text)
{
    union address address;
    socklen_t size;

    REQUIRE(address_read(text, &address, &size), OS_INVALID);
    address_write(ret_address, &address);
    return OS_OK;
}

static void option_set(int fd, int level, int option, int value)
{
    check(setsockopt(fd, level, option, &value, sizeof(value)) == 0);
}

/* The status of errno; closes `fd` first, keeping errno. */
static enum os_status close_with_status(int fd)
{
    const enum os_status status = os_status_from_errno();

    (void)close(fd);
    return status;
}

enum os_status os_socket_listen(int *ret_fd, struct os_address *ret_bound,
                                const struct os_address *address, int backlog)
{
    union address bound;
    socklen_t size;

    REQUIRE(address_read(os_address_text(address), &bound, &size), OS_INVALID);
    const int fd = socket(bound.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    REQUIRE(fd >= 0, os_status_from_errno());
    option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    /* Accepted sockets inherit these two. */
    option_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    option_set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, SOCKET_UNSENT_MAX);
    if (bound.any.sa_family == AF_INET6) {
        option_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    }
    if (bind(fd, &bound.any, size) != 0 || listen(fd, backlog) != 0 ||
        getsockname(fd, &bound.any, &size) != 0) {
        return close_with_status(fd);
    }
    address_write(ret_bound, &bound);
    *ret_fd = fd;
    return OS_OK;
}

enum os_status os_socket_accept(int *ret_fd, struct os_address *ret_peer, int listener)
{
    for (;;) {
        union address peer = {0};
        socklen_t size = sizeof(peer);
        const int fd = accept4(listener, &peer.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            address_write(ret_peer, &peer);
            *ret_fd = fd;
            return OS_OK;
        }
        /* A connection that died in the queue is no reason to stop taking the others. */
        if (errno != EINTR && errno != ECONNABORTED && errno != EPROTO && errno != EPERM) {
            return os_status_from_errno();
        }
    }
}

enum os_status os_socket_connect(int *ret_fd, const struct os_address *address, unsigned timeout_ms)
{
    union address peer;
    socklen_t size;
    int error = 0;
    socklen_t error_size = sizeof(error);

    REQUIRE(address_read(os_address_text(address), &peer, &size), OS_INVALID);
    const int fd = socket(peer.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    REQUIRE(fd >= 0, os_status_from_errno());
    option_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (connect(fd, &peer.any, size) != 0) {
        struct pollfd wait = {.fd = fd, .events = POLLOUT};
        const int limit = timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms;

        if (errno != EINPROGRESS) {
            return close_with_status(fd);
        }
        const int ready = poll(&wait, 1, limit);
        if (ready == 0) {
            errno = ETIMEDOUT;
        }
        if (ready <= 0) {
            return close_with_status(fd);
        }
        check(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_size) == 0);
    }
    if (error != 0) {
        errno = error;
        return close_with_status(fd);
    }
    check(fcntl(fd, F_SETFL, 0) == 0);
    *ret_fd = fd;
    return OS_OK;
}

void os_socket_unblock(int fd)
{
    check(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
}

enum os_status os_socket_receive(int fd, char *ret_bytes, size_t size, size_t *ret_size)
{
    for (;;) {
        const ssize_t got = recv(fd, ret_bytes, size, 0);

        if (got > 0) {
            *ret_size = (size_t)got;
            return OS_OK;
        }
        if (got == 0) {
            return OS_ENDED;
        }
        if (errno != EINTR) {
            return os_status_from_errno();
        }
    }
}

enum os_status os_socket_send(int fd, struct slice first, struct slice second, size_t *ret_size)
{
    struct iovec parts[2] = {{(void *)first.data, first.size}, {(void *)second.data, second.size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

    if (first.size + second.size == 0) {
        *ret_size = 0;
        return OS_OK;
    }
    for (;;) {
        const ssize_t sent = second.size == 0 ? send(fd, first.data, first.size, MSG_NOSIGNAL)
                                              : sendmsg(fd, &message, MSG_NOSIGNAL);

        if (sent > 0) {
            *ret_size = (size_t)sent;
            return OS_OK;
        }
        if (sent == 0) {
            return OS_AGAIN;
        }
        if (errno != EINTR) {
            return os_status_from_errno();
        }
    }
}

void os_socket_end(int fd)
{
    (void)shutdown(fd, SHUT_WR); /* fails when the peer is gone, which is as good */
}

void os_socket_close(int fd)
{
    (void)shutdown(fd, SHUT_RDWR);
    (void)close(fd);
}

int os_descriptor_spare(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void os_descriptor_close(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}
