#include "cmocka_headroom.h"

#include <stdlib.h>
#include <unistd.h>

#include "auth/auth.h"
#include "auth/permission.h"
#include "base/buffer.h"

enum { NOW_2026 = 1795000000 };

static const time_us now = NOW_2026 * US_PER_SECOND;

struct fixture {
    char path[64];
    struct auth *auth;
    bool first;
    struct auth_error error;
};

static enum auth_status open_again(struct fixture *fixture)
{
    auth_close(fixture->auth);
    fixture->auth = NULL;
    return auth_open(files_real(), fixture->path, now, &fixture->auth, &fixture->first,
                     &fixture->error);
}

static int setup(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));

    memcpy(fixture->path, "build/test_auth_XXXXXX", sizeof("build/test_auth_XXXXXX"));
    assert_non_null(mkdtemp(fixture->path));
    assert_int_equal(open_again(fixture), AUTH_OK);
    assert_true(fixture->first);
    *state = fixture;
    return 0;
}

static void path_of(const struct fixture *fixture, const char *name, char ret_path[128])
{
    (void)snprintf(ret_path, 128, "%s/%s", fixture->path, name);
}

static int teardown(void **state)
{
    static const char *const names[] = {"tokens", "admin.token", "audit.log"};
    struct fixture *fixture = *state;
    char path[128];

    auth_close(fixture->auth);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        path_of(fixture, names[i], path);
        (void)unlink(path);
    }
    (void)rmdir(fixture->path);
    test_free(fixture);
    return 0;
}

static void file_load(const struct fixture *fixture, const char *name, struct buffer *content)
{
    char path[128];
    char bytes[4096];
    size_t got;

    path_of(fixture, name, path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0) {
        buffer_append(content, slice_of(bytes, got));
    }
    (void)fclose(file);
}

static void file_store(const struct fixture *fixture, const char *name, struct slice content)
{
    char path[128];

    path_of(fixture, name, path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(content.data, 1, content.size, file), content.size);
    (void)fclose(file);
}

static enum auth_status judge(struct fixture *fixture, const char *secret, size_t size,
                              const char *address, time_us at, const struct auth_token **ret_token)
{
    char header[128] = "Bearer ";

    memcpy(header + 7, secret, size);
    return auth_judge(fixture->auth, ret_token, slice_of(header, 7 + size),
                      slice_from_cstr(address), at);
}

static const struct auth_token *make(struct fixture *fixture, enum auth_role role, time_us expires,
                                     char secret[TOKEN_SECRET_SIZE])
{
    const struct auth_request request = {.name = SLICE("a teller"),
                                         .role = role,
                                         .expires = expires,
                                         .actor = SLICE("0123456789abcdef"),
                                         .address = SLICE("127.0.0.1:1")};
    const struct auth_token *token = NULL;

    assert_int_equal(auth_token_create(fixture->auth, &token, secret, &request, now), AUTH_OK);
    return token;
}

static void first_start_makes_an_administrator(void **state)
{
    struct fixture *fixture = *state;
    struct buffer content = {0};
    const struct auth_token *token = NULL;

    file_load(fixture, "admin.token", &content);
    assert_int_equal(content.size, TOKEN_SECRET_SIZE + 1);
    assert_true(token_secret_valid(slice_of(content.data, TOKEN_SECRET_SIZE)));
    assert_int_equal(judge(fixture, content.data, TOKEN_SECRET_SIZE, "127.0.0.1:5", now, &token),
                     AUTH_OK);
    assert_int_equal(token->role, AUTH_ADMINISTRATOR);
    assert_int_equal(auth_audit(fixture->auth)->entries, 2);
    /* The secret is kept nowhere else. */
    struct buffer tokens = {0};
    file_load(fixture, "tokens", &tokens);
    file_load(fixture, "audit.log", &tokens);
    assert_null(memmem(tokens.data, tokens.size, content.data, TOKEN_SECRET_SIZE));
    buffer_release(&tokens);
    buffer_release(&content);
    assert_int_equal(open_again(fixture), AUTH_OK);
    assert_false(fixture->first);
}

