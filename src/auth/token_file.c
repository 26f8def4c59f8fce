#include "auth/token_file.h"

#include "auth/auth_file.h"
#include "base/json.h"

/* Version 1 had neither scope nor organisation. A program that knows no other must not take a
 * token with a scope for one without. */
#define HEADER_1 "{\"format\":\"headroom tokens\",\"version\":1}"
#define HEADER "{\"format\":\"headroom tokens\",\"version\":2}"

/* ---- writing ---- */

static void quoted_time(struct json_writer *writer, struct slice name, time_us time)
{
    if (time != TIME_NONE) {
        json_name(writer, name);
        json_value_begin(writer);
        buffer_append_byte(writer->buffer, '"');
        time_write(writer->buffer, time);
        buffer_append_byte(writer->buffer, '"');
    }
}

static void token_write(struct json_writer *writer, const struct auth_token *token)
{
    char digest[2UL * SHA256_SIZE];

    hex_write(digest, token->digest, SHA256_SIZE);
    json_object_begin(writer);
    json_name(writer, SLICE("id"));
    json_string(writer, token_id(token));
    json_name(writer, SLICE("name"));
    json_string(writer, token_name(token));
    json_name(writer, SLICE("role"));
    json_string(writer, auth_role_name((enum auth_role)token->role));
    if (token->scope_size > 0) {
        json_name(writer, SLICE("scope"));
        json_string(writer, token_scope(token));
    }
    if (token->organisation_size > 0) {
        json_name(writer, SLICE("organisation"));
        json_string(writer, token_organisation(token));
    }
    json_name(writer, SLICE("digest"));
    json_string(writer, slice_of(digest, sizeof(digest)));
    quoted_time(writer, SLICE("created"), token->created);
    quoted_time(writer, SLICE("expires"), token->expires);
    quoted_time(writer, SLICE("revoked"), token->revoked);
    if (token->used != DATE_NONE) {
        json_name(writer, SLICE("used"));
        json_value_begin(writer);
        buffer_append_byte(writer->buffer, '"');
        date_write(writer->buffer, token->used);
        buffer_append_byte(writer->buffer, '"');
    }
    json_object_end(writer);
}

void token_file_write(struct buffer *content, const struct auth_token *tokens, size_t count)
{
    uint8_t digest[SHA256_SIZE];
    char text[2UL * SHA256_SIZE];
    const size_t begin = content->size;

    buffer_append(content, SLICE(HEADER "\n"));
    for (size_t i = 0; i < count; i++) {
        struct json_writer writer;

        json_writer_init(&writer, content);
        token_write(&writer, &tokens[i]);
        buffer_append_byte(content, '\n');
    }
    if (buffer_failed(content)) {
        return;
    }
    sha256_of(slice_of(content->data + begin, content->size - begin), digest);
    hex_write(text, digest, SHA256_SIZE);
    buffer_append(content, SLICE("{\"sha256\":\""));
    buffer_append(content, slice_of(text, sizeof(text)));
    buffer_append(content, SLICE("\"}\n"));
}

/* ---- reading ---- */

static struct slice text_of(const struct json_value *object, struct slice name)
{
    const struct json_value *member = json_member(object, name);

    return member == NULL || member->type != JSON_STRING ? SLICE("") : member->text;
}

/* A time that may be left out. */
static bool time_of(const struct json_value *object, struct slice name, time_us *ret_time)
{
    const struct slice text = text_of(object, name);

    *ret_time = TIME_NONE;
    return json_member(object, name) == NULL || time_parse(text, ret_time);
}

/* What bounds a token is there as a text that says something, or not at all. */
static bool bound_is_text(const struct json_value *object)
{
    static const struct slice names[] = {{"scope", 5}, {"organisation", 12}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (json_member(object, names[i]) != NULL && text_of(object, names[i]).size == 0) {
            return false;
        }
    }
    return true;
}

