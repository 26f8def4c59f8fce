/* The router: a tree of segments, compiled once from the table. */
#include "http/http_route.h"

#include "base/buffer.h"

enum { NODE_NONE = 0xFFFF, NODES_MAX = 0xFFFF };

struct node {
    struct slice literal; /* of the segment that leads here; data NULL for a parameter */
    uint16_t sibling;     /* next node below the same parent */
    uint16_t first_child; /* literals and, last, the parameter */
    const struct http_route *routes[HTTP_METHOD_COUNT];
};

struct http_router {
    const struct http_route *routes;
    size_t route_count;
    size_t node_count;
    struct node nodes[]; /* the first is the root, "/" */
};

struct slice http_method_name(enum http_method method)
{
    static const struct slice names[HTTP_METHOD_COUNT] = {
#define X(name) [HTTP_METHOD_##name] = {#name, sizeof(#name) - 1},
        HTTP_METHOD_LIST(X)
#undef X
    };

    check(method >= 0 && method < HTTP_METHOD_COUNT);
    return names[method];
}

/* ---- compiling ---------------------------------------------------------------------------- */

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* A literal of unreserved characters, or {name}; the empty segment stands only for "/". */
static bool segment_valid(struct slice segment, bool *ret_param)
{
    *ret_param =
        segment.size > 2 && segment.data[0] == '{' && segment.data[segment.size - 1] == '}';
    const struct slice name = *ret_param ? slice_of(segment.data + 1, segment.size - 2) : segment;
    for (size_t i = 0; i < name.size; i++) {
        if (!is_unreserved(name.data[i])) {
            return false;
        }
    }
    return name.size > 0;
}

/* The child of `parent` for a segment, made when it is not there. Parameters stay last, so that
 * literals are tried first. */
static uint16_t node_child(struct http_router *router, uint16_t parent, struct slice segment,
                           bool param)
{
    uint16_t *place = &router->nodes[parent].first_child;

    while (*place != NODE_NONE) {
        struct node *child = &router->nodes[*place];

        if (param ? child->literal.data == NULL : slice_equal(child->literal, segment)) {
            return *place;
        }
        if (child->literal.data == NULL) {
            break;
        }
        place = &child->sibling;
    }
    check(router->node_count < NODES_MAX);
    const uint16_t index = (uint16_t)router->node_count++;
    router->nodes[index] = (struct node){
        .literal = param ? slice_of(NULL, 0) : segment,
        .sibling = *place,
        .first_child = NODE_NONE,
    };
    *place = index;
    return index;
}

static bool route_insert(struct http_router *router, const struct http_route *route)
{
    struct slice rest = slice_from_cstr(route->pattern);
    struct slice segment;
    uint16_t node = 0;
    size_t segments = 0;
    size_t params = 0;

    if (rest.size == 0 || rest.data[0] != '/' || route->handler == NULL || route->method < 0 ||
        route->method >= HTTP_METHOD_COUNT) {
        return false;
    }
    rest = slice_of(rest.data + 1, rest.size - 1);
    while (rest.size > 0 && slice_split(&rest, '/', &segment)) {
        bool param;

        if (!segment_valid(segment, &param) || ++segments > HTTP_SEGMENTS_MAX) {
            return false;
        }
        params += param;
        node = node_child(router, node, segment, param);
    }
    const bool slash_last = rest.data != NULL && segments > 0;
    if (slash_last || params > HTTP_PARAMS_MAX ||
        router->nodes[node].routes[route->method] != NULL) {
        return false;
    }
    router->nodes[node].routes[route->method] = route;
    return true;
}

enum http_result http_router_open(struct http_router **ret_router, const struct http_route *routes,
                                  size_t count)
{
    size_t nodes = 1;

    for (size_t i = 0; i < count; i++) {
        for (const char *c = routes[i].pattern; c != NULL && *c != '\0'; c++) {
            nodes += *c == '/';
        }
    }
    REQUIRE(nodes < NODES_MAX, HTTP_BAD_ROUTE);
    struct http_router *router = memory_allocate(sizeof(*router) + nodes * sizeof(struct node));
    REQUIRE(router != NULL, HTTP_NO_MEMORY);
    *router = (struct http_router){.routes = routes, .route_count = count, .node_count = 1};
    router->nodes[0] = (struct node){.sibling = NODE_NONE, .first_child = NODE_NONE};
    for (size_t i = 0; i < count; i++) {
        if (!route_insert(router, &routes[i])) {
            http_router_free(router);
            return HTTP_BAD_ROUTE;
        }
    }
    *ret_router = router;
    return HTTP_OK;
}