static void tokens_hold_until_expiry_and_revocation(void **state)
{
    struct fixture *fixture = *state;
    char secret[TOKEN_SECRET_SIZE];
    char id[TOKEN_ID_SIZE];
    const struct auth_token *token = make(fixture, AUTH_OPERATOR, now + US_PER_DAY, secret);

    memcpy(id, token->id, sizeof(id));
    assert_int_equal(judge(fixture, secret, sizeof(secret), "[::1]:9", now, &token), AUTH_OK);
    assert_int_equal(token->role, AUTH_OPERATOR);
    assert_int_equal(token->used, time_to_date(now));
    assert_int_equal(auth_flush(fixture->auth), AUTH_OK);
    assert_int_equal(open_again(fixture), AUTH_OK);
    assert_int_equal(
        judge(fixture, secret, sizeof(secret), "[::1]:9", now + US_PER_DAY - 1, &token), AUTH_OK);
    assert_int_equal(judge(fixture, secret, sizeof(secret), "[::1]:9", now + US_PER_DAY, &token),
                     AUTH_EXPIRED);
    assert_int_equal(
        auth_token_revoke(fixture->auth, slice_of(id, sizeof(id)), SLICE("x"), SLICE(""), now),
        AUTH_OK);
    assert_int_equal(judge(fixture, secret, sizeof(secret), "[::1]:9", now, &token), AUTH_REVOKED);
    assert_int_equal(open_again(fixture), AUTH_OK);
    assert_int_equal(judge(fixture, secret, sizeof(secret), "[::1]:9", now, &token), AUTH_REVOKED);
    assert_int_equal(auth_token_find(fixture->auth, slice_of(id, sizeof(id)))->used,
                     time_to_date(now + US_PER_DAY - 1));
}

static void what_is_no_token_is_refused_and_bounded(void **state)
{
    struct fixture *fixture = *state;
    const struct auth_token *token = NULL;
    char secret[TOKEN_SECRET_SIZE];
    const struct auth_token *good = make(fixture, AUTH_READER, TIME_NONE, secret);

    assert_int_equal(auth_judge(fixture->auth, &token, SLICE(""), SLICE("10.0.0.1:1"), now),
                     AUTH_MISSING);
    assert_int_equal(
        auth_judge(fixture->auth, &token, SLICE("Basic abc"), SLICE("10.0.0.1:1"), now),
        AUTH_UNKNOWN);
    secret[45] ^= 1;
    for (int i = 1; i < AUTH_REFUSALS_MAX; i++) {
        assert_int_equal(judge(fixture, secret, sizeof(secret), "10.0.0.1:77", now, &token),
                         AUTH_UNKNOWN);
    }
    assert_int_equal(judge(fixture, secret, sizeof(secret), "10.0.0.1:78", now, &token),
                     AUTH_THROTTLED);
    /* Another address is not concerned; a good token passes from this one too. */
    assert_int_equal(judge(fixture, secret, sizeof(secret), "10.0.0.2:78", now, &token),
                     AUTH_UNKNOWN);
    secret[45] ^= 1;
    assert_int_equal(judge(fixture, secret, sizeof(secret), "10.0.0.1:79", now, &token), AUTH_OK);
    assert_ptr_equal(token, good);
    /* The log grows by no more than the bound a minute. */
    assert_int_equal(auth_audit(fixture->auth)->entries, 3 + AUTH_REFUSALS_WRITTEN);
    secret[45] ^= 1;
    assert_int_equal(
        judge(fixture, secret, sizeof(secret), "10.0.0.1:77", now + 60 * US_PER_SECOND, &token),
        AUTH_UNKNOWN);
}

static void requests_for_tokens_are_judged(void **state)
{
    struct fixture *fixture = *state;
    char secret[TOKEN_SECRET_SIZE];
    const struct auth_token *token = NULL;
    struct auth_request request = {.name = SLICE(""), .role = AUTH_READER, .expires = TIME_NONE};
    size_t count;
    const struct auth_token *tokens = auth_tokens(fixture->auth, &count);

    assert_int_equal(auth_token_create(fixture->auth, &token, secret, &request, now),
                     AUTH_BAD_NAME);
    request.name = SLICE("tab\there");
    assert_int_equal(auth_token_create(fixture->auth, &token, secret, &request, now),
                     AUTH_BAD_NAME);
    request.name = SLICE("柜员");
    request.role = AUTH_NOBODY;
    assert_int_equal(auth_token_create(fixture->auth, &token, secret, &request, now),
                     AUTH_BAD_ROLE);
    request.role = AUTH_READER;
    request.expires = now;
    assert_int_equal(auth_token_create(fixture->auth, &token, secret, &request, now),
                     AUTH_BAD_EXPIRY);
    assert_int_equal(auth_token_revoke(fixture->auth, SLICE("none"), SLICE("x"), SLICE(""), now),
                     AUTH_NOT_FOUND);
    assert_int_equal(
        auth_token_revoke(fixture->auth, token_id(&tokens[0]), SLICE("x"), SLICE(""), now),
        AUTH_LAST_ADMINISTRATOR);
}

