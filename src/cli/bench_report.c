/* What a measurement prints: figures for people, a histogram, and one JSON object as last line. */
#include "base/json.h"
#include "cli/bench.h"
#include "cli/cli_text.h"

enum { LABEL_WIDTH = 26, BAR_WIDTH = 40 };

static const char *const shape_names[] = {"spread", "skewed", "hot"};
static const char *const path_names[] = {"inproc", "engine", "socket", "http"};
static const char *const work_names[] = {"draw", "reserve", "two-phase", "turnover"};

static uint64_t per_second(uint64_t count, uint64_t ns)
{
    return ns == 0 ? 0 : (uint64_t)((uint128)count * OS_NS_PER_SECOND / ns);
}

/* Commands a second of the middle round; of the lower middle one where their number is even. */
static uint64_t rate_median(const struct bench *bench)
{
    uint64_t rates[BENCH_ROUNDS_MAX];

    for (size_t i = 0; i < bench->rounds_count; i++) {
        const uint64_t rate = per_second(bench->rounds[i].commands, bench->rounds[i].ns);
        size_t at = i;

        for (; at > 0 && rates[at - 1] > rate; at--) {
            rates[at] = rates[at - 1];
        }
        rates[at] = rate;
    }
    return bench->rounds_count == 0 ? 0 : rates[(bench->rounds_count - 1) / 2];
}

/* ---- for people ---- */

static void label(struct bench *bench, const char *english, const char *chinese)
{
    text_pad(&bench->cli->out, slice_from_cstr(cli_text(bench->cli, english, chinese)), LABEL_WIDTH,
             false);
}

static void row(struct bench *bench, const char *english, const char *chinese, uint64_t value)
{
    label(bench, english, chinese);
    buffer_printf(&bench->cli->out, "%llu\n", (unsigned long long)value);
}

static void row_us(struct bench *bench, const char *english, const char *chinese, uint64_t ns)
{
    label(bench, english, chinese);
    buffer_printf(&bench->cli->out, "%llu.%01llu us\n", (unsigned long long)(ns / 1000),
                  (unsigned long long)(ns % 1000 / 100));
}

/* One line a power of two of microseconds, with the share of all samples. */
static void histogram_print(struct bench *bench)
{
    const struct histogram *whole = &bench->whole;
    uint64_t counts[64] = {0};
    unsigned first = 63;
    unsigned last = 0;

    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        uint64_t low;
        uint64_t high;

        histogram_bucket_bounds(bucket, &low, &high);
        const uint64_t us = high / 1000;
        const unsigned power = us == 0 ? 0 : 64U - (unsigned)__builtin_clzll(us);
        counts[power] += whole->buckets[bucket];
        if (whole->buckets[bucket] > 0) {
            first = power < first ? power : first;
            last = power > last ? power : last;
        }
    }
    for (unsigned power = first; power <= last && whole->count > 0; power++) {
        const uint64_t low = power == 0 ? 0 : 1ULL << (power - 1);
        const uint64_t share = counts[power] * 1000 / whole->count;

        buffer_printf(&bench->cli->out, "  %10llu us ", (unsigned long long)low);
        for (uint64_t i = 0; i < counts[power] * BAR_WIDTH / whole->count; i++) {
            buffer_append_byte(&bench->cli->out, '#');
        }
        buffer_printf(&bench->cli->out, " %llu.%llu %%\n", (unsigned long long)(share / 10),
                      (unsigned long long)(share % 10));
    }
}

static void people_print(struct bench *bench)
{
    const struct bench_options *options = &bench->options;
    const uint64_t rate = rate_median(bench);

    buffer_printf(&bench->cli->out, "%s %s %s, %llu %s, %s, %s\n", path_names[options->path],
                  shape_names[options->shape], work_names[options->work],
                  (unsigned long long)bench->book.limits, cli_text(bench->cli, "limits", "个额度"),
                  bench->durable ? cli_text(bench->cli, "durable", "落盘")
                                 : cli_text(bench->cli, "not durable", "不落盘"),
                  options->rate == 0 ? cli_text(bench->cli, "closed loop", "闭环")
                                     : cli_text(bench->cli, "open loop", "开环"));
    row(bench, "decisions a second", "每秒决策数", bench_decisions(bench, rate));
    if (bench_decisions(bench, rate) != rate) {
        row(bench, "commands a second", "每秒命令数", rate);
    }
    row(bench, "commands a request", "每请求命令数", options->batch);
    row(bench, "in flight", "在途命令数", options->in_flight);
    row(bench, "refused", "被拒", bench->refused_all);
    row(bench, "errors", "错误", bench->errors_all);
    row_us(bench, "median latency", "时延中位数", histogram_quantile(&bench->whole, 500000));
    row_us(bench, "99 %", "99 %", histogram_quantile(&bench->whole, 990000));
    row_us(bench, "99.9 %", "99.9 %", histogram_quantile(&bench->whole, 999000));
    row_us(bench, "longest", "最长", bench->whole.max);
    row(bench, "memory in MiB", "内存（MiB）", bench->resident_bytes >> 20);
    if (bench->options.readers > 0) {
        row(bench, "questions a second", "每秒查询数", per_second(bench->reads, bench->wall_ns));
        row_us(bench, "99 % of questions", "查询 99 %", bench->read_p99_ns);
    }
    histogram_print(bench);
}

