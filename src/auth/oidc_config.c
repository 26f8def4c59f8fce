#include "auth/oidc_config.h"

#include "auth/jwt.h"
#include "base/json.h"

enum { SKEW_SECONDS = 60, SKEW_SECONDS_MAX = 300 };

bool oidc_url_safe(struct slice url)
{
    static const char *const local[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};

    for (size_t i = 0; i < url.size; i++) {
        if (url.data[i] <= ' ' || url.data[i] > '~' || url.data[i] == '#') {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
        const struct slice begin = slice_from_cstr(local[i]);
        /* What follows must end the host: http://127.0.0.1.example is elsewhere. */
        if (slice_starts_with(url, begin) &&
            (url.size == begin.size || url.data[begin.size] == ':' ||
             url.data[begin.size] == '/')) {
            return true;
        }
    }
    return slice_starts_with(url, SLICE("https://")) && url.size > sizeof("https://") - 1;
}

static bool algorithms_read(unsigned *ret_algorithms, const struct json_value *list)
{
    unsigned algorithms = 0;

    if (list == NULL) {
        *ret_algorithms = JWT_RS256 | JWT_ES256;
        return true;
    }
    for (const struct json_value *one = list->type == JSON_ARRAY ? list->first : NULL; one != NULL;
         one = one->next) {
        const unsigned bit = one->type == JSON_STRING ? jwt_algorithm_from_name(one->text) : 0;
        if (bit == 0) {
            return false;
        }
        algorithms |= bit;
    }
    *ret_algorithms = algorithms;
    return algorithms != 0;
}

/* Copies the texts; false at a member that is unknown or no text. */
static bool texts_read(struct oidc_config *config, struct arena *arena,
                       const struct json_value *object)
{
    struct slice ca_file = {0};
    const struct {
        struct slice name;
        struct slice *text;
    } members[] = {
        {SLICE("issuer"), &config->issuer},
        {SLICE("client_id"), &config->client},
        {SLICE("client_secret"), &config->secret},
        {SLICE("redirect_uri"), &config->redirect},
        {SLICE("ca_file"), &ca_file},
    };

    for (const struct json_value *member = object->first; member != NULL; member = member->next) {
        const bool other = slice_equal(member->name, SLICE("algorithms")) ||
                           slice_equal(member->name, SLICE("skew_seconds"));
        bool known = other;
        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
            if (slice_equal(member->name, members[i].name) && member->type == JSON_STRING) {
                *members[i].text = arena_copy(arena, member->text);
                known = members[i].text->data != NULL;
            }
        }
        if (!known) {
            return false;
        }
    }
    config->ca_file = ca_file.data;
    return true;
}

bool oidc_config_read(struct oidc_config *ret_config, const char **reterr_cause,
                      struct arena *arena, struct slice text)
{
    struct oidc_config config = {0};
    struct json_error error;
    uint64_t skew = SKEW_SECONDS;

    const struct json_value *object = json_parse(arena, &error, text);
    if (object == NULL || object->type != JSON_OBJECT) {
        *reterr_cause = object == NULL ? error.message : "it is no object";
        return false;
    }
    *reterr_cause = NULL;
    const struct json_value *seconds = json_member(object, SLICE("skew_seconds"));
    if (!texts_read(&config, arena, object)) {
        *reterr_cause = "a member is not known, or no text";
    } else if (config.client.size == 0) {
        *reterr_cause = "client_id is missing";
    } else if (!oidc_url_safe(config.issuer) || !oidc_url_safe(config.redirect)) {
        *reterr_cause = "issuer and redirect_uri are URLs of https, or of http on this machine";
    } else if (!algorithms_read(&config.algorithms, json_member(object, SLICE("algorithms")))) {
        *reterr_cause = "algorithms is a list of RS256 and ES256";
    } else if (seconds != NULL && (seconds->type != JSON_NUMBER ||
                                   !slice_to_u64(seconds->text, SKEW_SECONDS_MAX, &skew))) {
        *reterr_cause = "skew_seconds is 0 to 300";
    }
    config.skew_seconds = (int64_t)skew;
    *ret_config = config;
    return *reterr_cause == NULL;
}
