/* Values of FEEL as bytes: what a case keeps. Every value comes back the same, but functions, which
 * are written as null. Numbers of the format are little-endian; counts are LEB128. */
#ifndef HEADROOM_BPMN_VALUE_H
#define HEADROOM_BPMN_VALUE_H

#include "base/buffer.h"
#include "feel/temporal.h"

enum { BPMN_VALUE_DEPTH_MAX = 64 };

/** False when lists and contexts are nested too deeply; then the buffer holds a part. */
bool bpmn_value_write(struct buffer *buffer, struct feel_value value) MUST_USE;

/* What is being read; `bad` once anything was wrong, and then all that is read is zero. */
struct bpmn_reader {
    struct slice rest;
    struct arena *arena;
    struct feel_zones *zones;
    bool bad;
    bool memory_short;
};

struct feel_value bpmn_value_read(struct bpmn_reader *reader);

void bpmn_write_u64(struct buffer *buffer, uint64_t value);
void bpmn_write_i64(struct buffer *buffer, int64_t value);
void bpmn_write_text(struct buffer *buffer, struct slice text);
uint8_t bpmn_read_byte(struct bpmn_reader *reader);
/** A number of at most `max`. */
uint64_t bpmn_read_u64(struct bpmn_reader *reader, uint64_t max);
int64_t bpmn_read_i64(struct bpmn_reader *reader);
/** Well-formed UTF-8, where the bytes lie. */
struct slice bpmn_read_text(struct bpmn_reader *reader);
/** A count of things that take at least one byte each. */
uint32_t bpmn_read_count(struct bpmn_reader *reader);
/** Memory of the reader's arena; NULL and `bad` when there is none. */
void *bpmn_read_take(struct bpmn_reader *reader, size_t count, size_t size);

#endif
