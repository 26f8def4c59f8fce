/* headroom serve: one loop that decides, makes durable, answers and serves the page. */
#include <signal.h>

#include "api/api.h"
#include "base/arena.h"
#include "cli/cli_data.h"
#include "cli/serve_oidc.h"
#include "cli/serve_packs.h"
#include "cli/serve_people.h"
#include "cli/serve_seal.h"
#include "cli/serve_store.h"
#include "credit/decision.h"
#include "credit/dispatch.h"
#include "credit/sender.h"
#include "dmn/catalog.h"
#include "journal/journal.h"
#include "os/clock.h"
#include "os/entropy.h"
#include "os/process.h"
#include "process/process_clock.h"

enum { DESCRIPTORS_WANTED = 65536, FLUSH_EVERY = 60, OFFSET_MAX_MINUTES = 14 * 60 };

struct serve {
    struct cli *cli;
    const char *directory;
    const char *models; /* the folder of decision models; NULL: none */
    struct reactor *reactor;
    struct engine *engine;
    struct auth *auth;
    struct serve_store store;
    struct seal_ring ring;
    struct serve_people people;
    struct serve_oidc oidc;
    struct sender *sender;
    struct process_clock *clock;
    struct http_server *server;
    struct http_config config;
    struct os_address address;    /* to listen on */
    struct binary_server *binary; /* NULL: --binary-listen off */
    struct os_address binary_address;
    bool binary_off;
    unsigned undrained; /* servers that are not drained yet */
    struct api api;
    struct reactor_hook commit_hook;
    struct reactor_timer tick_timer;
    unsigned ticks;
    bool draining;
    int status;
};

/* ---- the loop ---- */

/* A journal that failed ends the process: what was not answered is not known to anybody. */
static void stop_failed(struct serve *serve, enum engine_status status)
{
    serve->status =
        cli_engine_fail(serve->cli, serve->directory, status, engine_error(serve->engine));
    reactor_stop(serve->reactor);
}

static void commit_run(struct reactor_hook *hook)
{
    struct serve *serve =
        (struct serve *)(void *)((char *)hook - offsetof(struct serve, commit_hook));

    if (serve->status == CLI_DONE && engine_pending(serve->engine)) {
        const enum engine_status status = engine_commit(serve->engine, os_clock_realtime_us());
        if (status != ENGINE_OK) {
            stop_failed(serve, status);
        } else if (engine_pending(serve->engine) && !engine_waits(serve->engine)) {
            reactor_again(serve->reactor);
        }
    }
}

static void tick_set(struct serve *serve)
{
    if (reactor_timer_set(serve->reactor, &serve->tick_timer,
                          reactor_now_ns(serve->reactor) + OS_NS_PER_SECOND) != OS_OK) {
        serve->status = cli_fail_memory(serve->cli);
        reactor_stop(serve->reactor);
    }
}

/* Writes the days of last use of tokens; what fails is tried again a minute later. */
static void days_flush(struct serve *serve)
{
    const enum auth_status status = auth_flush(serve->auth);

    if (status != AUTH_OK && status != AUTH_FULL) {
        const struct slice text = auth_status_text(status, serve->cli->chinese);
        cli_fail(serve->cli, CLI_SYSTEM, "%s/" AUTH_TOKENS_FILE ": %.*s",
                 "%s/" AUTH_TOKENS_FILE "：%.*s", serve->directory, (int)text.size, text.data);
    }
}

static void tick(struct reactor_timer *timer)
{
    struct serve *serve =
        (struct serve *)(void *)((char *)timer - offsetof(struct serve, tick_timer));

    const enum engine_status status = engine_tick(serve->engine, os_clock_realtime_us());
    if (status != ENGINE_OK) {
        stop_failed(serve, status);
        return;
    }
    if (++serve->ticks % FLUSH_EVERY == 0) {
        days_flush(serve);
        serve_store_tick(&serve->store);
    }
    tick_set(serve);
}

static void drained(void *context)
{
    struct serve *serve = context;

    if (--serve->undrained == 0) {
        reactor_stop(serve->reactor);
    }
}

