#include "cli/cli.h"

/* The verbs, each defined in a file of its own and listed here once, in the order of the help. */
#define VERB_LIST(X)                                                                               \
    X(serve)                                                                                       \
    X(import)                                                                                      \
    X(replay)                                                                                      \
    X(verify)                                                                                      \
    X(bench)                                                                                       \
    X(dmn_eval)                                                                                    \
    X(dmn_check)                                                                                   \
    X(dmn_test)                                                                                    \
    X(version)                                                                                     \
    X(help)

#define X(name) extern const struct cli_verb cli_verb_##name;
VERB_LIST(X)
#undef X

const struct cli_verb *const *cli_verbs(size_t *ret_count)
{
    static const struct cli_verb *const verbs[] = {
#define X(name) &cli_verb_##name,
        VERB_LIST(X)
#undef X
    };

    *ret_count = sizeof(verbs) / sizeof(verbs[0]);
    return verbs;
}
