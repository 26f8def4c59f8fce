/* headroom verify: proves a data directory from its journal. */
#include "base/arena.h"
#include "cli/cli_data.h"
#include "cli/serve_store.h"
#include "cli/verify_trail.h"
#include "os/clock.h"

/* Reads 64 hexadecimal digits. */
static bool head_read(const char *text, uint8_t ret_head[SHA256_SIZE])
{
    char back[2 * SHA256_SIZE];

    if (strlen(text) != sizeof(back)) {
        return false;
    }
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        unsigned value = 0;
        for (size_t j = 0; j < 2; j++) {
            const char c = text[2 * i + j];
            value = value << 4 | (unsigned)(c >= 'a' ? c - 'a' + 10 : c - '0');
        }
        ret_head[i] = (uint8_t)value;
    }
    hex_write(back, ret_head, SHA256_SIZE);
    return memcmp(back, text, sizeof(back)) == 0;
}

static void hex_line(struct cli *cli, const char *name, const uint8_t digest[SHA256_SIZE])
{
    char text[2 * SHA256_SIZE];

    hex_write(text, digest, SHA256_SIZE);
    buffer_printf(&cli->out, "%s%.*s\n", name, (int)sizeof(text), text);
}

static void number_line(struct cli *cli, const char *name, uint64_t value)
{
    buffer_printf(&cli->out, "%s%llu\n", name, (unsigned long long)value);
}

static void proof_print(struct cli *cli, const struct engine_proof *proof)
{
    number_line(cli, cli_text(cli, "records        ", "记录          "), proof->records);
    number_line(cli, cli_text(cli, "commands       ", "命令          "), proof->commands);
    number_line(cli, cli_text(cli, "events         ", "事件          "), proof->events);
    number_line(cli, cli_text(cli, "snapshots      ", "快照          "), proof->snapshots);
    if (proof->snapshots_bare > 0) {
        number_line(cli, cli_text(cli, "without archive", "缺少归档的快照"), proof->snapshots_bare);
    }
    number_line(cli, cli_text(cli, "limits         ", "额度          "), proof->counts.limits);
    number_line(cli, cli_text(cli, "exposures      ", "用信          "),
                proof->counts.exposures_open);
    number_line(cli, cli_text(cli, "reservations   ", "预占          "),
                proof->counts.reservations_open);
    hex_line(cli, cli_text(cli, "state digest   ", "状态摘要      "), proof->digest);
}

/* The journal: checksums, chain, invariants, snapshots. A check that fails is status 1.
 * Out: ret_stood  events of the ledger, where it could be proven */
static int journal_verify(struct cli *cli, const char *directory, uint64_t *ret_stood)
{
    struct engine_options options;
    struct engine_proof *proof = memory_allocate(sizeof(*proof));
    struct journal_error error = {.status = JOURNAL_OK};
    int exit_status = CLI_DONE;

    if (proof == NULL) {
        return cli_fail_memory(cli);
    }
    engine_options_init(&options);
    options.directory = directory;
    options.ledger.base = CURRENCY_NONE;
    options.now = os_clock_realtime_us();
    const enum engine_status status = engine_verify(&options, proof, &error, NULL);
    if (status == ENGINE_STATE) {
        exit_status = cli_fail(cli, CLI_REFUSED, "%s: %s", "%s：%s", directory, proof->message);
    } else if (status == ENGINE_JOURNAL && !journal_status_again(error.status)) {
        (void)cli_engine_fail(cli, directory, status, &error);
        exit_status = CLI_REFUSED;
    } else if (status != ENGINE_OK) {
        exit_status = cli_engine_fail(cli, directory, status, &error);
    } else {
        proof_print(cli, proof);
        *ret_stood = proof->events;
    }
    memory_free(proof);
    return exit_status;
}

/* Tokens and audit log, where the directory has been served. */
static int door_verify(struct cli *cli, const char *directory, const uint8_t *wanted_head,
                       struct buffer *heads)
{
    struct auth_error error;
    struct audit_summary summary;
    size_t tokens = 0;
    const enum auth_status status =
        auth_verify(files_real(), directory, &summary, &tokens, &error, wanted_head, heads);

