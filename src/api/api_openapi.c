/* /v1/openapi.json: written from the table of routes, the permission table and the schemas. */
#include "api/api_reply.h"
#include "auth/permission.h"
#include "auth/role.h"

static void member(struct json_writer *writer, const char *name, const char *text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, slice_from_cstr(text));
}

static void header_write(struct json_writer *writer, const char *name, const char *description)
{
    json_object_begin(writer);
    member(writer, "name", name);
    member(writer, "in", "header");
    member(writer, "description", description);
    json_name(writer, SLICE("required"));
    json_bool(writer, false);
    json_name(writer, SLICE("schema"));
    json_object_begin(writer);
    member(writer, "type", "string");
    json_object_end(writer);
    json_object_end(writer);
}

static void parameters_write(struct json_writer *writer, const struct api_operation *operation)
{
    json_name(writer, SLICE("parameters"));
    json_array_begin(writer);
    for (const struct api_parameter *p = operation->parameters; p != NULL && p->name != NULL; p++) {
        json_object_begin(writer);
        member(writer, "name", p->name);
        member(writer, "in", p->in_path ? "path" : "query");
        member(writer, "description", p->description);
        json_name(writer, SLICE("required"));
        json_bool(writer, p->in_path);
        json_name(writer, SLICE("schema"));
        api_type_write(writer, p->type, p->detail, NULL);
        json_object_end(writer);
    }
    if (operation->keyed) {
        header_write(writer, "Idempotency-Key",
                     "sent again with the same key within a day, the request is done once and "
                     "answered alike");
    }
    if (operation->matched) {
        header_write(writer, "If-Match", "the ETag of the version that is changed");
    }
    json_array_end(writer);
}

/* "content": one media type with its schema. */
static void content_write(struct json_writer *writer, const char *media, const char *schema)
{
    json_name(writer, SLICE("content"));
    json_object_begin(writer);
    json_name(writer, slice_from_cstr(media));
    json_object_begin(writer);
    json_name(writer, SLICE("schema"));
    if (schema == NULL) {
        json_object_begin(writer);
        member(writer, "type", "string");
        json_object_end(writer);
    } else {
        api_reference_write(writer, schema);
    }
    json_object_end(writer);
    json_object_end(writer);
}

static void responses_write(struct json_writer *writer, const struct api_operation *operation)
{
    char status[16];

    (void)snprintf(status, sizeof(status), "%u", operation->status == 0 ? 200 : operation->status);
    json_name(writer, SLICE("responses"));
    json_object_begin(writer);
    json_name(writer, slice_from_cstr(status));
    json_object_begin(writer);
    member(writer, "description", "success");
    if (operation->media != NULL || operation->response != NULL) {
        content_write(writer, operation->media == NULL ? "application/json" : operation->media,
                      operation->response);
    }
    json_object_end(writer);
    json_name(writer, SLICE("default"));
    json_object_begin(writer);
    member(writer, "description", "a problem");
    content_write(writer, "application/problem+json", "Problem");
    json_object_end(writer);
    json_object_end(writer);
}

/* The scheme; the roles of tokens (x-roles) and of people (x-posts) that may call it, the scope
 * that it asks of tokens, and whether it tells places apart. */
static void security_write(struct json_writer *writer, const struct http_route *route)
{
    const unsigned roles =
        permission_roles(http_method_name(route->method), slice_from_cstr(route->pattern));
    const unsigned people =
        permission_people(http_method_name(route->method), slice_from_cstr(route->pattern));
    char scope[PERMISSION_SCOPE_MAX];

    json_name(writer, SLICE("security"));
    json_array_begin(writer);
    if (roles != AUTH_ANYBODY) {
        json_object_begin(writer);
        json_name(writer, SLICE("token"));
        json_array_begin(writer);
        json_array_end(writer);
        json_object_end(writer);
    }
    json_array_end(writer);
    json_name(writer, SLICE("x-roles"));
    json_array_begin(writer);
    for (unsigned i = 0; i < AUTH_ROLE_COUNT; i++) {
        if (roles != AUTH_ANYBODY && (roles >> i & 1) != 0) {
            json_string(writer, auth_role_name((enum auth_role)(1U << i)));
        }
    }
    json_array_end(writer);
    const size_t size =
        permission_scope(scope, http_method_name(route->method), slice_from_cstr(route->pattern));
    if (size > 0) {
        json_name(writer, SLICE("x-scope"));
        json_string(writer, slice_of(scope, size));
    }
    json_name(writer, SLICE("x-places"));
    json_string(writer,
                permission_placed(http_method_name(route->method), slice_from_cstr(route->pattern))
                    ? SLICE("judged")
                    : SLICE("all"));
    json_name(writer, SLICE("x-posts"));
    json_array_begin(writer);
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        if ((people >> i & 1) != 0) {
            json_string(writer, role_name((enum role)i));
        }
    }
    json_array_end(writer);
}

static void operation_write(struct json_writer *writer, const struct http_route *route)
{
    const struct api_operation *operation = route->meta;
    char method[16];
    const struct slice name = http_method_name(route->method);

    for (size_t i = 0; i < name.size; i++) {
        method[i] = (char)(name.data[i] + ('a' - 'A'));
    }
    json_name(writer, slice_of(method, name.size));
    json_object_begin(writer);
    member(writer, "operationId", operation->id);
    member(writer, "summary", operation->summary);
    json_name(writer, SLICE("tags"));
    json_array_begin(writer);
    json_string(writer, slice_from_cstr(operation->tag));
    json_array_end(writer);
    parameters_write(writer, operation);
    if (operation->request != NULL) {
        json_name(writer, SLICE("requestBody"));
        json_object_begin(writer);
        json_name(writer, SLICE("required"));
        json_bool(writer, true);
        content_write(writer, "application/json", operation->request);
        json_object_end(writer);
    }
    responses_write(writer, operation);
    security_write(writer, route);
    json_object_end(writer);
}

static bool is_described(const struct http_route *route)
{
    return ((const struct api_operation *)route->meta)->id != NULL;
}

/* Paths in the order of the table; routes of one path stand together in it. */
static void paths_write(struct json_writer *writer)
{
    size_t count;
    const struct http_route *routes = api_routes(&count);
    const char *pattern = NULL;

    json_name(writer, SLICE("paths"));
    json_object_begin(writer);
    for (size_t i = 0; i < count; i++) {
        if (!is_described(&routes[i])) {
            continue;
        }
        if (pattern == NULL || strcmp(pattern, routes[i].pattern) != 0) {
            if (pattern != NULL) {
                json_object_end(writer);
            }
            pattern = routes[i].pattern;
            json_name(writer, slice_from_cstr(pattern));
            json_object_begin(writer);
        }
        operation_write(writer, &routes[i]);
    }
    json_object_end(writer);
    json_object_end(writer);
}

void api_openapi_write(struct buffer *out, const char *version)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_object_begin(&writer);
    member(&writer, "openapi", "3.1.0");
    json_name(&writer, SLICE("info"));
    json_object_begin(&writer);
    member(&writer, "title", "Headroom");
    member(&writer, "summary", "Credit limits, decided in real time");
    member(&writer, "version", version);
    json_object_end(&writer);
    paths_write(&writer);
    json_name(&writer, SLICE("components"));
    api_components_write(&writer);
    json_object_end(&writer);
}

void api_openapi_get(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct buffer body = {0};

    if (!api_query_known(request)) {
        return;
    }
    api_openapi_write(&body, api->version);
    api_reply_json(request, 200, &body);
}
