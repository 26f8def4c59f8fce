#include "api/oidc_link.h"

#include "base/json.h"
#include "http/http_client.h"
#include "os/clock.h"

enum {
    ANSWER_MAX = 256 << 10, /* bytes of one answer */
    URL_MAX = 512,          /* bytes of an endpoint */
    TIMEOUT_MS = 5000,
    CONFIGURATION_SECONDS = 600, /* how long what an issuer says of itself is believed */
    KEYS_SECONDS = 10,           /* keys are not fetched again sooner, whatever a token names */
};

struct oidc_link {
    const struct oidc_config *config;
    time_us found; /* when the endpoints were found; 0: never */
    char authorization[URL_MAX];
    char token[URL_MAX];
    char jwks[URL_MAX];
    time_us fetched; /* when the keys were fetched; 0: never */
    struct buffer keys;
};

struct oidc_link *oidc_link_new(const struct oidc_config *config)
{
    struct oidc_link *link = memory_allocate(sizeof(*link));

    if (link != NULL) {
        *link = (struct oidc_link){.config = config};
    }
    return link;
}

void oidc_link_free(struct oidc_link *link)
{
    if (link != NULL) {
        buffer_release(&link->keys);
        memory_free(link);
    }
}

/* ---- one exchange ---- */

static bool answer_take(void *context, struct slice bytes)
{
    struct buffer *answer = context;

    buffer_append(answer, bytes);
    return !buffer_failed(answer) && answer->size <= ANSWER_MAX;
}

/* The origin of a URL, ended in NUL, and the rest of it; false when it is too long. */
static bool url_split(struct slice url, char ret_origin[URL_MAX], struct slice *ret_target)
{
    const char *host = url.size == 0 ? NULL : memmem(url.data, url.size, "://", 3);
    size_t size = host == NULL ? 0 : (size_t)(host - url.data) + 3;

    while (host != NULL && size < url.size && url.data[size] != '/' && url.data[size] != '?') {
        size++;
    }
    if (size == 0 || size >= URL_MAX) {
        return false;
    }
    memcpy(ret_origin, url.data, size);
    ret_origin[size] = '\0';
    *ret_target = size == url.size ? SLICE("/") : slice_of(url.data + size, url.size - size);
    return ret_target->data[0] == '/';
}

/* GET, or POST of a form. Only a whole answer of 200 counts; `ret_status` tells of others. */
static enum oidc_status ask(const struct oidc_link *link, struct buffer *answer,
                            unsigned *ret_status, struct slice url, struct slice form)
{
    char origin[URL_MAX];
    struct slice target;
    struct http_client *client;
    struct http_client_response response = {0};
    const char *cause;

    *ret_status = 0;
    if (!oidc_url_safe(url) || !url_split(url, origin, &target)) {
        return OIDC_UNREACHABLE;
    }
    const struct http_client_options options = {
        .url = origin, .ca_file = link->config->ca_file, .timeout_ms = TIMEOUT_MS};
    const struct http_client_request request = {
        .method = form.size > 0 ? SLICE("POST") : SLICE("GET"),
        .target = target,
        .content_type = form.size > 0 ? SLICE("application/x-www-form-urlencoded") : SLICE(""),
        .body = form,
        .take = answer_take,
        .context = answer};
    if (http_client_open(&client, &cause, &options) != OS_OK) {
        return OIDC_UNREACHABLE;
    }
    const enum os_status status = http_client_exchange(client, &response, &cause, &request);
    *ret_status = status == OS_OK ? response.status : 0;
    const bool whole =
        status == OS_OK && response.status == 200 && !response.cut && answer->size <= ANSWER_MAX;
    buffer_release(&response.body);
    http_client_close(client);
    if (buffer_failed(answer)) {
        return OIDC_NO_MEMORY;
    }
    return whole ? OIDC_OK : OIDC_UNREACHABLE;
}

static struct slice text_of(const struct json_value *object, const char *name)
{
    const struct json_value *member = json_member(object, slice_from_cstr(name));

    return member == NULL || member->type != JSON_STRING ? SLICE("") : member->text;
}

/* ---- what an issuer says of itself ---- */

static bool endpoint_keep(char place[URL_MAX], struct slice url)
{
    if (!oidc_url_safe(url) || url.size >= URL_MAX) {
        return false;
    }
    memcpy(place, url.data, url.size);
    place[url.size] = '\0';
    return true;
}

/* Source: OpenID Connect Discovery 1.0, 4.3: the issuer that it names must be the one asked. */
static enum oidc_status configuration_read(struct oidc_link *link, struct slice text)
{
    struct arena arena;
    struct json_error error;

    arena_init(&arena, 8 << 20);
    const struct json_value *object = json_parse(&arena, &error, text);
    const bool good =
        object != NULL && slice_equal(text_of(object, "issuer"), link->config->issuer) &&
        endpoint_keep(link->authorization, text_of(object, "authorization_endpoint")) &&
        endpoint_keep(link->token, text_of(object, "token_endpoint")) &&
        endpoint_keep(link->jwks, text_of(object, "jwks_uri"));
    arena_release(&arena);
    return good ? OIDC_OK : OIDC_UNREACHABLE;
}

static enum oidc_status configuration(struct oidc_link *link)
{
    const time_us now = os_clock_realtime_us();
    struct slice issuer = link->config->issuer;
    struct buffer url = {0};
    struct buffer answer = {0};
    unsigned http;

