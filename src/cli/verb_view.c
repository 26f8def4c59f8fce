/* The verbs that look: get, limit show, limit list, tree, exposures, movements, events, rate list,
 * day show. */
#include "cli/view.h"

#include "base/date.h"

/* ---- lists that come in pages ---- */

/* What a list is made of. */
struct listing {
    const char *member; /* of the page: "limits" */
    void (*begin)(struct table *table, struct cli *cli);
    void (*add)(struct table *table, struct cli *cli, const struct json_value *item);
};

enum { COUNT_DEFAULT = 100, PAGE_MAX = 1000 };

static bool next_read(const struct json_value *page, struct buffer *next)
{
    const struct slice text = member_text(page, "next");

    buffer_reset(next);
    buffer_append(next, text);
    return text.size > 0;
}

/* Adds the items of a page; returns how many. */
static uint64_t page_add(struct table *table, struct client *client, const struct listing *listing,
                         const struct json_value *page)
{
    const struct json_value *items = json_member(page, slice_from_cstr(listing->member));
    uint64_t count = 0;

    for (const struct json_value *item = items == NULL ? NULL : items->first; item != NULL;
         item = item->next) {
        listing->add(table, client->cli, item);
        count++;
    }
    return count;
}

/* Reads pages until `count` items were seen; prints them as one table, or each page as JSON. */
static int pages_print(struct client *client, const struct listing *listing,
                       const struct buffer *base, uint64_t count)
{
    struct table table;
    struct buffer target = {0};
    struct buffer next = {0};
    const struct json_value *page = NULL;
    int status = CLI_DONE;
    bool more = true;
    uint64_t seen = 0;

    listing->begin(&table, client->cli);
    while (status == CLI_DONE && more && seen < count) {
        char limit[24];

        (void)snprintf(limit, sizeof(limit), "%llu",
                       (unsigned long long)(count - seen < PAGE_MAX ? count - seen : PAGE_MAX));
        buffer_reset(&target);
        buffer_append(&target, buffer_slice(base));
        client_query(&target, "limit", slice_from_cstr(limit));
        if (next.size > 0) {
            client_query(&target, "cursor", buffer_slice(&next));
        }
        status = client_get(client, &page, buffer_slice(&target));
        if (status == CLI_DONE) {
            seen += page_add(&table, client, listing, page);
            more = next_read(page, &next);
        }
    }
    if (status == CLI_DONE && !client->json) {
        if (seen == 0) {
            buffer_append_cstr(&client->cli->out, cli_text(client->cli, "(nothing)\n", "（无）\n"));
        } else {
            table_write(&table, client->cli);
        }
        if (more) {
            view_more(client->cli);
        }
    }
    table_release(&table);
    buffer_release(&target);
    buffer_release(&next);
    return status;
}

static bool count_read(struct cli *cli, const struct cli_arguments *arguments, uint64_t *ret_count)
{
    *ret_count = cli_option_value(arguments, "all") != NULL ? UINT64_MAX : COUNT_DEFAULT;
    return cli_option_number(cli, arguments, "count", 1, UINT32_MAX, ret_count);
}

static void query_option(struct buffer *target, const struct cli_arguments *arguments,
                         const char *option, const char *parameter)
{
    const char *value = cli_option_value(arguments, option);

    if (value != NULL) {
        client_query(target, parameter, slice_from_cstr(value));
    }
}

static void path(struct buffer *target, const char *resource, const char *id, const char *part)
{
    buffer_append_cstr(target, resource);
    http_client_encode(target, slice_from_cstr(id));
    buffer_append_cstr(target, part);
}

static int list_run(struct cli *cli, const struct cli_arguments *arguments,
                    const struct listing *listing, struct buffer *target)
{
    struct client client;
    uint64_t count;

    if (!count_read(cli, arguments, &count)) {
        return CLI_USAGE;
    }
    int status = client_open(&client, cli, arguments);
    if (status == CLI_DONE) {
        status = pages_print(&client, listing, target, count);
    }
    client_close(&client);
    buffer_release(target);
    return status;
}

#define OPTIONS_LIST                                                                               \
    {"count", "N", "how many at most; 100 otherwise", "最多条数；缺省 100"},                       \
        {"all", NULL, "all of them", "全部"}, CLIENT_OPTIONS

