#include "wire/wire_checksum.h"

#include "base/check.h"

/* A byte costs two look-ups of four bits each. */
uint32_t wire_checksum_plain(const void *data, size_t size)
{
    static const uint32_t nibbles[16] = {
        0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3,
        0x61C69362, 0x7198540D, 0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
        0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75,
    };
    const uint8_t *bytes = data;
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = (crc >> 4) ^ nibbles[crc & 15];
        crc = (crc >> 4) ^ nibbles[crc & 15];
    }
    return ~crc;
}

#if defined(__SSE4_2__)

/* Bytes of one of three lanes. The instruction takes three cycles and one can start in each, so
 * three independent lanes run at three times the speed of one. */
enum { LANE_SIZE = 2048 };

/* What each bit of a remainder becomes when LANE_SIZE zero bytes follow it: the columns of a matrix
 * over GF(2). tests/table/test_wire.c recomputes them. */
static const uint32_t lane_shift[32] = {
    0xF7506984, 0xEB4CA5F9, 0xD3753D03, 0xA3060CF7, 0x43E06F1F, 0x87C0DE3E, 0x0A6DCA8D, 0x14DB951A,
    0x29B72A34, 0x536E5468, 0xA6DCA8D0, 0x48552751, 0x90AA4EA2, 0x24B8EBB5, 0x4971D76A, 0x92E3AED4,
    0x202B2B59, 0x405656B2, 0x80ACAD64, 0x04B52C39, 0x096A5872, 0x12D4B0E4, 0x25A961C8, 0x4B52C390,
    0x96A58720, 0x28A778B1, 0x514EF162, 0xA29DE2C4, 0x40D7B379, 0x81AF66F2, 0x06B2BB15, 0x0D65762A,
};

static uint32_t shift(uint32_t crc)
{
    uint32_t shifted = 0;

    for (unsigned i = 0; i < 32; i++) {
        shifted ^= lane_shift[i] & (0U - (crc >> i & 1U));
    }
    return shifted;
}

static uint64_t load(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return word;
}

static uint64_t three_lanes(uint64_t crc, const uint8_t *bytes)
{
    uint64_t second = 0;
    uint64_t third = 0;

    for (size_t i = 0; i < LANE_SIZE; i += sizeof(uint64_t)) {
        crc = __builtin_ia32_crc32di(crc, load(bytes + i));
        second = __builtin_ia32_crc32di(second, load(bytes + LANE_SIZE + i));
        third = __builtin_ia32_crc32di(third, load(bytes + 2 * LANE_SIZE + i));
    }
    crc = shift((uint32_t)crc) ^ second;
    return shift((uint32_t)crc) ^ third;
}

uint32_t wire_checksum(const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint64_t crc = UINT32_MAX;

    for (; size >= 3 * (size_t)LANE_SIZE; size -= 3 * (size_t)LANE_SIZE) {
        crc = three_lanes(crc, bytes);
        bytes += 3 * (size_t)LANE_SIZE;
    }
    for (; size >= sizeof(uint64_t); size -= sizeof(uint64_t)) {
        crc = __builtin_ia32_crc32di(crc, load(bytes));
        bytes += sizeof(uint64_t);
    }
    for (; size > 0; size--) {
        crc = __builtin_ia32_crc32qi((uint32_t)crc, *bytes++);
    }
    return ~(uint32_t)crc;
}

#else

uint32_t wire_checksum(const void *data, size_t size)
{
    return wire_checksum_plain(data, size);
}

#endif
