#include "world_internal.h"

/* ---- what clients want ---- */

/* The number of a random order of a kind that stands open, or some number when there is none. */
static uint32_t open_find(struct world *world, bool reservation)
{
    const uint32_t used = world->audit.entries_used;
    const uint32_t from = used == 0 ? 0 : (uint32_t)world_draw(world, used);

    for (uint32_t i = 0; i < used; i++) {
        const uint32_t number = (from + i) % used;
        const struct audit_entry *entry = &world->audit.entries[number];

        if (entry->remaining > 0 && (reservation ? entry->is_reservation : entry->is_exposure)) {
            return number;
        }
    }
    return from;
}

static uint32_t target_draw(struct world *world, bool reservation)
{
    if (world_draw(world, 12) == 0) {
        return (uint32_t)world_draw(world, world->orders + 1UL);
    }
    return open_find(world, reservation);
}

/* What is free on a line itself, so that the last cent is fought for. */
static int64_t line_free(const struct world *world, uint32_t limit)
{
    const struct audit_limit *at = &world->audit.limits[limit];

    return at->cap - at->outstanding - at->reserved - at->frozen -
           (audit_shapes[limit].revolving ? 0 : at->repaid);
}

static int64_t amount_draw(struct world *world, uint32_t limit)
{
    const int64_t free = line_free(world, limit);

    if (world_draw(world, 5) == 0 && free > 0) {
        return free + (int64_t)world_draw(world, 2);
    }
    return 1 + (int64_t)world_draw(world, world_draw(world, 3) == 0 ? 90000 : 9000);
}

static void drawing_make(struct world *world, struct audit_order *order, uint8_t op)
{
    order->op = op;
    order->target = (uint32_t)world_draw(world, AUDIT_LIMITS);
    order->has_amount = true;
    order->amount_minor = amount_draw(world, order->target);
    if (op == LEDGER_OP_RESERVE && world_draw(world, 5) < 2) {
        order->expires = world->now + ((int64_t)world_draw(world, 70) - 5) * US_PER_SECOND /
                                          (1 + (int64_t)world_draw(world, 3));
    }
}

static void settlement_make(struct world *world, struct audit_order *order, uint8_t op)
{
    const bool reservation = op == LEDGER_OP_CONFIRM || op == LEDGER_OP_CANCEL;

    order->op = op;
    order->target = target_draw(world, reservation);
    order->has_amount =
        op == LEDGER_OP_RESTATE || (op != LEDGER_OP_CANCEL && world_draw(world, 2) == 0);
    if (order->has_amount) {
        const int64_t left =
            order->target < AUDIT_ORDERS_MAX ? world->audit.entries[order->target].remaining : 0;

        order->amount_minor =
            left > 0 ? 1 + (int64_t)world_draw(world, (uint64_t)left + (uint64_t)left / 8 + 1) : 77;
        if (op == LEDGER_OP_RESTATE && world_draw(world, 6) == 0) {
            order->amount_minor = 0;
        }
    }
    order->final = op == LEDGER_OP_CONFIRM && world_draw(world, 2) == 0;
}

static void limit_make(struct world *world, struct audit_order *order, uint8_t op)
{
    order->op = op;
    order->target = (uint32_t)world_draw(world, AUDIT_LIMITS);
    if (op == LEDGER_OP_LIMIT_CLOSE) {
        order->target = AUDIT_LIMITS - 1 - (uint32_t)world_draw(world, 4);
        return;
    }
    order->has_amount = op == LEDGER_OP_LIMIT_ADJUST || world_draw(world, 2) == 0;
    order->amount_minor =
        op == LEDGER_OP_LIMIT_ADJUST
            ? audit_shapes[order->target].cap_minor / 2 +
                  (int64_t)world_draw(world, (uint64_t)audit_shapes[order->target].cap_minor)
            : 1 + (int64_t)world_draw(world, 20000);
}

static void order_make(struct world *world, struct audit_order *order)
{
    /* A word an op, as often as it is drawn. */
    static const uint8_t ops[] = {
        LEDGER_OP_DRAW,           LEDGER_OP_DRAW,           LEDGER_OP_DRAW,
        LEDGER_OP_DRAW,           LEDGER_OP_DRAW,           LEDGER_OP_DRAW,
        LEDGER_OP_RESERVE,        LEDGER_OP_RESERVE,        LEDGER_OP_RESERVE,
        LEDGER_OP_RESERVE,        LEDGER_OP_RESERVE,        LEDGER_OP_CONFIRM,
        LEDGER_OP_CONFIRM,        LEDGER_OP_CONFIRM,        LEDGER_OP_CANCEL,
        LEDGER_OP_REPAY,          LEDGER_OP_REPAY,          LEDGER_OP_REPAY,
        LEDGER_OP_REPAY,          LEDGER_OP_RESTATE,        LEDGER_OP_CHECK,
        LEDGER_OP_CHECK,          LEDGER_OP_LIMIT_ADJUST,   LEDGER_OP_LIMIT_FREEZE,
        LEDGER_OP_LIMIT_UNFREEZE, LEDGER_OP_LIMIT_UNFREEZE, LEDGER_OP_LIMIT_UNFREEZE,
    };
    const uint8_t op = world_draw(world, 200) == 0 ? (uint8_t)LEDGER_OP_LIMIT_CLOSE
                                                   : ops[world_draw(world, sizeof(ops))];

    *order = (struct audit_order){.number = world->orders++, .expires = TIME_NONE};
    if (op == LEDGER_OP_DRAW || op == LEDGER_OP_RESERVE || op == LEDGER_OP_CHECK) {
        drawing_make(world, order, op);
    } else if (op == LEDGER_OP_CONFIRM || op == LEDGER_OP_CANCEL || op == LEDGER_OP_REPAY ||
               op == LEDGER_OP_RESTATE) {
        settlement_make(world, order, op);
    } else {
        limit_make(world, order, op);
    }
}

