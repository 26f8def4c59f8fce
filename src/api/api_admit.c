/* Who may call a route: the token is judged first, then its role, before any body is read. */
#include "api/api_reply.h"
#include "auth/permission.h"
#include "os/clock.h"

time_us api_now(void)
{
    return os_clock_realtime_us();
}

const struct auth_token *api_token(const struct http_request *request)
{
    return request->user;
}

/* The place of a request's route in the table. */
static size_t route_index(const struct http_request *request)
{
    size_t count;
    const struct http_route *routes = api_routes(&count);
    const size_t index = (size_t)(request->route - routes);

    check(index < count && count <= API_ROUTES_MAX);
    return index;
}

struct slice api_session_secret(const struct http_request *request)
{
    const struct slice header = http_request_header(request, SLICE("authorization"));
    const struct slice scheme = SLICE("bearer ");

    if (header.size < scheme.size ||
        !slice_equal_ascii_case(slice_of(header.data, scheme.size), scheme)) {
        return SLICE("");
    }
    const struct slice secret =
        slice_trim(slice_of(header.data + scheme.size, header.size - scheme.size));
    return slice_starts_with(secret, SLICE("hs_")) ? secret : SLICE("");
}

unsigned api_people(const struct api *api, const struct http_request *request)
{
    return api->people[route_index(request)];
}

/* Role, scope and place: a token needs all three. */
static enum auth_status token_judge(const struct api *api, const struct auth_token *token,
                                    size_t index)
{
    const struct slice scope = slice_from_cstr(api->scopes[index]);

    REQUIRE((api->roles[index] & token->role) != 0, AUTH_FORBIDDEN);
    REQUIRE(scope.size == 0 || token_has_scope(token, scope), AUTH_SCOPE);
    REQUIRE(token->organisation_size == 0 || api->placed[index] || scope.size == 0, AUTH_PLACE);
    return AUTH_OK;
}

bool api_admit(struct http_request *request, void *context)
{
    struct api *api = context;
    const size_t index = route_index(request);
    const unsigned roles = api->roles[index];
    const struct auth_token *token = NULL;

    if (roles == AUTH_ANYBODY) {
        return true;
    }
    if (api_session_secret(request).size > 0) {
        /* Judged by the task, which has the store; routes without a task have no people. */
        if (api_people(api, request) == 0) {
            api_problem_auth(request, AUTH_FORBIDDEN);
            return false;
        }
        return true;
    }
    const enum auth_status status =
        auth_judge(api->auth, &token, http_request_header(request, SLICE("authorization")),
                   request->peer_address, api_now());
    if (status != AUTH_OK) {
        api_problem_auth(request, status);
        return false;
    }
    const enum auth_status may = token_judge(api, token, index);
    if (may != AUTH_OK) {
        api_problem_auth(request, may);
        return false;
    }
    request->user = (void *)(uintptr_t)token;
    return true;
}

void api_answered(const struct http_request *request, unsigned status, uint64_t duration_ns,
                  void *context)
{
    struct api *api = context;

    if (request->route != NULL) {
        api_metrics_request(&api->metrics, route_index(request), status, duration_ns);
    }
}
