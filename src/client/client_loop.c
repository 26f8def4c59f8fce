/* The thread of a client: takes units out of the queue, keeps a connection while there is something
 * to send, and sleeps otherwise. */
#include "client/client_internal.h"
#include "os/clock.h"

enum { BACKOFF_FIRST_MS = 20, BACKOFF_DOUBLINGS = 6 };

/* ---- the queue ---- */

enum hr_status client_enqueue(struct hr_client *client, struct client_unit *unit)
{
    const uint64_t timeout_ns = client->options.timeout_ms * OS_NS_PER_MS;
    bool wake;

    unit->next = NULL;
    os_mutex_lock(&client->mutex);
    if (client->closing || !client->opened || client->open_status != HR_OK) {
        os_mutex_unlock(&client->mutex);
        return HR_CLOSED;
    }
    if (client->waiting + unit->count > client->options.waiting_max) {
        os_mutex_unlock(&client->mutex);
        return HR_FULL;
    }
    unit->deadline_ns = os_clock_monotonic_ns() + timeout_ns;
    if (client->last == NULL) {
        client->first = unit;
    } else {
        client->last->next = unit;
    }
    client->last = unit;
    client->waiting += unit->count;
    client->unfinished++;
    wake = client->sleeping;
    client->sleeping = false;
    os_mutex_unlock(&client->mutex);
    if (wake) {
        os_event_set(client->event_fd);
    }
    return HR_OK;
}

void client_unit_finish(struct hr_client *client, struct client_unit *unit,
                        const struct client_outcome *outcome)
{
    unit->finish(unit, outcome); /* the unit may be gone after this */
    os_mutex_lock(&client->mutex);
    client->figures.timed_out += outcome->status == HR_TIMED_OUT;
    if (--client->unfinished == 0) {
        os_condition_wake(&client->idle);
    }
    os_mutex_unlock(&client->mutex);
}

static void queue_take(struct hr_client *client)
{
    if (client->first == NULL) {
        return;
    }
    if (client->taken_last == NULL) {
        client->taken = client->first;
    } else {
        client->taken_last->next = client->first;
    }
    client->taken_last = client->last;
    client->first = NULL;
    client->last = NULL;
}

/* ---- the connection ---- */

/* Tries to connect, when that is due. A refusal is final for what waits; a server that cannot be
 * reached is tried again, at growing distances, until the time-outs say otherwise. */
static void connect_try(struct hr_client *client)
{
    const enum hr_status status = client_link_open(client);

    if (status == HR_OK) {
        client->connect_failures = 0;
        client->broken = HR_OK;
        return;
    }
    const unsigned doublings = client->connect_failures < BACKOFF_DOUBLINGS
                                   ? client->connect_failures
                                   : (unsigned)BACKOFF_DOUBLINGS;
    client->connect_failures++;
    client->connect_due_ns =
        os_clock_monotonic_ns() + ((uint64_t)BACKOFF_FIRST_MS << doublings) * OS_NS_PER_MS;
    if (status != HR_UNREACHABLE) {
        client_units_fail(client, status);
    }
}

static void connection_lost(struct hr_client *client)
{
    const enum hr_status why = client->broken;

    client_link_close(client);
    client->broken = HR_OK;
    client->connect_due_ns = os_clock_monotonic_ns() + BACKOFF_FIRST_MS * OS_NS_PER_MS;
    if (why == HR_PROTOCOL || why == HR_DENIED) {
        client_units_fail(client, why); /* the same bytes would fail the same way */
    }
}

static void connection_turn(struct hr_client *client)
{
    if (client->connection == NULL) {
        const bool needed = client->taken != NULL || client->frames != NULL;

        if (!needed || os_clock_monotonic_ns() < client->connect_due_ns) {
            return;
        }
        connect_try(client);
        if (client->connection == NULL) {
            return;
        }
    }
    /* Each answer makes room for a frame of what has gathered meanwhile, and nothing else would
     * wake the thread for it. */
    unsigned in_flight;
    do {
        client_frames_make(client);
        in_flight = client->in_flight;
        if (!client_link_turn(client)) {
            connection_lost(client);
            return;
        }
    } while (client->taken != NULL && client->in_flight < in_flight);
}

/* ---- the thread ---- */

static int wait_ms(const struct hr_client *client, uint64_t deadline_ns)
{
    const uint64_t now_ns = os_clock_monotonic_ns();
    const bool connecting =
        client->connection == NULL && (client->taken != NULL || client->frames != NULL);

    if (connecting && client->connect_due_ns < deadline_ns) {
        deadline_ns = client->connect_due_ns;
    }
    if (deadline_ns == UINT64_MAX) {
        return -1;
    }
    if (deadline_ns <= now_ns) {
        return 0;
    }
    const uint64_t ms = (deadline_ns - now_ns) / OS_NS_PER_MS + 1;
    return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

/* Takes what was submitted; returns whether the client is to close. */
static bool work_take(struct hr_client *client)
{
    os_mutex_lock(&client->mutex);
    const bool closing = client->closing;

    queue_take(client);
    client->sleeping = false;
    os_mutex_unlock(&client->mutex);
    return closing;
}

/* Sleeps until there is something to do, unless more was submitted meanwhile. */
static void work_wait(struct hr_client *client, uint64_t deadline_ns)
{
    os_mutex_lock(&client->mutex);
    const bool sleeps = client->first == NULL && !client->closing;

    client->sleeping = sleeps;
    os_mutex_unlock(&client->mutex);
    if (sleeps) {
        os_connection_wait(client->connection, client_link_wants_write(client), client->event_fd,
                           wait_ms(client, deadline_ns));
        os_event_clear(client->event_fd);
    }
}

static void opening(struct hr_client *client)
{
    const enum hr_status status = client_link_open(client);

    os_mutex_lock(&client->mutex);
    client->open_status = status;
    client->opened = true;
    os_condition_wake(&client->idle);
    os_mutex_unlock(&client->mutex);
}

void *client_run(void *context)
{
    struct hr_client *client = context;

    opening(client);
    while (!work_take(client)) {
        connection_turn(client);
        work_wait(client, client_units_expire(client, os_clock_monotonic_ns()));
    }
    client_units_fail(client, HR_CLOSED);
    client_link_close(client);
    return NULL;
}
