/* Decisions a second of SQLite in this process: the five limits of a path are read, checked and
 * raised, the id is kept for ever, and a transaction holds a batch of them. bench/sqlite compiles
 * and runs it: sqlite FILE|:memory: LIMITS spread|hot draw|two-phase BATCH SECONDS ROUNDS Prints
 * one line a round: decisions a second, then median and 99 % of a batch in microseconds. */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATH = 5, AMOUNT = 100, SAMPLES_MAX = 1 << 20 };

struct book {
    int64_t limits, customers, groups, portfolios, first_group, first_customer, first_product,
        products;
    bool hot;
};

struct statements {
    sqlite3_stmt *begin, *commit, *path, *raise, *hold, *settle, *keep, *find, *close;
};

static sqlite3 *db;
static struct statements sql;
static uint64_t random_state = 1;

static void fail(const char *what)
{
    (void)fprintf(stderr, "bench/sqlite: %s: %s\n", what, sqlite3_errmsg(db));
    exit(3);
}

static void run(const char *text)
{
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK) {
        fail(text);
    }
}

static sqlite3_stmt *prepare(const char *text)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
        SQLITE_OK) {
        fail(text);
    }
    return statement;
}

static void step(sqlite3_stmt *statement, int expected)
{
    if (sqlite3_step(statement) != expected) {
        fail(sqlite3_sql(statement));
    }
}

