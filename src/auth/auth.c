#include "auth/auth.h"

#include "auth/auth_file.h"
#include "auth/people.h"
#include "auth/permission.h"
#include "auth/token_file.h"
#include "base/arena.h"

enum {
    TABLE_SIZE = 1 << 15, /* places of the digest table, over three a token */
    ADDRESSES_MAX = 512,  /* addresses with refused tokens that are remembered */
    FILE_MAX = 16 << 20,  /* bytes of the tokens file */
};

#define MINUTE_US (60 * US_PER_SECOND)

/* Refused tokens of one address in one minute. */
struct refusals {
    uint64_t address; /* hash */
    int64_t minute;
    uint32_t count;
};

struct auth {
    struct directory *directory;
    struct audit *audit;
    bool used_changed; /* a day of last use is not written yet */
    size_t count;
    struct auth_token *tokens; /* AUTH_TOKENS_MAX places */
    uint32_t *table;           /* 1 + place of a token, by its digest; 0: free */
    struct refusals refusals[ADDRESSES_MAX];
    int64_t written_minute; /* in which refusals were written to the log ... */
    uint32_t written;       /* ... and how many */
    uint64_t suppressed;    /* refusals since then that were not */
};

/* ---- the digest table ---- */

static size_t table_place(const uint8_t digest[SHA256_SIZE])
{
    uint32_t bits;

    memcpy(&bits, digest, sizeof(bits));
    return bits & (TABLE_SIZE - 1);
}

static void table_add(struct auth *auth, size_t index)
{
    size_t place = table_place(auth->tokens[index].digest);

    while (auth->table[place] != 0) {
        place = (place + 1) & (TABLE_SIZE - 1);
    }
    auth->table[place] = (uint32_t)index + 1;
}

/* The token of a digest. Where it leads depends on the digest, which says nothing of the secret;
 * the comparison itself takes the same time wherever digests differ. */
static struct auth_token *table_find(const struct auth *auth, const uint8_t digest[SHA256_SIZE])
{
    for (size_t place = table_place(digest); auth->table[place] != 0;
         place = (place + 1) & (TABLE_SIZE - 1)) {
        struct auth_token *token = &auth->tokens[auth->table[place] - 1];
        if (secret_equal(token->digest, digest, SHA256_SIZE)) {
            return token;
        }
    }
    return NULL;
}

/* ---- files ---- */

static enum auth_status tokens_store(struct auth *auth, struct auth_error *reterr_error)
{
    struct buffer content = {0};
    enum auth_status status = AUTH_NO_MEMORY;

    token_file_write(&content, auth->tokens, auth->count);
    if (!buffer_failed(&content)) {
        status = auth_file_replace(auth->directory, AUTH_TOKENS_FILE, AUTH_TOKENS_FILE ".new",
                                   buffer_slice(&content), reterr_error);
    }
    buffer_release(&content);
    return status;
}

static enum auth_status tokens_load(struct directory *directory, struct auth_token *tokens,
                                    size_t *ret_count, bool *ret_found,
                                    struct auth_error *reterr_error)
{
    struct buffer content = {0};
    enum auth_status status =
        auth_file_read(directory, AUTH_TOKENS_FILE, FILE_MAX, &content, ret_found, reterr_error);

    if (status == AUTH_OK && *ret_found) {
        status = token_file_read(tokens, ret_count, AUTH_TOKENS_MAX, buffer_slice(&content),
                                 AUTH_TOKENS_FILE, reterr_error);
    }
    buffer_release(&content);
    return status;
}

static struct auth_token *token_new(struct auth *auth, const struct auth_request *request,
                                    time_us now, char ret_secret[TOKEN_SECRET_SIZE])
{
    struct auth_token *token = &auth->tokens[auth->count];

    check(auth->count < AUTH_TOKENS_MAX && request->name.size > 0 &&
          request->name.size <= TOKEN_NAME_MAX && request->scope.size <= TOKEN_SCOPE_MAX &&
          request->organisation.size <= TOKEN_PLACE_MAX);
    *token = (struct auth_token){.role = (uint8_t)request->role,
                                 .name_size = (uint8_t)request->name.size,
                                 .scope_size = (uint16_t)request->scope.size,
                                 .organisation_size = (uint8_t)request->organisation.size,
                                 .used = DATE_NONE,
                                 .created = now,
                                 .expires = request->expires,
                                 .revoked = TIME_NONE};
    text_keep(token->name, request->name);
    text_keep(token->scope, request->scope);
    text_keep(token->organisation, request->organisation);
    token_make(token, ret_secret);
    return token;
}

