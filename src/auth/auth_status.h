/* What a call of this room can come to. */
#ifndef HEADROOM_AUTH_AUTH_STATUS_H
#define HEADROOM_AUTH_AUTH_STATUS_H

#include "base/slice.h"

/* X(name, HTTP status, problem slug, English, Chinese) */
// clang-format off
#define AUTH_STATUS_LIST(X) \
    X(OK, 200, "", "done", "成功") \
    X(MISSING, 401, "sign-in-needed", "a bearer token is needed", "需要访问令牌") \
    X(UNKNOWN, 401, "token-refused", "the token is not known here", "令牌无效") \
    X(EXPIRED, 401, "token-refused", "the token has expired", "令牌已过期") \
    X(REVOKED, 401, "token-refused", "the token was revoked", "令牌已吊销") \
    X(THROTTLED, 429, "too-many-refusals", "too many refused tokens from this address; wait a minute", "此地址被拒绝的令牌过多，请一分钟后再试") \
    X(FORBIDDEN, 403, "role-needed", "the token's role does not allow this", "令牌的角色无此权限") \
    X(SCOPE, 403, "scope-needed", "the token's scopes do not allow this", "令牌的权限范围不含此操作") \
    X(PLACE, 403, "place-bound", "the token is bound to an organisation, and this is of all", "令牌限于某机构，而此操作涉及全部机构") \
    X(BEYOND, 403, "scope-beyond", "a token with scopes gives no more than it has: scopes among its own", "带权限范围的令牌只能授予其自身范围之内的权限") \
    X(BAD_SCOPE, 400, "bad-token", "a scope is a word of the description's x-scope, one space between two, at most 256 bytes", "权限范围须为接口说明 x-scope 中的词，以单个空格分隔，至多 256 字节") \
    X(BAD_PLACE, 400, "bad-token", "an organisation is named by its id", "机构须以其标识指明") \
    X(NOT_FOUND, 404, "token-not-found", "no token has that id", "没有该标识的令牌") \
    X(BAD_NAME, 400, "bad-token", "a token's name is 1 to 64 bytes of plain text", "令牌名称须为 1 至 64 字节的文本") \
    X(BAD_ROLE, 400, "bad-token", "a role is reader, operator or administrator", "角色须为 reader、operator 或 administrator") \
    X(BAD_EXPIRY, 400, "bad-token", "a token expires after now", "到期时间须晚于当前时间") \
    X(LAST_ADMINISTRATOR, 409, "last-administrator", "the last administrator that never expires cannot be revoked; make another first", "不能吊销最后一个长期管理员令牌；请先另建一个") \
    X(TOO_MANY, 409, "too-many-tokens", "there are 10000 tokens, revoked ones included", "令牌（含已吊销）已达 10000 个") \
    X(FULL, 507, "disk-full", "no space is left on the device", "设备空间不足") \
    X(NO_MEMORY, 503, "too-busy", "memory is short", "内存不足") \
    X(DAMAGED, 500, "internal", "the stored tokens or the audit log are damaged", "存储的令牌或审计日志已损坏") \
    X(FAILED, 500, "internal", "tokens or audit log could not be read or written", "令牌或审计日志无法读写")
// clang-format on

enum auth_status {
#define X(name, http, slug, english, chinese) AUTH_##name,
    AUTH_STATUS_LIST(X)
#undef X
        AUTH_STATUS_COUNT
};

struct slice auth_status_text(enum auth_status status, bool chinese);
/** The end of the `type` of the problem document. */
struct slice auth_status_slug(enum auth_status status);
unsigned auth_status_http(enum auth_status status);

/** What is wrong with stored data, or which call failed, for a person. */
struct auth_error {
    const char *file;  /* a name within the directory */
    uint64_t line;     /* 1 for the first; 0 when no one line is at fault */
    const char *cause; /* in English; never NULL */
    int number;        /* errno, 0 when no call failed */
    bool missing;      /* the file is not there */
};

#endif
