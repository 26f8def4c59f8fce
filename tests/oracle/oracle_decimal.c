/* Numbers of FEEL against libdecnumber, another implementation by another author: random
 * expressions, each evaluated as text by FEEL and as a tree by the other.
 *
 *     oracle_decimal COUNT SEED
 *
 * +, -, *, /, the roundings, modulo and sqrt agree to the last digit; whole powers, which neither
 * side rounds correctly in every case, to one unit of the last of 34 digits, exp and log to five,
 * other powers to twenty. Prints "N expressions, 0 differ" or the first differences. */
#include <stdio.h>

#include "base/buffer.h"
#include "feel/compile.h"
#include "feel/text.h"

#define DECNUMDIGITS 420
#include <decNumber.h>

enum { DEPTH_MAX = 4, TEXT_MAX = 8192 };

struct generator {
    uint64_t state;
    char text[TEXT_MAX];
    size_t size;
    decContext context; /* decimal128, half even */
    int apart;          /* units of the 34th digit by which the outermost operation may differ */
};

static uint64_t draw(struct generator *generator, uint64_t below)
{
    uint64_t x = generator->state; /* xorshift64* */
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    generator->state = x;
    return (x * 0x2545f4914f6cdd1dULL >> 11) % below;
}

static void put(struct generator *generator, const char *text)
{
    const size_t size = strlen(text);
    check(generator->size + size < TEXT_MAX);
    memcpy(generator->text + generator->size, text, size + 1);
    generator->size += size;
}

/* A number of 1 to 34 digits, mostly of everyday size. */
static void operand(struct generator *generator, decNumber *ret_value)
{
    char text[64];
    size_t size = 0;
    const uint64_t shape = draw(generator, 10);
    const size_t digits = 1 + draw(generator, shape < 5 ? 4 : shape < 9 ? 12 : 34);
    const size_t point = draw(generator, 3) == 0 ? draw(generator, digits + 1) : digits;
    if (draw(generator, 4) == 0) {
        text[size++] = '-';
    }
    for (size_t i = 0; i < digits; i++) {
        if (i == point) {
            text[size++] = '.';
        }
        text[size++] = (char)('0' + draw(generator, 10));
    }
    text[size] = '\0';
    if (shape == 9 && draw(generator, 2) == 0) {
        (void)snprintf(text + size, sizeof text - size, "e%d", (int)draw(generator, 60) - 30);
    }
    put(generator, "(");
    put(generator, text);
    put(generator, ")");
    decNumberFromString(ret_value, text, &generator->context);
}

static void tree(struct generator *generator, decNumber *ret_value, unsigned depth);

/* FEEL has no infinity: what would be one is null, and so is all that follows from it. */
static void settle(decNumber *value)
{
    if (decNumberIsInfinite(value)) {
        decNumberFromString(value, "NaN", &(decContext){.digits = 34});
    }
}

static void binary(struct generator *generator, decNumber *ret_value, unsigned depth)
{
    static const char *const symbols[] = {" + ", " - ", " * ", " / "};
    decNumber a;
    decNumber b;
    const uint64_t operation = draw(generator, 4);
    put(generator, "(");
    tree(generator, &a, depth + 1);
    put(generator, symbols[operation]);
    tree(generator, &b, depth + 1);
    put(generator, ")");
    decNumber *(*const run[])(decNumber *, const decNumber *, const decNumber *, decContext *) = {
        decNumberAdd, decNumberSubtract, decNumberMultiply, decNumberDivide};
    (void)run[operation](ret_value, &a, &b, &generator->context);
}

/* Rounds to a scale: what has no more digits already stays as it is. */
static void rescale(struct generator *generator, decNumber *ret_value, const decNumber *value,
                    int scale, enum rounding rounding)
{
    decContext wide = generator->context;
    decNumber exponent;
    wide.digits = 400;
    wide.round = rounding;
    if (value->exponent >= -scale || decNumberIsNaN(value) || decNumberIsInfinite(value)) {
        decNumberCopy(ret_value, value);
        return;
    }
    decNumberFromInt32(&exponent, -scale);
    (void)decNumberRescale(ret_value, value, &exponent, &wide);
    (void)decNumberPlus(ret_value, ret_value, &generator->context);
}