static void drain(void *context)
{
    struct serve *serve = context;

    if (!serve->draining) {
        serve->draining = true;
        serve->undrained = serve->binary == NULL ? 1 : 2;
        api_drain(&serve->api);
        process_clock_drain(serve->clock);
        sender_drain(serve->sender);
        if (serve->binary != NULL) {
            binary_server_drain(serve->binary, drained, serve);
        }
        http_server_drain(serve->server, drained, serve);
    }
}

/* Says what was left out of the folder of models, and what is wrong in the others, a line each. */
static void models_notes(struct serve *serve, const struct buffer *notes)
{
    struct slice rest = buffer_slice(notes);
    struct slice line;

    while (slice_split(&rest, '\n', &line)) {
        if (line.size > 0) {
            cli_fail(serve->cli, CLI_SYSTEM, "--models: %.*s", "--models：%.*s", (int)line.size,
                     line.data);
        }
    }
}

/* Reads the folder of models; on a failure those that are loaded stay. */
static int models_load(struct serve *serve)
{
    struct dmn_catalog *catalog = NULL;
    struct buffer notes;

    if (serve->models == NULL) {
        return CLI_DONE;
    }
    buffer_init(&notes);
    const enum os_status status = dmn_catalog_open(&catalog, serve->models, &notes);
    models_notes(serve, &notes);
    buffer_release(&notes);
    if (status != OS_OK) {
        return cli_fail_os(serve->cli, status, serve->models);
    }
    dmn_catalog_free(serve->api.decisions);
    serve->api.decisions = catalog;
    return CLI_DONE;
}

static void reload(void *context)
{
    struct serve *serve = context;

    (void)models_load(serve);

    if (http_server_reload(serve->server) != HTTP_OK ||
        (serve->binary != NULL && binary_server_reload(serve->binary) != HTTP_OK)) {
        cli_fail(serve->cli, CLI_SYSTEM,
                 "certificate, key or CA file cannot be used; the old ones stay",
                 "证书、密钥或 CA 文件不可用；继续使用旧文件");
    }
}

/* ---- opening ---- */

/* The business day on which a new ledger begins: today by an offset such as +08:00. */
static bool first_date(struct cli *cli, const char *offset, time_us now, date_days *ret_date)
{
    const struct slice text = slice_from_cstr(offset);
    uint64_t hours;
    uint64_t minutes;

    if (text.size != 6 || (text.data[0] != '+' && text.data[0] != '-') || text.data[3] != ':' ||
        !slice_to_u64(slice_of(text.data + 1, 2), 14, &hours) ||
        !slice_to_u64(slice_of(text.data + 4, 2), 59, &minutes) ||
        hours * 60 + minutes > OFFSET_MAX_MINUTES) {
        cli_fail(cli, CLI_USAGE, "--time-zone: '%s' is no offset such as +08:00",
                 "--time-zone：“%s”不是形如 +08:00 的偏移", offset);
        return false;
    }
    const time_us shift = (time_us)(hours * 60 + minutes) * 60 * US_PER_SECOND;
    *ret_date = time_to_date(text.data[0] == '+' ? now + shift : now - shift);
    return true;
}

static bool sizes_read(struct cli *cli, const struct cli_arguments *arguments,
                       struct engine_options *options)
{
    uint64_t limits = options->ledger.limits_max;
    uint64_t records = options->ledger.records_max;
    uint64_t traces = options->ledger.traces_max;
    uint64_t snapshot = 256;
    uint64_t segment = JOURNAL_SEGMENT_DEFAULT >> 20;

    if (!cli_option_number(cli, arguments, "limits-max", 1, 1ULL << 28, &limits) ||
        !cli_option_number(cli, arguments, "records-max", 1, (1ULL << 30) - 1, &records) ||
        !cli_option_number(cli, arguments, "traces-max", 1, (1ULL << 30) - 1, &traces) ||
        !cli_option_number(cli, arguments, "snapshot-every", 1, 1ULL << 20, &snapshot) ||
        /* One that holds the longest record, and no more than a start cares to look through. */
        !cli_option_number(cli, arguments, "segment-size", 16, 1ULL << 14, &segment)) {
        return false;
    }
    options->ledger.limits_max = (uint32_t)limits;
    options->ledger.records_max = (uint32_t)records;
    options->ledger.traces_max = (uint32_t)traces;
    options->snapshot_bytes = snapshot << 20;
    options->segment_size = segment << 20;
    return true;
}