void http_router_free(struct http_router *router)
{
    memory_free(router);
}

const struct http_route *http_router_routes(const struct http_router *router, size_t *ret_count)
{
    *ret_count = router->route_count;
    return router->routes;
}

/* ---- matching ----------------------------------------------------------------------------- */

struct path {
    size_t count;
    struct slice segments[HTTP_SEGMENTS_MAX];
    size_t param_segments[HTTP_PARAMS_MAX]; /* which segments the parameters of a match are */
    size_t param_count;
};

static bool path_split(struct path *ret_path, struct slice text)
{
    *ret_path = (struct path){0};
    if (text.size == 0 || text.data[0] != '/') {
        return false;
    }
    struct slice rest = slice_of(text.data + 1, text.size - 1);
    struct slice segment;
    while (rest.size > 0 && slice_split(&rest, '/', &segment)) {
        if (segment.size == 0 || ret_path->count == HTTP_SEGMENTS_MAX) {
            return false;
        }
        ret_path->segments[ret_path->count++] = segment;
    }
    return rest.data == NULL || ret_path->count == 0; /* "/a/" is not "/a" */
}

static bool node_has_routes(const struct node *node)
{
    for (size_t method = 0; method < HTTP_METHOD_COUNT; method++) {
        if (node->routes[method] != NULL) {
            return true;
        }
    }
    return false;
}

/* Finds the node of a path; depth is at most HTTP_SEGMENTS_MAX. */
static const struct node *node_find(const struct http_router *router, struct path *path,
                                    const struct node *node, size_t depth)
{
    if (depth == path->count) {
        return node_has_routes(node) ? node : NULL;
    }
    for (uint16_t i = node->first_child; i != NODE_NONE; i = router->nodes[i].sibling) {
        const struct node *child = &router->nodes[i];
        const bool param = child->literal.data == NULL;

        if (!param && !slice_equal(child->literal, path->segments[depth])) {
            continue;
        }
        if (param) {
            path->param_segments[path->param_count++] = depth;
        }
        const struct node *found = node_find(router, path, child, depth + 1);
        if (found != NULL) {
            return found;
        }
        path->param_count -= param;
    }
    return NULL;
}

static unsigned node_allowed(const struct node *node)
{
    unsigned allowed = 1U << HTTP_METHOD_OPTIONS;

    for (size_t method = 0; method < HTTP_METHOD_COUNT; method++) {
        allowed |= node->routes[method] != NULL ? 1U << method : 0U;
    }
    if ((allowed & (1U << HTTP_METHOD_GET)) != 0) {
        allowed |= 1U << HTTP_METHOD_HEAD;
    }
    return allowed;
}

enum http_refusal http_router_match(struct http_match *ret_match, const struct http_router *router,
                                    struct arena *arena, enum http_method method, struct slice path)
{
    struct path split;
    const struct node *node =
        path_split(&split, path) ? node_find(router, &split, &router->nodes[0], 0) : NULL;

    *ret_match = (struct http_match){0};
    REQUIRE(node != NULL, HTTP_REFUSAL_NOT_FOUND);
    ret_match->allowed = node_allowed(node);
    const struct http_route *route = node->routes[method];
    if (route == NULL && method == HTTP_METHOD_HEAD) {
        route = node->routes[HTTP_METHOD_GET];
    }
    REQUIRE(route != NULL, HTTP_REFUSAL_METHOD_NOT_ALLOWED);
    for (size_t i = 0; i < split.param_count; i++) {
        const enum http_refusal refusal = http_percent_decode(
            arena, &ret_match->params[i], split.segments[split.param_segments[i]], false);

        REQUIRE(refusal == HTTP_REFUSAL_NONE, refusal);
    }
    ret_match->param_count = split.param_count;
    ret_match->route = route;
    return HTTP_REFUSAL_NONE;
}

void http_allow_write(struct buffer *buffer, unsigned allowed)
{
    bool comma = false;

    for (size_t method = 0; method < HTTP_METHOD_COUNT; method++) {
        if ((allowed & (1U << method)) == 0) {
            continue;
        }
        if (comma) {
            buffer_append(buffer, SLICE(", "));
        }
        comma = true;
        buffer_append(buffer, http_method_name((enum http_method)method));
    }
}
