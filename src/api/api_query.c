/* Questions to the ledger take turns with commands: they are answered in the loop between two
 * commits, for a bounded time a turn. What is over waits, in order, for the next turn, so that no
 * number of readers takes more than its share from the one writer. */
#include "api/api_scope.h"
#include "os/clock.h"

/* Of a turn, for questions. The last one begun may take longer: each is bounded by itself. */
enum { QUERIES_NS = 1000000 };

struct api_query {
    struct api_query *next;
    struct http_request *request;
    const struct api_scope *scope; /* NULL: everything */
};

static void query_run(struct api *api, struct http_request *request, const struct api_scope *scope)
{
    const struct api_operation *operation = request->route->meta;
    const uint64_t begin = os_clock_monotonic_ns();

    api->scope = scope;
    operation->query(request, api);
    api->scope = NULL;
    api->query_ns += os_clock_monotonic_ns() - begin;
}

void api_query_push(struct api *api, struct http_request *request, const struct api_scope *scope)
{
    if (api->queries == NULL && api->query_ns < QUERIES_NS) {
        query_run(api, request, scope);
        return;
    }
    struct api_query *query = arena_take(request->arena, sizeof(*query));
    if (query == NULL) {
        query_run(api, request, scope); /* it says that memory is short */
        return;
    }
    *query = (struct api_query){.request = request, .scope = scope};
    *(api->queries == NULL ? &api->queries : &api->queries_last->next) = query;
    api->queries_last = query;
    reactor_again(api->reactor);
}

void api_query(struct http_request *request, void *context)
{
    if (api_scoped(request)) {
        api_scope_start(context, request);
    } else {
        api_query_push(context, request, NULL);
    }
}

void api_query_turn(struct reactor_hook *hook)
{
    struct api *api = (struct api *)(void *)((char *)hook - offsetof(struct api, query_hook));

    api->query_ns = 0;
    while (api->queries != NULL && api->query_ns < QUERIES_NS) {
        const struct api_query query = *api->queries; /* which the answer takes away */
        api->queries = query.next;
        query_run(api, query.request, query.scope);
    }
    if (api->queries != NULL) {
        reactor_again(api->reactor);
    }
}
