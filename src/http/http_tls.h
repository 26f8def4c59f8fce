/* TLS by OpenSSL over memory: the connection moves the bytes, so that limits, time-outs and the
 * seam of src/os are the same with and without TLS. For this room and for binary. */
#ifndef HEADROOM_HTTP_TLS_H
#define HEADROOM_HTTP_TLS_H

#include "base/buffer.h"
#include "http/http.h"

struct http_tls_context; /* certificate, key, CAs */
struct http_tls;         /* one connection */

enum http_tls_step {
    HTTP_TLS_OK,
    HTTP_TLS_MORE,   /* bytes of the peer are needed first */
    HTTP_TLS_ENDED,  /* the peer has closed properly */
    HTTP_TLS_BROKEN, /* no TLS, no certificate that we trust, or damaged */
};

/** TLS 1.2 and 1.3, forward secrecy and AEAD only. HTTP_BAD_TLS: a file is missing or wrong. */
enum http_result http_tls_context_open(struct http_tls_context **ret_context,
                                       const struct http_tls_config *config) MUST_USE;
/** Connections that were made from it keep what they need. NULL-safe. */
void http_tls_context_free(struct http_tls_context *context);

/** NULL when memory is short. */
struct http_tls *http_tls_new(struct http_tls_context *context) MUST_USE;
/** NULL-safe. */
void http_tls_free(struct http_tls *tls);
/** Takes bytes that came from the peer; false when memory is short. */
bool http_tls_feed(struct http_tls *tls, struct slice bytes) MUST_USE;
/** Goes on with the handshake; OK once it is done. */
enum http_tls_step http_tls_handshake(struct http_tls *tls) MUST_USE;
/** Gives plain bytes of what was fed. OK has at least one. */
enum http_tls_step http_tls_read(struct http_tls *tls, char *ret_bytes, size_t size,
                                 size_t *ret_size) MUST_USE;
/** Encrypts all of `text`; it comes out by http_tls_drain. */
bool http_tls_write(struct http_tls *tls, struct slice text) MUST_USE;
/** Adds the closing alert. */
void http_tls_end(struct http_tls *tls);
/** Appends what must be sent to the peer to `wire`. */
void http_tls_drain(struct http_tls *tls, struct buffer *wire);
/** The subject of the peer's verified certificate (RFC 2253); nothing when there is none. */
void http_tls_subject(struct http_tls *tls, struct buffer *ret_subject);

#endif
