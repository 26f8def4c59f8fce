#include "base/hash.h"
#include "import/ibrd_book.h"

enum {
    HASH_DIGITS = 8,
    TEXT_SIZE = 512, /* of a name in an id; longer ones differ in their hash alone */
};

/* Fits `text` into `size_max` bytes of `bytes`. Returns the size. */
static size_t text_fit(char *bytes, struct slice text, size_t size_max)
{
    static const char digits[] = "0123456789abcdef";
    size_t size = text.size;
    uint64_t hash;

    if (size <= size_max) {
        memcpy(bytes, text.data, size);
        return size;
    }
    size = size_max - HASH_DIGITS - 1;
    while (size > 0 && ((uint8_t)text.data[size] & 0xC0) == 0x80) {
        size--;
    }
    while (size > 0 && text.data[size - 1] == ' ') {
        size--;
    }
    memcpy(bytes, text.data, size);
    bytes[size++] = '~';
    hash = hash64(text.data, text.size, 0);
    for (int i = 0; i < HASH_DIGITS; i++) {
        bytes[size++] = digits[(hash >> (60 - 4 * i)) & 15];
    }
    return size;
}

void ibrd_id_make(struct ledger_id *ret_id, struct slice prefix, struct slice text)
{
    char whole[TEXT_SIZE];
    size_t size = text.size;

    check(prefix.size < LEDGER_ID_SIZE - HASH_DIGITS - 1);
    if (size > TEXT_SIZE - prefix.size) {
        size = TEXT_SIZE - prefix.size;
    }
    memcpy(whole, prefix.data, prefix.size);
    if (size > 0) {
        memcpy(whole + prefix.size, text.data, size);
    }
    *ret_id = (struct ledger_id){{0}};
    (void)text_fit(ret_id->bytes, slice_of(whole, prefix.size + size), LEDGER_ID_SIZE);
}

void ibrd_step_id(struct ledger_id *ret_id, struct slice name, date_days period, const char *step,
                  int number)
{
    char tail[LEDGER_ID_SIZE];
    int year, month, day, size;

    date_to_civil(period, &year, &month, &day);
    if (number < 0) {
        size = snprintf(tail, sizeof(tail), "@%04d-%02d-%02d.%s", year, month, day, step);
    } else {
        size = snprintf(tail, sizeof(tail), "@%04d-%02d-%02d.%s%d", year, month, day, step, number);
    }
    check(size > 0 && size <= LEDGER_ID_SIZE - IBRD_LOAN_SIZE);
    *ret_id = (struct ledger_id){{0}};
    const size_t begin = text_fit(ret_id->bytes, name, LEDGER_ID_SIZE - (size_t)size);
    memcpy(ret_id->bytes + begin, tail, (size_t)size);
}

void ibrd_loan_id(struct ledger_id *ret_id, const struct ibrd_import *import, uint32_t loan)
{
    const struct slice name = ibrd_loan_name(import->statements, loan);
    const uint32_t booking = import->loans[loan].booking;
    char text[LEDGER_ID_SIZE];
    int size = 0;

    check(name.size <= IBRD_LOAN_SIZE);
    memcpy(text, name.data, name.size);
    if (booking > 0) {
        /* The first booking has no number; the one that corrects it is the second. */
        size = snprintf(text + name.size, sizeof(text) - name.size, "~%u", booking + 1);
        check(size > 0 && (size_t)size < sizeof(text) - name.size);
    }
    ibrd_id_make(ret_id, SLICE(""), slice_of(text, name.size + (size_t)size));
}
