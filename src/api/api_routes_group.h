/* The operations of groups, which have a file of their own. */
#ifndef HEADROOM_API_API_ROUTES_GROUP_H
#define HEADROOM_API_API_ROUTES_GROUP_H

#include "api/api.h"

extern const struct api_operation api_operation_customer_rules_preview;
extern const struct api_operation api_operation_customer_rules_post;
extern const struct api_operation api_operation_rule_differences_list;
extern const struct api_operation api_operation_rule_moves_list;
extern const struct api_operation api_operation_rule_moves_post;
extern const struct api_operation api_operation_rule_move_get;
extern const struct api_operation api_operation_rule_move_agree;
extern const struct api_operation api_operation_rule_move_reject;
extern const struct api_operation api_operation_groups_list;
extern const struct api_operation api_operation_groups_post;
extern const struct api_operation api_operation_group_get;
extern const struct api_operation api_operation_group_put;
extern const struct api_operation api_operation_group_history;
extern const struct api_operation api_operation_group_moves_list;
extern const struct api_operation api_operation_group_moves_post;
extern const struct api_operation api_operation_group_moves_preview;
extern const struct api_operation api_operation_group_move_get;
extern const struct api_operation api_operation_group_move_agree;
extern const struct api_operation api_operation_group_move_reject;

#endif
