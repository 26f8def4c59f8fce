#include "cli/view.h"

enum { BAR_LIST = 12, BAR_ONE = 40, COLUMNS_NAME = 18 };

static void grouped_cell(struct table *table, struct slice amount)
{
    const size_t offset = table->text.size;

    amount_text_group(&table->text, amount);
    table_cell_end(table, offset);
}

static int128 amount_of(const struct json_value *object, const char *name)
{
    int128 value = 0;
    unsigned decimals;

    return amount_text_read(member_text(object, name), &value, &decimals) ? value : 0;
}

static void bar_of(struct buffer *out, const struct cli *cli, const struct json_value *limit,
                   size_t width)
{
    bar_write(out, cli->unicode, width, amount_of(limit, "used"), amount_of(limit, "reserved"),
              amount_of(limit, "effective_cap"));
}

/* ---- limits ---- */

void view_limits_begin(struct table *table, struct cli *cli)
{
    static const struct table_column english[] = {
        {"LIMIT", false}, {"HOLDER", false},      {"CUR", false},
        {"CAP", true},    {"USED", true},         {"RESERVED", true},
        {"ROOM", true},   {"UTILISATION", false}, {"STATUS", false},
    };
    static const struct table_column chinese[] = {
        {"额度", false}, {"客户", false}, {"币种", false},     {"授信总额", true}, {"已用", true},
        {"预占", true},  {"可用", true},  {"使用情况", false}, {"状态", false},
    };

    table_init(table, cli->chinese ? chinese : english, sizeof(english) / sizeof(english[0]));
}

static const char *status_text(const struct cli *cli, struct slice status)
{
    static const char *const texts[][3] = {
        {"pending", "pending", "待生效"},
        {"active", "active", "有效"},
        {"frozen", "frozen", "已冻结"},
        {"closed", "closed", "已关闭"},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (slice_equal(status, slice_from_cstr(texts[i][0]))) {
            return texts[i][cli->chinese ? 2 : 1];
        }
    }
    return "?";
}

void view_limits_add(struct table *table, struct cli *cli, const struct json_value *limit,
                     size_t depth, bool repeated)
{
    size_t offset = table->text.size;

    for (size_t i = 0; i < depth; i++) {
        buffer_append_cstr(&table->text, "  ");
    }
    buffer_append(&table->text, member_text(limit, "id"));
    buffer_append_cstr(&table->text, repeated ? cli_text(cli, " (see above)", "（见上）") : "");
    table_cell_end(table, offset);
    table_cell(table, member_text(limit, "holder"));
    table_cell(table, member_text(limit, "currency"));
    grouped_cell(table, member_text(limit, "effective_cap"));
    grouped_cell(table, member_text(limit, "used"));
    grouped_cell(table, member_text(limit, "reserved"));
    grouped_cell(table, member_text(limit, "available"));
    offset = table->text.size;
    bar_of(&table->text, cli, limit, BAR_LIST);
    table_cell_end(table, offset);
    table_cell(table, slice_from_cstr(member_true(limit, "over")
                                          ? cli_text(cli, "over", "超限")
                                          : status_text(cli, member_text(limit, "status"))));
}

/* "name   value" */
static void line(struct cli *cli, const char *name, struct slice value)
{
    text_pad(&cli->out, slice_from_cstr(name), COLUMNS_NAME, false);
    text_pad(&cli->out, value, 0, false);
    buffer_append_byte(&cli->out, '\n');
}

static void text_line(struct cli *cli, const char *english, const char *chinese,
                      const struct json_value *object, const char *member)
{
    const struct slice text = member_text(object, member);

    if (text.size > 0) {
        line(cli, cli_text(cli, english, chinese), text);
    }
}

/* Amounts stand right, below each other. */
static void amount_line(struct cli *cli, const char *english, const char *chinese,
                        const struct json_value *object, const char *member)
{
    struct buffer grouped = {0};

    amount_text_group(&grouped, member_text(object, member));
    text_pad(&cli->out, slice_from_cstr(cli_text(cli, english, chinese)), COLUMNS_NAME, false);
    text_pad(&cli->out, buffer_slice(&grouped), 26, true);
    buffer_append_byte(&cli->out, '\n');
    buffer_release(&grouped);
}

