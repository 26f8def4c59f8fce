#include "api/api_metrics.h"

#include "api/api_reply.h"
#include "process/process_clock.h"

/* Statuses that are told apart; the last place is for any other. */
static const unsigned statuses[METRICS_STATUSES - 1] = {
    200, 201, 204, 304, 400, 401, 403, 404, 405, 408, 409, 413,
    414, 415, 417, 429, 431, 500, 501, 503, 505, 507, 499,
};

const uint64_t metrics_bounds_ns[METRICS_BUCKETS] = {
    50000,   100000,   250000,   500000,    1000000,   2500000,
    5000000, 10000000, 50000000, 100000000, 500000000, 1000000000,
};

void metrics_observe(struct metrics_histogram *histogram, uint64_t duration_ns)
{
    histogram->count++;
    histogram->sum_ns += duration_ns;
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        if (duration_ns <= metrics_bounds_ns[i]) {
            histogram->buckets[i]++;
            return;
        }
    }
}

void api_metrics_request(struct api_metrics *metrics, size_t route, unsigned status,
                         uint64_t duration_ns)
{
    size_t place = 0;

    while (place < METRICS_STATUSES - 1 && statuses[place] != status) {
        place++;
    }
    metrics->requests[route][place]++;
    metrics_observe(&metrics->duration, duration_ns);
}

/* ---- the text format: Prometheus, "Exposition formats", 0.0.4 ---- */

void metrics_head(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_value(struct buffer *out, const char *name, const char *type, const char *help,
                   uint64_t value)
{
    metrics_head(out, name, type, help);
    buffer_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

/* Nanoseconds as seconds, without a binary fraction. */
static void seconds_write(struct buffer *out, uint64_t ns)
{
    buffer_printf(out, "%llu.%09llu", (unsigned long long)(ns / OS_NS_PER_SECOND),
                  (unsigned long long)(ns % OS_NS_PER_SECOND));
}

void metrics_histogram_write(struct buffer *out, const char *name, const char *help,
                             const struct metrics_histogram *histogram)
{
    uint64_t below = 0;

    metrics_head(out, name, "histogram", help);
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        below += histogram->buckets[i];
        buffer_printf(out, "%s_bucket{le=\"", name);
        seconds_write(out, metrics_bounds_ns[i]);
        buffer_printf(out, "\"} %llu\n", (unsigned long long)below);
    }
    buffer_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum ", name,
                  (unsigned long long)histogram->count, name);
    seconds_write(out, histogram->sum_ns);
    buffer_printf(out, "\n%s_count %llu\n", name, (unsigned long long)histogram->count);
}

static void requests_write(struct buffer *out, const struct api_metrics *metrics)
{
    size_t count;
    const struct http_route *routes = api_routes(&count);

    metrics_head(out, "headroom_http_requests_total", "counter", "requests answered, by route");
    for (size_t route = 0; route < count; route++) {
        const struct slice method = http_method_name(routes[route].method);
        for (size_t i = 0; i < METRICS_STATUSES; i++) {
            if (metrics->requests[route][i] == 0) {
                continue;
            }
            buffer_printf(out,
                          "headroom_http_requests_total{method=\"%.*s\",route=\"%s\","
                          "status=\"%u\"} %llu\n",
                          (int)method.size, method.data, routes[route].pattern,
                          i < METRICS_STATUSES - 1 ? statuses[i] : 0,
                          (unsigned long long)metrics->requests[route][i]);
        }
    }
}

/* Commands answered by result, over HTTP and over the binary protocol. */
static void decisions_write(struct buffer *out, const struct api *api,
                            const struct binary_figures *binary)
{
    metrics_head(out, "headroom_decisions_total", "counter", "commands answered, by result");
    for (unsigned i = 0; i < LEDGER_STATUS_COUNT; i++) {
        const struct slice code = ledger_status_code((enum ledger_status)i);
        const uint64_t count = api->metrics.decisions[i] + binary->decisions[i];

        if (count > 0) {
            buffer_printf(out, "headroom_decisions_total{result=\"%.*s\"} %llu\n", (int)code.size,
                          code.data, (unsigned long long)count);
        }
    }
}

