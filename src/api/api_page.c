/* The first page, embedded at build from src/api/page. */
#include "api/api.h"
#include "api/api_page_files.h"

void api_page_get(struct http_request *request, void *context)
{
    const char *name = request->route->pattern;

    (void)context;
    for (size_t i = 0; i < api_page_files_count; i++) {
        if (strcmp(name, api_page_files[i].path) == 0) {
            http_respond_page(request, &api_page_files[i].page);
            return;
        }
    }
    check(false); /* every such route names a file */
}
