/* How handlers read parameters and write answers. */
#ifndef HEADROOM_API_API_REPLY_H
#define HEADROOM_API_API_REPLY_H

#include "api/api.h"
#include "ledger/command_json.h"

/** Answers with JSON from a buffer, which it leaves empty; 503 when the buffer has failed. */
void api_reply_json(struct http_request *request, unsigned status, struct buffer *body);
/** Answers with a problem document in the language of Accept-Language. */
void api_problem(struct http_request *request, unsigned status, struct slice slug,
                 const char *english, const char *chinese);
void api_problem_auth(struct http_request *request, enum auth_status status);
/** 400, naming the parameter that is wrong. */
void api_problem_parameter(struct http_request *request, const char *name, const char *english,
                           const char *chinese);
void api_problem_memory(struct http_request *request);
/** 404 with the ledger's code for what was not found. */
void api_problem_ledger(struct http_request *request, unsigned status, enum ledger_status code);
/** True when the client asks for Chinese. */
bool api_chinese(const struct http_request *request);

/** Adds the headers that say of which moment of the ledger an answer tells. */
void api_moment_headers(struct http_request *request, const struct ledger *ledger);

/** Reads an id from the path; answers 404 and returns false when it can be none. */
bool api_path_id(struct http_request *request, struct ledger_id *ret_id,
                 enum ledger_status not_found) MUST_USE;
/** Reads a whole number of the query in [0, max]; leaves `*inout_value` when it is not given.
 *  Answers 400 and returns false when it is none. */
bool api_query_number(struct http_request *request, const char *name, uint64_t max,
                      uint64_t *inout_value) MUST_USE;
/** Reads an RFC 3339 time of the query; leaves `*inout_value` when it is not given. */
bool api_query_time(struct http_request *request, const char *name, time_us *inout_value) MUST_USE;
bool api_query_date(struct http_request *request, const char *name,
                    date_days *inout_value) MUST_USE;
/** Reads "true" or "false". */
bool api_query_boolean(struct http_request *request, const char *name, bool *inout_value) MUST_USE;
/** Answers 400 and returns false when the query has a parameter that the route does not list. */
bool api_query_known(struct http_request *request) MUST_USE;
/** Items a page, from `limit`: 1 to API_PAGE_MAX. */
bool api_query_page(struct http_request *request, uint64_t *ret_count) MUST_USE;

/* Members of objects. */
void api_text_member(struct json_writer *writer, const char *name, struct slice text);
void api_date_member(struct json_writer *writer, const char *name, date_days date);
void api_time_member(struct json_writer *writer, const char *name, time_us time);
void api_number_member(struct json_writer *writer, const char *name, uint64_t value);
/** A page's "next"; null when `text` is empty. */
void api_next_member(struct json_writer *writer, struct slice text);

#endif