/* Groups by the time of their sync: the engine counts them by powers of two of a microsecond. */
static void sync_write(struct buffer *out, const struct engine_figures *figures)
{
    uint64_t below = 0;

    metrics_head(out, "headroom_sync_seconds", "histogram", "making a group of commands durable");
    for (unsigned i = 0; i < 31; i++) {
        below += figures->sync_histogram[i];
        buffer_append(out, SLICE("headroom_sync_seconds_bucket{le=\""));
        seconds_write(out, (2000ULL << i));
        buffer_printf(out, "\"} %llu\n", (unsigned long long)below);
    }
    below += figures->sync_histogram[31];
    buffer_printf(out, "headroom_sync_seconds_bucket{le=\"+Inf\"} %llu\n",
                  (unsigned long long)below);
    buffer_append(out, SLICE("headroom_sync_seconds_sum "));
    seconds_write(out, figures->sync_ns);
    buffer_printf(out, "\nheadroom_sync_seconds_count %llu\n", (unsigned long long)below);
}

static void engine_write(struct buffer *out, const struct engine *engine)
{
    struct engine_figures figures;

    engine_figures(engine, &figures);
    metrics_value(out, "headroom_journal_records_total", "counter", "groups written",
                  figures.records);
    metrics_value(out, "headroom_journal_commands_total", "counter", "commands written",
                  figures.commands);
    metrics_value(out, "headroom_journal_bytes_total", "counter", "bytes written",
                  figures.journal_bytes);
    metrics_value(out, "headroom_journal_sequence", "gauge", "the last durable group",
                  engine_last(engine).sequence);
    metrics_value(out, "headroom_disk_full_total", "counter", "groups refused for want of room",
                  figures.disk_full);
    metrics_value(out, "headroom_snapshots_total", "counter", "snapshots written",
                  figures.snapshots);
    metrics_value(out, "headroom_snapshots_failed_total", "counter", "snapshots that failed",
                  figures.snapshots_failed);
    metrics_value(out, "headroom_archive_bytes", "gauge", "disk used by the archive",
                  figures.archive.bytes);
    metrics_value(out, "headroom_archive_segments", "gauge", "segments of the archive",
                  figures.archive.segments);
    metrics_value(out, "headroom_archive_filter_bytes", "gauge", "memory of the archive's filter",
                  figures.archive.filter_bytes);
    sync_write(out, &figures);
}

static void ledger_write(struct buffer *out, const struct ledger *ledger)
{
    struct ledger_counts counts;

    ledger_count(ledger, &counts);
    metrics_value(out, "headroom_limits", "gauge", "limits, closed ones included", counts.limits);
    metrics_value(out, "headroom_limits_closed", "gauge", "closed limits", counts.limits_closed);
    metrics_value(out, "headroom_reservations_open", "gauge", "reservations that hold room",
                  counts.reservations_open);
    metrics_value(out, "headroom_exposures_open", "gauge", "exposures that stand",
                  counts.exposures_open);
    metrics_value(out, "headroom_unlocks", "gauge", "unlocks granted", counts.unlocks);
    metrics_value(out, "headroom_ledger_memory_bytes", "gauge", "memory of the ledger's tables",
                  counts.memory_bytes);
    metrics_value(out, "headroom_ids", "gauge", "ids that were ever used", counts.ids);
    metrics_value(out, "headroom_ids_archived", "gauge",
                  "ids that have left memory for the archive", counts.archived);
    metrics_value(out, "headroom_events_total", "counter", "events of the ledger",
                  ledger_effects_total(ledger));
}