static void engine_wake(void *context)
{
    reactor_wake(context);
}

static int engine_start(struct serve *serve, const struct cli_arguments *arguments)
{
    struct engine_options options;
    const char *zone = cli_option_value(arguments, "time-zone");

    engine_options_init(&options);
    options.directory = serve->directory;
    options.now = os_clock_realtime_us();
    options.wake = engine_wake;
    options.wake_context = serve->reactor;
    os_entropy_fill(&options.ledger.hash_seed, sizeof(options.ledger.hash_seed));
    if (!cli_option_base(serve->cli, arguments, &options.ledger.base) ||
        !first_date(serve->cli, zone == NULL ? "+08:00" : zone, options.now, &options.first_date) ||
        !sizes_read(serve->cli, arguments, &options)) {
        return CLI_USAGE;
    }
    return cli_engine_open(serve->cli, &serve->engine, &options);
}

static int auth_start(struct serve *serve)
{
    struct auth_error error;
    bool first = false;
    const enum auth_status status = auth_open(files_real(), serve->directory,
                                              os_clock_realtime_us(), &serve->auth, &first, &error);

    if (status != AUTH_OK) {
        return cli_auth_fail(serve->cli, serve->directory, status, &error);
    }
    if (first) {
        (void)fprintf(stderr, "headroom serve: %s %s/" AUTH_ADMIN_FILE "\n",
                      cli_text(serve->cli, "first start; the administrator's token is in",
                               "首次启动；管理员令牌位于"),
                      serve->directory);
    }
    return CLI_DONE;
}

static int store_start(struct serve *serve, const struct cli_arguments *arguments)
{
    struct buffer location = {0};
    int status = CLI_SYSTEM;

    if (serve_store_location(&location, serve->directory, cli_option_value(arguments, "store"))) {
        serve->store.stood = ledger_effects_total(engine_ledger(serve->engine));
        status = serve_store_start(&serve->store, serve->cli, location.data, serve->reactor,
                                   serve->auth);
    } else {
        status = cli_fail_memory(serve->cli);
    }
    buffer_release(&location);
    const struct serve_seal seal = {.directory = serve->directory,
                                    .option = cli_option_value(arguments, "seal-key"),
                                    .accept_lost =
                                        cli_option_value(arguments, "accept-lost-keys") != NULL};
    status = status == CLI_DONE
                 ? serve_seal_start(&serve->ring, serve->cli, serve->store.store, &seal)
                 : status;
    const char *packs = cli_option_value(arguments, "packs");
    return status != CLI_DONE || packs == NULL ? status
                                               : serve_packs(serve->cli, serve->store.store, packs);
}

static void steps_changed(void *context)
{
    api_steps_changed(context);
}

static enum store_status chain_answered(struct store *store, const struct outbox_chain *chain,
                                        void *context)
{
    (void)context;
    return credit_answered(store, chain);
}

/* What processes wait for becomes decisions and chains. */
static enum store_status effects_gather(struct store *store, bool *ret_changed, void *context)
{
    struct api *api = context;

    return credit_dispatch(store, ret_changed, &api->packs, os_clock_realtime_us());
}

/* What an earlier life owed to the ledger is submitted first. */
static int sender_start(struct serve *serve)
{
    const struct sender_options options = {.engine = serve->engine,
                                           .store = serve->store.store,
                                           .jobs = serve->store.jobs,
                                           .reactor = serve->reactor,
                                           .gather = effects_gather,
                                           .answered = chain_answered,
                                           .changed = steps_changed,
                                           .context = &serve->api};

    if (sender_open(&serve->sender, &options) != OS_OK) {
        return cli_fail_memory(serve->cli);
    }
    serve->api.sender = serve->sender;
    return CLI_DONE;
}

/* A timer that fired may owe something to the ledger, as a request may. */
static void timers_fired(void *context)
{
    struct serve *serve = context;

    api_steps_changed(&serve->api);
    sender_poke(serve->sender);
}

