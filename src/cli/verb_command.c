/* The verbs that send one command: each is a row that says which command, which arguments, which
 * options; one function builds the JSON, sends it and prints what became of it. */
#include "base/hash.h"
#include "cli/cli_text.h"
#include "cli/client.h"
#include "ledger/command.h"
#include "os/entropy.h"

enum { ARGUMENTS_MAX = 2 };

/* What a verb sends; cli_verb.detail. */
struct sends {
    const char *op;
    const char *arguments[ARGUMENTS_MAX]; /* members that the arguments become */
    bool no_id;                           /* a query: no id is made */
};

enum value_form { FORM_TEXT, FORM_AMOUNT, FORM_LIST, FORM_NUMBER, FORM_FALSE };

/* How an option becomes a member. */
static const struct option_member {
    const char *option;
    const char *member;
    enum value_form form;
} option_members[] = {
    {"id", "id", FORM_TEXT},
    {"currency", "currency", FORM_TEXT},
    {"cap", "cap", FORM_AMOUNT},
    {"parent", "parents", FORM_LIST},
    {"holder", "holder", FORM_TEXT},
    {"kind", "kind", FORM_TEXT},
    {"measure", "measure", FORM_TEXT},
    {"mode", "mode", FORM_TEXT},
    {"not-revolving", "revolving", FORM_FALSE},
    {"tolerance-bps", "tolerance_bps", FORM_NUMBER},
    {"status", "status", FORM_TEXT},
    {"from", "from", FORM_TEXT},
    {"until", "until", FORM_TEXT},
    {"due-until", "due_until", FORM_TEXT},
    {"due", "due", FORM_TEXT},
    {"expires", "expires", FORM_TEXT},
    {"exposure", "exposure", FORM_AMOUNT},
    {"weighted", "weighted", FORM_AMOUNT},
    {"unlock", "unlocks", FORM_LIST},
    {"lift", "lifts", FORM_LIST},
    {"keep-rest", "final", FORM_FALSE},
    {"actor", "actor", FORM_TEXT},
    {"reason", "reason", FORM_TEXT},
    {"case", "case", FORM_TEXT},
};

/* ---- building ---- */

/* "1,250,000.50" as people write it becomes 1250000.50; commas that do not part groups of three
 * stay, for the server to refuse. */
static void amount_member(struct json_writer *writer, struct slice text)
{
    struct buffer plain = {0};
    struct buffer back = {0};

    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != ',') {
            buffer_append_byte(&plain, text.data[i]);
        }
    }
    amount_text_group(&back, buffer_slice(&plain));
    json_string(writer, slice_equal(buffer_slice(&back), text) ? buffer_slice(&plain) : text);
    buffer_release(&plain);
    buffer_release(&back);
}

static void list_member(struct json_writer *writer, const struct cli_arguments *arguments,
                        const char *option)
{
    json_array_begin(writer);
    for (size_t i = 0; i < arguments->option_count; i++) {
        if (strcmp(arguments->options[i].option->name, option) == 0) {
            json_string(writer, slice_from_cstr(arguments->options[i].value));
        }
    }
    json_array_end(writer);
}

static void option_write(struct json_writer *writer, const struct cli_arguments *arguments,
                         const struct option_member *member, const char *value)
{
    uint64_t number;

    json_name(writer, slice_from_cstr(member->member));
    switch (member->form) {
    case FORM_AMOUNT:
        amount_member(writer, slice_from_cstr(value));
        return;
    case FORM_LIST:
        list_member(writer, arguments, member->option);
        return;
    case FORM_NUMBER:
        if (slice_to_u64(slice_from_cstr(value), INT32_MAX, &number)) {
            json_u64(writer, number);
            return;
        }
        break; /* as it was given: the server says that it is none */
    case FORM_FALSE:
        json_bool(writer, false);
        return;
    case FORM_TEXT:
        break;
    }
    json_string(writer, slice_from_cstr(value));
}

