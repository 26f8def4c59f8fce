/* /v1/tokens and /v1/me: who may sign in. */
#include "api/api_reply.h"

static void token_members(struct json_writer *writer, const struct auth_token *token)
{
    api_text_member(writer, "id", token_id(token));
    api_text_member(writer, "name", token_name(token));
    api_text_member(writer, "role", auth_role_name((enum auth_role)token->role));
    if (token->scope_size > 0) {
        api_text_member(writer, "scope", token_scope(token));
    }
    if (token->organisation_size > 0) {
        api_text_member(writer, "organisation", token_organisation(token));
    }
    api_time_member(writer, "created", token->created);
    if (token->expires != TIME_NONE) {
        api_time_member(writer, "expires", token->expires);
    }
    if (token->revoked != TIME_NONE) {
        api_time_member(writer, "revoked", token->revoked);
    }
    if (token->used != DATE_NONE) {
        api_date_member(writer, "used", token->used);
    }
}

void api_me_get(struct http_request *request, void *context)
{
    struct buffer body = {0};
    struct json_writer writer;

    (void)context;
    if (!api_query_known(request)) {
        return;
    }
    json_writer_init(&writer, &body);
    json_object_begin(&writer);
    token_members(&writer, api_token(request));
    json_object_end(&writer);
    api_reply_json(request, 200, &body);
}

void api_tokens_list(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct buffer body = {0};
    struct json_writer writer;
    size_t count;

    if (!api_query_known(request)) {
        return;
    }
    const struct auth_token *tokens = auth_tokens(api->auth, &count);
    json_writer_init(&writer, &body);
    json_object_begin(&writer);
    json_name(&writer, SLICE("tokens"));
    json_array_begin(&writer);
    for (size_t i = 0; i < count; i++) {
        json_object_begin(&writer);
        token_members(&writer, &tokens[i]);
        json_object_end(&writer);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    api_reply_json(request, 200, &body);
}

/* Reads name, role, expires, scope and organisation; nothing else is taken. */
static bool token_read(struct http_request *request, struct auth_request *ret_wanted)
{
    struct json_error error;
    const struct json_value *body = json_parse(request->arena, &error, request->body);
    bool known = body != NULL && body->type == JSON_OBJECT;

    *ret_wanted = (struct auth_request){.expires = TIME_NONE};
    for (const struct json_value *member = known ? body->first : NULL; member != NULL;
         member = member->next) {
        const bool is_text = member->type == JSON_STRING;
        if (is_text && slice_equal(member->name, SLICE("name"))) {
            ret_wanted->name = member->text;
        } else if (is_text && slice_equal(member->name, SLICE("role"))) {
            ret_wanted->role = auth_role_from_name(member->text);
        } else if (is_text && member->text.size > 0 && slice_equal(member->name, SLICE("scope"))) {
            ret_wanted->scope = member->text;
        } else if (is_text && member->text.size > 0 &&
                   slice_equal(member->name, SLICE("organisation"))) {
            ret_wanted->organisation = member->text;
        } else if (!is_text || !slice_equal(member->name, SLICE("expires")) ||
                   !time_parse(member->text, &ret_wanted->expires)) {
            known = false;
        }
    }
    if (!known) {
        api_problem(request, 400, SLICE("bad-token"),
                    "the body is an object of name, role and, where wanted, the time \"expires\", "
                    "\"scope\" and \"organisation\"",
                    "请求体须为含 name、role 以及可选 expires（时间）、scope、organisation 的对象");
    }
    return known;
}

void api_tokens_post(struct http_request *request, void *context)
{
    struct api *api = context;
    struct auth_request wanted;
    const struct auth_token *token;
    char secret[TOKEN_SECRET_SIZE];
    struct buffer body = {0};
    struct json_writer writer;

    if (!api_query_known(request) || !token_read(request, &wanted)) {
        return;
    }
    wanted.actor = token_id(api_token(request));
    wanted.address = request->peer_address;
    const enum auth_status status =
        auth_token_create(api->auth, &token, secret, &wanted, api_now());
    if (status != AUTH_OK) {
        api_problem_auth(request, status);
        return;
    }
    json_writer_init(&writer, &body);
    json_object_begin(&writer);
    token_members(&writer, token);
    api_text_member(&writer, "token", slice_of(secret, sizeof(secret)));
    json_object_end(&writer);
    explicit_bzero(secret, sizeof(secret));
    api_reply_json(request, 201, &body);
}

void api_token_delete(struct http_request *request, void *context)
{
    struct api *api = context;

    if (!api_query_known(request)) {
        return;
    }
    const enum auth_status status =
        auth_token_revoke(api->auth, request->params[0], token_id(api_token(request)),
                          request->peer_address, api_now());
    if (status != AUTH_OK) {
        api_problem_auth(request, status);
        return;
    }
    http_respond(request, 204, SLICE(""), SLICE(""));
}