/* ---- limit list, tree ---- */

static void limit_add(struct table *table, struct cli *cli, const struct json_value *item)
{
    view_limits_add(table, cli, item, 0, false);
}

static void node_add(struct table *table, struct cli *cli, const struct json_value *item)
{
    uint64_t depth = 0;

    if (!slice_to_u64(member_text(item, "depth"), 32, &depth)) {
        depth = 0;
    }
    view_limits_add(table, cli, json_member(item, SLICE("limit")), (size_t)depth,
                    member_true(item, "repeated"));
}

static int run_limit_list(struct cli *cli, const struct cli_arguments *arguments)
{
    static const struct listing listing = {"limits", view_limits_begin, limit_add};
    struct buffer target = {0};

    buffer_append_cstr(&target, "/v1/limits");
    query_option(&target, arguments, "holder", "holder");
    query_option(&target, arguments, "kind", "kind");
    if (arguments->count > 0) {
        client_query(&target, "match", slice_from_cstr(arguments->values[0]));
    }
    return list_run(cli, arguments, &listing, &target);
}

static int run_tree(struct cli *cli, const struct cli_arguments *arguments)
{
    static const struct listing listing = {"limits", view_limits_begin, node_add};
    struct buffer target = {0};

    path(&target, "/v1/limits/", arguments->values[0], "/tree");
    query_option(&target, arguments, "depth", "depth");
    return list_run(cli, arguments, &listing, &target);
}

/* ---- exposures, movements ---- */

static int run_exposures(struct cli *cli, const struct cli_arguments *arguments)
{
    static const struct listing listing = {"records", view_records_begin, view_records_add};
    struct buffer target = {0};

    path(&target, "/v1/limits/", arguments->values[0], "/exposures");
    if (cli_option_value(arguments, "below") != NULL) {
        client_query(&target, "below", SLICE("true"));
    }
    return list_run(cli, arguments, &listing, &target);
}

static int run_movements(struct cli *cli, const struct cli_arguments *arguments)
{
    static const struct listing listing = {"movements", view_events_begin, view_events_add};
    struct buffer target = {0};

    path(&target, "/v1/limits/", arguments->values[0], "/movements");
    query_option(&target, arguments, "from", "from");
    query_option(&target, arguments, "to", "to");
    return list_run(cli, arguments, &listing, &target);
}

/* ---- one thing ---- */

static int get_one(struct cli *cli, const struct cli_arguments *arguments, struct buffer *target,
                   void (*print)(struct cli *cli, const struct json_value *object))
{
    struct client client;
    const struct json_value *object = NULL;

    int status = client_open(&client, cli, arguments);
    if (status == CLI_DONE) {
        status = client_get(&client, &object, buffer_slice(target));
    }
    if (status == CLI_DONE && !client.json) {
        print(cli, object);
    }
    client_close(&client);
    buffer_release(target);
    return status;
}

static int run_get(struct cli *cli, const struct cli_arguments *arguments)
{
    static const char *const others[][2] = {{"reservation", "/v1/reservations/"},
                                            {"exposure", "/v1/exposures/"},
                                            {"unlock", "/v1/unlocks/"}};
    struct buffer target = {0};
    size_t named = arguments->count;

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const char *id = cli_option_value(arguments, others[i][0]);
        if (id != NULL) {
            named++;
            path(&target, others[i][1], id, "");
        }
    }
    if (named != 1) {
        buffer_release(&target);
        return cli_fail(cli, CLI_USAGE,
                        "name one thing: LIMIT, --reservation, --exposure or --unlock",
                        "须指定一项：额度、--reservation、--exposure 或 --unlock");
    }
    if (arguments->count == 0) {
        return get_one(cli, arguments, &target, view_object);
    }
    path(&target, "/v1/limits/", arguments->values[0], "");
    query_option(&target, arguments, "as-of", "as_of");
    return get_one(cli, arguments, &target, view_limit);
}

/* ---- rates, day ---- */

static void rates_print(struct cli *cli, const struct json_value *rates)
{
    const struct json_value *list = json_member(rates, SLICE("rates"));
    const struct slice base = member_text(rates, "base");

    for (const struct json_value *rate = list == NULL ? NULL : list->first; rate != NULL;
         rate = rate->next) {
        text_pad(&cli->out, member_text(rate, "currency"), 5, false);
        text_pad(&cli->out, member_text(rate, "rate"), 20, true);
        buffer_append_byte(&cli->out, ' ');
        buffer_append(&cli->out, base);
        buffer_append_byte(&cli->out, '\n');
    }
}

