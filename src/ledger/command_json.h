/* Commands and results as JSON. Source: ledger.md; the order of members in ledger-choices.md,
 * "Answers". */
#ifndef HEADROOM_LEDGER_COMMAND_JSON_H
#define HEADROOM_LEDGER_COMMAND_JSON_H

#include "base/json.h"
#include "ledger/ledger.h"

/** Reads one command. What is wrong with its form is in command->form, never a failure: NULL
 * `value` (a line that was no JSON) gives LEDGER_BAD_REQUEST. Texts and lists point into `value`
 * and the arena. `at_allowed`: false where a server stamps the time, and `at` is then
 * LEDGER_BAD_REQUEST. Returns false when the arena is exhausted. */
bool ledger_command_read_json(struct arena *arena, struct ledger_command *ret_command,
                              const struct json_value *value, enum currency base,
                              bool at_allowed) MUST_USE;

/** The fields of a command, as LEDGER_HAS bits; those that every command may have are optional. */
void ledger_op_fields(enum ledger_op op, uint64_t *ret_required, uint64_t *ret_optional);
/** Whether the fields that were given are those of the op: all that it needs and none beyond. */
bool ledger_command_fields_hold(const struct ledger_command *command);

/** Writes the answer to one command, as an object. */
void ledger_result_write_json(struct json_writer *writer, const struct ledger *ledger,
                              const struct ledger_command *command,
                              const struct ledger_result *result);
/** Writes the object of a `get`. */
void ledger_limit_write_json(struct json_writer *writer, const struct ledger *ledger,
                             const struct ledger_limit_view *view);
void ledger_record_write_json(struct json_writer *writer, const struct ledger *ledger,
                              const struct ledger_record_view *view);
void ledger_unlock_write_json(struct json_writer *writer, const struct ledger *ledger,
                              const struct ledger_unlock_view *view);
/** A member with an amount as a string with the currency's decimals. */
void ledger_amount_write_json(struct json_writer *writer, struct slice name, int128 amount_minor,
                              enum currency currency);

#endif