/* What fell due while the program was down fires first. */
static int clock_start(struct serve *serve)
{
    const struct process_clock_options options = {.store = serve->store.store,
                                                  .shelf = &serve->api.packs,
                                                  .jobs = serve->store.jobs,
                                                  .reactor = serve->reactor,
                                                  .changed = timers_fired,
                                                  .context = serve};

    if (process_clock_open(&serve->clock, &options) != OS_OK) {
        return cli_fail_memory(serve->cli);
    }
    serve->api.clock = serve->clock;
    return CLI_DONE;
}

static int http_fail(struct serve *serve, enum http_result result, const char *what)
{
    const struct slice text = http_result_text(result);

    return cli_fail(serve->cli, CLI_SYSTEM, "%s: %.*s", "%s：%.*s", what, (int)text.size,
                    text.data);
}

/* Reads an address and refuses one beyond this machine without TLS. */
static int address_read(struct serve *serve, const struct cli_arguments *arguments,
                        struct os_address *ret_address, const char *option, const char *listen)
{
    if (os_address_parse(ret_address, slice_from_cstr(listen)) != OS_OK) {
        return cli_fail(serve->cli, CLI_USAGE,
                        "--%s: '%s' is no address and port such as 127.0.0.1:8080",
                        "--%s：“%s”不是形如 127.0.0.1:8080 的地址与端口", option, listen);
    }
    if (!ret_address->loopback && cli_option_value(arguments, "tls-cert") == NULL &&
        cli_option_value(arguments, "insecure-listen") == NULL) {
        return cli_fail(
            serve->cli, CLI_USAGE,
            "--%s %s reaches beyond this machine without TLS: give --tls-cert and "
            "--tls-key, or --insecure-listen where something in front does TLS",
            "--%s %s 未启用 TLS 却对外可达：请给出 --tls-cert 与 --tls-key，或在前端已有 TLS "
            "时使用 --insecure-listen",
            option, listen);
    }
    return CLI_DONE;
}

/* Where the binary protocol listens when nothing is said: on this machine, at the port behind that
 * of --listen, or at any free one when that is free to choose. */
static void binary_default(char *ret_text, size_t size, struct slice listen)
{
    uint64_t port = 0;
    size_t colon = listen.size;

    while (colon > 0 && listen.data[colon - 1] != ':') {
        colon--;
    }
    if (!slice_to_u64(slice_of(listen.data + colon, listen.size - colon), UINT16_MAX, &port)) {
        port = 0;
    }
    (void)snprintf(ret_text, size, "127.0.0.1:%u",
                   port == 0 || port == UINT16_MAX ? 0U : (unsigned)port + 1U);
}

static int addresses_read(struct serve *serve, const struct cli_arguments *arguments)
{
    const char *listen = cli_option_value(arguments, "listen");
    const char *binary = cli_option_value(arguments, "binary-listen");
    char standard[32];

    const int status = address_read(serve, arguments, &serve->address, "listen",
                                    listen == NULL ? "127.0.0.1:8080" : listen);
    serve->binary_off = binary != NULL && strcmp(binary, "off") == 0;
    if (status != CLI_DONE || serve->binary_off) {
        return status;
    }
    binary_default(standard, sizeof(standard), os_address_text(&serve->address));
    return address_read(serve, arguments, &serve->binary_address, "binary-listen",
                        binary == NULL ? standard : binary);
}

/* Reads what the HTTP server is given, before anything is made. */
static int config_read(struct serve *serve, const struct cli_arguments *arguments)
{
    struct http_config *config = &serve->config;
    uint64_t connections = 10000;

    *config =
        (struct http_config){.context = &serve->api, .admit = api_admit, .answered = api_answered};
    config->routes = api_routes(&config->route_count);
    config->tls.certificate_file = cli_option_value(arguments, "tls-cert");
    config->tls.key_file = cli_option_value(arguments, "tls-key");
    config->tls.client_ca_file = cli_option_value(arguments, "tls-client-ca");
    config->tls.client_required = config->tls.client_ca_file != NULL;
    if ((config->tls.certificate_file == NULL) != (config->tls.key_file == NULL) ||
        (config->tls.client_ca_file != NULL && config->tls.certificate_file == NULL)) {
        return cli_fail(serve->cli, CLI_USAGE,
                        "--tls-cert and --tls-key go together, --tls-client-ca with them",
                        "--tls-cert 与 --tls-key 须同时给出，--tls-client-ca 依赖二者");
    }
    if (!cli_option_number(serve->cli, arguments, "connections-max", 1, 1000000, &connections)) {
        return CLI_USAGE;
    }
    config->connections_max = (size_t)connections;
    return addresses_read(serve, arguments);
}