/* An id for a command that was given none: its op and 80 random bits. */
static void id_make(char ret_id[LEDGER_ID_SIZE + 1], const char *op)
{
    uint8_t bytes[10];
    char hex[2 * sizeof(bytes)];
    const char *dot = strchr(op, '.');

    os_entropy_fill(bytes, sizeof(bytes));
    hex_write(hex, bytes, sizeof(bytes));
    (void)snprintf(ret_id, LEDGER_ID_SIZE + 1, "%.10s-%.*s", dot == NULL ? op : dot + 1,
                   (int)sizeof(hex), hex);
}

static bool id_given(const struct sends *sends, const struct cli_arguments *arguments)
{
    return cli_option_value(arguments, "id") != NULL ||
           (sends->arguments[0] != NULL && strcmp(sends->arguments[0], "id") == 0);
}

static void command_build(struct buffer *body, const struct sends *sends,
                          const struct cli_arguments *arguments, const char *id)
{
    struct json_writer writer;

    json_writer_init(&writer, body);
    json_array_begin(&writer);
    json_object_begin(&writer);
    json_name(&writer, SLICE("op"));
    json_string(&writer, slice_from_cstr(sends->op));
    if (id[0] != '\0') {
        json_name(&writer, SLICE("id"));
        json_string(&writer, slice_from_cstr(id));
    }
    for (size_t i = 0; i < arguments->count; i++) {
        json_name(&writer, slice_from_cstr(sends->arguments[i]));
        if (strcmp(sends->arguments[i], "amount") == 0) {
            amount_member(&writer, slice_from_cstr(arguments->values[i]));
        } else {
            json_string(&writer, slice_from_cstr(arguments->values[i]));
        }
    }
    const bool moves = strcmp(sends->op, "limit.move") == 0; /* to the top without a parent */
    for (size_t i = 0; i < sizeof(option_members) / sizeof(option_members[0]); i++) {
        const char *value = cli_option_value(arguments, option_members[i].option);
        if (value == NULL && moves && strcmp(option_members[i].option, "parent") == 0) {
            value = "";
        }
        if (value != NULL) {
            option_write(&writer, arguments, &option_members[i], value);
        }
    }
    json_object_end(&writer);
    json_array_end(&writer);
}

/* ---- printing ---- */

static enum ledger_status status_from_code(struct slice code)
{
    for (unsigned i = 0; i < LEDGER_STATUS_COUNT; i++) {
        if (slice_equal(ledger_status_code((enum ledger_status)i), code)) {
            return (enum ledger_status)i;
        }
    }
    return LEDGER_STATUS_COUNT;
}

static void code_text(struct cli *cli, struct buffer *out, struct slice code)
{
    const enum ledger_status status = status_from_code(code);

    buffer_append(out, status == LEDGER_STATUS_COUNT ? code
                       : cli->chinese                ? ledger_status_chinese(status)
                                                     : ledger_status_english(status));
}

static void refusals_print(struct cli *cli, const struct json_value *refusals)
{
    const struct table_column columns[] = {
        {cli_text(cli, "LIMIT", "额度"), false},
        {cli_text(cli, "WHY", "原因"), false},
        {cli_text(cli, "ROOM", "可用"), true},
        {cli_text(cli, "NEEDED", "需要"), true},
    };
    struct table table;

    table_init(&table, columns, 4);
    for (const struct json_value *r = refusals->first; r != NULL; r = r->next) {
        table_cell(&table, member_text(r, "limit"));
        size_t offset = table.text.size;
        code_text(cli, &table.text, member_text(r, "reason"));
        table_cell_end(&table, offset);
        offset = table.text.size;
        amount_text_group(&table.text, member_text(r, "available"));
        table_cell_end(&table, offset);
        offset = table.text.size;
        amount_text_group(&table.text, member_text(r, "required"));
        table_cell_end(&table, offset);
    }
    table_write(&table, cli);
    table_release(&table);
}

