/* headroom token: who may sign in. */
#include "base/date.h"
#include "cli/cli_text.h"
#include "cli/client.h"
#include "os/clock.h"

static void tokens_print(struct cli *cli, const struct json_value *tokens)
{
    static const char *const members[] = {"id", "name", "role", "created", "expires", "used"};
    const struct table_column columns[] = {
        {cli_text(cli, "ID", "标识"), false},      {cli_text(cli, "NAME", "名称"), false},
        {cli_text(cli, "ROLE", "角色"), false},    {cli_text(cli, "MADE", "创建"), false},
        {cli_text(cli, "EXPIRES", "到期"), false}, {cli_text(cli, "USED", "最近使用"), false},
        {cli_text(cli, "STATE", "状态"), false},
    };
    struct table table;

    table_init(&table, columns, 7);
    for (const struct json_value *token = tokens->first; token != NULL; token = token->next) {
        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
            const struct slice text = member_text(token, members[i]);
            const bool is_time = i == 3 || i == 4;
            table_cell(&table, is_time && text.size > 10 ? slice_of(text.data, 10) : text);
        }
        table_cell(&table, slice_from_cstr(member_text(token, "revoked").size > 0
                                               ? cli_text(cli, "revoked", "已吊销")
                                               : ""));
    }
    table_write(&table, cli);
    table_release(&table);
}

static int run_list(struct cli *cli, const struct cli_arguments *arguments)
{
    struct client client;
    const struct json_value *answer = NULL;

    int status = client_open(&client, cli, arguments);
    if (status == CLI_DONE) {
        status = client_get(&client, &answer, SLICE("/v1/tokens"));
    }
    if (status == CLI_DONE && !client.json) {
        const struct json_value *tokens = json_member(answer, SLICE("tokens"));
        if (tokens != NULL) {
            tokens_print(cli, tokens);
        }
    }
    client_close(&client);
    return status;
}

/* The time so many days from now, as the API takes it. */
static void expires_member(struct json_writer *writer, uint64_t days)
{
    const time_us expires = os_clock_realtime_us() + (time_us)days * US_PER_DAY;

    json_name(writer, SLICE("expires"));
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    time_write(writer->buffer, expires);
    buffer_append_byte(writer->buffer, '"');
}

static void option_member(struct json_writer *writer, const struct cli_arguments *arguments,
                          const char *name)
{
    const char *value = cli_option_value(arguments, name);

    if (value != NULL) {
        json_name(writer, slice_from_cstr(name));
        json_string(writer, slice_from_cstr(value));
    }
}

static int run_create(struct cli *cli, const struct cli_arguments *arguments)
{
    const char *role = cli_option_value(arguments, "role");
    struct client client;
    const struct json_value *answer = NULL;
    struct buffer body = {0};
    struct json_writer writer;
    uint64_t days = 0;

    if (!cli_option_number(cli, arguments, "days", 1, 36500, &days)) {
        return CLI_USAGE;
    }
    int status = client_open(&client, cli, arguments);
    json_writer_init(&writer, &body);
    json_object_begin(&writer);
    json_name(&writer, SLICE("name"));
    json_string(&writer, slice_from_cstr(arguments->values[0]));
    json_name(&writer, SLICE("role"));
    json_string(&writer, slice_from_cstr(role == NULL ? "reader" : role));
    option_member(&writer, arguments, "scope");
    option_member(&writer, arguments, "organisation");
    if (days > 0) {
        expires_member(&writer, days);
    }
    json_object_end(&writer);
    if (status == CLI_DONE) {
        status = client_ask(&client, &answer, "POST", SLICE("/v1/tokens"), buffer_slice(&body));
    }
    if (status == CLI_DONE && client.json) {
        buffer_append(&cli->out, buffer_slice(&client.body));
        buffer_append_byte(&cli->out, '\n');
    } else if (status == CLI_DONE) {
        /* Alone on standard output, so that it can go into a file. */
        const struct slice id = member_text(answer, "id");
        (void)fprintf(stderr, "%s %.*s\n",
                      cli_text(cli, "shown this once; its id is", "仅显示这一次；其标识为"),
                      (int)id.size, id.data);
        buffer_append(&cli->out, member_text(answer, "token"));
        buffer_append_byte(&cli->out, '\n');
    }
    buffer_release(&body);
    client_close(&client);
    return status;
}

static int run_revoke(struct cli *cli, const struct cli_arguments *arguments)
{
    struct client client;
    const struct json_value *answer = NULL;
    struct buffer target = {0};

    int status = client_open(&client, cli, arguments);
    if (status == CLI_DONE) {
        buffer_append_cstr(&target, "/v1/tokens/");
        http_client_encode(&target, slice_from_cstr(arguments->values[0]));
        status = client_ask(&client, &answer, "DELETE", buffer_slice(&target), slice_of(NULL, 0));
    }
    if (status == CLI_DONE && !client.json) {
        buffer_append_cstr(&cli->out, cli_text(cli, "revoked\n", "已吊销\n"));
    }
    buffer_release(&target);
    client_close(&client);
    return status;
}

static const struct cli_option options_client[] = {CLIENT_OPTIONS};

static const struct cli_option options_create[] = {
    {"role", "ROLE", "reader (otherwise), operator or administrator",
     "reader（缺省）、operator 或 administrator"},
    {"scope", "SCOPES", "such as \"limits:read commands:write\"; all that the role may otherwise",
     "如 \"limits:read commands:write\"；缺省为角色的全部权限"},
    {"organisation", "ID", "it reaches what stands at and below this organisation; all otherwise",
     "仅及该机构及其下级；缺省为全部"},
    {"days", "N", "expires so many days from now; never otherwise", "N 天后到期；缺省永不到期"},
    CLIENT_OPTIONS,
};

const struct cli_verb cli_verb_token_create = {
    .name = "token create",
    .arguments = "NAME",
    .count_min = 1,
    .count_max = 1,
    .summary_english = "make a token; its secret is printed this once",
    .summary_chinese = "创建令牌；仅输出一次",
    .options = options_create,
    .run = run_create,
};

const struct cli_verb cli_verb_token_list = {
    .name = "token list",
    .arguments = "",
    .summary_english = "list the tokens",
    .summary_chinese = "列出令牌",
    .options = options_client,
    .run = run_list,
};

const struct cli_verb cli_verb_token_revoke = {
    .name = "token revoke",
    .arguments = "ID",
    .count_min = 1,
    .count_max = 1,
    .summary_english = "revoke a token",
    .summary_chinese = "吊销令牌",
    .options = options_client,
    .run = run_revoke,
};
