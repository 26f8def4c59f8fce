#include "os/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/arena.h"

enum { TIMEOUT_DEFAULT_MS = 30000 };

struct os_connection {
    int fd;
    SSL_CTX *tls_context; /* NULL: plain */
    SSL *tls;
};

static enum os_status fail(const char **reterr_cause, const char *cause, enum os_status status)
{
    *reterr_cause = cause;
    return status;
}

static void timeouts_set(int fd, unsigned timeout_ms)
{
    const struct timeval time = {.tv_sec = (time_t)(timeout_ms / 1000),
                                 .tv_usec = (suseconds_t)(timeout_ms % 1000) * 1000};
    const int on = 1;

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* Connects to the first address that answers. SO_SNDTIMEO bounds connect on Linux. */
static enum os_status connect_any(int *ret_fd, const struct addrinfo *list, unsigned timeout_ms)
{
    enum os_status status = OS_MISSING;

    for (const struct addrinfo *address = list; address != NULL; address = address->ai_next) {
        const int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0) {
            status = os_status_from_errno();
            continue;
        }
        timeouts_set(fd, timeout_ms);
        if (connect(fd, address->ai_addr, address->ai_addrlen) == 0) {
            *ret_fd = fd;
            return OS_OK;
        }
        status = os_status_from_errno();
        (void)close(fd);
    }
    return status;
}

static enum os_status tcp_open(struct os_connection *connection, const char **reterr_cause,
                               const struct os_connection_options *options, unsigned timeout_ms)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    char port[8];

    (void)snprintf(port, sizeof(port), "%u", (unsigned)options->port);
    if (getaddrinfo(options->host, port, &hints, &list) != 0) {
        return fail(reterr_cause, "no address is known for that name", OS_MISSING);
    }
    const enum os_status status = connect_any(&connection->fd, list, timeout_ms);
    freeaddrinfo(list);
    return status == OS_OK
               ? OS_OK
               : fail(reterr_cause, "nobody listens there, or it cannot be reached", status);
}

static bool is_numeric(const char *host)
{
    return host[strspn(host, "0123456789.")] == '\0' || strchr(host, ':') != NULL;
}

static bool tls_configure(struct os_connection *connection,
                          const struct os_connection_options *options, const char **reterr_cause)
{
    SSL_CTX *context = connection->tls_context;

    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        (options->ca_file == NULL
             ? SSL_CTX_set_default_verify_paths(context)
             : SSL_CTX_load_verify_locations(context, options->ca_file, NULL)) != 1) {
        *reterr_cause = "the CA file cannot be used";
        return false;
    }
    if (options->certificate_file != NULL &&
        (SSL_CTX_use_certificate_chain_file(context, options->certificate_file) != 1 ||
         SSL_CTX_use_PrivateKey_file(context, options->key_file, SSL_FILETYPE_PEM) != 1 ||
         SSL_CTX_check_private_key(context) != 1)) {
        *reterr_cause = "the client's certificate or key cannot be used";
        return false;
    }
    return true;
}

/* The certificate must name the host that was asked for. */
static bool tls_name(SSL *tls, const char *host)
{
    if (is_numeric(host)) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host) == 1;
    }
    SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(tls, host) == 1 && SSL_set_tlsext_host_name(tls, host) == 1;
}

static enum os_status tls_open(struct os_connection *connection, const char **reterr_cause,
                               const struct os_connection_options *options)
{
    connection->tls_context = SSL_CTX_new(TLS_client_method());
    if (connection->tls_context == NULL) {
        return fail(reterr_cause, "memory is short", OS_EXHAUSTED);
    }
    if (!tls_configure(connection, options, reterr_cause)) {
        return OS_INVALID;
    }
    connection->tls = SSL_new(connection->tls_context);
    if (connection->tls == NULL || !tls_name(connection->tls, options->host) ||
        SSL_set_fd(connection->tls, connection->fd) != 1) {
        return fail(reterr_cause, "memory is short", OS_EXHAUSTED);
    }
    ERR_clear_error();
    if (SSL_connect(connection->tls) != 1) {
        const long verified = SSL_get_verify_result(connection->tls);
        return fail(reterr_cause,
                    verified != X509_V_OK ? X509_verify_cert_error_string(verified)
                                          : "the TLS handshake failed",
                    OS_FORBIDDEN);
    }
    return OS_OK;
}