static void over_print(struct cli *cli, const struct json_value *over)
{
    buffer_append_cstr(&cli->out, cli_text(cli, "over now:", "现已超限："));
    for (const struct json_value *id = over->first; id != NULL; id = id->next) {
        buffer_append_byte(&cli->out, ' ');
        text_cut(&cli->out, id->text, 64, cli->unicode);
    }
    buffer_append_byte(&cli->out, '\n');
}

static int result_print(struct cli *cli, const struct json_value *result)
{
    const struct slice code = member_text(result, "result");
    const struct slice id = member_text(result, "id");
    const struct json_value *refusals = json_member(result, SLICE("refusals"));
    const struct json_value *over = json_member(result, SLICE("over"));
    const bool fine = slice_equal(code, SLICE("ok")) || slice_equal(code, SLICE("exists"));

    text_cut(&cli->out, id, 64, cli->unicode);
    buffer_append_cstr(&cli->out, id.size == 0 ? "" : "  ");
    code_text(cli, &cli->out, code);
    if (!fine) {
        buffer_append_cstr(&cli->out, " (");
        text_cut(&cli->out, code, 64, cli->unicode);
        buffer_append_byte(&cli->out, ')');
    }
    buffer_append_byte(&cli->out, '\n');
    if (refusals != NULL) {
        refusals_print(cli, refusals);
    }
    if (over != NULL) {
        over_print(cli, over);
    }
    return fine ? CLI_DONE : CLI_REFUSED;
}

static int command_send(struct client *client, const struct buffer *body)
{
    struct cli *cli = client->cli;
    const struct json_value *answer = NULL;

    const int status =
        client_ask(client, &answer, "POST", SLICE("/v1/commands"), buffer_slice(body));
    if (status != CLI_DONE) {
        return status;
    }
    if (answer->type != JSON_ARRAY || answer->count != 1) {
        return cli_fail(cli, CLI_SYSTEM, "%s: the answer is not one result", "%s：应答不是单个结果",
                        client->server);
    }
    const struct json_value *result = answer->first;
    if (!client->json) {
        return result_print(cli, result);
    }
    /* The array's one element as it came. */
    buffer_append(&cli->out, slice_of(client->body.data + 1, client->body.size - 2));
    buffer_append_byte(&cli->out, '\n');
    const struct slice code = member_text(result, "result");
    return slice_equal(code, SLICE("ok")) || slice_equal(code, SLICE("exists")) ? CLI_DONE
                                                                                : CLI_REFUSED;
}

static int run(struct cli *cli, const struct cli_arguments *arguments)
{
    const struct sends *sends = arguments->verb->detail;
    struct client client;
    struct buffer body = {0};
    char id[LEDGER_ID_SIZE + 1] = "";

    int status = client_open(&client, cli, arguments);
    if (status == CLI_DONE) {
        if (!sends->no_id && !id_given(sends, arguments)) {
            id_make(id, sends->op);
        }
        command_build(&body, sends, arguments, id);
        status = buffer_failed(&body) ? cli_fail_memory(cli) : command_send(&client, &body);
    }
    buffer_release(&body);
    client_close(&client);
    return status;
}

/* ---- options ---- */

#define OPTION_ID                                                                                                \
    {                                                                                                            \
        "id", "ID", "the command's id; made and printed otherwise", "命令标识；缺省自动生成并输出" \
    }
#define OPTION_CURRENCY                                                                            \
    {                                                                                              \
        "currency", "CODE", "currency; the limit's otherwise", "币种；缺省为额度币种"    \
    }
#define OPTION_PARTS                                                                               \
    {"exposure", "AMOUNT", "the part that is not covered", "敞口金额"},                            \
    {                                                                                              \
        "weighted", "AMOUNT", "the part after conversion factors", "折算后的风险暴露"      \
    }
#define OPTION_DUE                                                                                 \
    {                                                                                              \
        "due", "DATE", "due date of the drawing", "到期日"                                      \
    }
#define OPTION_UNLOCK                                                                              \
    {                                                                                              \
        "unlock", "ID", "an unlock to use; may be repeated", "使用的解锁；可重复"         \
    }
