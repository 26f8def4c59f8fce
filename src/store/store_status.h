/* What a call of this room can come to. */
#ifndef HEADROOM_STORE_STATUS_H
#define HEADROOM_STORE_STATUS_H

#include "base/slice.h"

/* X(name, HTTP status, worth another try, English, Chinese) */
// clang-format off
#define STORE_STATUS_LIST(X) \
    X(OK, 200, false, "done", "成功") \
    X(REFUSED, 409, false, "the transaction was given up by its caller", "调用方放弃了事务") \
    X(EXISTS, 409, false, "a row with that key exists", "该键已存在") \
    X(REFERENCE, 409, false, "the row refers to one that is not there, or is referred to", "引用的记录不存在，或该记录仍被引用") \
    X(CONSTRAINT, 409, false, "a rule of the database forbids it", "违反数据库约束") \
    X(BAD_VALUE, 400, false, "a text is no UTF-8 or holds a NUL", "文本不是 UTF-8 或含有 NUL") \
    X(TOO_LARGE, 413, false, "a value or a result is larger than the bound", "数值或结果超过上限") \
    X(BUSY, 503, true, "the database is locked by somebody else for too long", "数据库被他人锁定过久") \
    X(CONFLICT, 503, true, "other transactions were in the way each time", "多次与其他事务冲突") \
    X(LOST, 503, true, "the connection to the database was lost; nothing was stored", "与数据库的连接中断；未写入任何内容") \
    X(UNKNOWN, 503, false, "the connection was lost during the commit; whether it was stored is not known", "提交时连接中断；是否已写入未知") \
    X(UNAVAILABLE, 503, true, "the database cannot be reached or opened", "数据库无法连接或打开") \
    X(FULL, 507, true, "no space is left for the database", "数据库空间不足") \
    X(NO_MEMORY, 503, true, "memory is short", "内存不足") \
    X(FORBIDDEN, 500, false, "the database may not be written or is not this program's", "数据库不可写，或不属于本程序") \
    X(TOO_NEW, 500, false, "the database was made by a newer version of this program", "数据库由更新版本的程序建立") \
    X(DAMAGED, 500, false, "the database is damaged", "数据库已损坏") \
    X(FAILED, 500, false, "the database failed", "数据库故障")
// clang-format on

enum store_status {
#define X(name, http, again, english, chinese) STORE_##name,
    STORE_STATUS_LIST(X)
#undef X
        STORE_STATUS_COUNT
};

struct slice store_status_text(enum store_status status, bool chinese);
unsigned store_status_http(enum store_status status);
/** True when the same call may succeed later. */
bool store_status_again(enum store_status status);
/** "STORE_BUSY": for tests and logs. */
const char *store_status_name(enum store_status status);

#endif