static int http_start(struct serve *serve, struct os_address *ret_bound)
{
    const char *certificate = serve->config.tls.certificate_file;
    char address[OS_ADDRESS_TEXT_MAX + 1];
    const struct slice text = os_address_text(&serve->address);

    enum http_result result = http_server_open(&serve->server, serve->reactor, &serve->config);
    if (result != HTTP_OK) {
        return http_fail(serve, result, certificate == NULL ? "http" : certificate);
    }
    (void)snprintf(address, sizeof(address), "%.*s", (int)text.size, text.data);
    result = http_server_listen(serve->server, ret_bound, &serve->address);
    return result == HTTP_OK ? CLI_DONE : http_fail(serve, result, address);
}

static int binary_start(struct serve *serve, struct os_address *ret_bound)
{
    const char *certificate = serve->config.tls.certificate_file;
    const struct binary_config config = {
        .engine = serve->engine,
        .auth = serve->auth,
        .reactor = serve->reactor,
        .version = HEADROOM_VERSION,
        .tls = serve->config.tls,
        .connections_max = serve->config.connections_max,
    };
    char address[OS_ADDRESS_TEXT_MAX + 32];
    const struct slice text = os_address_text(&serve->binary_address);

    if (serve->binary_off) {
        return CLI_DONE;
    }
    enum http_result result = binary_server_open(&serve->binary, &config);
    if (result != HTTP_OK) {
        return http_fail(serve, result, certificate == NULL ? "binary" : certificate);
    }
    (void)snprintf(address, sizeof(address), "--binary-listen %.*s", (int)text.size, text.data);
    result = binary_server_listen(serve->binary, ret_bound, &serve->binary_address);
    return result == HTTP_OK ? CLI_DONE : http_fail(serve, result, address);
}

static int signals_start(struct serve *serve)
{
    if (reactor_signal(serve->reactor, SIGTERM, drain, serve) != OS_OK ||
        reactor_signal(serve->reactor, SIGINT, drain, serve) != OS_OK ||
        reactor_signal(serve->reactor, SIGHUP, reload, serve) != OS_OK) {
        return cli_fail(serve->cli, CLI_SYSTEM, "signals cannot be taken over", "无法接管信号");
    }
    return CLI_DONE;
}

static int start(struct serve *serve, const struct cli_arguments *arguments,
                 struct os_address *ret_bound, struct os_address *ret_binary)
{
    int status = config_read(serve, arguments);

    status = status == CLI_DONE ? serve_store_judge(serve->cli, arguments) : status;
    status = status == CLI_DONE ? serve_people_read(&serve->people, serve->cli, arguments) : status;
    if (status == CLI_DONE && reactor_open(&serve->reactor) != OS_OK) {
        return cli_fail_memory(serve->cli);
    }
    status = status == CLI_DONE ? signals_start(serve) : status;
    status = status == CLI_DONE ? engine_start(serve, arguments) : status;
    status = status == CLI_DONE ? auth_start(serve) : status;
    status = status == CLI_DONE ? store_start(serve, arguments) : status;
    if (status != CLI_DONE) {
        return status;
    }
    serve->api = (struct api){.engine = serve->engine,
                              .auth = serve->auth,
                              .store = serve->store.store,
                              .ring = &serve->ring,
                              .factor_roles = serve->people.factor_roles,
                              .refused = serve->people.refused,
                              .jobs = serve->store.jobs,
                              .reactor = serve->reactor,
                              .version = HEADROOM_VERSION};
    status = models_load(serve);
    status = status == CLI_DONE ? serve_oidc_start(&serve->oidc, serve->cli,
                                                   cli_option_value(arguments, "oidc"), &serve->api)
                                : status;
    if (status != CLI_DONE) {
        return status;
    }
    serve->commit_hook.run = commit_run;
    reactor_hook_add(serve->reactor, &serve->commit_hook, REACTOR_COMMIT);
    api_init(&serve->api);
    status = sender_start(serve);
    status = status == CLI_DONE ? clock_start(serve) : status;
    status = status == CLI_DONE ? http_start(serve, ret_bound) : status;
    status = status == CLI_DONE ? binary_start(serve, ret_binary) : status;
    serve->api.server = serve->server;
    serve->api.binary = serve->binary;
    serve->tick_timer.expired = tick;
    if (status == CLI_DONE) {
        tick_set(serve);
    }
    return status;
}

