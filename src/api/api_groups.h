/* What the files of groups share. */
#ifndef HEADROOM_API_API_GROUPS_H
#define HEADROOM_API_API_GROUPS_H

#include "api/api_limit_tree.h"
#include "customer/obligor_group.h"

struct groups_input {
    struct api_task *task;
    struct customer_reach reach;
    struct obligor_group group;
    date_days day; /* DATE_NONE: now */
    /* Of a document. */
    struct obligor_group_version version; /* that holds on the day */
    struct obligor_group_member *members;
    size_t member_count;
    struct customer_group web;   /* of the lead's ties on the day */
    struct credit_limit *limits; /* of members within sight, now; not of an earlier day */
    size_t limit_count;
    /* Of lists. */
    struct obligor_group_version *versions;
    size_t version_count;
    int64_t before;
    struct obligor_group_query query;
    struct obligor_group_page page;
    enum customer_status status;
};

struct groups_input *api_groups_input(struct http_request *request);
/** Runs a reading of groups within a transaction; false when it was refused. */
bool api_groups_read(struct api_task *task, store_work work);
enum store_status api_groups_done(struct groups_input *input, enum customer_status status);
/** Writes the members of an object that a group in lists and documents has. */
void api_group_members_write(struct json_writer *writer, const struct obligor_group *group);

#endif
