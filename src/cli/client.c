#include "cli/client.h"

#include "os/stream.h"
#include "os/terminal.h"

static int file_read(struct cli *cli, const char *path, char *ret_text, size_t capacity,
                     size_t *ret_size)
{
    int fd;
    size_t got = 0;

    *ret_size = 0;
    enum os_status status = os_stream_open(&fd, path);
    if (status != OS_OK) {
        return cli_fail_os(cli, status, path);
    }
    while (status == OS_OK && *ret_size < capacity) {
        status = os_stream_read(fd, ret_text + *ret_size, capacity - *ret_size, &got);
        *ret_size += status == OS_OK ? got : 0;
    }
    os_stream_close(fd);
    return status == OS_OK || status == OS_ENDED ? CLI_DONE : cli_fail_os(cli, status, path);
}

static bool token_keep(struct client *client, struct slice text)
{
    const struct slice token = slice_trim(text);

    if (token.size == 0 || token.size > sizeof(client->token)) {
        return false;
    }
    for (size_t i = 0; i < token.size; i++) {
        if (token.data[i] <= ' ' || token.data[i] > '~') {
            return false;
        }
    }
    memmove(client->token, token.data, token.size);
    client->token_size = token.size;
    return true;
}

static int token_read(struct client *client, const struct cli_arguments *arguments)
{
    struct cli *cli = client->cli;
    const char *path = cli_option_value(arguments, "token");
    const struct slice direct = os_environment("HEADROOM_TOKEN");
    char text[512];
    size_t size = 0;

    if (path == NULL && direct.size > 0) {
        return token_keep(client, direct)
                   ? CLI_DONE
                   : cli_fail(cli, CLI_USAGE, "HEADROOM_TOKEN is no token such as hr_...",
                              "HEADROOM_TOKEN 不是形如 hr_... 的令牌");
    }
    path = path == NULL ? os_environment("HEADROOM_TOKEN_FILE").data : path;
    if (path == NULL) {
        return cli_fail(cli, CLI_USAGE,
                        "a token is needed: --token FILE, or HEADROOM_TOKEN in the environment",
                        "需要令牌：--token 文件，或环境变量 HEADROOM_TOKEN");
    }
    const int status = file_read(cli, path, text, sizeof(text), &size);
    if (status == CLI_DONE && !token_keep(client, slice_of(text, size))) {
        return cli_fail(cli, CLI_USAGE, "%s holds no token such as hr_...",
                        "%s 中没有形如 hr_... 的令牌", path);
    }
    return status;
}

int client_open(struct client *client, struct cli *cli, const struct cli_arguments *arguments)
{
    const char *cause = NULL;
    const struct slice environment = os_environment("HEADROOM_SERVER");

    *client = (struct client){.cli = cli, .json = cli_option_value(arguments, "json") != NULL};
    arena_init(&client->arena, SIZE_MAX / 2);
    client->server = cli_option_value(arguments, "server");
    if (client->server == NULL) {
        client->server = environment.size > 0 ? environment.data : "http://127.0.0.1:8080";
    }
    const int status = token_read(client, arguments);
    if (status != CLI_DONE) {
        return status;
    }
    const struct http_client_options options = {
        .url = client->server,
        .token = slice_of(client->token, client->token_size),
        .ca_file = cli_option_value(arguments, "ca"),
        .certificate_file = cli_option_value(arguments, "cert"),
        .key_file = cli_option_value(arguments, "key"),
    };
    if ((options.certificate_file == NULL) != (options.key_file == NULL)) {
        return cli_fail(cli, CLI_USAGE, "--cert and --key go together",
                        "--cert 与 --key 须同时给出");
    }
    if (http_client_open(&client->http, &cause, &options) != OS_OK) {
        return cli_fail(cli, CLI_USAGE, "--server '%s': %s", "--server “%s”：%s", client->server,
                        cause);
    }
    return CLI_DONE;
}

void client_close(struct client *client)
{
    http_client_close(client->http);
    arena_release(&client->arena);
    buffer_release(&client->body);
    explicit_bzero(client->token, sizeof(client->token));
}

static int transport_fail(struct client *client, enum os_status status, const char *cause)
{
    (void)status;
    return cli_fail(client->cli, CLI_SYSTEM, "%s: %s; is headroom serve running there?",
                    "%s：%s；headroom serve 是否在运行？", client->server, cause);
}

