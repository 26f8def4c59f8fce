/* JSON (RFC 8259), strict: UTF-8 only, no duplicate members, no trailing bytes, bounded nesting.
 * Numbers keep their own characters, so that no amount ever passes through a double. */
#ifndef HEADROOM_BASE_JSON_H
#define HEADROOM_BASE_JSON_H

#include "base/arena.h"
#include "base/buffer.h"

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER, /* text: the number's own characters */
    JSON_STRING, /* text: decoded */
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json_value {
    enum json_type type;
    uint32_t count;           /* elements of an array, members of an object */
    struct slice name;        /* of a member, decoded */
    struct slice text;        /* of a number or string */
    struct json_value *first; /* first element or member, in the order of the text */
    struct json_value *next;  /* the next one of the same array or object */
};

enum { JSON_DEPTH_MAX = 64 };

struct json_error {
    size_t offset;       /* bytes from the start of the text */
    const char *message; /* what is wrong there, in English */
    bool memory_short;   /* the arena is exhausted; the text may be well formed */
};

/** Reads one JSON text. Strings without escapes and numbers point into `text`, which must outlive
 * the value. Returns the value, or NULL with `reterr_error` set (also when the arena is exhausted).
 */
struct json_value *json_parse(struct arena *arena, struct json_error *reterr_error,
                              struct slice text) MUST_USE;
/** The member of an object by its name; NULL when there is none or `object` is no object. */
const struct json_value *json_member(const struct json_value *object, struct slice name);

/* A writer of compact JSON into a buffer. It puts the commas; the caller opens and closes in order.
 * Characters beyond ASCII stay as they are; escapes are \" \\ \b \f \n \r \t and \u00xx. */
struct json_writer {
    struct buffer *buffer;
    bool comma; /* a value stands before at this level */
};

void json_writer_init(struct json_writer *writer, struct buffer *buffer);
void json_object_begin(struct json_writer *writer);
void json_object_end(struct json_writer *writer);
void json_array_begin(struct json_writer *writer);
void json_array_end(struct json_writer *writer);
/** The name of the next value of an object. */
void json_name(struct json_writer *writer, struct slice name);
void json_string(struct json_writer *writer, struct slice text);
void json_i64(struct json_writer *writer, int64_t value);
void json_u64(struct json_writer *writer, uint64_t value);
void json_bool(struct json_writer *writer, bool value);
void json_null(struct json_writer *writer);
/** A value that the caller has already written as JSON text. */
void json_raw(struct json_writer *writer, struct slice text);
/** Begins a value that the caller writes to the buffer by itself. */
void json_value_begin(struct json_writer *writer);

/** Appends `text` as a JSON string with its quotes. */
void json_quote(struct buffer *buffer, struct slice text);

#endif
