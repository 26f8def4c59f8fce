#include "cli/import_summary.h"

#include "cli/cli_text.h"

enum {
    PERIODS_SHOWN = 12,
    COUNTRIES_SHOWN = 12,
    REFUSALS_SHOWN = 12,
    BAR_WIDTH = 24,
};

/* ---- cells ---- */

static void u64_group(struct buffer *buffer, uint64_t value)
{
    char digits[24];
    const int size = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);

    check(size > 0 && (size_t)size < sizeof(digits));
    amount_text_group(buffer, slice_of(digits, (size_t)size));
}

static void cell_count(struct table *table, uint64_t value)
{
    const size_t offset = table->text.size;

    u64_group(&table->text, value);
    table_cell_end(table, offset);
}

static void cell_amount(struct table *table, int128 cents)
{
    const size_t offset = table->text.size;

    amount_write_grouped(&table->text, cents, CURRENCY_USD);
    table_cell_end(table, offset);
}

static void cell_date(struct table *table, date_days date)
{
    const size_t offset = table->text.size;

    date_write(&table->text, date);
    table_cell_end(table, offset);
}

/* A share in per cent with one decimal. */
static void cell_share(struct table *table, int128 part, int128 whole)
{
    const size_t offset = table->text.size;
    const int128 tenths = whole <= 0 ? 0 : part * 1000 / whole;

    buffer_printf(&table->text, "%lld.%d %%", (long long)(tenths / 10), (int)(tenths % 10));
    table_cell_end(table, offset);
}

static void heading(struct cli *cli, const char *english, const char *chinese)
{
    buffer_append_byte(&cli->out, '\n');
    buffer_append_cstr(&cli->out, cli_text(cli, english, chinese));
    buffer_append(&cli->out, SLICE("\n\n"));
}

/* ---- sections ---- */

static void title_write(struct cli *cli, const struct ibrd_result *result)
{
    buffer_append_cstr(&cli->out,
                       cli_text(cli, "The World Bank's loan book through the limit ledger, ",
                                "世界银行贷款簿导入额度账本，"));
    date_write(&cli->out, result->periods[0].reconciliation.period);
    if (result->period_count > 1) {
        buffer_append_cstr(&cli->out, cli_text(cli, " to ", " 至 "));
        date_write(&cli->out, result->periods[result->period_count - 1].reconciliation.period);
    }
    buffer_append_cstr(&cli->out, cli_text(cli, "; amounts in US dollars\n", "；金额单位：美元\n"));
}

static void period_cells(struct table *table, const struct ibrd_period_count *period)
{
    const struct ibrd_reconciliation *reconciliation = &period->reconciliation;
    uint64_t agreeing = 0;

    for (int i = 0; i < IBRD_CAUSE_COUNT; i++) {
        agreeing += reconciliation->causes[i].reconciled;
    }
    cell_date(table, reconciliation->period);
    cell_count(table, period->loans);
    cell_count(table, period->loans_new);
    cell_count(table, period->loans_gone);
    cell_count(table, period->commands);
    cell_count(table, period->refused);
    cell_count(table, period->unlocked);
    if (reconciliation->done) {
        cell_count(table, agreeing);
        cell_count(table, period->loans - agreeing);
    } else {
        table_cell(table, SLICE("-"));
        table_cell(table, SLICE("-"));
    }
}

static void periods_write(struct cli *cli, const struct ibrd_result *result)
{
    const struct table_column columns[] = {
        {cli_text(cli, "statement", "报表日"), false},
        {cli_text(cli, "loans", "贷款数"), true},
        {cli_text(cli, "new", "新增"), true},
        {cli_text(cli, "gone", "移出"), true},
        {cli_text(cli, "commands", "命令数"), true},
        {cli_text(cli, "refused", "拒绝"), true},
        {cli_text(cli, "unlocked", "解锁"), true},
        {cli_text(cli, "reconciled", "核对一致"), true},
        {cli_text(cli, "differing", "不一致"), true},
    };
    const size_t begin =
        result->period_count > PERIODS_SHOWN ? result->period_count - PERIODS_SHOWN : 0;
    struct table table;

    heading(cli, "Statements", "报表");
    if (begin > 0) {
        u64_group(&cli->out, begin);
        buffer_append_cstr(&cli->out, cli_text(cli, " earlier ones, and\n", " 期更早的报表，及\n"));
    }
    table_init(&table, columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = begin; i < result->period_count; i++) {
        period_cells(&table, &result->periods[i]);
    }
    table_write(&table, cli);
    table_release(&table);
}