    if (link->found != 0 && now >= link->found &&
        now < link->found + CONFIGURATION_SECONDS * US_PER_SECOND) {
        return OIDC_OK;
    }
    issuer.size -= issuer.data[issuer.size - 1] == '/' ? 1 : 0;
    buffer_append(&url, issuer);
    buffer_append_cstr(&url, "/.well-known/openid-configuration");
    enum oidc_status status = buffer_failed(&url)
                                  ? OIDC_NO_MEMORY
                                  : ask(link, &answer, &http, buffer_slice(&url), SLICE(""));
    if (status == OIDC_OK) {
        status = configuration_read(link, buffer_slice(&answer));
    }
    link->found = status == OIDC_OK ? now : 0;
    buffer_release(&url);
    buffer_release(&answer);
    return status;
}

static enum oidc_status keys_fetch(struct oidc_link *link)
{
    struct buffer answer = {0};
    unsigned http;

    const enum oidc_status status =
        ask(link, &answer, &http, slice_from_cstr(link->jwks), SLICE(""));
    if (status == OIDC_OK) {
        buffer_release(&link->keys);
        link->keys = answer;
        link->fetched = os_clock_realtime_us();
    } else {
        buffer_release(&answer);
    }
    return status;
}

/* ---- the two steps of a sign-in ---- */

static void form_add(struct buffer *out, const char *name, struct slice value)
{
    buffer_append_cstr(out, name);
    buffer_append_byte(out, '=');
    http_client_encode(out, value);
}

enum oidc_status oidc_link_location(struct oidc_link *link, struct buffer *location,
                                    struct slice state, struct slice nonce, struct slice challenge)
{
    const enum oidc_status status = configuration(link);

    if (status != OIDC_OK) {
        return status;
    }
    buffer_append_cstr(location, link->authorization);
    buffer_append_byte(location, strchr(link->authorization, '?') == NULL ? '?' : '&');
    buffer_append_cstr(location, "response_type=code&scope=openid&code_challenge_method=S256&");
    form_add(location, "client_id", link->config->client);
    form_add(location, "&redirect_uri", link->config->redirect);
    form_add(location, "&state", state);
    form_add(location, "&nonce", nonce);
    form_add(location, "&code_challenge", challenge);
    return buffer_failed(location) ? OIDC_NO_MEMORY : OIDC_OK;
}

/* Keys are fetched when there are none, and once more when they do not have the token's. */
static enum oidc_status token_judge(struct oidc_link *link, struct slice *ret_subject,
                                    const char **ret_why, struct arena *arena, struct slice nonce,
                                    struct slice token)
{
    const struct jwt_policy policy = {.algorithms = link->config->algorithms,
                                      .issuer = link->config->issuer,
                                      .client = link->config->client,
                                      .nonce = nonce,
                                      .skew_seconds = link->config->skew_seconds,
                                      .now = os_clock_realtime_us()};
    enum jwt_status status = JWT_KEY;

    if (link->fetched != 0) {
        status = jwt_judge(ret_subject, arena, &policy, buffer_slice(&link->keys), token);
    }
    if (status == JWT_KEY &&
        (link->fetched == 0 || policy.now > link->fetched + KEYS_SECONDS * US_PER_SECOND)) {
        const enum oidc_status fetched = keys_fetch(link);
        if (fetched != OIDC_OK) {
            return fetched;
        }
        status = jwt_judge(ret_subject, arena, &policy, buffer_slice(&link->keys), token);
    }
    *ret_why = jwt_status_why(status);
    return status == JWT_OK ? OIDC_OK : status == JWT_NO_MEMORY ? OIDC_NO_MEMORY : OIDC_REFUSED;
}

static enum oidc_status answer_judge(struct oidc_link *link, struct slice *ret_subject,
                                     const char **ret_why, struct arena *arena, struct slice nonce,
                                     struct slice answer)
{
    struct json_error error;
    const struct slice text = arena_copy(arena, answer);

    const struct json_value *object = text.data == NULL ? NULL : json_parse(arena, &error, text);
    const struct slice token = object == NULL ? SLICE("") : text_of(object, "id_token");
    if (token.size == 0) {
        *ret_why = "the issuer gave no ID token";
        return arena->exhausted ? OIDC_NO_MEMORY : OIDC_REFUSED;
    }
    return token_judge(link, ret_subject, ret_why, arena, nonce, token);
}

enum oidc_status oidc_link_exchange(struct oidc_link *link, struct slice *ret_subject,
                                    const char **ret_why, struct arena *arena, struct slice code,
                                    struct slice verifier, struct slice nonce)
{
    struct buffer form = {0};
    struct buffer answer = {0};
    unsigned http = 0;

    enum oidc_status status = configuration(link);
    if (status != OIDC_OK) {
        return status;
    }
    form_add(&form, "grant_type", SLICE("authorization_code"));
    form_add(&form, "&code", code);
    form_add(&form, "&redirect_uri", link->config->redirect);
    form_add(&form, "&client_id", link->config->client);
    form_add(&form, "&code_verifier", verifier);
    if (link->config->secret.size > 0) {
        form_add(&form, "&client_secret", link->config->secret);
    }
    status = buffer_failed(&form)
                 ? OIDC_NO_MEMORY
                 : ask(link, &answer, &http, slice_from_cstr(link->token), buffer_slice(&form));
    if (status == OIDC_OK) {
        status = answer_judge(link, ret_subject, ret_why, arena, nonce, buffer_slice(&answer));
    } else if (status == OIDC_UNREACHABLE && http >= 400 && http < 500) {
        *ret_why = "the issuer refused the code";
        status = OIDC_REFUSED;
    }
    if (form.data != NULL) {
        explicit_bzero(form.data, form.size);
    }
    buffer_release(&form);
    buffer_release(&answer);
    return status;
}