static double now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* splitmix64: S. Vigna, public domain algorithm. */
static uint64_t random_next(void)
{
    uint64_t z = random_state += 0x9E3779B97F4A7C15ULL;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

/* ---- the book; see bench/peer.py ---- */

static void book_init(struct book *book, int64_t limits, bool hot)
{
    *book = (struct book){.limits = limits, .customers = limits / 5, .hot = hot};
    book->groups = book->customers / 10;
    book->portfolios = limits / 100 < 1000 ? limits / 100 : 1000;
    book->first_group = 2 * book->portfolios;
    book->first_customer = book->first_group + book->groups;
    book->first_product = book->first_customer + book->customers;
    book->products = limits - book->first_product;
}

static void book_open(const struct book *book)
{
    run("CREATE TABLE lim (id INTEGER PRIMARY KEY, cap INTEGER NOT NULL, used INTEGER NOT NULL,"
        " reserved INTEGER NOT NULL) STRICT");
    run("CREATE TABLE path (product INTEGER PRIMARY KEY, c INTEGER NOT NULL, g INTEGER NOT NULL,"
        " i INTEGER NOT NULL, b INTEGER NOT NULL) STRICT");
    run("CREATE TABLE drawing (id TEXT PRIMARY KEY, product INTEGER NOT NULL, amount INTEGER NOT "
        "NULL,"
        " open INTEGER NOT NULL) STRICT, WITHOUT ROWID");
    run("BEGIN");
    sqlite3_stmt *limit = prepare("INSERT INTO lim VALUES (?, 1000000000000000000, 0, 0)");
    sqlite3_stmt *path = prepare("INSERT INTO path VALUES (?, ?, ?, ?, ?)");
    for (int64_t n = 0; n < book->limits; n++) {
        sqlite3_bind_int64(limit, 1, n);
        step(limit, SQLITE_DONE);
        sqlite3_reset(limit);
    }
    for (int64_t n = 0; n < book->products; n++) {
        const int64_t customer = n % book->customers;
        sqlite3_bind_int64(path, 1, book->first_product + n);
        sqlite3_bind_int64(path, 2, book->first_customer + customer);
        sqlite3_bind_int64(path, 3,
                           book->first_group + (book->hot ? 0 : customer / 10 % book->groups));
        sqlite3_bind_int64(path, 4, book->hot ? 0 : customer % book->portfolios);
        sqlite3_bind_int64(path, 5, book->portfolios + n / book->portfolios % book->portfolios);
        step(path, SQLITE_DONE);
        sqlite3_reset(path);
    }
    sqlite3_finalize(limit);
    sqlite3_finalize(path);
    run("COMMIT");
}

static void statements_prepare(void)
{
    sql.begin = prepare("BEGIN IMMEDIATE");
    sql.commit = prepare("COMMIT");
    sql.path = prepare("SELECT c, g, i, b FROM path WHERE product = ?");
    sql.raise = prepare("UPDATE lim SET used = used + ?2 WHERE id = ?1"
                        " AND used + reserved + ?2 <= cap");
    sql.hold = prepare("UPDATE lim SET reserved = reserved + ?2 WHERE id = ?1"
                       " AND used + reserved + ?2 <= cap");
    sql.settle = prepare("UPDATE lim SET reserved = reserved - ?2, used = used + ?2 WHERE id = ?1");
    sql.keep = prepare("INSERT INTO drawing VALUES (?, ?, ?, 1) ON CONFLICT DO NOTHING");
    sql.find = prepare("SELECT product, amount FROM drawing WHERE id = ? AND open");
    sql.close = prepare("UPDATE drawing SET open = 0 WHERE id = ?");
}

/* ---- decisions ---- */

static void id_bind(sqlite3_stmt *statement, char kind, uint64_t number)
{
    char id[20];

    (void)snprintf(id, sizeof(id), "%c%016llx", kind, (unsigned long long)number);
    sqlite3_bind_text(statement, 1, id, 17, SQLITE_TRANSIENT);
}

static void path_read(int64_t path[PATH], int64_t product)
{
    sqlite3_bind_int64(sql.path, 1, product);
    step(sql.path, SQLITE_ROW);
    path[0] = product;
    for (int i = 1; i < PATH; i++) {
        path[i] = sqlite3_column_int64(sql.path, i - 1);
    }
    sqlite3_reset(sql.path);
}

static bool limit_change(sqlite3_stmt *change, int64_t limit, int64_t amount)
{
    sqlite3_bind_int64(change, 1, limit);
    sqlite3_bind_int64(change, 2, amount);
    step(change, SQLITE_DONE);
    sqlite3_reset(change);
    return sqlite3_changes(db) == 1;
}

/* Changes all five limits, or none. */
static bool path_change(sqlite3_stmt *change, const int64_t path[PATH])
{
    int done = 0;

    while (done < PATH && limit_change(change, path[done], AMOUNT)) {
        done++;
    }
    if (done == PATH) {
        return true;
    }
    while (done > 0) {
        (void)limit_change(change, path[--done], -AMOUNT);
    }
    return false;
}

static bool keep(char kind, uint64_t number, int64_t product)
{
    id_bind(sql.keep, kind, number);
    sqlite3_bind_int64(sql.keep, 2, product);
    sqlite3_bind_int64(sql.keep, 3, AMOUNT);
    step(sql.keep, SQLITE_DONE);
    sqlite3_reset(sql.keep);
    return sqlite3_changes(db) == 1;
}

/* Draws, or reserves when `change` is sql.hold. */
static bool draw(const struct book *book, sqlite3_stmt *change, uint64_t number)
{
    const int64_t product =
        book->first_product + (int64_t)(random_next() % (uint64_t)book->products);
    int64_t path[PATH];

    path_read(path, product);
    return keep('d', number, product) && path_change(change, path);
}

static bool confirm(uint64_t number)
{
    int64_t path[PATH];

    id_bind(sql.find, 'd', number);
    step(sql.find, SQLITE_ROW);
    const int64_t product = sqlite3_column_int64(sql.find, 0);
    sqlite3_reset(sql.find);
    id_bind(sql.close, 'd', number);
    step(sql.close, SQLITE_DONE);
    sqlite3_reset(sql.close);
    if (!keep('k', number, product)) {
        return false;
    }
    path_read(path, product);
    return path_change(sql.settle, path);
}

static void batch_run(const struct book *book, bool two_phase, uint64_t first, unsigned count)
{
    unsigned done = 0;

    for (int phase = 0; phase < (two_phase ? 2 : 1); phase++) {
        step(sql.begin, SQLITE_DONE);
        sqlite3_reset(sql.begin);
        for (unsigned i = 0; i < count; i++) {
            done += phase == 1 ? confirm(first + i)
                               : draw(book, two_phase ? sql.hold : sql.raise, first + i);
        }
        step(sql.commit, SQLITE_DONE);
        sqlite3_reset(sql.commit);
    }
    if (done != count * (two_phase ? 2 : 1)) {
        fail("a decision was refused");
    }
}

static int order(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;

    return left < right ? -1 : left > right;
}

static void round_run(const struct book *book, bool two_phase, unsigned batch, double seconds,
                      uint64_t *made)
{
    static double samples[SAMPLES_MAX];
    const double start = now();
    const uint64_t before = *made;
    size_t count = 0;
    double last = start;

    while (last - start < seconds && count < SAMPLES_MAX) {
        batch_run(book, two_phase, *made, batch);
        *made += batch;
        const double end = now();
        samples[count++] = end - last;
        last = end;
    }
    qsort(samples, count, sizeof(*samples), order);
    (void)printf("%.0f %.0f %.0f\n", (double)(*made - before) / (last - start),
                 samples[count / 2] * 1e6, samples[count * 99 / 100] * 1e6);
}

int main(int argc, char **argv)
{
    struct book book;
    uint64_t made = 0;

    if (argc != 8) {
        (void)fprintf(stderr,
                      "sqlite FILE LIMITS spread|hot draw|two-phase BATCH SECONDS ROUNDS\n");
        return 2;
    }
    const bool two_phase = strcmp(argv[4], "two-phase") == 0;
    const unsigned batch = (unsigned)strtoul(argv[5], NULL, 10);
    const double seconds = strtod(argv[6], NULL);
    const unsigned rounds = (unsigned)strtoul(argv[7], NULL, 10);
    book_init(&book, strtoll(argv[2], NULL, 10), strcmp(argv[3], "hot") == 0);
    if (sqlite3_open(argv[1], &db) != SQLITE_OK) {
        fail(argv[1]);
    }
    run("PRAGMA page_size = 4096");
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
    run("PRAGMA cache_size = -1000000");      /* about a gigabyte */
    run("PRAGMA wal_autocheckpoint = 65536"); /* a checkpoint every 256 MiB: kind to it */
    run("PRAGMA locking_mode = EXCLUSIVE");
    book_open(&book);
    statements_prepare();
    round_run(&book, two_phase, batch, seconds < 1 ? seconds : 1, &made); /* warms up */
    for (unsigned i = 0; i < rounds; i++) {
        round_run(&book, two_phase, batch, seconds, &made);
    }
    return 0;
}
