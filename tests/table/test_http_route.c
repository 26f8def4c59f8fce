/* The router, percent-encoding and query strings: one row a case. */
#include "cmocka_headroom.h"

#include "http/http_route.h"

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, 1UL << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void handler(struct http_request *request, void *context)
{
    (void)request;
    (void)context;
}

static const struct http_route routes[] = {
    {HTTP_METHOD_GET, "/", handler, NULL, 0},
    {HTTP_METHOD_GET, "/v1/limits", handler, NULL, 0},
    {HTTP_METHOD_GET, "/v1/limits/{id}", handler, NULL, 0},
    {HTTP_METHOD_DELETE, "/v1/limits/{id}", handler, NULL, 0},
    {HTTP_METHOD_GET, "/v1/limits/{id}/tree", handler, NULL, 0},
    {HTTP_METHOD_GET, "/v1/limits/summary", handler, NULL, 0},
    {HTTP_METHOD_POST, "/v1/commands", handler, NULL, 0},
    {HTTP_METHOD_GET, "/{a}/x/{b}", handler, NULL, 0},
    {HTTP_METHOD_POST, "/v1/limits/summary/run", handler, NULL, 0},
};

struct match_row {
    enum http_method method;
    const char *path;
    enum http_refusal refusal;
    int route; /* index in routes */
    const char *params[2];
};

#define GET HTTP_METHOD_GET
#define REFUSED(name)                                                                              \
    HTTP_REFUSAL_##name, -1,                                                                       \
    {                                                                                              \
        NULL, NULL                                                                                 \
    }

static const struct match_row match_rows[] = {
    {GET, "/", HTTP_REFUSAL_NONE, 0, {NULL, NULL}},
    {GET, "/v1/limits", HTTP_REFUSAL_NONE, 1, {NULL, NULL}},
    {GET, "/v1/limits/L-1", HTTP_REFUSAL_NONE, 2, {"L-1", NULL}},
    {HTTP_METHOD_HEAD, "/v1/limits/L-1", HTTP_REFUSAL_NONE, 2, {"L-1", NULL}},
    {HTTP_METHOD_DELETE, "/v1/limits/L-1", HTTP_REFUSAL_NONE, 3, {"L-1", NULL}},
    {GET, "/v1/limits/L-1/tree", HTTP_REFUSAL_NONE, 4, {"L-1", NULL}},
    /* a literal wins over a parameter, and gives way where it leads nowhere */
    {GET, "/v1/limits/summary", HTTP_REFUSAL_NONE, 5, {NULL, NULL}},
    {GET, "/v1/limits/summary/tree", HTTP_REFUSAL_NONE, 4, {"summary", NULL}},
    {GET, "/v1/x/y", HTTP_REFUSAL_NONE, 7, {"v1", "y"}},
    {HTTP_METHOD_POST, "/v1/commands", HTTP_REFUSAL_NONE, 6, {NULL, NULL}},
    /* decoded once, after the split */
    {GET, "/v1/limits/a%2Fb", HTTP_REFUSAL_NONE, 2, {"a/b", NULL}},
    {GET, "/v1/limits/%E4%B8%AD", HTTP_REFUSAL_NONE, 2, {"\xE4\xB8\xAD", NULL}},
    {GET, "/v1/limits/a%252Fb", HTTP_REFUSAL_NONE, 2, {"a%2Fb", NULL}},
    {GET, "/v1/limits/a+b", HTTP_REFUSAL_NONE, 2, {"a+b", NULL}},
    {GET, "/v1/limits/a%20b", HTTP_REFUSAL_NONE, 2, {"a b", NULL}},
    {GET, "/v1/limits/..", HTTP_REFUSAL_NONE, 2, {"..", NULL}},
    {GET, "/v1/limits/%2e%2E", HTTP_REFUSAL_NONE, 2, {"..", NULL}},
    /* refused */
    {GET, "/v1/limits/%", REFUSED(BAD_ENCODING)},
    {GET, "/v1/limits/%2", REFUSED(BAD_ENCODING)},
    {GET, "/v1/limits/%G0", REFUSED(BAD_ENCODING)},
    {GET, "/v1/limits/%00", REFUSED(BAD_ENCODING)},
    {GET, "/v1/limits/a%0Ab", REFUSED(BAD_ENCODING)},
    {GET, "/v1/limits/%7F", REFUSED(BAD_ENCODING)},
    {GET, "/v1/limits/%FF", REFUSED(BAD_ENCODING)},
    {GET, "/v1/limits/%C0%AF", REFUSED(BAD_ENCODING)},    /* an overlong slash */
    {GET, "/v1/limits/%ED%A0%80", REFUSED(BAD_ENCODING)}, /* a surrogate */
    {GET, "/v1/limits/", REFUSED(NOT_FOUND)},
    {GET, "/v1//limits", REFUSED(NOT_FOUND)},
    {GET, "//v1/limits", REFUSED(NOT_FOUND)},
    {GET, "/v1", REFUSED(NOT_FOUND)},
    {GET, "/V1/limits", REFUSED(NOT_FOUND)},
    {GET, "/%761/limits", REFUSED(NOT_FOUND)}, /* literals are compared as sent */
    {GET, "/v1/limits/a/tree/x", REFUSED(NOT_FOUND)},
    {GET, "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", REFUSED(NOT_FOUND)},
    {GET, "*", REFUSED(NOT_FOUND)},
    {GET, "/v1/commands", REFUSED(METHOD_NOT_ALLOWED)},
    {HTTP_METHOD_POST, "/v1/limits/L-1", REFUSED(METHOD_NOT_ALLOWED)},
    {HTTP_METHOD_OPTIONS, "/", REFUSED(METHOD_NOT_ALLOWED)}, /* the server answers it */
};

