/* The book of a measurement and the commands upon it, both by arithmetic: what is measured is the
 * ledger and not the making of its commands. */
#include <math.h>

#include "cli/bench.h"

enum { CUSTOMERS_PER_GROUP = 10, PORTFOLIOS_MAX = 1000 };

#define ZIPF_EXPONENT 0.99

/* Eight hexadecimal digits of `number` as bytes, the most significant first in memory. */
static uint64_t digits_of(uint32_t number)
{
    const uint64_t sixes = 0x0606060606060606ULL;
    uint64_t x = number;

    x = ((x & 0xFFFF0000ULL) << 16) | (x & 0xFFFFULL);
    x = ((x << 8) & 0x00FF000000FF0000ULL) | (x & 0x000000FF000000FFULL);
    x = ((x << 4) & 0x0F000F000F000F00ULL) | (x & 0x000F000F000F000FULL);
    /* Each byte is a digit's value now; those above 9 carry into bit 4 when 6 is added. */
    const uint64_t letters = ((x + sixes) >> 4) & 0x0101010101010101ULL;
    return __builtin_bswap64(x + 0x3030303030303030ULL + letters * ('a' - '9' - 1));
}

void bench_name_write(char *ret_text, struct bench_name name)
{
    const uint64_t digits[2] = {digits_of((uint32_t)(name.number >> 32)),
                                digits_of((uint32_t)name.number)};

    ret_text[0] = name.kind;
    memcpy(ret_text + 1, digits, sizeof(digits));
}

/* ---- the book ---- */

void bench_book_init(struct bench_book *book, enum bench_shape shape, uint64_t limits)
{
    check(limits >= 100);
    *book = (struct bench_book){.shape = shape, .limits = limits, .customers = limits / 5};
    book->groups = book->customers / CUSTOMERS_PER_GROUP;
    book->portfolios = limits / 100 < PORTFOLIOS_MAX ? limits / 100 : PORTFOLIOS_MAX;
    book->products = limits - book->customers - book->groups - 2 * book->portfolios;
}

static void product_fill(const struct bench_book *book, struct bench_limit *limit, uint64_t n)
{
    const bool hot = book->shape == BENCH_HOT;
    const uint64_t customer = n % book->customers;

    limit->name = (struct bench_name){'p', n};
    limit->parents_count = 3;
    limit->parents[0] = (struct bench_name){'c', customer};
    limit->parents[1] = (struct bench_name){'i', hot ? 0 : customer % book->portfolios};
    limit->parents[2] = (struct bench_name){'b', n / book->portfolios % book->portfolios};
}

void bench_book_limit(const struct bench_book *book, struct bench_limit *ret_limit, uint64_t n)
{
    *ret_limit = (struct bench_limit){0};
    if (n < 2 * book->portfolios) {
        ret_limit->name =
            (struct bench_name){n < book->portfolios ? 'i' : 'b', n % book->portfolios};
        return;
    }
    n -= 2 * book->portfolios;
    if (n < book->groups) {
        ret_limit->name = (struct bench_name){'g', n};
        return;
    }
    n -= book->groups;
    if (n < book->customers) {
        const uint64_t group =
            book->shape == BENCH_HOT ? 0 : n / CUSTOMERS_PER_GROUP % book->groups;
        ret_limit->name = (struct bench_name){'c', n};
        ret_limit->parents_count = 1;
        ret_limit->parents[0] = (struct bench_name){'g', group};
        return;
    }
    product_fill(book, ret_limit, n - book->customers);
}

/* ---- the commands ---- */

/* splitmix64: S. Vigna, public domain algorithm. */
static uint64_t random_next(struct bench_source *source)
{
    uint64_t z = source->random += 0x9E3779B97F4A7C15ULL;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

/* A number below `bound`, which is below 2^32, from 32 random bits. */
static uint64_t scaled(uint64_t bits, uint64_t bound)
{
    return (bits & UINT32_MAX) * bound >> 32;
}

/* The ranks at which the share of all draws passes each step, for Zipf's law with exponent 0.99:
 * the n-th most drawn product gets a share in proportion to n^-0.99. */
static void ranks_fill(struct bench_source *source)
{
    const uint64_t products = source->book->products;
    double whole = 0;
    double sum = 0;
    unsigned step = 0;

    for (uint64_t rank = 1; rank <= products; rank++) {
        whole += pow((double)rank, -ZIPF_EXPONENT);
    }
    for (uint64_t rank = 1; rank <= products && step < BENCH_RANK_STEPS; rank++) {
        sum += pow((double)rank, -ZIPF_EXPONENT);
        while (step < BENCH_RANK_STEPS && sum * BENCH_RANK_STEPS > whole * step) {
            source->ranks[step++] = (uint32_t)rank - 1;
        }
    }
    while (step <= BENCH_RANK_STEPS) {
        source->ranks[step++] = (uint32_t)products - 1;
    }
}

static uint64_t product_pick(struct bench_source *source)
{
    const uint64_t random = random_next(source);

    if (source->book->shape != BENCH_SKEWED) {
        return scaled(random, source->book->products);
    }
    /* A step of the quantiles, and evenly one of the ranks that lie within it. */
    const uint64_t step = random >> 48;
    const uint64_t low = source->ranks[step];
    const uint64_t rank = low + scaled(random, source->ranks[step + 1] - low + 1);
    return rank * 0x9E3779B1ULL % source->book->products; /* much drawn ones lie apart */
}

void bench_source_init(struct bench_source *source, const struct bench_book *book,
                       enum bench_work work, uint64_t standing)
{
    *source = (struct bench_source){.book = book, .work = work, .random = 1, .standing = standing};
    if (book->shape == BENCH_SKEWED) {
        ranks_fill(source);
    }
}

void bench_source_next(struct bench_source *source, struct bench_item *ret_item)
{
    const bool pairs = source->work == BENCH_TWO_PHASE || source->work == BENCH_TURNOVER;

    if (pairs && source->settle && source->made >= source->standing + source->settled) {
        const bool confirm = source->work == BENCH_TWO_PHASE;
        const uint64_t number = source->settled++;

        source->settle = false;
        *ret_item = (struct bench_item){confirm ? LEDGER_OP_CONFIRM : LEDGER_OP_REPAY,
                                        {confirm ? 'k' : 'r', number},
                                        {'d', number}};
        return;
    }
    source->settle = true;
    *ret_item = (struct bench_item){source->work == BENCH_RESERVE || source->work == BENCH_TWO_PHASE
                                        ? LEDGER_OP_RESERVE
                                        : LEDGER_OP_DRAW,
                                    {'d', source->made++},
                                    {'p', product_pick(source)}};
    if (ret_item->id.number == 0) {
        source->first = *ret_item;
    }
}
