/* What a call about stored packs can come to. */
#ifndef HEADROOM_PACK_PACK_STATUS_H
#define HEADROOM_PACK_PACK_STATUS_H

#include "base/slice.h"

/* X(name, HTTP status, problem slug, English, Chinese) */
// clang-format off
#define PACK_STATUS_LIST(X) \
    X(OK, 200, "", "done", "成功") \
    X(STORE, 503, "store", "the database refused or failed", "数据库拒绝或故障") \
    X(NO_MEMORY, 503, "too-busy", "memory is short", "内存不足") \
    X(BAD_REASON, 400, "bad-reason", "a reason is 1 to 500 bytes of plain text", "理由须为 1 至 500 字节的文本") \
    X(ERRORS, 422, "pack-errors", "the pack has errors", "配置包有错误") \
    X(NOT_FOUND, 404, "not-found", "there is no such pack, activation or organisation", "配置包、启用申请或机构不存在") \
    X(TAKEN, 409, "version-taken", "another content is stored under this id and version", "该标识与版本已存有不同内容") \
    X(PENDING, 409, "activation-pending", "another activation waits for its decision there", "该机构已有待复核的启用申请") \
    X(ACTIVE, 409, "pack-active", "the pack is active there", "该配置包在此已启用") \
    X(NOTHING_BEFORE, 409, "nothing-before", "no pack was active there before", "此前未启用过其他配置包") \
    X(STALE, 409, "pack-changed", "another pack is active by now than the one that was compared, or another pack is proposed than the one that was shown", "当前启用的配置包已变更，或所示配置包与申请不符") \
    X(DECIDED, 409, "activation-decided", "the activation was decided before", "该启用申请已处理") \
    X(SELF, 403, "four-eyes", "who proposed an activation does not activate it", "申请人不得复核本人的启用申请")
// clang-format on

enum pack_status {
#define X(name, http, slug, english, chinese) PACK_STATUS_##name,
    PACK_STATUS_LIST(X)
#undef X
        PACK_STATUS_COUNT
};

struct slice pack_status_text(enum pack_status status, bool chinese);
struct slice pack_status_slug(enum pack_status status);
unsigned pack_status_http(enum pack_status status);

#endif
