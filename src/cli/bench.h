/* What the files of `headroom bench` share: the book that is opened, the commands that are made by
 * arithmetic, the drivers that carry them to a ledger, and the figures they are counted in. */
#ifndef HEADROOM_CLI_BENCH_H
#define HEADROOM_CLI_BENCH_H

#include "base/histogram.h"
#include "cli/cli.h"
#include "headroom/client.h"
#include "http/http_client.h"
#include "ledger/command.h"
#include "os/clock.h"
#include "os/process.h"
#include "os/scratch.h"
#include "os/socket.h"

enum {
    BENCH_BATCH_MAX = 8192,
    BENCH_NAME_SIZE = 17, /* a letter and 16 hexadecimal digits */
    BENCH_ROUNDS_MAX = 1000,
    BENCH_RANK_STEPS = 1 << 16,
};

/* ---- the book ---- */

enum bench_shape { BENCH_SPREAD, BENCH_SKEWED, BENCH_HOT };

/** Limits: two sets of portfolio limits, groups, customers, products. A path is product, customer,
 *  group, and one portfolio limit of each set. */
struct bench_book {
    enum bench_shape shape;
    uint64_t limits;     /* in all */
    uint64_t portfolios; /* of each set */
    uint64_t groups, customers, products;
};

struct bench_name {
    char kind; /* 'i', 'b' portfolio limits, 'g' group, 'c' customer, 'p' product; see item below */
    uint64_t number;
};

struct bench_limit {
    struct bench_name name;
    unsigned parents_count;
    struct bench_name parents[3];
};

/** Divides `limits` (at least 100): one in five is a customer. */
void bench_book_init(struct bench_book *book, enum bench_shape shape, uint64_t limits);
/** The n-th limit, in an order in which parents come before children. */
void bench_book_limit(const struct bench_book *book, struct bench_limit *ret_limit, uint64_t n);
/** Writes a name's BENCH_NAME_SIZE bytes. */
void bench_name_write(char *ret_text, struct bench_name name);

/* ---- the commands ---- */

enum bench_work {
    BENCH_DRAW,      /* a draw each */
    BENCH_RESERVE,   /* a reserve each */
    BENCH_TWO_PHASE, /* a reserve and the confirm of an earlier one, by turns */
    BENCH_TURNOVER,  /* a draw and the repay of an earlier one, by turns */
};

/** One command: `id` is fresh, `target` is a product, or the reservation or exposure to settle. */
struct bench_item {
    enum ledger_op op;
    struct bench_name id;
    struct bench_name target;
};

struct bench_source {
    const struct bench_book *book;
    enum bench_work work;
    uint64_t random;
    uint64_t made;                        /* draws or reserves so far; they number the ids */
    uint64_t settled;                     /* confirms or repays so far */
    uint64_t standing;                    /* what is made before the first is settled */
    bool settle;                          /* the next one settles */
    struct bench_item first;              /* the first draw or reserve of all */
    uint32_t ranks[BENCH_RANK_STEPS + 1]; /* quantiles of the skewed shape */
};

void bench_source_init(struct bench_source *source, const struct bench_book *book,
                       enum bench_work work, uint64_t standing);
void bench_source_next(struct bench_source *source, struct bench_item *ret_item);

/* ---- the measurement ---- */

enum bench_path { BENCH_INPROC, BENCH_ENGINE, BENCH_SOCKET, BENCH_HTTP };

struct bench_options {
    enum bench_path path;
    enum bench_shape shape;
    enum bench_work work;
    bool in_memory;        /* the data directory lies in memory: nothing is durable */
    const char *directory; /* NULL: one of its own, removed at the end */
    uint64_t seconds, commands, rounds;
    uint64_t batch, in_flight, connections;
    uint64_t rate; /* commands a second; 0: closed loop */
    uint64_t limits, standing, snapshot_mib, readers;
};

struct bench_round {
    uint64_t ns, commands;
    uint64_t p99_ns;
};

struct bench;
struct bench_readers;

