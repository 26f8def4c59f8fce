#include "cli/cli.h"

/* The verbs, each defined in a file of its own and listed here once, in the order of the help. */
#define VERB_LIST(X)                                                                               \
    X(serve)                                                                                       \
    X(import_customers)                                                                            \
    X(import)                                                                                      \
    X(replay)                                                                                      \
    X(verify)                                                                                      \
    X(limit_open)                                                                                  \
    X(limit_show)                                                                                  \
    X(limit_list)                                                                                  \
    X(limit_adjust)                                                                                \
    X(limit_raise)                                                                                 \
    X(limit_activate)                                                                              \
    X(limit_move)                                                                                  \
    X(limit_close)                                                                                 \
    X(reserve)                                                                                     \
    X(confirm)                                                                                     \
    X(cancel)                                                                                      \
    X(draw)                                                                                        \
    X(repay)                                                                                       \
    X(restate)                                                                                     \
    X(check)                                                                                       \
    X(get)                                                                                         \
    X(tree)                                                                                        \
    X(exposures)                                                                                   \
    X(movements)                                                                                   \
    X(events)                                                                                      \
    X(unlock)                                                                                      \
    X(freeze)                                                                                      \
    X(unfreeze)                                                                                    \
    X(rate_set)                                                                                    \
    X(rate_list)                                                                                   \
    X(day_open)                                                                                    \
    X(day_show)                                                                                    \
    X(token_create)                                                                                \
    X(token_list)                                                                                  \
    X(token_revoke)                                                                                \
    X(bench)                                                                                       \
    X(dmn_eval)                                                                                    \
    X(dmn_feel)                                                                                    \
    X(dmn_check)                                                                                   \
    X(dmn_test)                                                                                    \
    X(bpmn_check)                                                                                  \
    X(bpmn_run)                                                                                    \
    X(bpmn_bench)                                                                                  \
    X(pack_check)                                                                                  \
    X(pack_diff)                                                                                   \
    X(pack_content)                                                                                \
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
