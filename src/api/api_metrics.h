/* What /metrics tells of requests: counted here, written with the figures of engine and ledger. */
#ifndef HEADROOM_API_API_METRICS_H
#define HEADROOM_API_API_METRICS_H

#include "base/buffer.h"
#include "ledger/ledger_status.h"

enum {
    METRICS_ROUTES_MAX = 192,
    METRICS_STATUSES = 24, /* places; one more than the statuses that are told apart */
    METRICS_BUCKETS = 12,
};

/** Bounds of the histogram of times, in nanoseconds; what is above the last counts in the sum. */
extern const uint64_t metrics_bounds_ns[METRICS_BUCKETS];

struct metrics_histogram {
    uint64_t buckets[METRICS_BUCKETS]; /* not above the bound, and above the one before */
    uint64_t count;
    uint64_t sum_ns;
};

struct api_metrics {
    uint64_t requests[METRICS_ROUTES_MAX][METRICS_STATUSES];
    struct metrics_histogram duration;
    uint64_t decisions[LEDGER_STATUS_COUNT]; /* commands answered, by result */
    uint64_t batches;                        /* requests with commands */
};

/** Counts an answered request of the n-th route. */
void api_metrics_request(struct api_metrics *metrics, size_t route, unsigned status,
                         uint64_t duration_ns);
void metrics_observe(struct metrics_histogram *histogram, uint64_t duration_ns);

/** Writes "# HELP" and "# TYPE" of a metric. */
void metrics_head(struct buffer *out, const char *name, const char *type, const char *help);
/** Writes a metric with one value. */
void metrics_value(struct buffer *out, const char *name, const char *type, const char *help,
                   uint64_t value);
void metrics_histogram_write(struct buffer *out, const char *name, const char *help,
                             const struct metrics_histogram *histogram);

#endif