static bool token_read(struct auth_token *token, const struct json_value *object)
{
    const struct slice id = text_of(object, SLICE("id"));
    const struct slice name = text_of(object, SLICE("name"));
    const struct slice used = text_of(object, SLICE("used"));
    const struct slice scope = text_of(object, SLICE("scope"));
    const struct slice organisation = text_of(object, SLICE("organisation"));
    uint8_t id_bytes[TOKEN_ID_SIZE / 2];

    *token = (struct auth_token){.used = DATE_NONE};
    token->role = (uint8_t)auth_role_from_name(text_of(object, SLICE("role")));
    if (token->role == AUTH_NOBODY || !hex_read(id, id_bytes, sizeof(id_bytes)) || name.size == 0 ||
        name.size > TOKEN_NAME_MAX || scope.size > TOKEN_SCOPE_MAX ||
        organisation.size > TOKEN_PLACE_MAX || !bound_is_text(object) ||
        !hex_read(text_of(object, SLICE("digest")), token->digest, SHA256_SIZE) ||
        !time_of(object, SLICE("created"), &token->created) || token->created == TIME_NONE ||
        !time_of(object, SLICE("expires"), &token->expires) ||
        !time_of(object, SLICE("revoked"), &token->revoked) ||
        (used.size > 0 && !date_parse(used, &token->used))) {
        return false;
    }
    memcpy(token->id, id.data, TOKEN_ID_SIZE);
    text_keep(token->name, name);
    text_keep(token->scope, scope);
    text_keep(token->organisation, organisation);
    token->name_size = (uint8_t)name.size;
    token->scope_size = (uint16_t)scope.size;
    token->organisation_size = (uint8_t)organisation.size;
    return true;
}

/* The file without its last line, when that line has the digest of what stands before it. */
static bool digest_judge(struct slice content, struct slice *ret_lines)
{
    static const struct slice open = {"{\"sha256\":\"", 11};
    const size_t last_size = open.size + 2UL * SHA256_SIZE + 3;
    uint8_t wanted[SHA256_SIZE];
    uint8_t digest[SHA256_SIZE];

    if (content.size < last_size) {
        return false;
    }
    const struct slice lines = slice_of(content.data, content.size - last_size);
    const struct slice last = slice_of(content.data + lines.size, last_size);
    if (!slice_starts_with(last, open) ||
        !hex_read(slice_of(last.data + open.size, 2UL * SHA256_SIZE), wanted, SHA256_SIZE) ||
        memcmp(last.data + last.size - 3, "\"}\n", 3) != 0) {
        return false;
    }
    sha256_of(lines, digest);
    *ret_lines = lines;
    return memcmp(digest, wanted, SHA256_SIZE) == 0;
}

static enum auth_status line_read(struct auth_token *token, struct arena *arena, struct slice line,
                                  const char *name, uint64_t number,
                                  struct auth_error *reterr_error)
{
    struct json_error error;

    arena_reset(arena);
    const struct json_value *object = json_parse(arena, &error, line);
    if (object == NULL && error.memory_short) {
        *reterr_error = (struct auth_error){.file = name, .cause = "memory is short"};
        return AUTH_NO_MEMORY;
    }
    if (object == NULL || !token_read(token, object)) {
        return auth_file_damaged(reterr_error, name, number, "the line is no token");
    }
    return AUTH_OK;
}

enum auth_status token_file_read(struct auth_token *tokens, size_t *ret_count, size_t capacity,
                                 struct slice content, const char *name,
                                 struct auth_error *reterr_error)
{
    struct slice lines;
    struct slice line;
    struct arena arena;
    size_t count = 0;
    enum auth_status status = AUTH_OK;

    if (!digest_judge(content, &lines)) {
        return auth_file_damaged(reterr_error, name, 0,
                                 "the checksum in the last line does not fit the file");
    }
    if (!slice_split(&lines, '\n', &line) ||
        (!slice_equal(line, SLICE(HEADER)) && !slice_equal(line, SLICE(HEADER_1)))) {
        return auth_file_damaged(reterr_error, name, 1, "the format is not known to this version");
    }
    arena_init(&arena, 1 << 20);
    while (status == AUTH_OK && slice_split(&lines, '\n', &line) && line.size > 0) {
        if (count == capacity) {
            status = auth_file_damaged(reterr_error, name, count + 2, "more tokens than can be");
            break;
        }
        status = line_read(&tokens[count], &arena, line, name, count + 2, reterr_error);
        count++;
    }
    arena_release(&arena);
    if (status == AUTH_OK) {
        *ret_count = count;
    }
    return status;
}
