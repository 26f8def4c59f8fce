/* Any bytes: the reader of packed commands refuses them, or what it read packs and unpacks to the
 * same bytes again, and it never reads beyond its command. */
#include "ledger/command_pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_of((const char *)data, size);
    struct ledger_command command;
    struct ledger_command again;
    struct arena arena;
    uint8_t once[COMMAND_PACKED_MAX];
    uint8_t twice[COMMAND_PACKED_MAX];

    arena_init(&arena, 4UL * 1024 * 1024);
    while (rest.size > 0) {
        const struct slice before = rest;
        if (!command_unpack(&arena, &command, &rest)) {
            check(rest.data == before.data && rest.size == before.size);
            break;
        }
        check(rest.size < before.size && rest.data + rest.size == before.data + before.size);
        const size_t once_size = command_pack(once, &command);
        struct slice packed = slice_of((const char *)once, once_size);
        check(once_size <= sizeof(once));
        check(command_unpack(&arena, &again, &packed) && packed.size == 0);
        const size_t twice_size = command_pack(twice, &again);
        check(once_size == twice_size && memcmp(once, twice, once_size) == 0);
    }
    arena_release(&arena);
    return 0;
}