static int run_rate_list(struct cli *cli, const struct cli_arguments *arguments)
{
    struct buffer target = {0};

    buffer_append_cstr(&target, "/v1/rates");
    return get_one(cli, arguments, &target, rates_print);
}

static int run_day_show(struct cli *cli, const struct cli_arguments *arguments)
{
    struct buffer target = {0};

    buffer_append_cstr(&target, "/v1/day");
    return get_one(cli, arguments, &target, view_object);
}

/* ---- events ---- */

/* A stream of events while it is read. */
struct follow {
    struct client *client;
    struct buffer text;
    struct arena arena;
    bool failed;
};

/* Prints the events of whole frames: "id: N\ndata: {...}\n\n". */
static bool frame_print(struct follow *follow, struct slice frame)
{
    struct cli *cli = follow->client->cli;
    struct slice line;
    struct json_error error;

    while (slice_split(&frame, '\n', &line)) {
        if (!slice_starts_with(line, SLICE("data: "))) {
            continue;
        }
        const struct slice data = slice_of(line.data + 6, line.size - 6);
        arena_reset(&follow->arena);
        const struct json_value *event = json_parse(&follow->arena, &error, data);
        if (event == NULL) {
            return false;
        }
        if (follow->client->json) {
            buffer_append(&cli->out, data);
            buffer_append_byte(&cli->out, '\n');
        } else {
            view_event_line(cli, event);
        }
    }
    return true;
}

static bool follow_take(void *context, struct slice bytes)
{
    struct follow *follow = context;
    size_t begin = 0;

    buffer_append(&follow->text, bytes);
    if (buffer_failed(&follow->text)) {
        follow->failed = true;
        return false;
    }
    for (size_t i = 1; i < follow->text.size; i++) {
        if (follow->text.data[i] == '\n' && follow->text.data[i - 1] == '\n') {
            if (!frame_print(follow, slice_of(follow->text.data + begin, i + 1 - begin))) {
                follow->failed = true;
                return false;
            }
            begin = i + 1;
        }
    }
    buffer_consume(&follow->text, begin);
    follow->failed = !cli_flush(follow->client->cli);
    return !follow->failed;
}

static int events_follow(struct client *client, const char *after)
{
    struct follow follow = {.client = client};

    arena_init(&follow.arena, 1 << 24);
    int status = client_stream(client, SLICE("/v1/events"),
                               slice_from_cstr(after == NULL ? "0" : after), follow_take, &follow);
    if (status == CLI_DONE) {
        status = cli_fail(client->cli, CLI_SYSTEM,
                          follow.failed ? "%s: the stream could not be read or printed"
                                        : "%s: the server ended the stream",
                          follow.failed ? "%s：事件流无法读取或输出" : "%s：服务器结束了事件流",
                          client->server);
    }
    buffer_release(&follow.text);
    arena_release(&follow.arena);
    return status;
}

/* Pages of events are asked for by number, not by cursor. */
static int events_print(struct client *client, const char *after, uint64_t count)
{
    struct cli *cli = client->cli;
    const struct listing listing = {"events", view_events_begin, view_events_add};
    struct table table;
    char number[24];
    const struct json_value *page = NULL;
    int status = CLI_DONE;
    uint64_t seen = 0;
    uint64_t added = 1;

    (void)snprintf(number, sizeof(number), "%.20s", after == NULL ? "0" : after);
    view_events_begin(&table, cli);
    while (status == CLI_DONE && added > 0 && seen < count) {
        struct buffer target = {0};
        char limit[24];

        (void)snprintf(limit, sizeof(limit), "%llu",
                       (unsigned long long)(count - seen < PAGE_MAX ? count - seen : PAGE_MAX));
        buffer_append_cstr(&target, "/v1/events");
        client_query(&target, "after", slice_from_cstr(number));
        client_query(&target, "limit", slice_from_cstr(limit));
        status = client_get(client, &page, buffer_slice(&target));
        buffer_release(&target);
        if (status == CLI_DONE) {
            const struct slice next = member_text(page, "next");
            added = page_add(&table, client, &listing, page);
            seen += added;
            (void)snprintf(number, sizeof(number), "%.*s", (int)next.size, next.data);
        }
    }
    if (status == CLI_DONE && !client->json) {
        table_write(&table, cli);
    }
    table_release(&table);
    return status;
}