/* What is wrong, from a problem document. A request that is refused is status 1. */
static int problem_print(struct client *client, unsigned status, const struct json_value *problem)
{
    const struct slice detail = member_text(problem, "detail");
    const struct slice title = member_text(problem, "title");
    const struct slice text = detail.size > 0 ? detail : title;

    return cli_fail(client->cli, status >= 500 ? CLI_SYSTEM : CLI_REFUSED, "%s: %u %.*s",
                    "%s：%u %.*s", client->server, status, (int)text.size,
                    text.size == 0 ? "" : text.data);
}

static int exchange(struct client *client, unsigned *ret_status,
                    const struct http_client_request *request)
{
    struct http_client_response response;
    const char *cause = NULL;

    buffer_release(&client->body);
    const enum os_status status = http_client_exchange(client->http, &response, &cause, request);
    if (status != OS_OK) {
        buffer_release(&response.body);
        return transport_fail(client, status, cause);
    }
    client->body = response.body;
    *ret_status = response.status;
    if (response.cut && request->take == NULL) {
        return transport_fail(client, OS_ENDED, "the answer was cut short");
    }
    return CLI_DONE;
}

int client_ask(struct client *client, const struct json_value **ret_answer, const char *method,
               struct slice target, struct slice body)
{
    const struct http_client_header language = {SLICE("Accept-Language"),
                                                client->cli->chinese ? SLICE("zh") : SLICE("en")};
    const struct http_client_request request = {
        .method = slice_from_cstr(method),
        .target = target,
        .content_type = body.data == NULL ? SLICE("") : SLICE("application/json"),
        .body = body,
        .headers = &language,
        .header_count = 1,
    };
    struct json_error error;
    unsigned http = 0;

    const int status = exchange(client, &http, &request);
    if (status != CLI_DONE) {
        return status;
    }
    arena_reset(&client->arena);
    *ret_answer = client->body.size == 0
                      ? NULL
                      : json_parse(&client->arena, &error, buffer_slice(&client->body));
    if (http >= 300) {
        return problem_print(client, http, *ret_answer);
    }
    if (*ret_answer == NULL && http != 204) {
        return transport_fail(client, OS_FAILED, "the answer is no JSON");
    }
    return CLI_DONE;
}

int client_get(struct client *client, const struct json_value **ret_answer, struct slice target)
{
    const int status = client_ask(client, ret_answer, "GET", target, slice_of(NULL, 0));

    if (status == CLI_DONE && client->json) {
        buffer_append(&client->cli->out, buffer_slice(&client->body));
        buffer_append_byte(&client->cli->out, '\n');
    }
    return status;
}

int client_stream(struct client *client, struct slice target, struct slice last_event,
                  bool (*take)(void *context, struct slice bytes), void *context)
{
    const struct http_client_header headers[] = {
        {SLICE("Accept"), SLICE("text/event-stream")},
        {SLICE("Last-Event-ID"), last_event},
    };
    const struct http_client_request request = {
        .method = SLICE("GET"),
        .target = target,
        .headers = headers,
        .header_count = 2,
        .take = take,
        .context = context,
    };
    struct json_error error;
    unsigned http = 0;

    const int status = exchange(client, &http, &request);
    if (status != CLI_DONE || http == 200) {
        return status;
    }
    arena_reset(&client->arena);
    return problem_print(client, http,
                         json_parse(&client->arena, &error, buffer_slice(&client->body)));
}

void client_query(struct buffer *target, const char *name, struct slice value)
{
    const bool first = memchr(target->data, '?', target->size) == NULL;

    buffer_append_byte(target, first ? '?' : '&');
    buffer_append_cstr(target, name);
    buffer_append_byte(target, '=');
    http_client_encode(target, value);
}

struct slice member_text(const struct json_value *object, const char *name)
{
    const struct json_value *member = json_member(object, slice_from_cstr(name));

    return member != NULL && (member->type == JSON_STRING || member->type == JSON_NUMBER)
               ? member->text
               : SLICE("");
}

bool member_true(const struct json_value *object, const char *name)
{
    const struct json_value *member = json_member(object, slice_from_cstr(name));

    return member != NULL && member->type == JSON_TRUE;
}
