#include "http/http_tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

struct http_tls_context {
    SSL_CTX *ctx;
};

struct http_tls {
    SSL *ssl;
    BIO *from_peer; /* owned by ssl */
    BIO *to_peer;   /* owned by ssl */
};

enum { TLS_WRITE_MAX = 1 << 30 };

/* ---- the context -------------------------------------------------------------------------- */

static int choose_protocol(SSL *ssl, const unsigned char **ret_chosen, unsigned char *ret_size,
                           const unsigned char *offered, unsigned offered_size, void *context)
{
    static const unsigned char ours[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char *chosen = NULL;

    (void)ssl;
    (void)context;
    if (SSL_select_next_proto(&chosen, ret_size, ours, sizeof(ours), offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *ret_chosen = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* A key under a password is refused; OpenSSL would ask for it on the terminal. */
static int no_password(char *ret_text, int size, int writing, void *context)
{
    (void)ret_text;
    (void)size;
    (void)writing;
    (void)context;
    return 0;
}

static bool context_protocols(SSL_CTX *ctx)
{
    static const unsigned char session_context[] = "headroom";

    SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
    SSL_CTX_set_default_passwd_cb(ctx, no_password);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           SSL_CTX_set_session_id_context(ctx, session_context, sizeof(session_context) - 1) == 1;
}

static bool context_files(SSL_CTX *ctx, const struct http_tls_config *config)
{
    if (SSL_CTX_use_certificate_chain_file(ctx, config->certificate_file) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, config->key_file, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ctx) != 1) {
        return false;
    }
    if (config->client_ca_file == NULL) {
        return true;
    }
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(config->client_ca_file);
    if (names == NULL || SSL_CTX_load_verify_file(ctx, config->client_ca_file) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return false;
    }
    SSL_CTX_set_client_CA_list(ctx, names); /* takes them over */
    SSL_CTX_set_verify(
        ctx, SSL_VERIFY_PEER | (config->client_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
        NULL);
    return true;
}

enum http_result http_tls_context_open(struct http_tls_context **ret_context,
                                       const struct http_tls_config *config)
{
    struct http_tls_context *context = memory_allocate(sizeof(*context));

    REQUIRE(context != NULL, HTTP_NO_MEMORY);
    ERR_clear_error();
    context->ctx = SSL_CTX_new(TLS_server_method());
    const bool ready = context->ctx != NULL && config->key_file != NULL &&
                       context_protocols(context->ctx) && context_files(context->ctx, config);
    ERR_clear_error();
    if (!ready) {
        http_tls_context_free(context);
        return HTTP_BAD_TLS;
    }
    *ret_context = context;
    return HTTP_OK;
}

void http_tls_context_free(struct http_tls_context *context)
{
    if (context != NULL) {
        SSL_CTX_free(context->ctx);
        memory_free(context);
    }
}

/* ---- one connection ----------------------------------------------------------------------- */

struct http_tls *http_tls_new(struct http_tls_context *context)
{
    struct http_tls *tls = memory_allocate(sizeof(*tls));

    if (tls == NULL) {
        return NULL;
    }
    *tls = (struct http_tls){
        .ssl = SSL_new(context->ctx),
        .from_peer = BIO_new(BIO_s_mem()),
        .to_peer = BIO_new(BIO_s_mem()),
    };
    if (tls->ssl == NULL || tls->from_peer == NULL || tls->to_peer == NULL) {
        SSL_free(tls->ssl);
        BIO_free(tls->from_peer);
        BIO_free(tls->to_peer);
        memory_free(tls);
        return NULL;
    }
    SSL_set_bio(tls->ssl, tls->from_peer, tls->to_peer);
    SSL_set_accept_state(tls->ssl);
    return tls;
}

void http_tls_free(struct http_tls *tls)
{
    if (tls != NULL) {
        SSL_free(tls->ssl);
        memory_free(tls);
    }
}

bool http_tls_feed(struct http_tls *tls, struct slice bytes)
{
    check(bytes.size <= TLS_WRITE_MAX);
    return BIO_write(tls->from_peer, bytes.data, (int)bytes.size) == (int)bytes.size;
}

static enum http_tls_step step_of(struct http_tls *tls, int result)
{
    const int error = SSL_get_error(tls->ssl, result);

    ERR_clear_error();
    if (error == SSL_ERROR_WANT_READ) {
        return HTTP_TLS_MORE;
    }
    return error == SSL_ERROR_ZERO_RETURN ? HTTP_TLS_ENDED : HTTP_TLS_BROKEN;
}

enum http_tls_step http_tls_handshake(struct http_tls *tls)
{
    ERR_clear_error();
    const int result = SSL_do_handshake(tls->ssl);
    return result == 1 ? HTTP_TLS_OK : step_of(tls, result);
}

enum http_tls_step http_tls_read(struct http_tls *tls, char *ret_bytes, size_t size,
                                 size_t *ret_size)
{
    ERR_clear_error();
    const int result = SSL_read_ex(tls->ssl, ret_bytes, size, ret_size);
    return result == 1 ? HTTP_TLS_OK : step_of(tls, result);
}

bool http_tls_write(struct http_tls *tls, struct slice text)
{
    size_t written = 0;

    ERR_clear_error();
    /* The BIO behind it grows, so a write is whole or has failed for good. */
    return text.size == 0 ||
           (SSL_write_ex(tls->ssl, text.data, text.size, &written) == 1 && written == text.size);
}

void http_tls_end(struct http_tls *tls)
{
    ERR_clear_error();
    (void)SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

void http_tls_drain(struct http_tls *tls, struct buffer *wire)
{
    const size_t pending = BIO_ctrl_pending(tls->to_peer);

    check(pending <= TLS_WRITE_MAX);
    char *room = pending == 0 ? NULL : buffer_reserve(wire, pending);
    if (room != NULL) {
        check(BIO_read(tls->to_peer, room, (int)pending) == (int)pending);
        wire->size += pending;
    }
}

void http_tls_subject(struct http_tls *tls, struct buffer *ret_subject)
{
    X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
    char *text = NULL;

    if (certificate == NULL || SSL_get_verify_result(tls->ssl) != X509_V_OK) {
        return;
    }
    BIO *writer = BIO_new(BIO_s_mem());
    if (writer != NULL && X509_NAME_print_ex(writer, X509_get_subject_name(certificate), 0,
                                             XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
        const long size = BIO_get_mem_data(writer, &text);

        buffer_append(ret_subject, slice_of(text, size > 0 ? (size_t)size : 0));
    }
    BIO_free(writer);
}