static void rounding_call(struct generator *generator, decNumber *ret_value, unsigned depth)
{
    static const struct {
        const char *name;
        enum rounding rounding;
    } calls[] = {
        {"decimal(", DEC_ROUND_HALF_EVEN},         {"floor(", DEC_ROUND_FLOOR},
        {"ceiling(", DEC_ROUND_CEILING},           {"round up(", DEC_ROUND_UP},
        {"round down(", DEC_ROUND_DOWN},           {"round half up(", DEC_ROUND_HALF_UP},
        {"round half down(", DEC_ROUND_HALF_DOWN},
    };
    char scale_text[32];
    decNumber value;
    const uint64_t call = draw(generator, sizeof calls / sizeof calls[0]);
    const int scale = (int)draw(generator, 12) - 3;
    put(generator, calls[call].name);
    tree(generator, &value, depth + 1);
    (void)snprintf(scale_text, sizeof scale_text, ", %d)", scale);
    put(generator, scale_text);
    rescale(generator, ret_value, &value, scale, calls[call].rounding);
}

/* a - b * floor(a / b), exactly. */
static void modulo_call(struct generator *generator, decNumber *ret_value)
{
    decNumber a;
    decNumber b;
    decNumber rest;
    decContext wide = generator->context;
    wide.digits = 400;
    put(generator, "modulo(");
    operand(generator, &a);
    put(generator, ", ");
    operand(generator, &b);
    put(generator, ")");
    (void)decNumberRemainder(&rest, &a, &b, &wide);
    if (!decNumberIsNaN(&rest) && !decNumberIsZero(&rest) &&
        decNumberIsNegative(&rest) != decNumberIsNegative(&b)) {
        (void)decNumberAdd(&rest, &rest, &b, &wide);
    }
    (void)decNumberPlus(ret_value, &rest, &generator->context);
}

static void function_call(struct generator *generator, decNumber *ret_value, unsigned depth)
{
    decNumber value;
    switch (draw(generator, 4)) {
    case 0:
        put(generator, "abs(");
        tree(generator, &value, depth + 1);
        put(generator, ")");
        (void)decNumberAbs(ret_value, &value, &generator->context);
        return;
    case 1:
        put(generator, "sqrt(");
        tree(generator, &value, depth + 1);
        put(generator, ")");
        (void)decNumberSquareRoot(ret_value, &value, &generator->context);
        return;
    case 2:
        modulo_call(generator, ret_value);
        return;
    default:
        rounding_call(generator, ret_value, depth);
        return;
    }
}

static void tree(struct generator *generator, decNumber *ret_value, unsigned depth)
{
    const uint64_t choice = draw(generator, 10);
    if (depth >= DEPTH_MAX || choice < 3) {
        operand(generator, ret_value);
    } else if (choice < 8) {
        binary(generator, ret_value, depth);
    } else {
        function_call(generator, ret_value, depth);
    }
    settle(ret_value);
}

/* An operation that neither side rounds correctly, over operands that keep it within bounds. */
static void transcendental(struct generator *generator, decNumber *ret_value)
{
    char text[32];
    decNumber a;
    decNumber b;
    const uint64_t choice = draw(generator, 4);
    put(generator, choice == 0 ? "(" : choice == 1 ? "exp(" : choice == 2 ? "log(" : "(abs");
    operand(generator, &a);
    generator->apart = choice == 0 ? 1 : choice == 3 ? 20 : 5;
    if (choice == 3) {
        /* Of a negative base the other takes no whole powers above 10^9. */
        (void)decNumberAbs(&a, &a, &generator->context);
        put(generator, " ** ");
        operand(generator, &b);
        put(generator, ")");
        (void)decNumberPower(ret_value, &a, &b, &generator->context);
        if (decNumberIsZero(&a) && decNumberIsZero(&b)) {
            decNumberFromInt32(ret_value, 1);
        }
        settle(ret_value);
        return;
    }
    if (choice == 0) {
        const int power = (int)draw(generator, 60) - 30;
        (void)snprintf(text, sizeof text, " ** (%d))", power);
        put(generator, text);
        decNumberFromInt32(&b, power);
        (void)decNumberPower(ret_value, &a, &b, &generator->context);
        /* FEEL has 0 ** 0 = 1, where the other has no answer. */
        if (decNumberIsZero(&a) && power == 0) {
            decNumberFromInt32(ret_value, 1);
        }
        return;
    }
    put(generator, ")");
    (void)(choice == 1 ? decNumberExp : decNumberLn)(ret_value, &a, &generator->context);
}