/* Opens after `change` was made to a file, and expects damage on a line. */
static void expect_damage(struct fixture *fixture, const char *name, struct slice content,
                          uint64_t line)
{
    struct audit_summary summary;
    size_t tokens;

    file_store(fixture, name, content);
    assert_int_equal(
        auth_verify(files_real(), fixture->path, &summary, &tokens, &fixture->error, NULL, NULL),
        AUTH_DAMAGED);
    assert_int_equal(open_again(fixture), AUTH_DAMAGED);
    assert_string_equal(fixture->error.file, name);
    assert_int_equal(fixture->error.line, line);
}

static void every_changed_byte_is_found(void **state)
{
    struct fixture *fixture = *state;
    char secret[TOKEN_SECRET_SIZE];
    struct buffer tokens = {0};
    struct buffer log = {0};

    (void)make(fixture, AUTH_OPERATOR, TIME_NONE, secret);
    file_load(fixture, "tokens", &tokens);
    file_load(fixture, "audit.log", &log);
    for (size_t i = 0; i < tokens.size; i += 7) {
        tokens.data[i] ^= 1;
        expect_damage(fixture, "tokens", buffer_slice(&tokens), 0);
        tokens.data[i] ^= 1;
    }
    file_store(fixture, "tokens", buffer_slice(&tokens));
    /* A letter inside a line of the log: the next line does not carry its hash any more. */
    char *word = memmem(log.data, log.size, "first start", 11);
    assert_non_null(word);
    word[0] = 'F';
    expect_damage(fixture, "audit.log", buffer_slice(&log), 3);
    word[0] = 'f';
    /* A line taken out of the middle. */
    struct buffer shorter = {0};
    const char *second = (const char *)memchr(log.data, '\n', log.size) + 1;
    const size_t left = log.size - (size_t)(second - log.data);
    const char *third = (const char *)memchr(second, '\n', left) + 1;
    buffer_append(&shorter, slice_of(log.data, (size_t)(second - log.data)));
    buffer_append(&shorter, slice_of(third, log.size - (size_t)(third - log.data)));
    expect_damage(fixture, "audit.log", buffer_slice(&shorter), 2);
    /* All taken away. */
    expect_damage(fixture, "audit.log", SLICE(""), 0);
    file_store(fixture, "audit.log", buffer_slice(&log));
    assert_int_equal(open_again(fixture), AUTH_OK);
    buffer_release(&shorter);
    buffer_release(&tokens);
    buffer_release(&log);
}

static void a_log_cut_at_its_end_is_found_from_a_noted_head(void **state)
{
    struct fixture *fixture = *state;
    char secret[TOKEN_SECRET_SIZE];
    struct audit_summary noted;
    struct audit_summary summary;
    size_t tokens;
    struct buffer log = {0};

    file_load(fixture, "audit.log", &log);
    (void)make(fixture, AUTH_OPERATOR, TIME_NONE, secret);
    noted = *auth_audit(fixture->auth);
    assert_int_equal(auth_verify(files_real(), fixture->path, &summary, &tokens, &fixture->error,
                                 noted.head, NULL),
                     AUTH_OK);
    file_store(fixture, "audit.log", buffer_slice(&log));
    assert_int_equal(
        auth_verify(files_real(), fixture->path, &summary, &tokens, &fixture->error, NULL, NULL),
        AUTH_OK);
    assert_int_equal(auth_verify(files_real(), fixture->path, &summary, &tokens, &fixture->error,
                                 noted.head, NULL),
                     AUTH_DAMAGED);
    buffer_release(&log);
}

static void a_torn_line_is_accounted_for(void **state)
{
    struct fixture *fixture = *state;
    char secret[TOKEN_SECRET_SIZE];
    struct buffer log = {0};

    (void)make(fixture, AUTH_OPERATOR, TIME_NONE, secret);
    file_load(fixture, "audit.log", &log);
    const size_t whole = log.size;
    buffer_append(&log, SLICE("{\"n\":4,\"at\":\"2026"));
    file_store(fixture, "audit.log", buffer_slice(&log));
    assert_int_equal(open_again(fixture), AUTH_OK);
    assert_int_equal(auth_audit(fixture->auth)->entries, 5);
    assert_int_equal(open_again(fixture), AUTH_OK);
    /* The crash came between the line break and the entry that accounts for it. */
    buffer_append(&log, SLICE("\n"));
    file_store(fixture, "audit.log", buffer_slice(&log));
    assert_int_equal(open_again(fixture), AUTH_OK);
    assert_int_equal(auth_audit(fixture->auth)->entries, 5);
    /* Two such lines are no crash. */
    buffer_append(&log, SLICE("junk\n"));
    expect_damage(fixture, "audit.log", buffer_slice(&log), 5);
    file_store(fixture, "audit.log", slice_of(log.data, whole));
    assert_int_equal(open_again(fixture), AUTH_OK);
    buffer_release(&log);
}

