/* A program on libheadroom, for the suites from outside:
 *
 *   client_driver SERVER TOKEN_FILE threads THREADS COUNT    each thread draws COUNT times, one by
 * one client_driver SERVER TOKEN_FILE async COUNT              COUNT single draws, none waited for
 *   client_driver SERVER TOKEN_FILE flood BATCHES SIZE K     batches of SIZE draws, K in flight
 *   client_driver SERVER TOKEN_FILE open                     opens and says what came of it
 *   client_driver SERVER TOKEN_FILE stop COUNT               COUNT draws, then closes at once
 *
 * Draws are "P-N" on the limit "line", 0.01 each; P is the environment's DRIVER_PREFIX. Options:
 * DRIVER_TIMEOUT_MS, DRIVER_CA (TLS). Prints one JSON object: statuses and codes with their
 * numbers, and the client's figures. */
#include <headroom/client.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hr_client *client;
static const char *prefix = "d";
static atomic_ulong statuses[HR_STATUS_COUNT];
static atomic_ulong codes[HR_CODE_COUNT];
static unsigned long per_thread;
static atomic_ulong next_batch;
static unsigned long batches, batch_size;

static unsigned long number(const char *text)
{
    char *end;
    const unsigned long value = (strtoul)(text, &end, 10);

    return *text != '\0' && *end == '\0' ? value : 0;
}

static void draw_make(struct hr_command *command, unsigned long serial)
{
    char id[64];

    (void)snprintf(id, sizeof(id), "%s-%lu", prefix, serial);
    hr_draw(command, id, "line", "0.01");
}

static void note(enum hr_status status, unsigned code)
{
    statuses[status]++;
    if (status == HR_OK) {
        codes[code < HR_CODE_COUNT ? code : 0]++;
    }
}

/* ---- threads ---- */

static void *draw_some(void *context)
{
    const unsigned long first = (unsigned long)(uintptr_t)context * per_thread;
    struct hr_answer *answer = malloc(sizeof(*answer));

    for (unsigned long i = 0; answer != NULL && i < per_thread; i++) {
        struct hr_command command;

        draw_make(&command, first + i);
        const enum hr_status status = hr_do(client, &command, answer);
        note(status, answer->code);
    }
    free(answer);
    return NULL;
}

static void threads_run(unsigned long count)
{
    pthread_t threads[256];

    count = count > 256 ? 256 : count;
    for (unsigned long i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, draw_some, (void *)(uintptr_t)i) != 0) {
            exit(3);
        }
    }
    for (unsigned long i = 0; i < count; i++) {
        (void)pthread_join(threads[i], NULL);
    }
}

/* ---- single commands that nobody waits for ---- */

static void answered(const struct hr_answer *answer, enum hr_status status, void *context)
{
    (void)context;
    note(status, answer == NULL ? 0 : answer->code);
}

static void async_run(unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        struct hr_command command;

        draw_make(&command, i);
        const enum hr_status status = hr_do_async(client, &command, answered, NULL);
        if (status != HR_OK) {
            note(status, 0);
        }
    }
}

/* ---- batches ---- */

static bool batch_fill(struct hr_batch *batch)
{
    const unsigned long serial = next_batch++;

    if (serial >= batches) {
        return false;
    }
    hr_batch_clear(batch);
    for (unsigned long i = 0; i < batch_size; i++) {
        draw_make(hr_batch_add(batch, HR_DRAW, "x"), serial * batch_size + i);
    }
    return true;
}

static void done(struct hr_batch *batch, enum hr_status status, void *context)
{
    const struct hr_result *results = hr_batch_results(batch);

    for (size_t i = 0; i < hr_batch_count(batch); i++) {
        note(status, results == NULL ? 0 : results[i].code);
    }
    if (!batch_fill(batch) || hr_submit(client, batch, done, context) != HR_OK) {
        hr_batch_free(batch);
    }
}

static void flood_run(unsigned long in_flight)
{
    for (unsigned long i = 0; i < in_flight; i++) {
        struct hr_batch *batch = hr_batch_new(batch_size, 0);

        if (batch == NULL || !batch_fill(batch) || hr_submit(client, batch, done, NULL) != HR_OK) {
            hr_batch_free(batch);
        }
    }
}

/* ---- the report ---- */

static void print_counts(const char *name, atomic_ulong *counts, unsigned count, bool code)
{
    const char *comma = "";

    printf("\"%s\":{", name);
    for (unsigned i = 0; i < count; i++) {
        if (counts[i] > 0) {
            printf("%s\"%s\":%lu", comma,
                   code ? hr_code_name(i) : hr_status_text((enum hr_status)i), counts[i]);
            comma = ",";
        }
    }
    printf("},");
}

static void report(const char *error)
{
    struct hr_figures figures;

    hr_figures(client, &figures);
    print_counts("statuses", statuses, HR_STATUS_COUNT, false);
    print_counts("codes", codes, HR_CODE_COUNT, true);
    printf("\"batches\":%llu,\"commands\":%llu,\"connections\":%llu,\"resent\":%llu,"
           "\"timed_out\":%llu,\"error\":\"%s\"}\n",
           (unsigned long long)figures.batches, (unsigned long long)figures.commands,
           (unsigned long long)figures.connections, (unsigned long long)figures.resent,
           (unsigned long long)figures.timed_out, error);
}

static struct hr_options options_make(char **arguments)
{
    const char *timeout = getenv("DRIVER_TIMEOUT_MS");
    const char *ca = getenv("DRIVER_CA");

    prefix = getenv("DRIVER_PREFIX") != NULL ? getenv("DRIVER_PREFIX") : prefix;
    return (struct hr_options){.server = arguments[1],
                               .token_file = arguments[2],
                               .tls = ca != NULL,
                               .ca_file = ca,
                               .connect_timeout_ms =
                                   timeout == NULL ? 0 : (unsigned)number(timeout),
                               .timeout_ms = timeout == NULL ? 0 : (unsigned)number(timeout)};
}

static void run(const char *what, unsigned long a, unsigned long b, unsigned long c)
{
    if (strcmp(what, "threads") == 0) {
        per_thread = b;
        threads_run(a);
    } else if (strcmp(what, "async") == 0 || strcmp(what, "stop") == 0) {
        async_run(a);
    } else if (strcmp(what, "flood") == 0) {
        batches = a;
        batch_size = b;
        flood_run(c);
    }
}

int main(int argc, char **argv)
{
    char error[256] = "";

    if (argc < 4) {
        return 2;
    }
    const struct hr_options options = options_make(argv);
    const enum hr_status status = hr_open(&client, &options);
    printf("{\"open\":\"%s\",", hr_status_text(status));
    if (status == HR_OK) {
        run(argv[3], argc > 4 ? number(argv[4]) : 0, argc > 5 ? number(argv[5]) : 0,
            argc > 6 ? number(argv[6]) : 0);
        if (strcmp(argv[3], "stop") != 0 && hr_wait(client, 120000) != HR_OK) {
            return 3;
        }
    }
    hr_error_text(client, error, sizeof(error));
    if (strcmp(argv[3], "stop") == 0) {
        struct hr_figures figures;

        hr_figures(client, &figures);
        hr_close(client);
        print_counts("statuses", statuses, HR_STATUS_COUNT, false);
        printf("\"error\":\"%s\"}\n", error);
        return 0;
    }
    report(error);
    hr_close(client);
    return 0;
}