static void parents_line(struct cli *cli, const struct json_value *limit)
{
    const struct json_value *parents = json_member(limit, SLICE("parents"));
    struct buffer names = {0};

    if (parents == NULL || parents->first == NULL) {
        return;
    }
    for (const struct json_value *parent = parents->first; parent != NULL; parent = parent->next) {
        buffer_append_cstr(&names, parent == parents->first ? "" : ", ");
        buffer_append(&names, parent->text);
    }
    line(cli, cli_text(cli, "under", "上级"), buffer_slice(&names));
    buffer_release(&names);
}

static void raise_line(struct cli *cli, const struct json_value *limit)
{
    const struct json_value *raise = json_member(limit, SLICE("raise"));
    struct buffer text = {0};

    if (raise == NULL) {
        return;
    }
    const struct slice from = member_text(raise, "from");
    const struct slice until = member_text(raise, "until");
    amount_text_group(&text, member_text(raise, "amount"));
    buffer_printf(&text, cli->chinese ? "（%.*s 至 %.*s）" : " (%.*s to %.*s)", (int)from.size,
                  from.data, (int)until.size, until.data);
    line(cli, cli_text(cli, "raise", "临时额度"), buffer_slice(&text));
    buffer_release(&text);
}

void view_limit(struct cli *cli, const struct json_value *limit)
{
    text_line(cli, "limit", "额度", limit, "id");
    text_line(cli, "holder", "客户", limit, "holder");
    text_line(cli, "kind", "额度类型", limit, "kind");
    parents_line(cli, limit);
    line(cli, cli_text(cli, "status", "状态"),
         slice_from_cstr(status_text(cli, member_text(limit, "status"))));
    text_line(cli, "mode", "控制强度", limit, "mode");
    text_line(cli, "measure", "占用口径", limit, "measure");
    line(cli, cli_text(cli, "revolving", "循环"),
         slice_from_cstr(member_true(limit, "revolving") ? cli_text(cli, "yes", "是")
                                                         : cli_text(cli, "no", "否")));
    text_line(cli, "from", "起始日", limit, "from");
    text_line(cli, "until", "到期日", limit, "until");
    text_line(cli, "due until", "用信最晚到期日", limit, "due_until");
    raise_line(cli, limit);
    text_line(cli, "currency", "币种", limit, "currency");
    amount_line(cli, "cap", "授信总额", limit, "effective_cap");
    amount_line(cli, "used", "已用", limit, "used");
    amount_line(cli, "reserved", "预占", limit, "reserved");
    amount_line(cli, "frozen", "冻结", limit, "frozen");
    amount_line(cli, member_true(limit, "over") ? "room (over)" : "room",
                member_true(limit, "over") ? "可用（已超限）" : "可用", limit, "available");
    text_pad(&cli->out, SLICE(""), COLUMNS_NAME, false);
    bar_of(&cli->out, cli, limit, BAR_ONE);
    buffer_append_byte(&cli->out, '\n');
}

void view_object(struct cli *cli, const struct json_value *object)
{
    for (const struct json_value *member = object->first; member != NULL; member = member->next) {
        struct buffer text = {0};
        char name[32];

        (void)snprintf(name, sizeof(name), "%.*s", (int)member->name.size, member->name.data);
        if (member->type == JSON_ARRAY) {
            for (const struct json_value *item = member->first; item != NULL; item = item->next) {
                buffer_append_cstr(&text, item == member->first ? "" : ", ");
                buffer_append(&text, item->text);
            }
        } else {
            buffer_append(&text, member->text);
        }
        int128 value;
        unsigned decimals;
        const bool amount = memmem(name, strlen(name), "amount", 6) != NULL ||
                            memmem(name, strlen(name), "remaining", 9) != NULL ||
                            strcmp(name, "exposure") == 0 || strcmp(name, "weighted") == 0;
        if (amount && amount_text_read(buffer_slice(&text), &value, &decimals)) {
            amount_line(cli, name, name, object, name);
        } else {
            line(cli, name, buffer_slice(&text));
        }
        buffer_release(&text);
    }
}

/* ---- drawings ---- */