static void a_first_start_cut_short_is_done_again(void **state)
{
    struct fixture *fixture = *state;
    struct buffer log = {0};
    char path[128];
    char secret[TOKEN_SECRET_SIZE];

    path_of(fixture, "tokens", path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(open_again(fixture), AUTH_OK);
    assert_true(fixture->first);
    file_load(fixture, "admin.token", &log);
    const struct auth_token *token = NULL;
    assert_int_equal(judge(fixture, log.data, TOKEN_SECRET_SIZE, "127.0.0.1:5", now, &token),
                     AUTH_OK);
    buffer_release(&log);
    /* Once anybody made a token the file must be there. */
    (void)make(fixture, AUTH_READER, TIME_NONE, secret);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(open_again(fixture), AUTH_DAMAGED);
    assert_string_equal(fixture->error.file, "tokens");
}

static enum auth_status scoped(struct fixture *fixture, const struct auth_token **ret_token,
                               const char *scope, const char *organisation, struct slice maker)
{
    char secret[TOKEN_SECRET_SIZE];
    const struct auth_request request = {.name = SLICE("a channel"),
                                         .role = AUTH_ADMINISTRATOR,
                                         .expires = TIME_NONE,
                                         .scope = slice_from_cstr(scope),
                                         .organisation = slice_from_cstr(organisation),
                                         .actor = maker,
                                         .address = SLICE("127.0.0.1:1")};

    return auth_token_create(fixture->auth, ret_token, secret, &request, now);
}

static void scopes_are_judged_and_kept(void **state)
{
    struct fixture *fixture = *state;
    const struct slice nobody = SLICE("0123456789abcdef");
    const struct auth_token *token = NULL;
    char text[TOKEN_SCOPE_MAX + 2];
    static const char *const bad[] = {"limits",
                                      "limits:",
                                      ":read",
                                      "limits:READ",
                                      "limits:delete",
                                      " limits:read",
                                      "limits:read ",
                                      "limits:read  day:read",
                                      "me:read",
                                      "session:read",
                                      "nothing:read",
                                      "limits:read,day:read",
                                      "*"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(scoped(fixture, &token, bad[i], "", nobody), AUTH_BAD_SCOPE);
    }
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(scoped(fixture, &token, text, "", nobody), AUTH_BAD_SCOPE);
    assert_int_equal(scoped(fixture, &token, "", "Head Office", nobody), AUTH_BAD_PLACE);
    assert_int_equal(scoped(fixture, &token, "", text, nobody), AUTH_BAD_PLACE);
    assert_int_equal(
        scoped(fixture, &token, "limits:read commands:write personal:read", "head", nobody),
        AUTH_OK);
    const struct slice id = SLICE("0000000000000000");
    char kept[TOKEN_ID_SIZE];
    memcpy(kept, token->id, id.size);
    assert_int_equal(open_again(fixture), AUTH_OK);
    token = auth_token_find(fixture->auth, slice_of(kept, id.size));
    assert_non_null(token);
    assert_true(slice_equal(token_organisation(token), SLICE("head")));
    assert_true(token_has_scope(token, SLICE("limits:read")));
    assert_true(token_has_scope(token, SLICE("personal:read")));
    assert_false(token_has_scope(token, SLICE("limits:write")));
    assert_false(token_has_scope(token, SLICE("limits")));
    assert_false(token_has_scope(token, SLICE("")));
}

static void nobody_gives_more_than_they_have(void **state)
{
    struct fixture *fixture = *state;
    const struct auth_token *token = NULL;
    char maker[TOKEN_ID_SIZE];

    assert_int_equal(scoped(fixture, &token, "tokens:write limits:read", "", SLICE("none")),
                     AUTH_OK);
    memcpy(maker, token->id, sizeof(maker));
    const struct slice by = slice_of(maker, sizeof(maker));
    assert_int_equal(scoped(fixture, &token, "", "", by), AUTH_BEYOND);
    assert_int_equal(scoped(fixture, &token, "commands:write", "", by), AUTH_BEYOND);
    assert_int_equal(scoped(fixture, &token, "limits:read day:read", "", by), AUTH_BEYOND);
    assert_int_equal(scoped(fixture, &token, "limits:read", "", by), AUTH_OK);
    /* It is no administrator that others could be revoked for. */
    size_t count;
    const struct auth_token *first = auth_tokens(fixture->auth, &count);
    assert_int_equal(auth_token_revoke(fixture->auth, token_id(first), by, SLICE(""), now),
                     AUTH_LAST_ADMINISTRATOR);
}

/* A file as version 1 wrote it: its tokens may all that their role may. */
static void a_file_of_the_first_version_loads(void **state)
{
    struct fixture *fixture = *state;
    struct buffer content = {0};
    char secret[TOKEN_SECRET_SIZE];
    uint8_t digest[SHA256_SIZE];
    char hex[2 * SHA256_SIZE];

    (void)make(fixture, AUTH_OPERATOR, TIME_NONE, secret);
    file_load(fixture, "tokens", &content);
    char *version = memmem(content.data, content.size, "\"version\":2", 11);
    assert_non_null(version);
    version[10] = '1';
    const size_t body = content.size - (sizeof("{\"sha256\":\"\"}\n") - 1) - sizeof(hex);
    sha256_of(slice_of(content.data, body), digest);
    hex_write(hex, digest, sizeof(digest));
    memcpy(content.data + body + sizeof("{\"sha256\":\"") - 1, hex, sizeof(hex));
    file_store(fixture, "tokens", buffer_slice(&content));
    buffer_release(&content);
    assert_int_equal(open_again(fixture), AUTH_OK);
    const struct auth_token *token = NULL;
    assert_int_equal(judge(fixture, secret, sizeof(secret), "[::1]:9", now, &token), AUTH_OK);
    assert_int_equal(token->scope_size, 0);
    assert_true(token_has_scope(token, SLICE("commands:write")));
    /* Written again it says that a reader must know of scopes. */
    (void)make(fixture, AUTH_READER, TIME_NONE, secret);
    file_load(fixture, "tokens", &content);
    assert_non_null(memmem(content.data, content.size, "\"version\":2", 11));
    buffer_release(&content);
}

static void scopes_of_routes(void **state)
{
    char scope[PERMISSION_SCOPE_MAX];
    static const struct {
        const char *method;
        const char *pattern;
        const char *scope;
    } rows[] = {
        {"POST", "/v1/commands", "commands:write"},
        {"GET", "/v1/limits/{id}/tree", "limits:read"},
        {"DELETE", "/v1/tokens/{id}", "tokens:write"},
        {"GET", "/metrics", "metrics:read"},
        {"GET", "/v1/me", ""},
        {"GET", "/", ""},
        {"GET", "/healthz", ""},
        {"GET", "/v1/nothing", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const size_t size = permission_scope(scope, slice_from_cstr(rows[i].method),
                                             slice_from_cstr(rows[i].pattern));
        assert_true(slice_equal(slice_of(scope, size), slice_from_cstr(rows[i].scope)));
    }
    assert_true(permission_placed(SLICE("POST"), SLICE("/v1/users")));
    assert_false(permission_placed(SLICE("GET"), SLICE("/v1/audit")));
    assert_false(permission_placed(SLICE("POST"), SLICE("/v1/commands")));
    assert_false(permission_placed(SLICE("POST"), SLICE("/v1/entities")));
    assert_false(permission_placed(SLICE("GET"), SLICE("/v1/nothing")));
}

static void what_has_no_row_is_refused(void **state)
{
    (void)state;
    assert_int_equal(permission_roles(SLICE("POST"), SLICE("/v1/commands")),
                     AUTH_OPERATOR | AUTH_ADMINISTRATOR);
    assert_int_equal(permission_roles(SLICE("PUT"), SLICE("/v1/commands")), AUTH_NOBODY);
    assert_int_equal(permission_roles(SLICE("POST"), SLICE("/v1/command")), AUTH_NOBODY);
    assert_int_equal(permission_roles(SLICE("GET"), SLICE("/v1/tokens")), AUTH_ADMINISTRATOR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(first_start_makes_an_administrator, setup, teardown),
        cmocka_unit_test_setup_teardown(tokens_hold_until_expiry_and_revocation, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_token_is_refused_and_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(requests_for_tokens_are_judged, setup, teardown),
        cmocka_unit_test_setup_teardown(every_changed_byte_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_log_cut_at_its_end_is_found_from_a_noted_head, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_torn_line_is_accounted_for, setup, teardown),
        cmocka_unit_test_setup_teardown(a_first_start_cut_short_is_done_again, setup, teardown),
        cmocka_unit_test_setup_teardown(scopes_are_judged_and_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_gives_more_than_they_have, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_of_the_first_version_loads, setup, teardown),
        cmocka_unit_test(scopes_of_routes),
        cmocka_unit_test(what_has_no_row_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
