/* Comma-separated values (RFC 4180), read as a stream: bytes go in by pieces, records come out.
 * Strict: what RFC 4180 does not allow is an error with its line, never a guess. Beyond the RFC a
 * record may end in LF alone, a byte order mark may open the text, empty lines are passed over, and
 * a field may hold any byte but NUL (quoted ones CR, LF and commas too).
 * Source: RFC 4180, section 2. */
#ifndef HEADROOM_BASE_CSV_H
#define HEADROOM_BASE_CSV_H

#include "base/buffer.h"

/* X(name, English, Chinese). */
#define CSV_STATUS_LIST(X)                                                                         \
    X(RECORD, "a record", "一条记录")                                                              \
    X(MORE, "more input is needed", "需要更多输入")                                                \
    X(END, "the end of the text", "文本结束")                                                      \
    X(STRAY_QUOTE, "a quote inside a field that does not begin with one", "非引号字段中出现引号")  \
    X(AFTER_QUOTE, "text between a closing quote and the next comma",                              \
      "右引号与逗号之间有多余文本")                                                                \
    X(OPEN_QUOTE, "the text ends inside quotes", "文本在引号内结束")                               \
    X(BARE_CR, "a carriage return without a line feed", "回车符后没有换行符")                      \
    X(NUL, "a NUL byte", "出现 NUL 字节")                                                          \
    X(TOO_LONG, "a record longer than the bound", "记录超过长度上限")                              \
    X(TOO_MANY, "more fields in a record than the bound", "字段数超过上限")                        \
    X(NO_MEMORY, "memory is short", "内存不足")

enum csv_status {
#define X(name, english, chinese) CSV_##name,
    CSV_STATUS_LIST(X)
#undef X
        CSV_STATUS_COUNT
};

struct csv_options {
    size_t record_size_max; /* bytes of all fields of a record together */
    size_t fields_max;      /* fields of a record */
};

/** Fields of one record, valid until the next csv_next. */
struct csv_record {
    const struct slice *fields;
    size_t count;  /* at least 1 */
    uint64_t line; /* on which the record begins; the first is 1 */
};

enum csv_state {
    CSV_STATE_RECORD,   /* before a record */
    CSV_STATE_FIELD,    /* before a field */
    CSV_STATE_PLAIN,    /* in a field without quotes */
    CSV_STATE_QUOTED,   /* inside quotes */
    CSV_STATE_QUOTE,    /* behind a quote inside quotes: it closes, or is half of a doubled one */
    CSV_STATE_CR,       /* behind a carriage return outside quotes */
    CSV_STATE_CR_EMPTY, /* the same on an empty line */
    CSV_STATE_FAILED,
};

struct csv {
    struct csv_options options;
    struct buffer text;   /* the fields of the record, one behind the other */
    struct buffer ends;   /* of size_t: where each field ends in it */
    struct buffer fields; /* of struct slice */
    uint64_t line;        /* of the next byte */
    uint64_t record_line; /* on which the record begins */
    enum csv_state state;
    enum csv_status failure;
    unsigned mark_seen; /* bytes of the byte order mark, 3 once it can no longer come */
};

void csv_init(struct csv *csv, const struct csv_options *options);
void csv_release(struct csv *csv);
/** Reads from the front of `*inout_input`, and takes off it what was read.
 *  Returns CSV_RECORD with a record; CSV_MORE when the input is used up and `last` is false;
 *  CSV_END when it is used up and the text is over; otherwise an error, for good, on csv_line. */
enum csv_status csv_next(struct csv *csv, struct csv_record *ret_record, struct slice *inout_input,
                         bool last) MUST_USE;
/** The line that is being read; after an error the line where it stands. */
uint64_t csv_line(const struct csv *csv);
struct slice csv_status_english(enum csv_status status);
struct slice csv_status_chinese(enum csv_status status);

#endif