/* ---- the last line ---- */

static void member(struct json_writer *writer, const char *name, uint64_t value)
{
    json_name(writer, slice_from_cstr(name));
    json_value_begin(writer);
    buffer_append_u64(writer->buffer, value);
}

static void member_text(struct json_writer *writer, const char *name, const char *value)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, slice_from_cstr(value));
}

static void member_bool(struct json_writer *writer, const char *name, bool value)
{
    json_name(writer, slice_from_cstr(name));
    json_bool(writer, value);
}

static void settings_write(struct json_writer *writer, const struct bench *bench)
{
    const struct bench_options *options = &bench->options;

    member_text(writer, "path", path_names[options->path]);
    member_text(writer, "shape", shape_names[options->shape]);
    member_text(writer, "work", work_names[options->work]);
    member_text(writer, "loop", options->rate == 0 ? "closed" : "open");
    member_bool(writer, "durable", bench->durable);
    member(writer, "limits", bench->book.limits);
    member(writer, "batch", options->batch);
    member(writer, "in_flight", options->in_flight);
    member(writer, "connections", options->connections);
    member(writer, "rate", options->rate);
    member(writer, "seconds", (bench->ns_all + OS_NS_PER_SECOND / 2) / OS_NS_PER_SECOND);
    member(writer, "standing", options->standing);
    member(writer, "readers", options->readers);
}

static void rounds_write(struct json_writer *writer, const struct bench *bench)
{
    json_name(writer, SLICE("round_decisions_per_second"));
    json_array_begin(writer);
    for (size_t i = 0; i < bench->rounds_count; i++) {
        const struct bench_round *round = &bench->rounds[i];
        json_value_begin(writer);
        buffer_append_u64(writer->buffer,
                          bench_decisions(bench, per_second(round->commands, round->ns)));
    }
    json_array_end(writer);
    json_name(writer, SLICE("round_p99_us"));
    json_array_begin(writer);
    for (size_t i = 0; i < bench->rounds_count; i++) {
        json_value_begin(writer);
        buffer_append_u64(writer->buffer, bench->rounds[i].p99_ns / 1000);
    }
    json_array_end(writer);
}

static void line_print(struct bench *bench)
{
    struct json_writer writer;
    const uint64_t rate = rate_median(bench);
    const uint64_t wall = bench->wall_ns == 0 ? 1 : bench->wall_ns;

    json_writer_init(&writer, &bench->cli->out);
    json_object_begin(&writer);
    settings_write(&writer, bench);
    member(&writer, "decisions", bench_decisions(bench, bench->commands_all));
    member(&writer, "commands", bench->commands_all);
    member(&writer, "refused", bench->refused_all);
    member(&writer, "errors", bench->errors_all);
    member(&writer, "decisions_per_second", bench_decisions(bench, rate));
    member(&writer, "commands_per_second", rate);
    member(&writer, "p50_us", histogram_quantile(&bench->whole, 500000) / 1000);
    member(&writer, "p90_us", histogram_quantile(&bench->whole, 900000) / 1000);
    member(&writer, "p99_us", histogram_quantile(&bench->whole, 990000) / 1000);
    member(&writer, "p999_us", histogram_quantile(&bench->whole, 999000) / 1000);
    member(&writer, "max_us", bench->whole.max / 1000);
    member(&writer, "bytes_per_limit", bench->limit_bytes);
    member(&writer, "bytes_per_exposure", bench->record_bytes);
    member(&writer, "resident_bytes", bench->resident_bytes);
    member(&writer, "server_cpu_percent", bench->server_cpu_ns * 100 / wall);
    member(&writer, "client_cpu_percent", bench->client_cpu_ns * 100 / wall);
    member(&writer, "snapshots", bench->snapshots);
    member(&writer, "reads_per_second", per_second(bench->reads, wall));
    member(&writer, "read_p99_us", bench->read_p99_ns / 1000);
    member_bool(&writer, "first_id_exists", bench->first_exists);
    rounds_write(&writer, bench);
    json_object_end(&writer);
    buffer_append_byte(&bench->cli->out, '\n');
}

void bench_report(struct bench *bench)
{
    people_print(bench);
    line_print(bench);
}