/* ---- FEEL ---- */

static struct feel_value evaluate(struct arena *arena, const char *text)
{
    struct feel_compiler compiler;
    struct feel_unit unit = {0};
    struct feel_scope scope;
    struct feel_eval eval;
    const struct feel_moment now = {0};
    feel_compiler_init(&compiler, arena);
    feel_scope_init(&scope, NULL, &unit);
    feel_compiler_source(&compiler, SLICE("oracle"), slice_from_cstr(text));
    const struct feel_program program = {
        .root = feel_compile_expression(&compiler, &scope, slice_from_cstr(text)),
        .slot_count = unit.slot_count,
        .source = compiler.source,
    };
    check(!compiler.failed && compiler.first == NULL);
    feel_eval_init(&eval, arena, (struct feel_limits){0}, &now);
    return feel_run(&eval, &program, NULL, 0);
}

/* True when FEEL's value is the other's, which is null when it is no finite number. */
static bool agree(struct generator *generator, struct feel_value ours, const decNumber *theirs)
{
    struct buffer text = {0};
    decNumber value;
    decNumber distance;
    decNumber unit;
    if (decNumberIsNaN(theirs) || decNumberIsInfinite(theirs)) {
        return ours.kind == FEEL_NULL;
    }
    if (ours.kind != FEEL_NUMBER) {
        return false;
    }
    text_write(&text, ours);
    buffer_append_byte(&text, '\0');
    decNumberFromString(&value, text.data, &generator->context);
    buffer_release(&text);
    (void)decNumberCompare(&distance, &value, theirs, &generator->context);
    if (decNumberIsZero(&distance) || generator->apart == 0) {
        return decNumberIsZero(&distance);
    }
    (void)decNumberSubtract(&distance, &value, theirs, &generator->context);
    (void)decNumberAbs(&distance, &distance, &generator->context);
    decNumberFromInt32(&unit, generator->apart);
    unit.exponent = theirs->exponent + theirs->digits - 34;
    (void)decNumberCompare(&distance, &distance, &unit, &generator->context);
    return decNumberIsNegative(&distance) || decNumberIsZero(&distance);
}

int main(int argc, char **argv)
{
    static struct generator generator;
    uint64_t count = 0;
    uint64_t differ = 0;
    struct arena arena;
    if (argc != 3 || !slice_to_u64(slice_from_cstr(argv[1]), UINT32_MAX, &count) ||
        !slice_to_u64(slice_from_cstr(argv[2]), UINT32_MAX, &generator.state)) {
        (void)fprintf(stderr, "usage: oracle_decimal COUNT SEED\n");
        return 2;
    }
    generator.state = generator.state * 2 + 0x9e3779b97f4a7c15ULL;
    arena_init(&arena, 64 << 20);
    for (uint64_t i = 0; i < count; i++) {
        decNumber theirs;
        generator.size = 0;
        generator.apart = 0;
        decContextDefault(&generator.context, DEC_INIT_DECIMAL128);
        generator.context.traps = 0;
        if (draw(&generator, 8) == 0) {
            transcendental(&generator, &theirs);
        } else {
            tree(&generator, &theirs, 0);
        }
        const struct feel_value ours = evaluate(&arena, generator.text);
        if (!agree(&generator, ours, &theirs)) {
            char digits[DECNUMDIGITS + 20];
            struct buffer text = {0};
            text_write(&text, ours);
            (void)printf("%s: FEEL %.*s, libdecnumber %s\n", generator.text, (int)text.size,
                         text.data, decNumberToString(&theirs, digits));
            buffer_release(&text);
            if (++differ == 20) {
                break;
            }
        }
        arena_reset(&arena);
    }
    arena_release(&arena);
    (void)printf("%llu expressions, %llu differ\n", (unsigned long long)count,
                 (unsigned long long)differ);
    return differ == 0 ? 0 : 1;
}