/* The first administrator. The log names the token before the token can be used, and its file is
 * there before the tokens file makes it count. */
static enum auth_status first_start(struct auth *auth, time_us now, struct auth_error *reterr_error)
{
    char line[TOKEN_SECRET_SIZE + 1];
    struct audit_entry entry = {.event = AUDIT_FIRST_START, .at = now};
    const struct auth_request request = {
        .name = SLICE("first administrator"), .role = AUTH_ADMINISTRATOR, .expires = TIME_NONE};
    const struct auth_token *token = token_new(auth, &request, now, line);

    line[TOKEN_SECRET_SIZE] = '\n';
    enum auth_status status = audit_add(auth->audit, &entry);
    if (status == AUTH_OK) {
        entry = (struct audit_entry){
            .event = AUDIT_TOKEN_CREATED, .at = now, .actor = SLICE("first start"), .token = token};
        status = audit_add(auth->audit, &entry);
    }
    if (status != AUTH_OK) {
        *reterr_error =
            (struct auth_error){.file = AUDIT_FILE, .cause = "an entry could not be written"};
        return status;
    }
    status = auth_file_replace(auth->directory, AUTH_ADMIN_FILE, AUTH_ADMIN_FILE ".new",
                               slice_of(line, sizeof(line)), reterr_error);
    explicit_bzero(line, sizeof(line));
    if (status == AUTH_OK) {
        auth->count++;
        status = tokens_store(auth, reterr_error);
    }
    return status;
}

/* Tokens and log tell of each other: neither goes missing alone but in a first start cut short. */
static enum auth_status files_fit(const struct audit_summary *summary, bool has_tokens,
                                  struct auth_error *reterr_error)
{
    if (has_tokens && summary->entries == 0) {
        return auth_file_damaged(reterr_error, AUDIT_FILE, 0,
                                 "the log is missing or empty though there are tokens");
    }
    if (!has_tokens && !summary->only_first_start) {
        return auth_file_damaged(reterr_error, AUTH_TOKENS_FILE, 0,
                                 "the file is missing though the audit log tells of tokens");
    }
    return AUTH_OK;
}

static enum auth_status load(struct auth *auth, time_us now, bool *ret_first,
                             struct auth_error *reterr_error)
{
    bool found = false;
    enum auth_status status = audit_open(auth->directory, &auth->audit, now, reterr_error);

    if (status == AUTH_OK) {
        status = tokens_load(auth->directory, auth->tokens, &auth->count, &found, reterr_error);
    }
    if (status != AUTH_OK) {
        return status;
    }
    status = files_fit(audit_summary(auth->audit), found, reterr_error);
    if (status != AUTH_OK) {
        return status;
    }
    *ret_first = !found;
    if (!found) {
        status = first_start(auth, now, reterr_error);
    }
    for (size_t i = 0; status == AUTH_OK && i < auth->count; i++) {
        table_add(auth, i);
    }
    return status;
}

enum auth_status auth_open(struct files *files, const char *path, time_us now,
                           struct auth **ret_auth, bool *ret_first, struct auth_error *reterr_error)
{
    struct auth *auth = memory_allocate(sizeof(*auth));

    *reterr_error = (struct auth_error){.file = "", .cause = "memory is short"};
    REQUIRE(auth != NULL, AUTH_NO_MEMORY);
    memset(auth, 0, sizeof(*auth));
    auth->tokens = memory_allocate(AUTH_TOKENS_MAX * sizeof(*auth->tokens));
    auth->table = memory_allocate(TABLE_SIZE * sizeof(*auth->table));
    if (auth->tokens == NULL || auth->table == NULL) {
        auth_close(auth);
        return AUTH_NO_MEMORY;
    }
    memset(auth->table, 0, TABLE_SIZE * sizeof(*auth->table));
    const struct file_result opened = directory_open(files, path, &auth->directory);
    enum auth_status status = opened.status == OS_OK ? load(auth, now, ret_first, reterr_error)
                                                     : auth_file_failed(reterr_error, "", opened);
    if (status != AUTH_OK) {
        auth_close(auth);
        return status;
    }
    *ret_auth = auth;
    return AUTH_OK;
}

