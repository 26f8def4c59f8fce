/* The command line behind a verb, read by getopt_long from the verb's own table of options. */
#include <getopt.h>

#include "cli/cli.h"

/* What getopt_long returns for the options that every verb has, and for a verb's n-th. */
enum { OPTION_HELP = 'h', OPTION_LANGUAGE = 256, OPTION_FIRST = 257 };

static const struct cli_option option_none[] = {{0}};

static const struct cli_option *options_of(const struct cli_verb *verb)
{
    return verb->options == NULL ? option_none : verb->options;
}

static void long_options_fill(struct option *long_options, const struct cli_option *options)
{
    size_t count = 0;

    long_options[count++] = (struct option){"help", no_argument, NULL, OPTION_HELP};
    long_options[count++] = (struct option){"language", required_argument, NULL, OPTION_LANGUAGE};
    for (size_t i = 0; options[i].name != NULL; i++) {
        check(i < CLI_OPTIONS_MAX);
        long_options[count++] = (struct option){
            options[i].name, options[i].value == NULL ? no_argument : required_argument, NULL,
            OPTION_FIRST + (int)i};
    }
    long_options[count] = (struct option){0};
}

static int usage_fail(struct cli *cli, const struct cli_verb *verb, const char *english,
                      const char *chinese, const char *word)
{
    return cli_fail(cli, CLI_USAGE, "%s%s; see headroom %s --help", "%s%s；参见 headroom %s --help",
                    cli_text(cli, english, chinese), word, verb->name);
}

static int option_add(struct cli *cli, struct cli_arguments *arguments,
                      const struct cli_option *option, const char *value)
{
    if (arguments->option_count == CLI_VALUES_MAX) {
        return cli_fail(cli, CLI_USAGE, "more than %d options", "选项超过 %d 个", CLI_VALUES_MAX);
    }
    arguments->options[arguments->option_count].option = option;
    arguments->options[arguments->option_count++].value = value == NULL ? "" : value;
    return CLI_DONE;
}

static int language_judge(struct cli *cli, const struct cli_verb *verb, const char *language)
{
    if (strncmp(language, "en", 2) == 0 || strncmp(language, "zh", 2) == 0) {
        return CLI_DONE;
    }
    return usage_fail(cli, verb, "--language is en or zh, not ",
                      "--language 只能是 en 或 zh，而非 ", language);
}

static int values_take(struct cli *cli, struct cli_arguments *arguments,
                       const struct cli_verb *verb, int argc, char **argv)
{
    for (int i = optind; i < argc; i++) {
        if (arguments->count == CLI_ARGUMENTS_MAX || arguments->count == verb->count_max) {
            return usage_fail(cli, verb, "one argument too many: ", "多余的参数：", argv[i]);
        }
        arguments->values[arguments->count++] = argv[i];
    }
    if (arguments->count < verb->count_min) {
        return usage_fail(cli, verb, "an argument is missing: ", "缺少参数：", verb->arguments);
    }
    return CLI_DONE;
}

int cli_arguments_read(struct cli *cli, struct cli_arguments *ret_arguments, bool *ret_help,
                       const struct cli_verb *verb, int argc, char **argv)
{
    struct option long_options[CLI_OPTIONS_MAX + 3];
    const struct cli_option *options = options_of(verb);
    int status = CLI_DONE;

    *ret_arguments = (struct cli_arguments){.verb = verb};
    *ret_help = false;
    long_options_fill(long_options, options);
    opterr = 0;
    optind = 1;
    for (;;) {
        const int option = getopt_long(argc, argv, ":h", long_options, NULL);

        if (option == -1) {
            return *ret_help ? CLI_DONE : values_take(cli, ret_arguments, verb, argc, argv);
        }
        if (option == OPTION_HELP) {
            *ret_help = true;
        } else if (option == OPTION_LANGUAGE) {
            status = language_judge(cli, verb, optarg);
        } else if (option >= OPTION_FIRST) {
            status = option_add(cli, ret_arguments, &options[option - OPTION_FIRST], optarg);
        } else if (option == ':') {
            status = usage_fail(cli, verb, "a value is missing behind ", "缺少选项的值：",
                                argv[optind - 1]);
        } else {
            status = usage_fail(cli, verb, "an unknown or wrong option: ", "未知或有误的选项：",
                                argv[optind - 1]);
        }
        if (status != CLI_DONE) {
            return status;
        }
    }
}

const char *cli_option_value(const struct cli_arguments *arguments, const char *name)
{
    for (size_t i = arguments->option_count; i > 0; i--) {
        if (strcmp(arguments->options[i - 1].option->name, name) == 0) {
            return arguments->options[i - 1].value;
        }
    }
    return NULL;
}

bool cli_option_number(struct cli *cli, const struct cli_arguments *arguments, const char *name,
                       uint64_t min, uint64_t max, uint64_t *inout_value)
{
    const char *text = cli_option_value(arguments, name);
    uint64_t value;

    if (text == NULL) {
        return true;
    }
    if (!slice_to_u64(slice_from_cstr(text), max, &value) || value < min) {
        cli_fail(cli, CLI_USAGE, "--%s: '%s' is no whole number from %llu to %llu",
                 "--%s：“%s”不是 %llu 至 %llu 的整数", name, text, (unsigned long long)min,
                 (unsigned long long)max);
        return false;
    }
    *inout_value = value;
    return true;
}