static void server_write(struct buffer *out, const struct http_server *server)
{
    struct http_figures figures;

    http_server_figures(server, &figures);
    metrics_value(out, "headroom_connections", "gauge", "open connections",
                  figures.connections_open);
    metrics_value(out, "headroom_connections_total", "counter", "connections accepted",
                  figures.connections_accepted);
    metrics_value(out, "headroom_connections_refused_total", "counter", "connections refused",
                  figures.connections_refused);
    metrics_value(out, "headroom_http_refusals_total", "counter",
                  "requests refused before any route", figures.refusals);
    metrics_value(out, "headroom_http_timeouts_total", "counter", "connections closed as too slow",
                  figures.timeouts);
    metrics_value(out, "headroom_received_bytes_total", "counter", "bytes received",
                  figures.bytes_received);
    metrics_value(out, "headroom_sent_bytes_total", "counter", "bytes sent", figures.bytes_sent);
}

static void binary_write(struct buffer *out, const struct binary_figures *figures)
{
    metrics_value(out, "headroom_binary_connections", "gauge", "open binary connections",
                  figures->connections_open);
    metrics_value(out, "headroom_binary_connections_total", "counter",
                  "binary connections accepted", figures->connections_accepted);
    metrics_value(out, "headroom_binary_connections_refused_total", "counter",
                  "binary connections refused", figures->connections_refused);
    metrics_value(out, "headroom_binary_batches_total", "counter", "binary batches taken",
                  figures->batches);
    metrics_value(out, "headroom_binary_commands_total", "counter", "commands of these",
                  figures->commands);
    metrics_value(out, "headroom_binary_errors_total", "counter",
                  "binary connections ended with an error", figures->errors);
    metrics_value(out, "headroom_binary_timeouts_total", "counter",
                  "binary connections closed as too slow", figures->timeouts);
    metrics_value(out, "headroom_binary_received_bytes_total", "counter", "bytes received",
                  figures->bytes_received);
    metrics_value(out, "headroom_binary_sent_bytes_total", "counter", "bytes sent",
                  figures->bytes_sent);
}

static void clock_write(struct buffer *out, const struct process_clock *clock)
{
    struct process_clock_figures figures;

    process_clock_figures(clock, &figures);
    metrics_value(out, "headroom_timers_fired_total", "counter", "timers of cases that fired",
                  figures.fired);
    metrics_value(out, "headroom_tasks_escalated_total", "counter",
                  "overdue tasks that were shown to others", figures.escalated);
    metrics_value(out, "headroom_timers_looks_total", "counter", "looks for timers that are due",
                  figures.looks);
    metrics_value(out, "headroom_timers_failures_total", "counter",
                  "looks that the database or memory failed", figures.failures);
    metrics_head(out, "headroom_timers_overdue_seconds", "gauge",
                 "by how much the next timer was late at the last look");
    buffer_append(out, SLICE("headroom_timers_overdue_seconds "));
    seconds_write(out, figures.overdue_us * (OS_NS_PER_SECOND / US_PER_SECOND));
    buffer_append_byte(out, '\n');
}

void api_metrics_get(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct binary_figures binary = {0};
    struct buffer body = {0};

    if (!api_query_known(request)) {
        return;
    }
    if (api->binary != NULL) {
        binary_server_figures(api->binary, &binary);
    }
    decisions_write(&body, api, &binary);
    metrics_value(&body, "headroom_batches_total", "counter", "requests with commands",
                  api->metrics.batches);
    requests_write(&body, &api->metrics);
    metrics_histogram_write(&body, "headroom_http_request_seconds",
                            "from the whole request to its answer", &api->metrics.duration);
    engine_write(&body, api->engine);
    ledger_write(&body, engine_ledger(api->engine));
    server_write(&body, api->server);
    binary_write(&body, &binary);
    if (api->clock != NULL) {
        clock_write(&body, api->clock);
    }
    metrics_value(&body, "headroom_event_streams", "gauge", "live streams of events",
                  api->stream_count);
    if (buffer_failed(&body)) {
        buffer_release(&body);
        api_problem_memory(request);
        return;
    }
    http_respond_buffer(request, 200, SLICE("text/plain; version=0.0.4; charset=utf-8"), &body);
    buffer_release(&body);
}
