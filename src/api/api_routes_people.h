/* The operations of people, which have a file of their own. */
#ifndef HEADROOM_API_API_ROUTES_PEOPLE_H
#define HEADROOM_API_API_ROUTES_PEOPLE_H

#include "api/api.h"

extern const struct api_operation api_operation_session_post;
extern const struct api_operation api_operation_session_get;
extern const struct api_operation api_operation_session_delete;
extern const struct api_operation api_operation_session_password;
extern const struct api_operation api_operation_own_factor;
extern const struct api_operation api_operation_own_factor_confirm;
extern const struct api_operation api_operation_own_factor_remove;
extern const struct api_operation api_operation_recovery_codes;
extern const struct api_operation api_operation_oidc_start;
extern const struct api_operation api_operation_oidc_session;
extern const struct api_operation api_operation_user_identity_put;
extern const struct api_operation api_operation_entities_post;
extern const struct api_operation api_operation_organisations_post;
extern const struct api_operation api_operation_users_post;
extern const struct api_operation api_operation_users_list;
extern const struct api_operation api_operation_user_get;
extern const struct api_operation api_operation_user_sessions;
extern const struct api_operation api_operation_user_sessions_delete;
extern const struct api_operation api_operation_user_password_put;
extern const struct api_operation api_operation_user_factor_delete;
extern const struct api_operation api_operation_user_disable_post;
extern const struct api_operation api_operation_user_enable_post;
extern const struct api_operation api_operation_user_posts_post;
extern const struct api_operation api_operation_user_post_delete;

#endif
