/* What lists from the store share: how many, in which order, and from where on. */
#ifndef HEADROOM_API_API_LIST_H
#define HEADROOM_API_API_LIST_H

#include "api/api_reply.h"
#include "store/store.h"

enum {
    API_LIST_MAX = 200,        /* items of a page */
    API_LIST_DEFAULT = 50,     /* unless `limit` is given */
    API_CURSOR_VALUES_MAX = 4, /* columns that a list is sorted by */
    API_CURSOR_TEXT_MAX = 512, /* bytes of one of them */
};

/** What page of a list is asked for: so many items, behind the row with these values in the columns
 *  of the order. */
struct api_cursor {
    size_t count; /* 1 to API_LIST_MAX */
    bool given;   /* false: from the beginning */
    struct store_value values[API_CURSOR_VALUES_MAX];
};

/** `sort`: one of `names` (NULL ends them), downwards with a "-" before it; the first, upwards,
 *  unless given. Answers 400 and returns false when it is wrong, as all of these. */
bool api_list_sort(struct http_request *request, const char *const *names, size_t *ret_index,
                   bool *ret_down) MUST_USE;
/** The query as a whole: none but known parameters, `limit`, and `cursor`, as api_items_end made it
 * for the same path and query (but `cursor` and `limit`). In: types  of the values: i integer, t
 * text; at most API_CURSOR_VALUES_MAX Texts are in the request's arena. */
bool api_list_read(struct http_request *request, struct api_cursor *ret_cursor,
                   const char *types) MUST_USE;
/** The same of a list in the order of numbers, newest first: below which number it goes on. */
bool api_list_read_numbered(struct http_request *request, size_t *ret_count,
                            int64_t *ret_below) MUST_USE;

/* ---- a page, {"items": [...], "next": ...}; in any thread ---- */

void api_items_begin(struct json_writer *writer, struct buffer *body);
/** Ends a page behind which there are more: `next` says where the one behind the row with these
 *  values begins. */
void api_items_end(struct json_writer *writer, const struct http_request *request,
                   const char *types, const struct store_value *values);
/** Ends the last page. */
void api_items_end_last(struct json_writer *writer);
/** Ends a page of a list in the order of numbers. In: full  there may be more behind `last` */
void api_items_end_numbered(struct json_writer *writer, const struct http_request *request,
                            bool full, int64_t last);

#endif