/* ---- the network ---- */

void network_put(struct world *world, uint32_t packet)
{
    if (world->network_count < NETWORK_MAX) {
        world->network[world->network_count++] = packet;
    }
}

void client_send(struct world *world)
{
    struct packet *packet = &world->packets[world->packet_count];
    const size_t count = 1 + (size_t)world_draw(world, 7);

    if (world->packet_count == PACKETS_MAX || world->orders + count >= world->orders_max) {
        network_put(world, (uint32_t)world_draw(world, world->packet_count)); /* old ones again */
        world->counts->sent_again++;
        return;
    }
    packet->count = 0;
    if (world->orders == 0) {
        for (; world->orders < AUDIT_LIMITS; world->orders++) {
            packet->orders[packet->count++] = (struct audit_order){.op = LEDGER_OP_LIMIT_OPEN,
                                                                   .number = world->orders,
                                                                   .has_amount = true,
                                                                   .expires = TIME_NONE};
        }
    }
    while (packet->count < count) {
        order_make(world, &packet->orders[packet->count]);
        packet->orders[packet->count].linked = world_draw(world, 12) == 0;
        packet->count++;
    }
    if (world_draw(world, 30) == 0 && world->packet_count > 0) {
        /* An old id with other content. */
        const struct packet *old = &world->packets[world_draw(world, world->packet_count)];

        packet->orders[0] = old->orders[world_draw(world, old->count)];
        packet->orders[0].foreign = packet->orders[0].op != LEDGER_OP_CHECK;
        packet->orders[0].linked = false;
    }
    network_put(world, world->packet_count);
    if (world_draw(world, 4) == 0) {
        for (uint64_t again = world_draw(world, 5); again > 0; again--) {
            network_put(world, world->packet_count);
            world->counts->sent_again++;
        }
    }
    world->packet_count++;
}

/* ---- answers ---- */

static bool only_asks(const struct packet *packet)
{
    for (size_t i = 0; i < packet->count; i++) {
        if (packet->orders[i].op != LEDGER_OP_CHECK) {
            return false;
        }
    }
    return true;
}

void world_time_note(struct world *world)
{
    const time_us time = ledger_time(engine_ledger(world->engine));
    const time_us later =
        world->commit_now > world->audit.time ? world->commit_now : world->audit.time;

    if (time != world->audit.time && time != later) {
        (void)world_wrong(world, "the ledger's time is neither the old one nor the clock's", "");
    }
    audit_pass_time(&world->audit, time);
}

static void answers_audit(struct world *world, struct flight *flight)
{
    const struct packet *packet = &world->packets[flight->packet];
    struct audit_answer answers[AUDIT_BATCH_MAX];

    world_time_note(world);
    if (!only_asks(packet) && world->audit.time < world->commit_now) {
        (void)world_wrong(world, "a batch was decided and time stood still", "");
    }
    if (world->tamper == TAMPER_ANSWER && !world->tampered && world->counts->answers > 100) {
        flight->results[0].status =
            flight->results[0].status == LEDGER_OK ? LEDGER_EXISTS : LEDGER_OK;
        world->tampered = true;
        world->counts->tampered++;
    }
    audit_batch(&world->audit, answers, packet->orders, packet->count);
    for (size_t i = 0; i < packet->count; i++) {
        const char *wrong =
            audit_compare_answer(engine_ledger(world->engine), &flight->results[i], &answers[i]);
        char more[160];

        world->counts->answers++;
        world->counts->accepted += answers[i].status == LEDGER_OK;
        if (wrong != NULL) {
            (void)snprintf(more, sizeof(more), ": %s of order %u, answered %s, due %s",
                           ledger_op_name(packet->orders[i].op).data, packet->orders[i].number,
                           ledger_status_code(flight->results[i].status).data,
                           ledger_status_code(answers[i].status).data);
            (void)world_wrong(world, wrong, more);
        }
    }
}

