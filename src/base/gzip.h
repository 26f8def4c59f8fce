/* The gzip format (RFC 1952), unpacked as a stream: packed bytes go in by pieces, plain ones come
 * out, memory does not grow with either. Several members behind each other are one text. What is
 * cut short, damaged, followed by other bytes, or grows beyond its bounds is refused. */
#ifndef HEADROOM_BASE_GZIP_H
#define HEADROOM_BASE_GZIP_H

#include "base/slice.h"

/* X(name, English, Chinese). */
#define GZIP_STATUS_LIST(X)                                                                        \
    X(OK, "bytes came out", "已解出数据")                                                          \
    X(MORE, "more input is needed", "需要更多输入")                                                \
    X(END, "the end of the text", "文本结束")                                                      \
    X(DAMAGED, "the packed data is damaged", "压缩数据已损坏")                                     \
    X(TRUNCATED, "the packed data is cut short", "压缩数据不完整")                                 \
    X(TRAILING, "other bytes follow the packed data", "压缩数据之后有多余字节")                    \
    X(TOO_LARGE, "the text is larger than the bound", "解压后超过大小上限")                        \
    X(TOO_DENSE, "the text grows out of all proportion", "压缩比异常，疑似压缩炸弹")               \
    X(NO_MEMORY, "memory is short", "内存不足")

enum gzip_status {
#define X(name, english, chinese) GZIP_##name,
    GZIP_STATUS_LIST(X)
#undef X
        GZIP_STATUS_COUNT
};

struct gzip_options {
    uint64_t size_max;  /* bytes that may come out in all */
    uint32_t ratio_max; /* bytes out a byte in, judged beyond GZIP_RATIO_FREE bytes out */
};

/** Below this much output the ratio is not judged: a short text may pack well. */
enum { GZIP_RATIO_FREE = 1 << 20 };

struct gzip;

/** True when a text of which these are the first bytes claims to be gzip. */
bool gzip_recognise(struct slice start);
/** NULL when memory is short. */
struct gzip *gzip_new(const struct gzip_options *options) MUST_USE;
/** NULL-safe. */
void gzip_free(struct gzip *gzip);
/** Unpacks from the front of `*inout_input`, and takes off it what was used, into `data`.
 *  Returns GZIP_OK with 1 to `size` bytes; GZIP_MORE when the input is used up and `last` is false;
 *  GZIP_END when it is used up and whole; otherwise an error, for good. */
enum gzip_status gzip_read(struct gzip *gzip, char *data, size_t size, size_t *ret_size,
                           struct slice *inout_input, bool last) MUST_USE;
struct slice gzip_status_english(enum gzip_status status);
struct slice gzip_status_chinese(enum gzip_status status);

#endif
