/* Calls that wait, and single commands. */
#include "base/arena.h"
#include "client/client_internal.h"

/* ---- one command ---- */

struct call {
    struct client_unit unit; /* first */
    struct os_mutex mutex;
    struct os_condition condition;
    bool finished;
    enum hr_status status;
    struct hr_answer *answer;
};

static void call_begin(struct call *call)
{
    os_mutex_init(&call->mutex);
    os_condition_init(&call->condition);
}

static enum hr_status call_end(struct call *call, enum hr_status submitted)
{
    if (submitted == HR_OK) {
        os_mutex_lock(&call->mutex);
        while (!call->finished) {
            os_condition_wait(&call->condition, &call->mutex);
        }
        os_mutex_unlock(&call->mutex);
        submitted = call->status;
    }
    os_condition_release(&call->condition);
    os_mutex_release(&call->mutex);
    return submitted;
}

static void call_wake(struct call *call, enum hr_status status)
{
    os_mutex_lock(&call->mutex);
    call->status = status;
    call->finished = true;
    os_condition_wake(&call->condition);
    os_mutex_unlock(&call->mutex);
}

static void do_finish(struct client_unit *unit, const struct client_outcome *outcome)
{
    struct call *call = (struct call *)(void *)unit;

    if (outcome->status == HR_OK) {
        client_answer_read(call->answer, outcome->header, outcome->results, outcome->details);
    }
    call_wake(call, outcome->status);
}

static bool command_is_single(const struct hr_command *command)
{
    return command->more == 0 && (command->flags & WIRE_LINKED) == 0;
}

enum hr_status hr_do(struct hr_client *client, const struct hr_command *command,
                     struct hr_answer *ret_answer)
{
    struct call call = {.unit = {.records = (const uint8_t *)command,
                                 .count = 1,
                                 .records_count = 1,
                                 .finish = do_finish},
                        .answer = ret_answer};

    REQUIRE(client != NULL && command_is_single(command) && !os_thread_is_current(&client->thread),
            HR_BAD_ARGUMENT);
    call_begin(&call);
    return call_end(&call, client_enqueue(client, &call.unit));
}

/* A command that nobody waits for, with its copy. */
struct errand {
    struct client_unit unit; /* first */
    struct hr_command command;
    hr_answered answered;
    void *context;
};

static void errand_finish(struct client_unit *unit, const struct client_outcome *outcome)
{
    struct errand *errand = (struct errand *)(void *)unit;
    struct hr_answer answer;
    const bool answered = outcome->status == HR_OK;

    if (answered) {
        client_answer_read(&answer, outcome->header, outcome->results, outcome->details);
    }
    errand->answered(answered ? &answer : NULL, outcome->status, errand->context);
    memory_free(errand);
}

enum hr_status hr_do_async(struct hr_client *client, const struct hr_command *command,
                           hr_answered answered, void *context)
{
    REQUIRE(client != NULL && answered != NULL && command_is_single(command), HR_BAD_ARGUMENT);
    struct errand *errand = memory_allocate(sizeof(*errand));
    REQUIRE(errand != NULL, HR_NO_MEMORY);
    *errand = (struct errand){.command = *command, .answered = answered, .context = context};
    errand->unit = (struct client_unit){.records = (const uint8_t *)&errand->command,
                                        .count = 1,
                                        .records_count = 1,
                                        .finish = errand_finish};
    const enum hr_status status = client_enqueue(client, &errand->unit);
    if (status != HR_OK) {
        memory_free(errand);
    }
    return status;
}

/* ---- a batch ---- */

static void batch_called(struct hr_batch *batch, enum hr_status status, void *context)
{
    (void)batch;
    call_wake(context, status);
}

enum hr_status hr_call(struct hr_client *client, struct hr_batch *batch)
{
    struct call call = {.finished = false};

    REQUIRE(client != NULL && !os_thread_is_current(&client->thread), HR_BAD_ARGUMENT);
    call_begin(&call);
    return call_end(&call, hr_submit(client, batch, batch_called, &call));
}
