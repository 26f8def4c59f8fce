/* What an import can come to. */
#ifndef HEADROOM_IMPORT_STATUS_H
#define HEADROOM_IMPORT_STATUS_H

#include "base/csv.h"
#include "base/gzip.h"

// clang-format off
/* X(name, English, Chinese). */
#define IMPORT_STATUS_LIST(X) \
    X(OK, "done", "成功") \
    X(NO_MEMORY, "memory is short", "内存不足") \
    X(BAD_CSV, "it is no CSV", "不是合格的 CSV") \
    X(BAD_GZIP, "it cannot be unpacked", "无法解压") \
    X(NO_COLUMN, "a column is missing", "缺少列") \
    X(TWO_COLUMNS, "a column stands there twice", "列重复") \
    X(BAD_COUNT, "the record has not as many fields as the heading", "字段数与表头不符") \
    X(BAD_LOAN, "the loan number is not 1 to 16 letters and digits", "贷款编号不是 1 至 16 位字母数字") \
    X(BAD_DATE, "the date cannot be read", "日期无法识别") \
    X(BAD_AMOUNT, "the amount cannot be read, or is out of range", "金额无法识别或超出范围") \
    X(TWO_ROWS, "the loan stands twice, with different figures, in the statement of one date", "同一日期的报表中贷款重复且数字不同") \
    X(NO_ROWS, "there is no loan in it", "其中没有贷款") \
    X(TOO_MANY, "there are more rows, loans or movements than the bound", "行数、贷款数或变动数超过上限") \
    X(OTHER_BOOK, "the ledger already holds another import under these ids", "账本中已有以相同标识导入的另一份贷款簿") \
    X(LEDGER_FULL, "the ledger's tables are full", "账本容量已满") \
    X(TAPE_FAILED, "the commands could not be written", "命令文件写入失败") \
    X(SUBMIT_FAILED, "the ledger could not take the commands", "账本未能接收命令")
// clang-format on

enum import_status {
#define X(name, english, chinese) IMPORT_##name,
    IMPORT_STATUS_LIST(X)
#undef X
        IMPORT_STATUS_COUNT
};

enum { IMPORT_DETAIL_SIZE = 96 };

/** What went wrong, and where. */
struct import_error {
    enum import_status status;
    enum csv_status csv;             /* with IMPORT_BAD_CSV */
    enum gzip_status gzip;           /* with IMPORT_BAD_GZIP */
    uint32_t file;                   /* number of the file, from 0 */
    uint64_t line;                   /* 0 when no line is concerned */
    char detail[IMPORT_DETAIL_SIZE]; /* a column, loan or value; may be empty */
};

struct slice import_status_english(enum import_status status);
struct slice import_status_chinese(enum import_status status);
/** Sets the detail, cut to what fits at the end of a character. */
void import_error_detail(struct import_error *error, struct slice text);

#endif