/** How commands reach a ledger. */
struct bench_driver {
    /** Starts what is needed and opens the book. */
    int (*open)(struct bench *bench);
    /** Makes commands and has them decided, until `for_ns` have passed or `commands` are answered,
     *  and counts them in `bench` by bench_count. Sets bench->span_ns. */
    int (*run)(struct bench *bench, uint64_t for_ns, uint64_t commands);
    /** Waits for what is under way, and sends the very first draw or reserve once more. */
    int (*finish)(struct bench *bench, bool *ret_first_exists);
    /** Ends what `open` started, also when that failed half-way. */
    void (*close)(struct bench *bench);
};

extern const struct bench_driver bench_inproc; /* inproc and engine */
extern const struct bench_driver bench_http;
extern const struct bench_driver bench_socket;

struct bench_server {
    struct os_child child;
    bool started;
    char url[128];
    struct os_address address;
    char binary[128]; /* where the binary protocol listens */
    char token[128];
    size_t token_size;
    struct http_client *client; /* for what is not measured */
};

struct bench {
    struct cli *cli;
    struct bench_options options;
    const struct bench_driver *driver;
    struct bench_book book;
    struct bench_source source;
    void *state; /* the driver's own */
    struct bench_server server;
    char directory[OS_PATH_MAX];
    bool directory_made; /* to be removed */
    bool durable;        /* answers wait for a disk that is one */

    bool counting;
    uint64_t span_ns;                   /* of the last run */
    uint64_t answered;                  /* commands of the last run, counted or not */
    uint64_t commands, refused, errors; /* of the round */
    struct histogram latency;           /* of the round, in nanoseconds */

    struct histogram whole; /* all rounds */
    uint64_t commands_all, refused_all, errors_all, ns_all;
    struct bench_round rounds[BENCH_ROUNDS_MAX];
    size_t rounds_count;
    uint64_t server_cpu_ns, client_cpu_ns, wall_ns; /* while rounds ran */
    uint64_t resident_bytes;                        /* of the server, or of this process */
    uint64_t limit_bytes, record_bytes;             /* one limit, one exposure; 0: not known */
    uint64_t snapshots;
    bool first_exists;
    struct bench_readers *readers; /* NULL: none run */
    uint64_t reads;                /* questions answered in the rounds */
    uint64_t read_p99_ns;

    uint64_t progress_ns; /* when the line on the terminal was written last */
    uint64_t progress_answered;
};

/** Counts one request of `commands` answered commands. */
static inline void bench_count(struct bench *bench, uint64_t latency_ns, uint64_t commands,
                               uint64_t refused)
{
    bench->answered += commands;
    if (bench->counting) {
        bench->commands += commands;
        bench->refused += refused;
        histogram_record(&bench->latency, latency_ns, 1);
    }
}

/** To be called in the loop with the time at hand: writes the rate to a terminal now and then.
 *  Returns true when the user has asked to end. */
bool bench_progress(struct bench *bench, uint64_t now_ns) MUST_USE;
/** Opens the book, measures, and prints. Returns the exit status. */
int bench_measure(struct bench *bench);
/** The human figures and the last line. */
void bench_report(struct bench *bench);
/** Decisions among commands: with two commands by turns only draws and reserves are ones. */
uint64_t bench_decisions(const struct bench *bench, uint64_t commands);

/** Makes the data directory, or takes the one that was named, which must be empty. */
int bench_directory_make(struct bench *bench);
/** Starts `headroom serve` on the directory and waits until it is ready. */
int bench_server_start(struct bench *bench);
/** Opens the book, through the binary protocol. */
int bench_server_book(struct bench *bench);
/** How libheadroom reaches the server. */
void bench_client_options(const struct bench *bench, struct hr_options *ret_options);
/** Asks for the figures of the server that the report shows, and whether the first id is taken. */
int bench_server_finish(struct bench *bench, bool *ret_first_exists);
/** Ends the server by SIGKILL, which must lose nothing that was answered. */
void bench_server_end(struct bench *bench);

/** Starts the readers that were asked for, on a server that is up; counts while `on`; ends them. A
 *  question that was not answered well is a failure at the end. */
int bench_readers_start(struct bench *bench);
void bench_readers_count(struct bench *bench, bool on);
int bench_readers_end(struct bench *bench);

#endif
