/* What a chain of commands would come to in the ledger, before anybody agrees to it: limits as they
 * stand and as they would, which would be over, the first refusal. */
#ifndef HEADROOM_API_API_FORESEE_H
#define HEADROOM_API_API_FORESEE_H

#include "api/api_task.h"
#include "ledger/ledger.h"

enum { API_LOOKS_MAX = 1000 };

/** A limit on the path of one that changes. */
struct api_look {
    uint32_t limit;
    bool opened; /* it is not there before */
    struct ledger_limit_view before, after;
    struct slice after_json; /* written while what it names was there */
};

struct api_foresight {
    struct slice chain;         /* a JSON array of commands; "[]": there is nothing to do */
    size_t chain_count;         /* of them */
    const struct slice *limits; /* whose paths are looked at */
    size_t limit_count;
    /* What the ledger says. */
    struct ledger_command *commands;
    struct ledger_result *results;
    size_t command_count;
    bool holds; /* the chain would be accepted */
    struct api_look *looks;
    size_t look_count;
    struct arena *arena;
};

/** On the loop: asks the ledger. False: the task is refused, memory or tables are short. */
bool api_foresee(struct api_task *task, struct api_foresight *foresight) MUST_USE;
/** Refuses where limits would be over, or by more than they are, that `accepted` (a JSON array of
 *  ids; NULL: none) does not name, and names them all. */
bool api_foresee_room(struct api_task *task, const struct api_foresight *foresight,
                      const struct json_value *accepted) MUST_USE;
/** Writes "limits", "over", "holds", and where it does not hold "refusal". */
void api_foresight_write(struct json_writer *writer, const struct ledger *ledger,
                         const struct api_foresight *foresight);

#endif