static void check_match(const struct match_row *row, const struct http_router *router)
{
    struct http_match match;
    const enum http_refusal refusal =
        http_router_match(&match, router, &arena, row->method, slice_from_cstr(row->path));

    if (refusal != row->refusal) {
        fail_msg("%s: got refusal %d", row->path, (int)refusal);
    }
    if (refusal != HTTP_REFUSAL_NONE) {
        return;
    }
    if (match.route != &routes[row->route]) {
        fail_msg("%s: got %s", row->path, match.route->pattern);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(i < match.param_count, row->params[i] != NULL);
        if (i < match.param_count) {
            assert_true(slice_equal(match.params[i], slice_from_cstr(row->params[i])));
        }
    }
}

static void each_path_leads_to_its_route(void **state)
{
    struct http_router *router = NULL;
    size_t count = 0;

    (void)state;
    assert_int_equal(http_router_open(&router, routes, sizeof(routes) / sizeof(routes[0])),
                     HTTP_OK);
    assert_ptr_equal(http_router_routes(router, &count), routes);
    assert_int_equal(count, sizeof(routes) / sizeof(routes[0]));
    for (size_t i = 0; i < sizeof(match_rows) / sizeof(match_rows[0]); i++) {
        check_match(&match_rows[i], router);
    }
    http_router_free(router);
}

static void allowed_methods_are_named(void **state)
{
    struct http_router *router = NULL;
    struct http_match match;
    struct buffer text = {0};

    (void)state;
    assert_int_equal(http_router_open(&router, routes, sizeof(routes) / sizeof(routes[0])),
                     HTTP_OK);
    assert_int_equal(
        http_router_match(&match, router, &arena, HTTP_METHOD_PUT, SLICE("/v1/limits/L-1")),
        HTTP_REFUSAL_METHOD_NOT_ALLOWED);
    http_allow_write(&text, match.allowed);
    assert_true(slice_equal(buffer_slice(&text), SLICE("GET, HEAD, DELETE, OPTIONS")));
    buffer_release(&text);
    http_router_free(router);
}

static void bad_tables_are_refused(void **state)
{
    static const char *const patterns[] = {"",
                                           "v1",
                                           "/v1/",
                                           "//",
                                           "/a b",
                                           "/{}",
                                           "/{a",
                                           "/a}",
                                           "/{a b}",
                                           "/a{b}",
                                           "/%2F",
                                           "/\xE4\xB8\xAD",
                                           "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17",
                                           "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}"};
    struct http_router *router = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        const struct http_route bad = {GET, patterns[i], handler, NULL, 0};

        if (http_router_open(&router, &bad, 1) != HTTP_BAD_ROUTE) {
            fail_msg("taken: %s", patterns[i]);
        }
    }
    const struct http_route no_handler = {GET, "/", NULL, NULL, 0};
    assert_int_equal(http_router_open(&router, &no_handler, 1), HTTP_BAD_ROUTE);
    const struct http_route twice[] = {{GET, "/a/{x}", handler, NULL, 0},
                                       {GET, "/a/{y}", handler, NULL, 0}};
    assert_int_equal(http_router_open(&router, twice, 2), HTTP_BAD_ROUTE);
    assert_null(router);
}