void auth_close(struct auth *auth)
{
    if (auth != NULL) {
        audit_close(auth->audit);
        if (auth->directory != NULL) {
            directory_close(auth->directory);
        }
        memory_free(auth->tokens);
        memory_free(auth->table);
        memory_free(auth);
    }
}

/* ---- judging ---- */

/* The address without its port, as a number. */
static uint64_t address_hash(struct slice address)
{
    size_t size = address.size;

    while (size > 0 && address.data[size - 1] != ':') {
        size--;
    }
    return hash64(address.data, size, 0);
}

/* Counts a refusal of this address; returns how many it had in this minute. */
static uint32_t refusals_count(struct auth *auth, struct slice address, int64_t minute)
{
    const uint64_t hash = address_hash(address);
    struct refusals *oldest = &auth->refusals[0];

    for (size_t i = 0; i < ADDRESSES_MAX; i++) {
        struct refusals *place = &auth->refusals[i];
        if (place->count > 0 && place->address == hash) {
            place->count = place->minute == minute ? place->count + 1 : 1;
            place->minute = minute;
            return place->count;
        }
        if (place->count == 0 || place->minute < oldest->minute) {
            oldest = place->count == 0 && oldest->count == 0 ? oldest : place;
        }
    }
    *oldest = (struct refusals){hash, minute, 1};
    return 1;
}

bool auth_sign_in_allowed(const struct auth *auth, struct slice address, time_us now)
{
    const uint64_t hash = address_hash(address);

    for (size_t i = 0; i < ADDRESSES_MAX; i++) {
        const struct refusals *place = &auth->refusals[i];
        if (place->count >= AUTH_REFUSALS_MAX && place->address == hash &&
            place->minute == now / MINUTE_US) {
            return false;
        }
    }
    return true;
}

void auth_sign_in_refused(struct auth *auth, struct slice address, time_us now)
{
    (void)refusals_count(auth, address, now / MINUTE_US);
}

static enum auth_status refuse(struct auth *auth, enum auth_status reason,
                               const struct auth_token *token, struct slice address, time_us now)
{
    const int64_t minute = now / MINUTE_US;

    if (minute != auth->written_minute) {
        auth->written_minute = minute;
        auth->written = 0;
    }
    if (auth->written < AUTH_REFUSALS_WRITTEN) {
        const struct audit_entry entry = {.event = AUDIT_SIGN_IN_REFUSED,
                                          .at = now,
                                          .actor = token == NULL ? SLICE("") : token_id(token),
                                          .address = address,
                                          .reason = auth_status_text(reason, false),
                                          .suppressed = auth->suppressed};
        auth->written++;
        /* The refusal itself does not depend on the log: one that is lost here is counted. */
        auth->suppressed = audit_add(auth->audit, &entry) == AUTH_OK ? 0 : auth->suppressed + 1;
    } else {
        auth->suppressed++;
    }
    return refusals_count(auth, address, minute) > AUTH_REFUSALS_MAX ? AUTH_THROTTLED : reason;
}

/* What stands behind "Bearer". Source: RFC 6750, section 2.1; RFC 9110, 11.1 (case of the scheme).
 */
static struct slice bearer_of(struct slice authorization)
{
    const struct slice scheme = SLICE("bearer ");

    if (authorization.size < scheme.size ||
        !slice_equal_ascii_case(slice_of(authorization.data, scheme.size), scheme)) {
        return SLICE("");
    }
    return slice_trim(slice_of(authorization.data + scheme.size, authorization.size - scheme.size));
}

static void used_note(struct auth *auth, struct auth_token *token, time_us now)
{
    const date_days today = time_to_date(now);

    if (token->used < today) {
        token->used = today;
        auth->used_changed = true;
    }
}

enum auth_status auth_judge(struct auth *auth, const struct auth_token **ret_token,
                            struct slice authorization, struct slice address, time_us now)
{
    const struct slice secret = bearer_of(authorization);
    uint8_t digest[SHA256_SIZE];
    struct auth_token *token = NULL;

