#include "cmocka_headroom.h"

#include "api/api.h"
#include "auth/permission.h"

static const struct http_route *route_of(const struct permission *row)
{
    size_t count;
    const struct http_route *routes = api_routes(&count);

    for (size_t i = 0; i < count; i++) {
        if (slice_equal(http_method_name(routes[i].method), slice_from_cstr(row->method)) &&
            strcmp(routes[i].pattern, row->pattern) == 0) {
            return &routes[i];
        }
    }
    return NULL;
}

static void every_route_has_a_row(void **state)
{
    size_t count;
    const struct http_route *routes = api_routes(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        if (permission_roles(http_method_name(routes[i].method),
                             slice_from_cstr(routes[i].pattern)) == AUTH_NOBODY &&
            permission_people(http_method_name(routes[i].method),
                              slice_from_cstr(routes[i].pattern)) == 0) {
            fail_msg("%s has no row in the permission table", routes[i].pattern);
        }
    }
}

static void every_row_has_a_route_and_stands_once(void **state)
{
    size_t count;
    const struct permission *rows = permission_rows(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        if (route_of(&rows[i]) == NULL) {
            fail_msg("%s %s is no route", rows[i].method, rows[i].pattern);
        }
        for (size_t j = i + 1; j < count; j++) {
            assert_false(strcmp(rows[i].method, rows[j].method) == 0 &&
                         strcmp(rows[i].pattern, rows[j].pattern) == 0);
        }
        assert_true(rows[i].roles == AUTH_ANYBODY || (rows[i].roles & AUTH_ANYBODY) == 0);
        assert_true(rows[i].roles != AUTH_NOBODY || rows[i].people != 0);
        assert_true(rows[i].roles != AUTH_ANYBODY || rows[i].people == 0);
    }
}

/* Whatever changes something needs a token; a token that is read only changes nothing. */
static void nobody_changes_without_a_role(void **state)
{
    size_t count;
    const struct permission *rows = permission_rows(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        /* To sign in is how one comes by a role. */
        if (strcmp(rows[i].method, "GET") != 0 && strcmp(rows[i].pattern, "/v1/session") != 0 &&
            strncmp(rows[i].pattern, "/v1/oidc/", 9) != 0) {
            assert_int_equal(rows[i].roles & (AUTH_ANYBODY | AUTH_READER), 0);
        }
    }
}

static void the_document_is_json_and_names_every_route(void **state)
{
    struct buffer document = {0};
    struct arena arena;
    struct json_error error;
    size_t count;
    const struct http_route *routes = api_routes(&count);

    (void)state;
    arena_init(&arena, 16 << 20);
    api_openapi_write(&document, "1");
    const struct json_value *root = json_parse(&arena, &error, buffer_slice(&document));
    assert_non_null(root);
    const struct json_value *paths = json_member(root, SLICE("paths"));
    for (size_t i = 0; i < count; i++) {
        const struct api_operation *operation = routes[i].meta;
        const struct json_value *path = json_member(paths, slice_from_cstr(routes[i].pattern));
        if (operation->id == NULL) {
            assert_null(path);
            continue;
        }
        assert_non_null(path);
        assert_int_equal(path->type, JSON_OBJECT);
    }
    arena_release(&arena);
    buffer_release(&document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_has_a_row),
        cmocka_unit_test(every_row_has_a_route_and_stands_once),
        cmocka_unit_test(nobody_changes_without_a_role),
        cmocka_unit_test(the_document_is_json_and_names_every_route),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