struct query_row {
    const char *text;
    enum http_refusal refusal;
    const char *fields; /* "name=value;" for each */
};

static const struct query_row query_rows[] = {
    {"", HTTP_REFUSAL_NONE, ""},
    {"a=1", HTTP_REFUSAL_NONE, "a=1;"},
    {"a=1&b=2", HTTP_REFUSAL_NONE, "a=1;b=2;"},
    {"a", HTTP_REFUSAL_NONE, "a=;"},
    {"a=", HTTP_REFUSAL_NONE, "a=;"},
    {"a=b=c", HTTP_REFUSAL_NONE, "a=b=c;"},
    {"a=x+y%2B&%62=%E4%B8%AD", HTTP_REFUSAL_NONE, "a=x y+;b=\xE4\xB8\xAD;"},
    {"A=1&a=2", HTTP_REFUSAL_NONE, "A=1;a=2;"},
    {"a=1&a=2", HTTP_REFUSAL_QUERY_TWICE, NULL},
    {"a=1&%61=2", HTTP_REFUSAL_QUERY_TWICE, NULL},
    {"&", HTTP_REFUSAL_BAD_QUERY, NULL},
    {"a=1&", HTTP_REFUSAL_BAD_QUERY, NULL},
    {"=1", HTTP_REFUSAL_BAD_QUERY, NULL},
    {"a=%", HTTP_REFUSAL_BAD_QUERY, NULL},
    {"a=%00", HTTP_REFUSAL_BAD_QUERY, NULL},
    {"a=%FF", HTTP_REFUSAL_BAD_QUERY, NULL},
    {"%zz=1", HTTP_REFUSAL_BAD_QUERY, NULL},
    {"1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17&18&19&20&21&22&23&24&25&26&27&28&29&30&31&32&33&34"
     "&35&36&37&38&39&40&41&42&43&44&45&46&47&48&49&50&51&52&53&54&55&56&57&58&59&60&61&62&63&64&"
     "65",
     HTTP_REFUSAL_BAD_QUERY, NULL},
};

static void each_query_is_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(query_rows) / sizeof(query_rows[0]); i++) {
        struct http_field *fields = NULL;
        size_t count = 0;
        struct buffer text = {0};
        const enum http_refusal refusal =
            http_query_parse(&arena, &fields, &count, slice_from_cstr(query_rows[i].text));

        if (refusal != query_rows[i].refusal) {
            fail_msg("%s: got refusal %d", query_rows[i].text, (int)refusal);
        }
        for (size_t f = 0; refusal == HTTP_REFUSAL_NONE && f < count; f++) {
            buffer_append(&text, fields[f].name);
            buffer_append(&text, SLICE("="));
            buffer_append(&text, fields[f].value);
            buffer_append(&text, SLICE(";"));
        }
        if (refusal == HTTP_REFUSAL_NONE) {
            assert_true(slice_equal(buffer_slice(&text), slice_from_cstr(query_rows[i].fields)));
        }
        buffer_release(&text);
    }
}

static void want_of_memory_is_said(void **state)
{
    struct arena small;
    struct slice text;
    struct http_field *fields = NULL;
    size_t count = 0;

    (void)state;
    arena_init(&small, 0);
    assert_int_equal(http_percent_decode(&small, &text, SLICE("%41"), false), HTTP_REFUSAL_BUSY);
    assert_int_equal(http_query_parse(&small, &fields, &count, SLICE("a=1")), HTTP_REFUSAL_BUSY);
    arena_release(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_path_leads_to_its_route, begin, end),
        cmocka_unit_test_setup_teardown(allowed_methods_are_named, begin, end),
        cmocka_unit_test_setup_teardown(bad_tables_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(each_query_is_read_or_refused, begin, end),
        cmocka_unit_test_setup_teardown(want_of_memory_is_said, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
