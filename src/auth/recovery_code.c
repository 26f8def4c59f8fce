#include "auth/recovery_code.h"

#include "auth/people_internal.h"
#include "os/entropy.h"

static const char alphabet[33] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

enum { GROUP = 5 };

void recovery_code_make(char ret_code[RECOVERY_CODE_SIZE])
{
    uint8_t random[RECOVERY_CODE_PLAIN];
    size_t size = 0;

    os_entropy_fill(random, sizeof(random));
    for (size_t i = 0; i < RECOVERY_CODE_PLAIN; i++) {
        if (i > 0 && i % GROUP == 0) {
            ret_code[size++] = '-';
        }
        ret_code[size++] = alphabet[random[i] & 31];
    }
    check(size == RECOVERY_CODE_SIZE);
    explicit_bzero(random, sizeof(random));
}

bool recovery_code_digest(struct slice code, uint8_t ret_digest[SHA256_SIZE])
{
    char plain[RECOVERY_CODE_PLAIN];
    size_t size = 0;

    for (size_t i = 0; i < code.size; i++) {
        char c = code.data[i];
        if (c == '-' || c == ' ') {
            continue;
        }
        c = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        if (size == sizeof(plain) || c == '\0' || strchr(alphabet, c) == NULL) {
            return false;
        }
        plain[size++] = c;
    }
    if (size < sizeof(plain)) {
        return false;
    }
    sha256_of(slice_of(plain, sizeof(plain)), ret_digest);
    explicit_bzero(plain, sizeof(plain));
    return true;
}

enum people_status recovery_codes_count(struct store *store, uint64_t *ret_count,
                                        struct arena *arena, struct slice user)
{
    const struct store_value values[] = {store_text(user)};
    struct store_rows rows;

    TRY(people_from_store(store_select(store, &rows, arena, QUERY_RECOVERY_CODES_COUNT, values)));
    *ret_count = (uint64_t)store_row(&rows, 0)[0].number;
    return PEOPLE_OK;
}
