#include "credit/outbox.h"

#include "ledger/command_json.h"

enum { SMALL_BYTES = 1 << 16 };

static const struct slice state_names[] = {{"owed", 4}, {"accepted", 8}, {"refused", 7}};

/* ---- rows ---- */

static enum outbox_state state_of(struct slice name)
{
    unsigned state = OUTBOX_OWED;

    while (state < OUTBOX_REFUSED && !slice_equal(state_names[state], name)) {
        state++;
    }
    return (enum outbox_state)state;
}

static void chain_read(struct outbox_chain *chain, const struct store_value *row)
{
    *chain = (struct outbox_chain){
        .number = row[0].number,
        .case_ref = row[1].bytes,
        .step = row[2].bytes,
        .purpose = row[3].bytes,
        .subject = row[4].bytes,
        .actor = row[5].bytes,
        .commands = row[6].bytes,
        .made = row[7].number,
        .state = state_of(row[8].bytes),
        .answer = row[9].bytes,
        .ledger = row[10].number,
        .answered = row[11].number,
    };
}

static enum store_status one_read(struct store *store, struct outbox_chain *ret_chain,
                                  bool *ret_found, struct arena *arena, enum store_query query,
                                  const struct store_value *values)
{
    struct store_rows rows;

    TRY(store_select(store, &rows, arena, query, values));
    *ret_found = rows.count > 0;
    if (*ret_found) {
        chain_read(ret_chain, store_row(&rows, 0));
    }
    return STORE_OK;
}

enum store_status outbox_read(struct store *store, struct outbox_chain *ret_chain, bool *ret_found,
                              struct arena *arena, struct slice case_ref, struct slice step)
{
    const struct store_value values[] = {store_text(case_ref), store_text(step)};

    return one_read(store, ret_chain, ret_found, arena, QUERY_OUTBOX_OF_STEP, values);
}

enum store_status outbox_next(struct store *store, struct outbox_chain *ret_chain, bool *ret_found,
                              struct arena *arena)
{
    return one_read(store, ret_chain, ret_found, arena, QUERY_OUTBOX_OWED, NULL);
}

static enum store_status event_of(struct store *store, const struct outbox_chain *chain,
                                  struct slice op)
{
    const bool answered = chain->state != OUTBOX_OWED;
    const struct event event = {
        .ledger = answered ? chain->ledger : 0,
        .at = answered ? chain->answered : chain->made,
        .op = op,
        .subject = chain->subject,
        .actor = answered ? SLICE("system") : chain->actor,
        .case_ref = chain->case_ref,
    };

    return event_add(store, &event);
}

/* ---- owed ---- */

static bool chain_same(const struct outbox_chain *a, const struct outbox_chain *b)
{
    return slice_equal(a->purpose, b->purpose) && slice_equal(a->subject, b->subject) &&
           slice_equal(a->commands, b->commands);
}

enum store_status outbox_add(struct store *store, const struct outbox_chain *chain)
{
    const struct store_value values[] = {
        store_text(chain->case_ref), store_text(chain->step),  store_text(chain->purpose),
        store_text(chain->subject),  store_text(chain->actor), store_text(chain->commands),
        store_integer(chain->made),
    };
    struct outbox_chain there;
    struct arena arena;
    bool found;

    REQUIRE(chain->commands.size <= OUTBOX_BYTES_MAX, STORE_TOO_LARGE);
    arena_init(&arena, OUTBOX_ANSWER_BYTES);
    enum store_status status =
        outbox_read(store, &there, &found, &arena, chain->case_ref, chain->step);
    if (status == STORE_OK && found) {
        status = chain_same(chain, &there) ? STORE_OK : STORE_EXISTS;
    } else if (status == STORE_OK) {
        status = store_change(store, NULL, QUERY_OUTBOX_ADD, values);
        status = status == STORE_OK ? event_of(store, chain, SLICE("ledger.order")) : status;
    }
    arena_release(&arena);
    return status;
}

/* ---- answered ---- */

static enum store_status answer_record(struct store *store, const struct outbox_chain *chain)
{
    const struct trail_entry entry = {
        .at = chain->answered,
        .actor = SLICE("system"),
        .action = chain->state == OUTBOX_ACCEPTED ? SLICE("ledger.accept") : SLICE("ledger.refuse"),
        .subject = chain->subject,
        .before = chain->commands,
        .after = chain->answer,
    };

    return trail_add(store, &entry);
}

enum store_status outbox_answer(struct store *store, bool *ret_stored,
                                const struct outbox_chain *chain)
{
    const struct store_value values[] = {
        store_integer(chain->number),   store_text(state_names[chain->state]),
        store_text(chain->answer),      store_integer(chain->ledger),
        store_integer(chain->answered),
    };
    uint64_t changed;

    check(chain->state != OUTBOX_OWED && chain->answer.size > 0);
    TRY(store_change(store, &changed, QUERY_OUTBOX_ANSWER, values));
    *ret_stored = changed > 0;
    if (changed == 0) {
        return STORE_OK;
    }
    TRY(event_of(store, chain,
                 chain->state == OUTBOX_ACCEPTED ? SLICE("ledger.accept")
                                                 : SLICE("ledger.refuse")));
    return answer_record(store, chain);
}

/* ---- the chain as commands ---- */

/* One command that the ledger refuses as `bad_request`, for a text that is no chain. */
static bool bad_chain(struct ledger_command **ret_commands, size_t *ret_count, struct arena *arena)
{
    struct ledger_command *command = arena_take(arena, sizeof(*command));

    if (command == NULL) {
        return false;
    }
    ledger_command_init(command, LEDGER_OP_NONE);
    command->form = LEDGER_BAD_REQUEST;
    *ret_commands = command;
    *ret_count = 1;
    return true;
}

bool outbox_commands(struct ledger_command **ret_commands, size_t *ret_count, struct arena *arena,
                     struct slice text, enum currency base)
{
    struct json_error error;
    const struct json_value *list = json_parse(arena, &error, text);
    size_t count = 0;

    if (list == NULL && error.memory_short) {
        return false;
    }
    if (list == NULL || list->type != JSON_ARRAY || list->count == 0 ||
        list->count > OUTBOX_COMMANDS_MAX) {
        return bad_chain(ret_commands, ret_count, arena);
    }
    struct ledger_command *commands = arena_take_array(arena, list->count, sizeof(*commands));
    if (commands == NULL) {
        return false;
    }
    for (const struct json_value *value = list->first; value != NULL; value = value->next) {
        if (!ledger_command_read_json(arena, &commands[count], value, base, false)) {
            return false;
        }
        commands[count].linked = count + 1 < list->count;
        count++;
    }
    *ret_commands = commands;
    *ret_count = count;
    return true;
}

void outbox_judge(struct outbox_chain *inout_chain, struct buffer *out, const struct ledger *ledger,
                  const struct ledger_command *commands, const struct ledger_result *results,
                  size_t count)
{
    struct json_writer writer;
    bool accepted = true;

    json_writer_init(&writer, out);
    json_array_begin(&writer);
    for (size_t i = 0; i < count; i++) {
        accepted =
            accepted && (results[i].status == LEDGER_OK || results[i].status == LEDGER_EXISTS);
        ledger_result_write_json(&writer, ledger, &commands[i], &results[i]);
    }
    json_array_end(&writer);
    inout_chain->state = accepted ? OUTBOX_ACCEPTED : OUTBOX_REFUSED;
    inout_chain->answer = buffer_slice(out);
    inout_chain->ledger = (int64_t)ledger_effects_total(ledger);
}