static void commands_write(struct cli *cli, const struct ibrd_result *result)
{
    const struct table_column columns[] = {{"", false}, {"", true}};
    const uint64_t *statuses = result->statuses;
    const uint64_t rejected = result->commands - statuses[LEDGER_OK] - statuses[LEDGER_EXISTS] -
                              statuses[LEDGER_REFUSED] - statuses[LEDGER_ID_CONFLICT] -
                              statuses[LEDGER_LINKED_FAILED];
    const struct {
        const char *english, *chinese;
        uint64_t count;
        bool always; /* else only when there are any */
    } lines[] = {
        {"submitted", "提交", result->commands, true},
        {"accepted", "接受", statuses[LEDGER_OK], true},
        {"done by an earlier run", "此前已执行", statuses[LEDGER_EXISTS], false},
        {"refused by a limit", "被额度拒绝", statuses[LEDGER_REFUSED], true},
        {"refused in an earlier run", "此前已被拒绝", statuses[LEDGER_ID_CONFLICT], false},
        {"withdrawn with a refused drawing", "随被拒提款撤回", statuses[LEDGER_LINKED_FAILED],
         false},
        {"rejected otherwise", "其他原因未接受", rejected, false},
        {"drawings let through by unlock on record", "经登记解锁放行的提款", result->unlocks, true},
        {"drawings that stay refused", "仍被拒绝的提款", result->left, true},
        {"loans reversed and booked anew", "冲正重记的贷款", result->corrections, true},
    };
    struct table table;

    heading(cli, "Commands", "命令");
    table_init(&table, columns, 2);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (lines[i].always || lines[i].count > 0) {
            table_cell(&table, slice_from_cstr(cli_text(cli, lines[i].english, lines[i].chinese)));
            cell_count(&table, lines[i].count);
        }
    }
    table_write(&table, cli);
    table_release(&table);
}

/* "India, C:IN", or whose limits they are. */
static void refusal_limit(struct table *table, const struct cli *cli,
                          const struct ibrd_result *result,
                          const struct ibrd_refusal_count *refusal)
{
    const size_t offset = table->text.size;

    if (refusal->of_loans) {
        buffer_append_cstr(&table->text, cli_text(cli, "the loan's own limit", "贷款自身额度"));
    } else {
        for (size_t i = 0; i < result->country_count; i++) {
            if (ledger_id_equal(&result->countries[i].limit, &refusal->limit)) {
                buffer_append(&table->text, result->countries[i].name);
                buffer_append(&table->text, SLICE(", "));
            }
        }
        buffer_append(&table->text, ledger_id_slice(&refusal->limit));
    }
    table_cell_end(table, offset);
}

static void refusals_write(struct cli *cli, const struct ibrd_result *result)
{
    const struct table_column columns[] = {
        {cli_text(cli, "reason", "原因"), false},
        {cli_text(cli, "limit", "额度"), false},
        {cli_text(cli, "times", "次数"), true},
        {cli_text(cli, "unlocked", "解锁"), true},
        {cli_text(cli, "would have added", "拟新增占用"), true},
    };
    struct table table;

    if (result->refusal_count == 0) {
        return;
    }
    heading(cli, "Refused, and why", "拒绝及原因");
    table_init(&table, columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < result->refusal_count && i < REFUSALS_SHOWN; i++) {
        const struct ibrd_refusal_count *refusal = &result->refusals[i];

        table_cell(&table, cli->chinese ? ledger_status_chinese(refusal->reason)
                                        : ledger_status_english(refusal->reason));
        refusal_limit(&table, cli, result, refusal);
        cell_count(&table, refusal->count);
        cell_count(&table, refusal->unlocked);
        cell_amount(&table, refusal->required);
    }
    table_write(&table, cli);
    table_release(&table);
    if (result->refusal_count > REFUSALS_SHOWN) {
        buffer_append_cstr(&cli->out, cli_text(cli, "and at more limits: ", "其余额度数："));
        u64_group(&cli->out, result->refusal_count - REFUSALS_SHOWN);
        buffer_append_byte(&cli->out, '\n');
    }
}

static void totals_write(struct cli *cli, const struct ibrd_reconciliation *reconciliation)
{
    const struct table_column columns[] = {
        {"", false},
        {cli_text(cli, "stated", "报表"), true},
        {cli_text(cli, "in the ledger", "账本"), true},
        {cli_text(cli, "difference", "差异"), true},
    };
    struct table table;

    heading(cli, "Reconciliation with the last statement", "与最后一期报表核对");
    table_init(&table, columns, sizeof(columns) / sizeof(columns[0]));
    for (int i = 0; i < IBRD_MEASURE_COUNT; i++) {
        table_cell(&table, ibrd_measure_text((enum ibrd_measure)i, cli->chinese));
        cell_amount(&table, reconciliation->stated[i]);
        cell_amount(&table, reconciliation->held[i]);
        cell_amount(&table, reconciliation->held[i] - reconciliation->stated[i]);
    }
    table_write(&table, cli);
    table_release(&table);
}

