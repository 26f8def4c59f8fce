#include "auth/permission.h"

/* An administrator may do everything, so that a first start can be used with the one token it
 * makes. Posts and duties that exclude each other come with people; a token is a program's. */
#define OPERATORS ((unsigned)AUTH_OPERATOR | (unsigned)AUTH_ADMINISTRATOR)
#define READERS ((unsigned)AUTH_READER | (unsigned)AUTH_OPERATOR | (unsigned)AUTH_ADMINISTRATOR)
#define ADMINISTRATORS ((unsigned)AUTH_ADMINISTRATOR)

static const struct permission rows[] = {
    {"POST", "/v1/commands", OPERATORS},
    {"GET", "/v1/limits", READERS},
    {"GET", "/v1/limits/{id}", READERS},
    {"GET", "/v1/limits/{id}/tree", READERS},
    {"GET", "/v1/limits/{id}/exposures", READERS},
    {"GET", "/v1/limits/{id}/movements", READERS},
    {"GET", "/v1/reservations/{id}", READERS},
    {"GET", "/v1/exposures/{id}", READERS},
    {"GET", "/v1/unlocks/{id}", READERS},
    {"GET", "/v1/rates", READERS},
    {"GET", "/v1/day", READERS},
    {"GET", "/v1/events", READERS},
    {"GET", "/v1/decisions", READERS},
    {"POST", "/v1/decisions/{model}/{decision}", OPERATORS},
    {"GET", "/v1/me", READERS},
    {"GET", "/v1/tokens", ADMINISTRATORS},
    {"POST", "/v1/tokens", ADMINISTRATORS},
    {"DELETE", "/v1/tokens/{id}", ADMINISTRATORS},
    {"GET", "/v1/audit", ADMINISTRATORS},
    {"GET", "/v1/audit/head", ADMINISTRATORS},
    {"GET", "/metrics", READERS},
    {"GET", "/v1/openapi.json", AUTH_ANYBODY},
    {"GET", "/healthz", AUTH_ANYBODY},
    {"GET", "/readyz", AUTH_ANYBODY},
    {"GET", "/", AUTH_ANYBODY},
    {"GET", "/page.css", AUTH_ANYBODY},
    {"GET", "/page.js", AUTH_ANYBODY},
    {"GET", "/favicon.svg", AUTH_ANYBODY},
};

const struct permission *permission_rows(size_t *ret_count)
{
    *ret_count = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

unsigned permission_roles(struct slice method, struct slice pattern)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (slice_equal(method, slice_from_cstr(rows[i].method)) &&
            slice_equal(pattern, slice_from_cstr(rows[i].pattern))) {
            return rows[i].roles;
        }
    }
    return AUTH_NOBODY;
}