#define OPTION_PARENT                                                                              \
    {                                                                                              \
        "parent", "ID", "parent limit; may be repeated", "上级额度；可重复"                \
    }
#define OPTION_RECORD                                                                              \
    {"actor", "NAME", "who asks, for the record", "经办人，留痕"},                                 \
        {"reason", "TEXT", "why, for the record", "原因，留痕"},                                   \
    {                                                                                              \
        "case", "ID", "the case it belongs to, for the record", "所属业务，留痕"            \
    }
#define OPTIONS_END OPTION_RECORD, CLIENT_OPTIONS

static const struct cli_option options_open[] = {
    {"currency", "CODE", "currency of the limit (needed)", "额度币种（必需）"},
    {"cap", "AMOUNT", "the cap (needed)", "授信总额（必需）"},
    OPTION_PARENT,
    {"holder", "ID", "customer or organisation", "客户或机构"},
    {"kind", "WORD", "a free word", "额度类型"},
    {"measure", "WORD", "nominal, exposure or weighted", "nominal、exposure 或 weighted"},
    {"mode", "WORD", "hard, soft or off", "hard、soft 或 off"},
    {"not-revolving", NULL, "a repayment frees no room", "还款不恢复可用金额"},
    {"tolerance-bps", "N", "room above the cap, in basis points of it", "容忍度（万分之一）"},
    {"status", "WORD", "active or pending", "active 或 pending"},
    {"from", "DATE", "first business date", "起始会计日"},
    {"until", "DATE", "last business date", "最后会计日"},
    {"due-until", "DATE", "latest due date of a drawing", "用信最晚到期日"},
    OPTIONS_END,
};

static const struct cli_option options_adjust[] = {
    OPTION_ID,
    {"cap", "AMOUNT", "the new cap", "新的授信总额"},
    {"until", "DATE", "last business date", "最后会计日"},
    {"due-until", "DATE", "latest due date of a drawing", "用信最晚到期日"},
    {"tolerance-bps", "N", "room above the cap, in basis points of it", "容忍度（万分之一）"},
    {"mode", "WORD", "hard, soft or off", "hard、soft 或 off"},
    OPTIONS_END,
};

static const struct cli_option options_raise[] = {
    OPTION_ID,
    {"from", "DATE", "first business date (needed)", "起始会计日（必需）"},
    {"until", "DATE", "last business date (needed)", "最后会计日（必需）"},
    OPTIONS_END,
};

static const struct cli_option options_plain[] = {OPTION_ID, OPTIONS_END};
static const struct cli_option options_move[] = {OPTION_ID, OPTION_PARENT, OPTIONS_END};

static const struct cli_option options_unlock[] = {
    OPTION_ID,
    {"until", "DATE", "last business date (needed)", "最后会计日（必需）"},
    {"lift", "REASON", "a reason that it lifts; limit_exceeded otherwise; may be repeated",
     "可解除的原因；缺省 limit_exceeded；可重复"},
    OPTIONS_END,
};

static const struct cli_option options_reserve[] = {
    OPTION_ID,
    OPTION_CURRENCY,
    OPTION_PARTS,
    OPTION_DUE,
    {"expires", "TIME", "when it is released by itself", "自动释放的时间"},
    OPTION_UNLOCK,
    OPTIONS_END,
};

static const struct cli_option options_draw[] = {
    OPTION_ID, OPTION_CURRENCY, OPTION_PARTS, OPTION_DUE, OPTION_UNLOCK, OPTIONS_END,
};

static const struct cli_option options_confirm[] = {
    OPTION_ID,
    OPTION_PARTS,
    {"keep-rest", NULL, "the rest stays reserved", "剩余部分继续预占"},
    OPTIONS_END,
};

static const struct cli_option options_repay[] = {OPTION_ID, OPTION_PARTS, OPTIONS_END};

/* ---- the verbs ---- */