static void causes_write(struct cli *cli, const struct ibrd_reconciliation *reconciliation)
{
    struct table_column columns[3 + IBRD_MEASURE_COUNT] = {
        {cli_text(cli, "cause", "原因"), false},
        {cli_text(cli, "loans", "贷款数"), true},
        {cli_text(cli, "reconciled", "核对一致"), true},
    };
    struct table table;

    for (int i = 0; i < IBRD_MEASURE_COUNT; i++) {
        columns[3 + i] =
            (struct table_column){ibrd_measure_text((enum ibrd_measure)i, cli->chinese).data, true};
    }
    heading(cli, "Loans by cause; on the right how many differ in each figure",
            "按原因分类的贷款；右侧为各数字不一致的贷款数");
    table_init(&table, columns, sizeof(columns) / sizeof(columns[0]));
    for (int i = 0; i < IBRD_CAUSE_COUNT; i++) {
        const struct ibrd_cause_count *count = &reconciliation->causes[i];

        if (count->loans == 0) {
            continue;
        }
        table_cell(&table, ibrd_cause_text((enum ibrd_cause)i, cli->chinese));
        cell_count(&table, count->loans);
        cell_count(&table, count->reconciled);
        for (int j = 0; j < IBRD_MEASURE_COUNT; j++) {
            cell_count(&table, count->differing[j]);
        }
    }
    table_write(&table, cli);
    table_release(&table);
}

static void country_cells(struct table *table, const struct cli *cli,
                          const struct ibrd_country *country, struct slice name)
{
    table_cell(table, name);
    cell_amount(table, country->used);
    cell_amount(table, country->available);
    cell_share(table, country->used, country->cap);
    const size_t offset = table->text.size;
    bar_write(&table->text, cli->unicode, BAR_WIDTH, country->used, 0, country->cap);
    table_cell_end(table, offset);
}

static void countries_write(struct cli *cli, const struct ibrd_result *result)
{
    const struct table_column columns[] = {
        {cli_text(cli, "country", "国家"), false},
        {cli_text(cli, "used", "已用"), true},
        {cli_text(cli, "room", "可用"), true},
        {cli_text(cli, "used of limit", "使用率"), true},
        {"", false},
    };
    struct table table;

    heading(cli, "Largest countries under the single borrower limit",
            "单一借款人限额下敞口最大的国家");
    table_init(&table, columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < result->country_count && i < COUNTRIES_SHOWN; i++) {
        country_cells(&table, cli, &result->countries[i], result->countries[i].name);
    }
    country_cells(
        &table, cli, &result->portfolio,
        slice_from_cstr(cli_text(cli, "all loans (portfolio limit)", "全部贷款（组合限额）")));
    table_write(&table, cli);
    table_release(&table);
}

/* ---- the end ---- */

static void seconds_write(struct buffer *buffer, uint64_t nanoseconds)
{
    const uint64_t ms = nanoseconds / 1000000;

    buffer_printf(buffer, "%llu.%03llu s", (unsigned long long)(ms / 1000),
                  (unsigned long long)(ms % 1000));
}

static void time_line(struct cli *cli, const struct ibrd_result *result, uint64_t total_ns)
{
    const uint64_t us = result->nanoseconds / 1000 == 0 ? 1 : result->nanoseconds / 1000;

    buffer_append_byte(&cli->out, '\n');
    u64_group(&cli->out, result->commands);
    buffer_append_cstr(&cli->out, cli_text(cli, " commands decided in ", " 条命令，账本决策耗时 "));
    seconds_write(&cli->out, result->nanoseconds);
    buffer_append_cstr(&cli->out, cli_text(cli, ", ", "，每秒 "));
    u64_group(&cli->out, result->commands * 1000000 / us);
    buffer_append_cstr(&cli->out,
                       cli_text(cli, " decisions a second; the whole run took ", " 次决策；全程 "));
    seconds_write(&cli->out, total_ns);
    buffer_append_byte(&cli->out, '\n');
}

static void verdict_write(struct cli *cli, const struct ibrd_result *result)
{
    const struct ibrd_reconciliation *last =
        &result->periods[result->period_count - 1].reconciliation;
    const struct ibrd_cause_count *sound = &last->causes[IBRD_CAUSE_NONE];

    if (result->reconciled) {
        buffer_append_cstr(&cli->out,
                           cli_text(cli, "Reconciled to the cent: all ", "逐分核对一致：全部 "));
        u64_group(&cli->out, sound->loans);
        buffer_append_cstr(
            &cli->out, cli_text(cli, " loans whose figures agree at both ends of the interval.\n",
                                " 笔两端数字自洽的贷款。\n"));
        return;
    }
    buffer_append_cstr(
        &cli->out,
        cli_text(cli,
                 "Not reconciled: loans whose figures agree at both ends differ from the ledger; "
                 "see the causes above.\n",
                 "未能核对一致：存在两端数字自洽但与账本不符的贷款，见上表原因。\n"));
}

void import_summary_write(struct cli *cli, const struct ibrd_result *result, uint64_t total_ns)
{
    const struct ibrd_reconciliation *last =
        &result->periods[result->period_count - 1].reconciliation;

    title_write(cli, result);
    periods_write(cli, result);
    commands_write(cli, result);
    refusals_write(cli, result);
    totals_write(cli, last);
    causes_write(cli, last);
    countries_write(cli, result);
    time_line(cli, result, total_ns);
    verdict_write(cli, result);
}