static int run_events(struct cli *cli, const struct cli_arguments *arguments)
{
    const char *after = cli_option_value(arguments, "after");
    struct client client;
    uint64_t count;

    if (!count_read(cli, arguments, &count)) {
        return CLI_USAGE;
    }
    int status = client_open(&client, cli, arguments);
    if (status == CLI_DONE) {
        status = cli_option_value(arguments, "follow") != NULL
                     ? events_follow(&client, after)
                     : events_print(&client, after, count);
    }
    client_close(&client);
    return status;
}

/* ---- the verbs ---- */

static const struct cli_option options_client[] = {CLIENT_OPTIONS};

static const struct cli_option options_get[] = {
    {"reservation", "ID", "a reservation", "预占"},
    {"exposure", "ID", "an exposure", "用信"},
    {"unlock", "ID", "an unlock", "解锁"},
    {"as-of", "TIME", "the limit as of this time (RFC 3339, UTC)",
     "该时点的额度状态（RFC 3339，UTC）"},
    CLIENT_OPTIONS,
};

static const struct cli_option options_limit_list[] = {
    {"holder", "ID", "limits of this holder", "该客户的额度"},
    {"kind", "WORD", "limits of this kind", "该类型的额度"},
    OPTIONS_LIST,
};

static const struct cli_option options_tree[] = {
    {"depth", "N", "levels below the limit", "向下层数"},
    OPTIONS_LIST,
};

static const struct cli_option options_exposures[] = {
    {"below", NULL, "also what was drawn on limits below it", "包含下级额度的用信"},
    OPTIONS_LIST,
};

static const struct cli_option options_movements[] = {
    {"from", "TIME", "not before (RFC 3339, UTC)", "不早于（RFC 3339，UTC）"},
    {"to", "TIME", "not after (RFC 3339, UTC)", "不晚于（RFC 3339，UTC）"},
    OPTIONS_LIST,
};

static const struct cli_option options_events[] = {
    {"after", "N", "events with a higher number", "编号大于 N 的事件"},
    {"follow", NULL, "go on with what happens, until stopped", "持续输出新事件，直到停止"},
    OPTIONS_LIST,
};

#define VERB(symbol, verb_name, usage, min, max, table, english, chinese, function)                \
    const struct cli_verb cli_verb_##symbol = {                                                    \
        .name = (verb_name),                                                                       \
        .arguments = (usage),                                                                      \
        .count_min = (min),                                                                        \
        .count_max = (max),                                                                        \
        .summary_english = (english),                                                              \
        .summary_chinese = (chinese),                                                              \
        .options = (table),                                                                        \
        .run = (function),                                                                         \
    }

VERB(get, "get", "LIMIT", 0, 1, options_get, "show a limit, reservation, exposure or unlock",
     "查看额度、预占、用信或解锁", run_get);
VERB(limit_show, "limit show", "LIMIT", 1, 1, options_get, "show a limit", "查看额度", run_get);
VERB(limit_list, "limit list", "[TEXT]", 0, 1, options_limit_list,
     "list limits, by a part of id or holder", "按编号或客户列出额度", run_limit_list);
VERB(tree, "tree", "LIMIT", 1, 1, options_tree, "show a limit and the limits below it",
     "查看额度树", run_tree);
VERB(exposures, "exposures", "LIMIT", 1, 1, options_exposures,
     "list open exposures and reservations of a limit", "列出额度下的用信与预占", run_exposures);
VERB(movements, "movements", "LIMIT", 1, 1, options_movements, "list what moved a limit",
     "列出额度流水", run_movements);
VERB(events, "events", "", 0, 0, options_events, "list what happened, or follow it live",
     "列出或实时跟踪事件", run_events);
VERB(rate_list, "rate list", "", 0, 0, options_client, "list the rates", "列出汇率", run_rate_list);
VERB(day_show, "day show", "", 0, 0, options_client, "show business date and ledger time",
     "查看会计日与账本时间", run_day_show);
