#include "credit/sender.h"

enum { AGAIN_SECONDS = 5 };

enum phase {
    PHASE_IDLE,
    PHASE_READ,   /* on the job thread: the oldest chain that is owed */
    PHASE_SUBMIT, /* with the engine */
    PHASE_STORE,  /* on the job thread: its answer */
};

struct sender {
    struct sender_options options;
    struct jobs_item job;
    struct engine_batch batch; /* of the chain under way */
    struct reactor_timer timer;
    struct arena arena; /* of the chain under way */
    struct buffer answer;
    struct outbox_chain chain;
    enum phase phase;
    bool found;
    bool gathered; /* something was stored before the chain was read */
    bool poked;    /* meanwhile: look again */
    bool draining;
    enum store_status status; /* of the job */
};

static struct sender *of_job(struct jobs_item *job)
{
    return (struct sender *)(void *)((char *)job - offsetof(struct sender, job));
}

static void changed(struct sender *sender)
{
    if (sender->options.changed != NULL) {
        sender->options.changed(sender->options.context);
    }
}

static void rest(struct sender *sender)
{
    sender->phase = PHASE_IDLE;
    arena_reset(&sender->arena);
    buffer_reset(&sender->answer);
}

/* What failed is tried again by the clock: a store that is locked, a disk that is full. */
static void later(struct sender *sender)
{
    const uint64_t due = reactor_now_ns(sender->options.reactor) + AGAIN_SECONDS * OS_NS_PER_SECOND;

    rest(sender);
    /* Where even the timer has no memory, the next poke tries. */
    (void)!reactor_timer_set(sender->options.reactor, &sender->timer, due);
}

static void expired(struct reactor_timer *timer)
{
    sender_poke((struct sender *)(void *)((char *)timer - offsetof(struct sender, timer)));
}

static void job_begin(struct sender *sender, enum phase phase, void (*run)(struct jobs_item *),
                      void (*done)(struct jobs_item *))
{
    sender->phase = phase;
    sender->job = (struct jobs_item){.run = run, .done = done};
    if (jobs_submit(sender->options.jobs, &sender->job) != OS_OK) {
        later(sender);
    }
}

/* ---- the answer, to the store ---- */

static enum store_status answer_work(struct store *store, void *context)
{
    struct sender *sender = context;

    bool stored;

    TRY(outbox_answer(store, &stored, &sender->chain));
    return stored && sender->options.answered != NULL
               ? sender->options.answered(store, &sender->chain, sender->options.context)
               : STORE_OK;
}

static void store_run(struct jobs_item *job)
{
    struct sender *sender = of_job(job);

    sender->chain.answered = os_clock_realtime_us();
    sender->status = store_transact(sender->options.store, STORE_WRITE, answer_work, sender);
}

static void store_done(struct jobs_item *job)
{
    struct sender *sender = of_job(job);

    if (sender->status != STORE_OK) {
        later(sender); /* the chain is owed still: asked again, the ledger gives the same answer */
        return;
    }
    rest(sender);
    changed(sender);
    sender_poke(sender);
}

/* ---- the chain, to the engine ---- */

static void batch_done(struct engine_batch *batch)
{
    struct sender *sender =
        (struct sender *)(void *)((char *)batch - offsetof(struct sender, batch));
    const struct ledger *ledger = engine_ledger(sender->options.engine);

    if (batch->status == ENGINE_TOO_LARGE) {
        /* It never will fit: that is an answer. */
        buffer_append_cstr(&sender->answer, "[{\"result\":\"batch_too_large\"}]");
        sender->chain.state = OUTBOX_REFUSED;
        sender->chain.answer = buffer_slice(&sender->answer);
        sender->chain.ledger = (int64_t)ledger_effects_total(ledger);
    } else if (batch->status == ENGINE_OK) {
        outbox_judge(&sender->chain, &sender->answer, ledger, batch->commands, batch->results,
                     batch->count);
    }
    if ((batch->status != ENGINE_OK && batch->status != ENGINE_TOO_LARGE) ||
        buffer_failed(&sender->answer)) {
        later(sender);
        return;
    }
    job_begin(sender, PHASE_STORE, store_run, store_done);
}

static void submit(struct sender *sender)
{
    const enum currency base = ledger_base(engine_ledger(sender->options.engine));
    struct ledger_command *commands;
    size_t count;

    if (!outbox_commands(&commands, &count, &sender->arena, sender->chain.commands, base)) {
        later(sender);
        return;
    }
    struct ledger_result *results = arena_take_array(&sender->arena, count, sizeof(*results));
    if (results == NULL) {
        later(sender);
        return;
    }
    sender->phase = PHASE_SUBMIT;
    sender->batch = (struct engine_batch){
        .commands = commands, .count = count, .results = results, .done = batch_done};
    changed(sender);
    engine_submit(sender->options.engine, &sender->batch);
    reactor_again(sender->options.reactor);
}

/* ---- what is owed, from the store ---- */

static enum store_status read_work(struct store *store, void *context)
{
    struct sender *sender = context;

    arena_reset(&sender->arena);
    return outbox_next(store, &sender->chain, &sender->found, &sender->arena);
}

static void read_run(struct jobs_item *job)
{
    struct sender *sender = of_job(job);
    const struct sender_options *options = &sender->options;

    sender->gathered = false;
    sender->status = options->gather == NULL
                         ? STORE_OK
                         : options->gather(options->store, &sender->gathered, options->context);
    if (sender->status == STORE_OK) {
        sender->status = store_transact(options->store, STORE_READ, read_work, sender);
    }
}

static void read_done(struct jobs_item *job)
{
    struct sender *sender = of_job(job);

    if (sender->gathered) {
        changed(sender);
    }
    if (sender->status != STORE_OK) {
        later(sender);
    } else if (!sender->found || sender->draining) {
        rest(sender);
        if (sender->poked) {
            sender_poke(sender);
        }
    } else {
        submit(sender);
    }
}

static void read_begin(struct sender *sender)
{
    sender->poked = false;
    job_begin(sender, PHASE_READ, read_run, read_done);
}

/* ---- from outside ---- */

enum os_status sender_open(struct sender **ret_sender, const struct sender_options *options)
{
    struct sender *sender = memory_allocate(sizeof(*sender));

    REQUIRE(sender != NULL, OS_EXHAUSTED);
    *sender = (struct sender){.options = *options, .timer = {.expired = expired}};
    arena_init(&sender->arena, OUTBOX_ANSWER_BYTES);
    *ret_sender = sender;
    sender_poke(sender);
    return OS_OK;
}

void sender_free(struct sender *sender)
{
    if (sender != NULL) {
        reactor_timer_cancel(sender->options.reactor, &sender->timer);
        arena_release(&sender->arena);
        buffer_release(&sender->answer);
        memory_free(sender);
    }
}

void sender_poke(struct sender *sender)
{
    if (sender->phase != PHASE_IDLE) {
        sender->poked = true;
    } else if (!sender->draining) {
        read_begin(sender);
    }
}

void sender_drain(struct sender *sender)
{
    sender->draining = true;
}

bool sender_idle(const struct sender *sender)
{
    return sender->phase == PHASE_IDLE;
}
