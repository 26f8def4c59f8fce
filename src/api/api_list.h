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

/** Where a page begins: behind the row with these values in the columns of the order. */
struct api_cursor {
    bool given; /* false: from the beginning */
    struct store_value values[API_CURSOR_VALUES_MAX];
};

/** `limit`: 1 to API_LIST_MAX. Answers 400 and returns false when it is wrong, as all of these. */
bool api_list_count(struct http_request *request, uint64_t *ret_count) MUST_USE;
/** `sort`: one of `names` (NULL ends them), downwards with a "-" before it; the first, upwards,
 *  unless given. */
bool api_list_sort(struct http_request *request, const char *const *names, size_t *ret_index,
                   bool *ret_down) MUST_USE;
/** `cursor`, as api_cursor_write made it for the same path and query (but `cursor` and `limit`).
 *  In: types  of the values: i integer, t text; at most API_CURSOR_VALUES_MAX
 *  Texts are in the request's arena. */
bool api_cursor_read(struct http_request *request, struct api_cursor *ret_cursor,
                     const char *types) MUST_USE;
/** The member "next": where the page behind the row with these values begins. In any thread. */
void api_cursor_member(struct json_writer *writer, const struct http_request *request,
                       const char *types, const struct store_value *values);
/** The member "next" of a last page: null. */
void api_cursor_end(struct json_writer *writer);
/** The member "next" of a list in the order of numbers: behind the last one where the page is full,
 *  else null. */
void api_cursor_number(struct json_writer *writer, const struct http_request *request, bool full,
                       int64_t last);

#endif