    if (status == AUTH_FAILED && error.missing && wanted_head == NULL &&
        strcmp(error.file, AUDIT_FILE) == 0) {
        return CLI_DONE; /* made by replay: nobody signs in there */
    }
    if (status != AUTH_OK) {
        (void)cli_auth_fail(cli, directory, status, &error);
        return status == AUTH_DAMAGED ? CLI_REFUSED : CLI_SYSTEM;
    }
    number_line(cli, cli_text(cli, "tokens         ", "令牌          "), tokens);
    number_line(cli, cli_text(cli, "audit entries  ", "审计条目      "), summary.entries);
    hex_line(cli, cli_text(cli, "audit head     ", "审计链头      "), summary.head);
    return CLI_DONE;
}

static int run(struct cli *cli, const struct cli_arguments *arguments)
{
    const char *directory = arguments->values[0];
    const char *head_text = cli_option_value(arguments, "audit-head");
    uint8_t head[SHA256_SIZE];

    if (head_text != NULL && !head_read(head_text, head)) {
        return cli_fail(cli, CLI_USAGE, "--audit-head: '%s' is not 64 hexadecimal digits",
                        "--audit-head：“%s”不是 64 位十六进制数", head_text);
    }
    const int judged = serve_store_judge(cli, arguments);
    if (judged != CLI_DONE) {
        return judged;
    }
    uint64_t stood = UINT64_MAX;
    const int journal = journal_verify(cli, directory, &stood);
    if (journal == CLI_SYSTEM) {
        return journal;
    }
    struct verify_trail trail = {.directory = directory,
                                 .stood = stood,
                                 .store = cli_option_value(arguments, "store"),
                                 .heads_file = cli_option_value(arguments, "audit-heads")};
    const int door = door_verify(cli, directory, head_text == NULL ? NULL : head, &trail.heads);
    int status = journal > door ? journal : door;
    int more = verify_heads_read(cli, &trail);
    if (more == CLI_DONE && buffer_failed(&trail.heads)) {
        more = cli_fail_memory(cli);
    }
    more = more == CLI_DONE ? verify_trail_run(cli, &trail) : more;
    buffer_release(&trail.heads);
    status = more > status ? more : status;
    return status;
}

static const struct cli_option options[] = {
    {"audit-head", "HASH", "a head of the audit log noted earlier, which must be in it",
     "此前记录的审计链头，须存在于日志中"},
    {"audit-heads", "FILE",
     "heads of the audit trail in the database, deposited elsewhere, one \"NUMBER HASH\" a line",
     "另行保存的数据库审计轨迹链头，每行一个“编号 散列值”"},
    {"store", "postgresql://...", "the database of the credit plane; DIR/credit.db otherwise",
     "授信数据库；缺省 DIR/credit.db"},
    {0},
};

const struct cli_verb cli_verb_verify = {
    .name = "verify",
    .arguments = "DIR",
    .count_min = 1,
    .count_max = 1,
    .summary_english = "prove a data directory from its journal",
    .summary_chinese = "依据日志验证数据目录",
    .details_english =
        "Reads every record from the first, verifies every checksum, the chain, every invariant of "
        "the ledger, every snapshot, the tokens, the audit log, and the database with its audit "
        "trail, "
        "and prints the digest of the "
        "state. Changes nothing. Exit status 1 when something does not hold, with the file and the "
        "place; 3 when it could not be read.\nNote the audit head somewhere else from time to "
        "time: "
        "a log that was cut short afterwards is found with --audit-head.",
    .details_chinese = "从第一条记录起逐条读取，验证全部校验和、链、账本的全部不变量、全部快照、令"
                       "牌与审计日志，并输出状态摘要。"
                       "不作任何修改。有不成立之处时退出状态为 1，并给出文件与位置；无法读取时为 "
                       "3。\n请不时将审计链头另行"
                       "保存：此后被截短的日志可用 --audit-head 发现。",
    .options = options,
    .run = run,
};