/* After the last answer: a snapshot, so that the next start reads little. */
static void stop(struct serve *serve)
{
    if (serve->engine != NULL && serve->status == CLI_DONE && serve->draining) {
        struct engine_figures figures;
        engine_figures(serve->engine, &figures);
        const enum engine_status status =
            figures.commands_behind > 0 ? engine_snapshot(serve->engine) : ENGINE_OK;
        if (status != ENGINE_OK) {
            /* Nothing is lost: the journal has it all, and the next start reads more of it. */
            cli_engine_fail(serve->cli, serve->directory, status, engine_error(serve->engine));
        }
    }
    serve_oidc_stop(&serve->oidc, &serve->api);
    serve_store_stop(&serve->store);
    sender_free(serve->sender);
    process_clock_free(serve->clock);
    api_release(&serve->api);
    serve_people_release(&serve->people);
    seal_ring_release(&serve->ring);
    if (serve->auth != NULL) {
        days_flush(serve);
    }
    binary_server_free(serve->binary);
    http_server_free(serve->server);
    dmn_catalog_free(serve->api.decisions);
    auth_close(serve->auth);
    engine_close(serve->engine);
    reactor_free(serve->reactor);
}

static int run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct serve *serve = memory_allocate(sizeof(*serve));
    struct os_address bound = {0};
    struct os_address binary = {0};

    if (serve == NULL) {
        return cli_fail_memory(cli);
    }
    *serve = (struct serve){.cli = cli,
                            .directory = cli_option_value(arguments, "data"),
                            .models = cli_option_value(arguments, "models")};
    if (serve->directory == NULL) {
        memory_free(serve);
        return cli_fail(cli, CLI_USAGE, "--data DIR is needed; see headroom serve --help",
                        "须给出 --data DIR；参见 headroom serve --help");
    }
    (void)os_descriptors_allow(DESCRIPTORS_WANTED);
    serve->status = start(serve, arguments, &bound, &binary);
    if (serve->status == CLI_DONE) {
        const struct slice address = os_address_text(&bound);
        buffer_printf(&cli->out, "ready %s://%.*s/",
                      cli_option_value(arguments, "tls-cert") == NULL ? "http" : "https",
                      (int)address.size, address.data);
        if (serve->binary != NULL) {
            buffer_printf(&cli->out, " binary %.*s", (int)binary.text_size, binary.text);
        }
        buffer_append_byte(&cli->out, '\n');
        if (!cli_flush(cli) || reactor_run(serve->reactor) != OS_OK) {
            serve->status = CLI_SYSTEM;
        }
    }
    const int status = serve->status;
    stop(serve);
    memory_free(serve);
    return status;
}