void view_records_begin(struct table *table, struct cli *cli)
{
    static const struct table_column english[] = {
        {"ID", false},  {"TYPE", false},  {"LIMIT", false},
        {"CUR", false}, {"AMOUNT", true}, {"REMAINING", true},
    };
    static const struct table_column chinese[] = {
        {"标识", false}, {"类型", false}, {"额度", false},
        {"币种", false}, {"金额", true},  {"余额", true},
    };

    table_init(table, cli->chinese ? chinese : english, sizeof(english) / sizeof(english[0]));
}

void view_records_add(struct table *table, struct cli *cli, const struct json_value *item)
{
    const struct json_value *reservation = json_member(item, SLICE("reservation"));
    const struct json_value *record =
        reservation != NULL ? reservation : json_member(item, SLICE("exposure"));

    table_cell(table, member_text(record, "id"));
    table_cell(table, slice_from_cstr(reservation != NULL ? cli_text(cli, "reservation", "预占")
                                                          : cli_text(cli, "exposure", "用信")));
    table_cell(table, member_text(record, "limit"));
    table_cell(table, member_text(record, "currency"));
    grouped_cell(table, member_text(record, "amount"));
    grouped_cell(table, member_text(record, "remaining_amount"));
}

/* ---- events ---- */

void view_events_begin(struct table *table, struct cli *cli)
{
    static const struct table_column english[] = {
        {"NO", true},   {"TIME", false},  {"WHAT", false}, {"LIMIT", false},  {"DRAWING", false},
        {"CUR", false}, {"AMOUNT", true}, {"BY", false},   {"REASON", false},
    };
    static const struct table_column chinese[] = {
        {"编号", true},  {"时间", false}, {"事项", false}, {"额度", false}, {"业务编号", false},
        {"币种", false}, {"金额", true},  {"经办", false}, {"原因", false},
    };

    table_init(table, cli->chinese ? chinese : english, sizeof(english) / sizeof(english[0]));
}

/* 2026-11-24 05:55:52Z, without the fraction. */
static void time_text(struct buffer *out, struct slice time)
{
    if (time.size < 19) {
        buffer_append(out, time);
        return;
    }
    buffer_append(out, slice_of(time.data, 10));
    buffer_append_byte(out, ' ');
    buffer_append(out, slice_of(time.data + 11, 8));
    buffer_append_byte(out, 'Z');
}

void view_events_add(struct table *table, struct cli *cli, const struct json_value *event)
{
    (void)cli;
    table_cell(table, member_text(event, "number"));
    const size_t offset = table->text.size;
    time_text(&table->text, member_text(event, "at"));
    table_cell_end(table, offset);
    table_cell(table, member_text(event, "op"));
    table_cell(table, member_text(event, "limit"));
    table_cell(table, member_text(event, "record"));
    table_cell(table, member_text(event, "currency"));
    grouped_cell(table, member_text(event, "amount"));
    table_cell(table, member_text(event, "actor"));
    table_cell(table, member_text(event, "reason"));
}

void view_event_line(struct cli *cli, const struct json_value *event)
{
    static const char *const members[] = {"limit", "record", "actor", "reason"};
    struct buffer *out = &cli->out;

    text_pad(out, member_text(event, "number"), 8, true);
    buffer_append_cstr(out, "  ");
    time_text(out, member_text(event, "at"));
    buffer_append_cstr(out, "  ");
    text_pad(out, member_text(event, "op"), 14, false);
    struct buffer amount = {0};
    amount_text_group(&amount, member_text(event, "amount"));
    text_pad(out, buffer_slice(&amount), 22, true);
    buffer_append_byte(out, ' ');
    text_pad(out, member_text(event, "currency"), 3, false);
    buffer_release(&amount);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const struct slice text = member_text(event, members[i]);
        if (text.size > 0) {
            buffer_append_cstr(out, "  ");
            text_pad(out, text, 0, false);
        }
    }
    buffer_append_byte(out, '\n');
}

void view_more(struct cli *cli)
{
    buffer_append_cstr(&cli->out, cli_text(cli, "(more: --all, or a larger --count)\n",
                                           "（还有更多：--all，或更大的 --count）\n"));
}