#define VERB(symbol, verb_name, usage, min, max, table, english, chinese, ...)                     \
    static const struct sends symbol##_sends = {__VA_ARGS__};                                      \
    const struct cli_verb cli_verb_##symbol = {                                                    \
        .name = verb_name,                                                                         \
        .arguments = usage,                                                                        \
        .count_min = min,                                                                          \
        .count_max = max,                                                                          \
        .summary_english = english,                                                                \
        .summary_chinese = chinese,                                                                \
        .options = table,                                                                          \
        .run = run,                                                                                \
        .detail = &symbol##_sends,                                                                 \
    }

VERB(limit_open, "limit open", "LIMIT --currency CODE --cap AMOUNT", 1, 1, options_open,
     "open a limit", "设立额度", "limit.open", {"id"}, false);
VERB(limit_adjust, "limit adjust", "LIMIT", 1, 1, options_adjust,
     "change cap, dates, tolerance or mode", "调整授信总额、日期、容忍度或控制强度", "limit.adjust",
     {"limit"}, false);
VERB(limit_raise, "limit raise", "LIMIT AMOUNT --from DATE --until DATE", 2, 2, options_raise,
     "set a temporary increase", "设定临时额度", "limit.raise", {"limit", "amount"}, false);
VERB(limit_activate, "limit activate", "LIMIT", 1, 1, options_plain, "make a pending limit active",
     "使待生效额度生效", "limit.activate", {"limit"}, false);
VERB(limit_move, "limit move", "LIMIT [--parent LIMIT ...]", 1, 1, options_move,
     "put a limit under other parents", "变更上级额度", "limit.move", {"limit"}, false);
VERB(limit_close, "limit close", "LIMIT", 1, 1, options_plain, "close a limit for good",
     "永久关闭额度", "limit.close", {"limit"}, false);
VERB(freeze, "freeze", "LIMIT [AMOUNT]", 1, 2, options_plain,
     "freeze a limit, whole or by an amount", "冻结额度（全部或部分金额）", "limit.freeze",
     {"limit", "amount"}, false);
VERB(unfreeze, "unfreeze", "LIMIT [AMOUNT]", 1, 2, options_plain,
     "unfreeze a limit, whole or by an amount", "解冻额度（全部或部分金额）", "limit.unfreeze",
     {"limit", "amount"}, false);
VERB(unlock, "unlock", "LIMIT AMOUNT --until DATE", 2, 2, options_unlock,
     "grant a permission to pass a limit", "定向解锁", "unlock", {"limit", "amount"}, false);
VERB(reserve, "reserve", "LIMIT AMOUNT", 2, 2, options_reserve, "hold room on a limit", "预占额度",
     "reserve", {"limit", "amount"}, false);
VERB(confirm, "confirm", "RESERVATION [AMOUNT]", 1, 2, options_confirm,
     "turn a reservation into an exposure", "预占转用信", "confirm", {"reservation", "amount"},
     false);
VERB(cancel, "cancel", "RESERVATION", 1, 1, options_plain, "release a reservation", "撤销预占",
     "cancel", {"reservation"}, false);
VERB(draw, "draw", "LIMIT AMOUNT", 2, 2, options_draw, "draw on a limit at once", "直接用信",
     "draw", {"limit", "amount"}, false);
VERB(repay, "repay", "EXPOSURE [AMOUNT]", 1, 2, options_repay, "repay an exposure", "还款", "repay",
     {"exposure_id", "amount"}, false);
VERB(restate, "restate", "EXPOSURE AMOUNT", 2, 2, options_repay, "say what stands of an exposure",
     "余额重述", "restate", {"exposure_id", "amount"}, false);
VERB(check, "check", "LIMIT AMOUNT", 2, 2, options_draw,
     "ask whether a drawing would go through, and change nothing", "试算一笔用信，不作变更",
     "check", {"limit", "amount"}, true);
VERB(rate_set, "rate set", "CURRENCY RATE", 2, 2, options_plain,
     "set the price of a currency in the base currency", "设定汇率", "rate.set",
     {"currency", "rate"}, false);
VERB(day_open, "day open", "DATE", 1, 1, options_plain, "move the business date forward",
     "开启会计日", "day.open", {"date"}, false);