    if (authorization.size == 0) {
        return AUTH_MISSING; /* a question for the token, no attempt with a wrong one */
    }
    if (token_secret_valid(secret)) {
        sha256_of(secret, digest);
        token = table_find(auth, digest);
    }
    if (token == NULL) {
        return refuse(auth, AUTH_UNKNOWN, NULL, address, now);
    }
    if (token->revoked != TIME_NONE) {
        return refuse(auth, AUTH_REVOKED, token, address, now);
    }
    if (token->expires != TIME_NONE && token->expires <= now) {
        return refuse(auth, AUTH_EXPIRED, token, address, now);
    }
    used_note(auth, token, now);
    *ret_token = token;
    return AUTH_OK;
}

enum auth_status auth_judge_again(struct auth *auth, const struct auth_token *token, time_us now)
{
    const size_t place = (size_t)(token - auth->tokens); /* tokens are added and never move */

    check(place < auth->count);
    REQUIRE(token->revoked == TIME_NONE, AUTH_REVOKED);
    REQUIRE(token->expires == TIME_NONE || token->expires > now, AUTH_EXPIRED);
    used_note(auth, &auth->tokens[place], now);
    return AUTH_OK;
}

/* ---- changing ---- */

static bool name_valid(struct slice name)
{
    if (name.size == 0 || name.size > TOKEN_NAME_MAX || !utf8_valid(name) ||
        slice_trim(name).size != name.size) {
        return false;
    }
    for (size_t i = 0; i < name.size; i++) {
        if ((uint8_t)name.data[i] < 0x20 || name.data[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

/* Scopes are known, and among those of who asks. */
static enum auth_status scope_judge(const struct auth *auth, const struct auth_request *request)
{
    const struct auth_token *maker = auth_token_find(auth, request->actor);
    struct slice list = request->scope;
    struct slice scope;

    REQUIRE(request->organisation.size == 0 || people_id_valid(request->organisation),
            AUTH_BAD_PLACE);
    REQUIRE(list.size <= TOKEN_SCOPE_MAX, AUTH_BAD_SCOPE);
    REQUIRE(list.size > 0 || maker == NULL || maker->scope_size == 0, AUTH_BEYOND);
    while (scope_next(&list, &scope)) {
        REQUIRE(permission_scope_known(scope), AUTH_BAD_SCOPE);
        REQUIRE(maker == NULL || token_has_scope(maker, scope), AUTH_BEYOND);
        REQUIRE(list.data == NULL || list.size > 0, AUTH_BAD_SCOPE); /* a space at the end */
    }
    return AUTH_OK;
}

enum auth_status auth_token_create(struct auth *auth, const struct auth_token **ret_token,
                                   char ret_secret[TOKEN_SECRET_SIZE],
                                   const struct auth_request *request, time_us now)
{
    struct auth_error error;

    REQUIRE(name_valid(request->name), AUTH_BAD_NAME);
    REQUIRE(request->role != AUTH_NOBODY, AUTH_BAD_ROLE);
    REQUIRE(request->expires == TIME_NONE || request->expires > now, AUTH_BAD_EXPIRY);
    REQUIRE(auth->count < AUTH_TOKENS_MAX, AUTH_TOO_MANY);
    TRY(scope_judge(auth, request));
    const struct auth_token *token = token_new(auth, request, now, ret_secret);
    const struct audit_entry entry = {.event = AUDIT_TOKEN_CREATED,
                                      .at = now,
                                      .actor = request->actor,
                                      .address = request->address,
                                      .token = token};
    enum auth_status status = audit_add(auth->audit, &entry);
    if (status == AUTH_OK) {
        auth->count++;
        status = tokens_store(auth, &error);
        auth->count -= status == AUTH_OK ? 0 : 1;
    }
    if (status != AUTH_OK) {
        explicit_bzero(ret_secret, TOKEN_SECRET_SIZE);
        return status;
    }
    table_add(auth, auth->count - 1);
    *ret_token = token;
    return AUTH_OK;
}

static struct auth_token *token_by_id(const struct auth *auth, struct slice id)
{
    for (size_t i = 0; i < auth->count; i++) {
        if (slice_equal(token_id(&auth->tokens[i]), id)) {
            return &auth->tokens[i];
        }
    }
    return NULL;
}

/* An administrator's token that may everything, for as long as nobody revokes it. */
static bool is_lasting_administrator(const struct auth_token *token)
{
    return token->role == AUTH_ADMINISTRATOR && token->revoked == TIME_NONE &&
           token->expires == TIME_NONE && token->scope_size == 0 && token->organisation_size == 0;
}

/* True when there is no other such token. */
static bool is_last_administrator(const struct auth *auth, const struct auth_token *token)
{
    if (!is_lasting_administrator(token)) {
        return false;
    }
    for (size_t i = 0; i < auth->count; i++) {
        const struct auth_token *other = &auth->tokens[i];
        if (other != token && is_lasting_administrator(other)) {
            return false;
        }
    }
    return true;
}

enum auth_status auth_token_revoke(struct auth *auth, struct slice id, struct slice actor,
                                   struct slice address, time_us now)
{
    struct auth_token *token = token_by_id(auth, id);
    struct auth_error error;

    REQUIRE(token != NULL, AUTH_NOT_FOUND);
    REQUIRE(token->revoked == TIME_NONE, AUTH_OK);
    REQUIRE(!is_last_administrator(auth, token), AUTH_LAST_ADMINISTRATOR);
    const struct audit_entry entry = {.event = AUDIT_TOKEN_REVOKED,
                                      .at = now,
                                      .actor = actor,
                                      .address = address,
                                      .token = token};
    enum auth_status status = audit_add(auth->audit, &entry);
    if (status == AUTH_OK) {
        token->revoked = now;
        status = tokens_store(auth, &error);
        token->revoked = status == AUTH_OK ? now : TIME_NONE;
    }
    return status;
}

const struct auth_token *auth_tokens(const struct auth *auth, size_t *ret_count)
{
    *ret_count = auth->count;
    return auth->tokens;
}

const struct auth_token *auth_token_find(const struct auth *auth, struct slice id)
{
    return token_by_id(auth, id);
}

enum auth_status auth_flush(struct auth *auth)
{
    struct auth_error error;

    REQUIRE(auth->used_changed, AUTH_OK);
    const enum auth_status status = tokens_store(auth, &error);
    auth->used_changed = status != AUTH_OK;
    return status;
}

enum auth_status auth_deposit(struct auth *auth, const struct trail_head *head, time_us now)
{
    struct buffer text = {0};

    trail_head_write(&text, head);
    const struct audit_entry entry = {.event = AUDIT_TRAIL_HEAD,
                                      .at = now,
                                      .actor = SLICE("system"),
                                      .head = buffer_slice(&text)};
    const enum auth_status status =
        buffer_failed(&text) ? AUTH_NO_MEMORY : audit_add(auth->audit, &entry);
    buffer_release(&text);
    return status;
}

const struct trail_head *auth_deposited(const struct auth *auth)
{
    return &audit_summary(auth->audit)->deposited;
}

const struct audit_summary *auth_audit(const struct auth *auth)
{
    return audit_summary(auth->audit);
}

enum auth_status auth_verify(struct files *files, const char *path,
                             struct audit_summary *ret_summary, size_t *ret_tokens,
                             struct auth_error *reterr_error, const uint8_t *wanted_head,
                             struct buffer *heads)
{
    struct auth_token *tokens = memory_allocate(AUTH_TOKENS_MAX * sizeof(*tokens));
    struct directory *directory;
    bool found = false;

    *reterr_error = (struct auth_error){.file = "", .cause = "memory is short"};
    REQUIRE(tokens != NULL, AUTH_NO_MEMORY);
    const struct file_result opened = directory_open(files, path, &directory);
    if (opened.status != OS_OK) {
        memory_free(tokens);
        return auth_file_failed(reterr_error, "", opened);
    }
    enum auth_status status =
        audit_verify(directory, ret_summary, reterr_error, wanted_head, heads);
    if (status == AUTH_OK) {
        status = tokens_load(directory, tokens, ret_tokens, &found, reterr_error);
    }
    if (status == AUTH_OK) {
        status = files_fit(ret_summary, found, reterr_error);
    }
    directory_close(directory);
    memory_free(tokens);
    return status;
}
