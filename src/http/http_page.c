#include "http/http.h"

/* Scripts, styles, images and connections of our own alone; no frame around our pages. */
static void page_security(struct http_request *request)
{
    http_header_add(request, SLICE("Content-Security-Policy"),
                    SLICE("default-src 'self'; base-uri 'none'; form-action 'self'; "
                          "frame-ancestors 'none'; object-src 'none'"));
    http_header_add(request, SLICE("Referrer-Policy"), SLICE("no-referrer"));
    http_header_add(request, SLICE("Cross-Origin-Opener-Policy"), SLICE("same-origin"));
}

/* True when If-None-Match names the tag, weakly or not, or is "*". Source: RFC 9110, 13.1.2. */
static bool client_has(const struct http_request *request, struct slice etag)
{
    struct slice rest = http_request_header(request, SLICE("If-None-Match"));
    struct slice tag;

    while (slice_split(&rest, ',', &tag)) {
        tag = slice_trim(tag);
        if (slice_starts_with(tag, SLICE("W/"))) {
            tag = slice_of(tag.data + 2, tag.size - 2);
        }
        if (slice_equal(tag, SLICE("*")) || slice_equal(tag, etag)) {
            return true;
        }
    }
    return false;
}

void http_respond_page(struct http_request *request, const struct http_page *page)
{
    http_header_add(request, SLICE("ETag"), page->etag);
    http_header_add(request, SLICE("Cache-Control"), SLICE("no-cache"));
    http_header_add(request, SLICE("X-Content-Type-Options"), SLICE("nosniff"));
    if (slice_starts_with(page->content_type, SLICE("text/html"))) {
        page_security(request);
    }
    if (client_has(request, page->etag)) {
        http_respond(request, 304, SLICE(""), SLICE(""));
    } else {
        http_respond_static(request, 200, page->content_type, page->body);
    }
}
