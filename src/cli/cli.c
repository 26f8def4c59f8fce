#include "cli/cli.h"

#include <stdarg.h>

#include "base/arena.h"
#include "os/process.h"
#include "os/stream.h"
#include "os/terminal.h"

enum { WIDTH_DEFAULT = 100, WIDTH_MIN = 40, WIDTH_MAX = 1000 };

bool cli_flush(struct cli *cli)
{
    enum os_status status = OS_OK;

    if (buffer_failed(&cli->out)) {
        cli_fail_memory(cli);
        return false;
    }
    status = os_stream_write(OS_STREAM_OUTPUT, buffer_slice(&cli->out));
    buffer_reset(&cli->out);
    if (status != OS_OK) {
        cli_fail_os(cli, status, cli_text(cli, "standard output", "标准输出"));
        return false;
    }
    return true;
}

int cli_fail(struct cli *cli, enum cli_exit status, const char *english, const char *chinese, ...)
{
    va_list arguments;
    char line[2048];

    va_start(arguments, chinese);
    if (cli->chinese) {
        (void)vsnprintf(line, sizeof(line), chinese, arguments);
    } else {
        (void)vsnprintf(line, sizeof(line), english, arguments);
    }
    va_end(arguments);
    (void)fprintf(stderr, "headroom%s%s: %s\n", cli->verb == NULL ? "" : " ",
                  cli->verb == NULL ? "" : cli->verb, line);
    return (int)status;
}

int cli_fail_os(struct cli *cli, enum os_status status, const char *what)
{
    const struct slice text = os_status_text(status);

    return cli_fail(cli, CLI_SYSTEM, "%s: %.*s", "%s：%.*s", what, (int)text.size, text.data);
}

int cli_fail_memory(struct cli *cli)
{
    return cli_fail(cli, CLI_SYSTEM, "memory is short; free some or use a larger machine",
                    "内存不足；请释放内存或换用更大的机器");
}

/* True for a locale that begins with `language`: "zh_CN.UTF-8". */
static bool locale_is(struct slice locale, struct slice language)
{
    return slice_starts_with(locale, language) &&
           (locale.size == language.size || locale.data[language.size] == '_' ||
            locale.data[language.size] == '.' || locale.data[language.size] == '-');
}

/* The locale that rules messages. Source: POSIX.1-2017, 8.2, order of the variables. */
static struct slice locale_of_messages(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct slice value = os_environment(names[i]);
        if (value.size > 0) {
            return value;
        }
    }
    return SLICE("");
}

static bool locale_is_utf8(struct slice locale)
{
    for (size_t i = 0; i < locale.size; i++) {
        if (locale.data[i] == '.') {
            const struct slice charset = slice_of(locale.data + i + 1, locale.size - i - 1);
            return slice_equal_ascii_case(charset, SLICE("utf-8")) ||
                   slice_equal_ascii_case(charset, SLICE("utf8"));
        }
    }
    return false;
}

/* --language rules every message, also the one about a wrong option before it. */
static const char *language_option(int argc, char **argv)
{
    static const struct slice name = {"--language=", 11};

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--language") == 0 && i + 1 < argc) {
            return argv[i + 1];
        }
        if (slice_starts_with(slice_from_cstr(argv[i]), name)) {
            return argv[i] + name.size;
        }
    }
    return NULL;
}

static void cli_init(struct cli *cli, int argc, char **argv)
{
    const struct slice locale = locale_of_messages();
    const char *language = language_option(argc, argv);
    uint64_t width = 0;

    *cli = (struct cli){.terminal = os_terminal_is(OS_STREAM_OUTPUT)};
    cli->chinese = language == NULL ? locale_is(locale, SLICE("zh"))
                                    : locale_is(slice_from_cstr(language), SLICE("zh"));
    cli->unicode = cli->terminal && locale_is_utf8(locale);
    if (!slice_to_u64(os_environment("COLUMNS"), WIDTH_MAX, &width) || width == 0) {
        width = cli->terminal ? os_terminal_width(OS_STREAM_OUTPUT) : 0;
    }
    cli->width = width == 0 ? WIDTH_DEFAULT : (unsigned)width;
    if (cli->width < WIDTH_MIN) {
        cli->width = WIDTH_MIN;
    }
    buffer_init(&cli->out);
}

