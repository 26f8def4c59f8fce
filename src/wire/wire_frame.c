#include "wire/wire_frame.h"

#include "base/check.h"
#include "wire/wire_checksum.h"

enum { HEADER_SUMMED = offsetof(struct wire_header, header_checksum) };

static uint32_t results_size(uint32_t count)
{
    const uint32_t bytes = count * WIRE_RESULT_SIZE;

    return (bytes + WIRE_RECORD_SIZE - 1) / WIRE_RECORD_SIZE * WIRE_RECORD_SIZE;
}

uint32_t wire_frame_size(enum wire_type type, uint32_t count, uint32_t records)
{
    const uint32_t size = WIRE_HEADER_SIZE + records * WIRE_RECORD_SIZE;

    switch (type) {
    case WIRE_HELLO:
    case WIRE_WELCOME:
    case WIRE_ERROR:
        return count == 0 && records == 1 ? size : 0;
    case WIRE_PING:
    case WIRE_PONG:
        return count == 0 && records == 0 ? size : 0;
    case WIRE_BATCH:
        return count > 0 && count <= WIRE_COMMANDS_MAX && records >= count &&
                       records <= WIRE_RECORDS_MAX
                   ? size
                   : 0;
    case WIRE_RESULTS: /* a result has at most 255 details */
        return count > 0 && count <= WIRE_COMMANDS_MAX && records <= count * UINT8_MAX
                   ? size + results_size(count)
                   : 0;
    }
    return 0;
}

void wire_frame_seal(uint8_t *frame, struct wire_header *header)
{
    check(header->size ==
          wire_frame_size((enum wire_type)header->type, header->count, header->records));
    memcpy(header->magic, WIRE_MAGIC, sizeof(header->magic));
    header->version = WIRE_VERSION;
    header->body_checksum =
        wire_checksum(frame + WIRE_HEADER_SIZE, header->size - WIRE_HEADER_SIZE);
    header->header_checksum = wire_checksum(header, HEADER_SUMMED);
    memcpy(frame, header, sizeof(*header));
}

static bool type_known(uint8_t type)
{
    return type >= WIRE_HELLO && type <= WIRE_PONG;
}

enum wire_error wire_header_read(struct wire_header *ret_header,
                                 const uint8_t bytes[WIRE_HEADER_SIZE])
{
    struct wire_header *header = ret_header;

    memcpy(header, bytes, sizeof(*header));
    REQUIRE(memcmp(header->magic, WIRE_MAGIC, sizeof(header->magic)) == 0, WIRE_BAD_MAGIC);
    REQUIRE(header->header_checksum == wire_checksum(header, HEADER_SUMMED), WIRE_BAD_CHECKSUM);
    REQUIRE(header->version == WIRE_VERSION, WIRE_BAD_VERSION);
    REQUIRE(type_known(header->type), WIRE_BAD_TYPE);
    REQUIRE(header->flags == 0 && header->reserved == 0 && header->reserved_too == 0,
            WIRE_BAD_RECORD);
    const uint32_t size =
        wire_frame_size((enum wire_type)header->type, header->count, header->records);
    REQUIRE(size != 0, WIRE_BAD_COUNT);
    REQUIRE(header->size == size, WIRE_BAD_SIZE);
    return WIRE_OK;
}

enum wire_error wire_body_check(const struct wire_header *header, const uint8_t *body)
{
    const uint32_t sum = wire_checksum(body, header->size - WIRE_HEADER_SIZE);

    return sum == header->body_checksum ? WIRE_OK : WIRE_BAD_CHECKSUM;
}

void wire_error_write(uint8_t ret_frame[WIRE_ERROR_FRAME_SIZE], enum wire_error error, uint64_t tag)
{
    struct wire_header header = {
        .size = WIRE_ERROR_FRAME_SIZE, .type = WIRE_ERROR, .records = 1, .tag = tag};
    struct wire_failure failure = {.code = (uint16_t)error,
                                   .ends = wire_error_ends(error) ? 1 : 0,
                                   .again = wire_error_again(error) ? 1 : 0};
    const char *text = wire_error_text(error);
    const size_t size = strlen(text);

    check(size <= WIRE_TEXT_MAX);
    memcpy(failure.text, text, size);
    memcpy(ret_frame + WIRE_HEADER_SIZE, &failure, sizeof(failure));
    wire_frame_seal(ret_frame, &header);
}

const char *wire_error_text(enum wire_error error)
{
    switch (error) {
#define X(identifier, number, ends, again, text)                                                   \
    case WIRE_##identifier:                                                                        \
        return text;
        WIRE_ERROR_LIST(X)
#undef X
    case WIRE_OK:
        break;
    }
    return "an error that this version does not know";
}

bool wire_error_ends(enum wire_error error)
{
    switch (error) {
#define X(identifier, number, ends, again, text)                                                   \
    case WIRE_##identifier:                                                                        \
        return ends;
        WIRE_ERROR_LIST(X)
#undef X
    case WIRE_OK:
        break;
    }
    return true;
}

bool wire_error_again(enum wire_error error)
{
    switch (error) {
#define X(identifier, number, ends, again, text)                                                   \
    case WIRE_##identifier:                                                                        \
        return again;
        WIRE_ERROR_LIST(X)
#undef X
    case WIRE_OK:
        break;
    }
    return false;
}