static void flight_done(struct engine_batch *batch)
{
    struct flight *flight = (struct flight *)batch;
    struct world *world = flight->world;

    if (flight->done) {
        (void)world_wrong(world, "a batch was answered twice", "");
    }
    flight->done = true;
    if (batch->status == ENGINE_OK) {
        answers_audit(world, flight);
        if (world_draw(world, 12) == 0) {
            world->counts->answers_lost++;
            network_put(world, flight->packet);
        }
    } else if (batch->status == ENGINE_DISK_FULL && world->disk_faulty) {
        world->counts->refused_full++;
        network_put(world, flight->packet);
    } else {
        (void)world_wrong(world, "a batch was refused without cause: ",
                          engine_status_english(batch->status).data);
    }
}

static void flight_begin(struct world *world, uint32_t packet_number)
{
    struct flight *flight = &world->flights[world->flight_count++];
    const struct packet *packet = &world->packets[packet_number];

    flight->world = world;
    flight->packet = packet_number;
    flight->done = false;
    flight->batch = (struct engine_batch){.commands = flight->commands,
                                          .count = packet->count,
                                          .results = flight->results,
                                          .done = flight_done};
    for (size_t i = 0; i < packet->count; i++) {
        audit_command(&packet->orders[i], &flight->commands[i], &flight->extras[i],
                      flight->parents[i]);
    }
    engine_submit(world->engine, &flight->batch);
}

/* The engine has failed: it must do nothing any more. */
static void failed_check(struct world *world)
{
    static struct engine_batch batch;
    const uint64_t answers = world->counts->answers;

    world->counts->failed_for_good++;
    batch = world->flights[0].batch;
    engine_submit(world->engine, &batch);
    if (engine_commit(world->engine, world->now) != ENGINE_FAILED ||
        engine_tick(world->engine, world->now) != ENGINE_FAILED ||
        world->counts->answers != answers) {
        (void)world_wrong(world, "the engine went on after it had failed", "");
    }
}

bool network_deliver(struct world *world)
{
    const uint64_t arriving = 1 + world_draw(world, FLIGHTS_MAX);

    world->flight_count = 0;
    while (world->flight_count < arriving && world->network_count > 0) {
        /* Any of them: what stays behind is delayed and overtaken. */
        const uint64_t at = world_draw(world, 3) == 0 ? world_draw(world, world->network_count) : 0;
        const uint32_t packet = world->network[at];

        world->network_count--;
        memmove(&world->network[at], &world->network[at + 1],
                (world->network_count - at) * sizeof(world->network[0]));
        world->counts->delayed += at > 0;
        if (world_draw(world, 40) == 0) {
            network_put(world, packet); /* the request is lost and sent again */
            continue;
        }
        flight_begin(world, packet);
    }
    world->commit_now = world->now;
    if (world->flight_count == 0) {
        return true;
    }
    const enum engine_status status = engine_commit(world->engine, world->now);
    if (status == ENGINE_OK) {
        for (unsigned i = 0; i < world->flight_count; i++) {
            if (!world->flights[i].done) {
                (void)world_wrong(world, "a batch was not answered", "");
            }
        }
        world->flight_count = 0;
        world_time_note(world);
        return true;
    }
    if (status != ENGINE_FAILED ||
        (!world->disk_faulty && !disk_stopped(world->disk) && !world_damage_named(world))) {
        (void)world_wrong(world,
                          "the commit failed without cause: ", engine_status_english(status).data);
    }
    failed_check(world);
    return false;
}

bool world_damage_named(const struct world *world)
{
    const struct journal_error *error = engine_error(world->engine);

    return world->tainted && error->status == JOURNAL_ARCHIVE_DAMAGED && error->file[0] != '\0';
}

/* ---- after a recovery ---- */

bool flights_settle(struct world *world)
{
    const struct ledger *ledger = engine_ledger(world->engine);
    const time_us later =
        world->commit_now > world->audit.time ? world->commit_now : world->audit.time;
    const char *wrong;
    bool in_flight = false;

    audit_copy(&world->trial, &world->audit);
    if (ledger_time(ledger) == later) {
        audit_pass_time(&world->trial, later);
    }
    wrong = audit_compare_state(&world->trial, ledger);
    for (unsigned i = 0; wrong != NULL && i < world->flight_count; i++) {
        const struct packet *packet = &world->packets[world->flights[i].packet];
        struct audit_answer answers[AUDIT_BATCH_MAX];

        if (!world->flights[i].done) {
            audit_batch(&world->trial, answers, packet->orders, packet->count);
            wrong = audit_compare_state(&world->trial, ledger);
            world->counts->kept += wrong == NULL;
        }
    }
    if (wrong != NULL) {
        return world_wrong(world, "after recovery ", wrong);
    }
    audit_copy(&world->audit, &world->trial);
    for (unsigned i = 0; i < world->flight_count; i++) {
        if (!world->flights[i].done) {
            network_put(world, world->flights[i].packet);
            in_flight = true;
        }
    }
    world->counts->dropped += in_flight;
    world->flight_count = 0;
    return true;
}