enum os_status os_connection_open(struct os_connection **ret_connection, const char **reterr_cause,
                                  const struct os_connection_options *options)
{
    struct os_connection *connection = memory_allocate(sizeof(*connection));
    const unsigned timeout_ms = options->timeout_ms == 0 ? TIMEOUT_DEFAULT_MS : options->timeout_ms;

    if (connection == NULL) {
        return fail(reterr_cause, "memory is short", OS_EXHAUSTED);
    }
    *connection = (struct os_connection){.fd = -1};
    enum os_status status = tcp_open(connection, reterr_cause, options, timeout_ms);
    if (status == OS_OK && options->tls) {
        status = tls_open(connection, reterr_cause, options);
    }
    if (status != OS_OK) {
        os_connection_close(connection);
        return status;
    }
    *ret_connection = connection;
    return OS_OK;
}

void os_connection_close(struct os_connection *connection)
{
    if (connection == NULL) {
        return;
    }
    if (connection->tls != NULL) {
        (void)SSL_shutdown(connection->tls);
    }
    SSL_free(connection->tls);
    SSL_CTX_free(connection->tls_context);
    if (connection->fd >= 0) {
        (void)close(connection->fd);
    }
    memory_free(connection);
}

/* What SSL_read or SSL_write came to when it gave `result`. */
static enum os_status tls_status(struct os_connection *connection, int result)
{
    switch (SSL_get_error(connection->tls, result)) {
    case SSL_ERROR_ZERO_RETURN:
        return OS_ENDED;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return OS_AGAIN;
    case SSL_ERROR_SYSCALL:
        return errno == 0 ? OS_ENDED : os_status_from_errno();
    default:
        return OS_FAILED;
    }
}

enum os_status os_connection_read(struct os_connection *connection, char *ret_bytes, size_t size,
                                  size_t *ret_size)
{
    ssize_t got;

    check(size > 0);
    if (connection->tls != NULL) {
        ERR_clear_error();
        errno = 0;
        if (SSL_read_ex(connection->tls, ret_bytes, size, ret_size) != 1) {
            return tls_status(connection, 0);
        }
        return OS_OK;
    }
    do {
        got = recv(connection->fd, ret_bytes, size, 0);
    } while (got < 0 && errno == EINTR);
    REQUIRE(got >= 0, os_status_from_errno());
    REQUIRE(got > 0, OS_ENDED);
    *ret_size = (size_t)got;
    return OS_OK;
}

enum os_status os_connection_write(struct os_connection *connection, struct slice text)
{
    while (text.size > 0) {
        size_t put = 0;

        if (connection->tls != NULL) {
            ERR_clear_error();
            errno = 0;
            if (SSL_write_ex(connection->tls, text.data, text.size, &put) != 1) {
                return tls_status(connection, 0);
            }
        } else {
            const ssize_t sent = send(connection->fd, text.data, text.size, MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR) {
                continue;
            }
            REQUIRE(sent >= 0, os_status_from_errno());
            put = (size_t)sent;
        }
        text = slice_of(text.data + put, text.size - put);
    }
    return OS_OK;
}

enum os_status os_connection_unblock(struct os_connection *connection)
{
    const int flags = fcntl(connection->fd, F_GETFL);

    REQUIRE(flags >= 0 && fcntl(connection->fd, F_SETFL, flags | O_NONBLOCK) == 0,
            os_status_from_errno());
    if (connection->tls != NULL) {
        SSL_set_mode(connection->tls,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }
    return OS_OK;
}

enum os_status os_connection_send(struct os_connection *connection, struct slice text,
                                  size_t *ret_size)
{
    if (connection->tls != NULL) {
        ERR_clear_error();
        errno = 0;
        if (SSL_write_ex(connection->tls, text.data, text.size, ret_size) != 1) {
            return tls_status(connection, 0);
        }
        return OS_OK;
    }
    for (;;) {
        const ssize_t sent = send(connection->fd, text.data, text.size, MSG_NOSIGNAL);

        if (sent >= 0) {
            *ret_size = (size_t)sent;
            return OS_OK;
        }
        REQUIRE(errno == EINTR, os_status_from_errno());
    }
}

void os_connection_wait(struct os_connection *connection, bool write, int event_fd, int timeout_ms)
{
    struct pollfd wait[2] = {{.fd = event_fd, .events = POLLIN}, {.fd = -1}};

    if (connection != NULL) {
        if (connection->tls != NULL && SSL_pending(connection->tls) > 0) {
            timeout_ms = 0; /* decrypted already: the socket will not tell */
        }
        wait[1].fd = connection->fd;
        wait[1].events = (short)(POLLIN | (write ? POLLOUT : 0));
    }
    (void)poll(wait, 2, timeout_ms); /* interrupted or failed is as good as woken */
}
