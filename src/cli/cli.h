/* The program's front: verbs, their options, what they print. A verb is one static `struct
 * cli_verb` that verbs.c lists; from it come the parser, --help and the list of verbs. */
#ifndef HEADROOM_CLI_CLI_H
#define HEADROOM_CLI_CLI_H

#include "base/buffer.h"
#include "os/os_status.h"

#define HEADROOM_VERSION "0.1.0"

enum cli_exit {
    CLI_DONE = 0,    /* success */
    CLI_REFUSED = 1, /* a request was refused, or a check failed */
    CLI_USAGE = 2,   /* the command line is wrong */
    CLI_SYSTEM = 3,  /* the system failed */
};

/** Who runs the program, and where its output goes. */
struct cli {
    const char *verb;  /* the verb's name, for messages */
    bool chinese;      /* texts in Chinese, else in English */
    bool terminal;     /* standard output is a terminal */
    bool unicode;      /* it shows more than ASCII */
    unsigned width;    /* columns, at least 40 */
    struct buffer out; /* to standard output; see cli_flush */
};

/** A text in the user's language. */
static inline const char *cli_text(const struct cli *cli, const char *english, const char *chinese)
{
    return cli->chinese ? chinese : english;
}

/** Writes what cli->out holds. Returns false, with a message, when that fails. */
bool cli_flush(struct cli *cli) MUST_USE;
/** Prints one line on standard error, "headroom VERB: TEXT", and returns `status`. The text says
 *  what, where, and what to do; both formats take the same arguments in the same order. */
int cli_fail(struct cli *cli, enum cli_exit status, const char *english, const char *chinese, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));
/** The message of a failed call of src/os on `what` (a file, an address). */
int cli_fail_os(struct cli *cli, enum os_status status, const char *what);
int cli_fail_memory(struct cli *cli);

/* ---- options ---- */

struct cli_verb;

/** An option of a verb; the array ends with one whose name is NULL. --help and --language are
 *  every verb's and are not listed. */
struct cli_option {
    const char *name;  /* "data" for --data */
    const char *value; /* what stands for its value in the help, "DIR"; NULL: it takes none */
    const char *help_english;
    const char *help_chinese;
};

enum { CLI_OPTIONS_MAX = 32, CLI_VALUES_MAX = 64, CLI_ARGUMENTS_MAX = 256 };

/** What stood on the command line behind the verb, in the order given. */
struct cli_arguments {
    const struct cli_verb *verb;
    size_t option_count; /* options given */
    struct {
        const struct cli_option *option;
        const char *value; /* "" for one that takes none */
    } options[CLI_VALUES_MAX];
    size_t count; /* arguments that are no options */
    const char *values[CLI_ARGUMENTS_MAX];
};

/** The value of an option, the last one when it was repeated; NULL when it was not given. */
const char *cli_option_value(const struct cli_arguments *arguments, const char *name);
/** Reads an option's whole number in [min, max]; leaves `*inout_value` when it was not given.
 *  Returns false, with a message, when it is none. */
bool cli_option_number(struct cli *cli, const struct cli_arguments *arguments, const char *name,
                       uint64_t min, uint64_t max, uint64_t *inout_value) MUST_USE;

/* ---- verbs ---- */

struct cli_verb {
    const char *name;      /* "replay", or two words: "limit open" */
    const char *arguments; /* "FILE|-", for the help */
    unsigned count_min;    /* of arguments that are no options */
    unsigned count_max;
    const char *summary_english;
    const char *summary_chinese;
    const char *details_english; /* for --help; lines of at most 100 columns; may be NULL */
    const char *details_chinese;
    const struct cli_option *options; /* NULL: none */
    int (*run)(struct cli *cli, const struct cli_arguments *arguments);
    const void *detail; /* the verb's own */
};

/** The verbs, in the order of the help. */
const struct cli_verb *const *cli_verbs(size_t *ret_count);
/** Runs the command line of the program. Returns its exit status. */
int cli_run(int argc, char **argv);
/** Prints the help of one verb, of all whose first word is `group`, or (NULL) of the program. */
void cli_help_verb(struct cli *cli, const struct cli_verb *verb);
void cli_help_group(struct cli *cli, const char *group);
/** Reads the options of `verb` from argv, where argv[0] is its last word. Returns 0, or the exit
 *  status after a message; `*ret_help` when --help was among them. */
int cli_arguments_read(struct cli *cli, struct cli_arguments *ret_arguments, bool *ret_help,
                       const struct cli_verb *verb, int argc, char **argv);

#endif