static const struct cli_option options[] = {
    {"data", "DIR", "data directory; made when it is missing", "数据目录；不存在则创建"},
    {"listen", "ADDRESS:PORT", "where to listen; 127.0.0.1:8080 otherwise, port 0 takes a free one",
     "监听地址；缺省 127.0.0.1:8080，端口 0 表示任选空闲端口"},
    {"binary-listen", "ADDRESS:PORT",
     "where the binary protocol listens; on 127.0.0.1 at the port behind --listen's otherwise; "
     "off: nowhere",
     "二进制协议监听地址；缺省为 127.0.0.1 上 --listen 的下一端口；off 表示不监听"},
    {"tls-cert", "FILE", "certificate chain (PEM); SIGHUP reads it again",
     "证书链（PEM）；SIGHUP 重新读取"},
    {"tls-key", "FILE", "its key (PEM)", "证书私钥（PEM）"},
    {"tls-client-ca", "FILE", "clients need a certificate of these authorities",
     "客户端须持有由此 CA 签发的证书"},
    {"insecure-listen", NULL, "listen beyond this machine without TLS",
     "允许在未启用 TLS 时对外监听"},
    {"models", "DIR", "decision models (*.dmn) to answer from at /v1/decisions; SIGHUP reads again",
     "供 /v1/decisions 使用的决策模型目录（*.dmn）；SIGHUP 重新读取"},
    {"packs", "DIR", "configuration packs, a folder each, to be checked and stored",
     "配置包目录，每个子目录一个配置包；启动时检查并入库"},
    {"oidc", "FILE", "the issuer of OpenID Connect that people sign in with (JSON)",
     "人员登录所用的 OpenID Connect 身份提供方配置（JSON）"},
    {"store", "postgresql://...", "the database of the credit plane; DIR/credit.db otherwise",
     "授信数据库；缺省 DIR/credit.db"},
    {"seal-key", "FILE",
     "keys that secrets in the database are sealed with; DIR/" SEAL_FILE " otherwise",
     "封存数据库中机密所用的密钥文件；缺省 DIR/" SEAL_FILE},
    {"second-factor", "ROLES",
     "roles, with commas between, whose holders need a second factor; all: everybody with a post",
     "必须使用第二因素的角色，以逗号分隔；all 表示所有任职人员"},
    {"passwords-refused", "FILE",
     "passwords that nobody may have, one a line, beside the list of the system's words",
     "禁止使用的密码表，每行一个，与系统词表一并使用"},
    {"accept-lost-keys", NULL, "start although second factors are sealed with a key that is lost",
     "允许在封存第二因素的密钥遗失时启动"},
    {"base", "CURRENCY", "base currency of a new ledger; CNY otherwise",
     "新账本的本位币；缺省 CNY"},
    {"time-zone", "OFFSET", "of the first business date; +08:00 otherwise",
     "首个会计日期的时区；缺省 +08:00"},
    {"limits-max", "N", "limits that may ever be opened; 16777216 otherwise",
     "额度总数上限；缺省 16777216"},
    {"records-max", "N", "reservations and exposures that may ever be made", "预占与用信总数上限"},
    {"traces-max", "N", "other commands that may ever be accepted", "其他命令总数上限"},
    {"snapshot-every", "MIB", "journal between two snapshots; 256 otherwise",
     "两次快照之间的日志量（MiB）；缺省 256"},
    {"segment-size", "MIB",
     "size of the journal's next segments, two of which stand ready at least; 64 otherwise",
     "日志后续分段的大小（MiB），至少备有两段；缺省 64"},
    {"connections-max", "N", "open connections; 10000 otherwise", "连接数上限；缺省 10000"},
    {0},
};

const struct cli_verb cli_verb_serve = {
    .name = "serve",
    .arguments = "--data DIR",
    .summary_english = "serve the API, the live events and the page",
    .summary_chinese = "提供接口、实时事件与页面服务",
    .details_english =
        "Prints \"ready\", the URL, and where the binary protocol listens when commands are taken. "
        "A first start makes the directory, "
        "an administrator token in DIR/admin.token, and opens today as business date. SIGTERM and "
        "SIGINT stop it after what is in hand was answered.\nOne process uses a directory at a "
        "time. Beyond this machine it listens with TLS only, unless --insecure-listen says that "
        "something in front does it.",
    .details_chinese =
        "可接受命令时输出 ready 与网址。首次启动创建目录、DIR/admin.token "
        "中的管理员令牌，并以当日为会计日期。"
        "收到 SIGTERM 或 SIGINT "
        "后，应答完在途请求再停止。\n同一目录同时只能由一个进程使用。对外监听必须启用 "
        "TLS，除非以 --insecure-listen 声明前端已有 TLS。",
    .options = options,
    .run = run,
};
