#include "auth/token.h"

#include "base/base64.h"
#include "os/entropy.h"

enum { SECRET_BYTES = 32, PREFIX_SIZE = 3 };

static const char prefix[PREFIX_SIZE + 1] = "hr_";

/* Source: RFC 4648, section 5. */
static const char base64url[65] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static const char *const role_names[AUTH_ROLE_COUNT] = {
#define X(identifier, name) name,
    AUTH_ROLE_LIST(X)
#undef X
};

struct slice auth_role_name(enum auth_role role)
{
    for (unsigned i = 0; i < AUTH_ROLE_COUNT; i++) {
        if ((unsigned)role == 1U << i) {
            return slice_from_cstr(role_names[i]);
        }
    }
    check(false);
    return SLICE("");
}

enum auth_role auth_role_from_name(struct slice name)
{
    for (unsigned i = 0; i < AUTH_ROLE_COUNT; i++) {
        if (slice_equal(name, slice_from_cstr(role_names[i]))) {
            return (enum auth_role)(1U << i);
        }
    }
    return AUTH_NOBODY;
}

bool scope_next(struct slice *inout_list, struct slice *ret_scope)
{
    return inout_list->size > 0 && slice_split(inout_list, ' ', ret_scope);
}

bool token_has_scope(const struct auth_token *token, struct slice scope)
{
    struct slice list = token_scope(token);
    struct slice own;

    if (list.size == 0) {
        return true;
    }
    while (scope_next(&list, &own)) {
        if (slice_equal(own, scope)) {
            return true;
        }
    }
    return false;
}

void token_make(struct auth_token *token, char ret_secret[TOKEN_SECRET_SIZE])
{
    uint8_t bytes[SECRET_BYTES];
    uint8_t id[TOKEN_ID_SIZE / 2];

    os_entropy_fill(bytes, sizeof(bytes));
    os_entropy_fill(id, sizeof(id));
    memcpy(ret_secret, prefix, PREFIX_SIZE);
    base64url_write(ret_secret + PREFIX_SIZE, bytes, sizeof(bytes));
    hex_write(token->id, id, sizeof(id));
    sha256_of(slice_of(ret_secret, TOKEN_SECRET_SIZE), token->digest);
    explicit_bzero(bytes, sizeof(bytes));
}

bool token_secret_valid(struct slice text)
{
    if (text.size != TOKEN_SECRET_SIZE || memcmp(text.data, prefix, PREFIX_SIZE) != 0) {
        return false;
    }
    for (size_t i = PREFIX_SIZE; i < TOKEN_SECRET_SIZE; i++) {
        if (text.data[i] == '\0' || strchr(base64url, text.data[i]) == NULL) {
            return false;
        }
    }
    return true;
}