/* How many words of argv name this verb: 0, 1 or 2. */
static int verb_words(const struct cli_verb *verb, int argc, char **argv)
{
    const struct slice name = slice_from_cstr(verb->name);
    struct slice rest = name;
    struct slice first = SLICE("");

    (void)slice_split(&rest, ' ', &first);
    if (!slice_equal(first, slice_from_cstr(argv[0]))) {
        return 0;
    }
    if (first.size == name.size) {
        return 1;
    }
    return argc > 1 && slice_equal(rest, slice_from_cstr(argv[1])) ? 2 : 0;
}

static const struct cli_verb *verb_find(int argc, char **argv, int *ret_words)
{
    size_t count;
    const struct cli_verb *const *verbs = cli_verbs(&count);

    for (size_t i = 0; i < count; i++) {
        *ret_words = verb_words(verbs[i], argc, argv);
        if (*ret_words > 0) {
            return verbs[i];
        }
    }
    return NULL;
}

/* True when some verb's first word is `word`. */
static bool group_is(const char *word)
{
    size_t count;
    const struct cli_verb *const *verbs = cli_verbs(&count);
    const struct slice group = slice_from_cstr(word);

    for (size_t i = 0; i < count; i++) {
        const struct slice name = slice_from_cstr(verbs[i]->name);
        if (slice_starts_with(name, group) && name.size > group.size &&
            name.data[group.size] == ' ') {
            return true;
        }
    }
    return false;
}

static int verb_run(struct cli *cli, const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_arguments *arguments = memory_allocate(sizeof(*arguments));
    bool help = false;

    cli->verb = verb->name;
    if (arguments == NULL) {
        return cli_fail_memory(cli);
    }
    int status = cli_arguments_read(cli, arguments, &help, verb, argc, argv);
    if (status == CLI_DONE && help) {
        cli_help_verb(cli, verb);
    } else if (status == CLI_DONE) {
        arguments->verb = verb;
        status = verb->run(cli, arguments);
    }
    memory_free(arguments);
    return status;
}

static int unknown_verb(struct cli *cli, int argc, char **argv)
{
    if (!group_is(argv[0])) {
        return cli_fail(cli, CLI_USAGE, "no verb is called '%s'; headroom help lists them",
                        "没有名为“%s”的命令；headroom help 列出全部命令", argv[0]);
    }
    if (argc > 1 && argv[1][0] != '-') {
        return cli_fail(cli, CLI_USAGE, "no verb is called '%s %s'; see headroom %s --help",
                        "没有名为“%s %s”的命令；参见 headroom %s --help", argv[0], argv[1],
                        argv[0]);
    }
    cli_help_group(cli, argv[0]);
    return argc > 1 && strcmp(argv[1], "--help") == 0 ? CLI_DONE : CLI_USAGE;
}

static int dispatch(struct cli *cli, int argc, char **argv)
{
    int words = 0;

    if (argc < 2) {
        cli_help_group(cli, NULL);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        cli_help_group(cli, NULL);
        return CLI_DONE;
    }
    static char version[] = "version";
    if (strcmp(argv[1], "--version") == 0) {
        argv[1] = version;
    }
    const struct cli_verb *verb = verb_find(argc - 1, argv + 1, &words);
    if (verb == NULL) {
        return unknown_verb(cli, argc - 1, argv + 1);
    }
    return verb_run(cli, verb, argc - words, argv + words);
}

int cli_run(int argc, char **argv)
{
    struct cli cli;

    os_sigpipe_ignore();
    cli_init(&cli, argc, argv);
    int status = dispatch(&cli, argc, argv);
    if (!cli_flush(&cli) && status == CLI_DONE) {
        status = CLI_SYSTEM;
    }
    buffer_release(&cli.out);
    return status;
}
