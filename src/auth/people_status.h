/* What a call about people can come to. */
#ifndef HEADROOM_AUTH_PEOPLE_STATUS_H
#define HEADROOM_AUTH_PEOPLE_STATUS_H

#include "base/slice.h"

/* X(name, HTTP status, problem slug, English, Chinese) */
// clang-format off
#define PEOPLE_STATUS_LIST(X) \
    X(OK, 200, "", "done", "成功") \
    X(STORE, 503, "store", "the database refused or failed", "数据库拒绝或故障") \
    X(NO_MEMORY, 503, "too-busy", "memory is short", "内存不足") \
    X(BAD_ID, 400, "bad-id", "an id is 1 to 32 of a-z, 0-9, '.', '_', '-', and begins with a letter or digit", "标识须为 1 至 32 位小写字母、数字或 . _ -，以字母或数字开头") \
    X(BAD_NAME, 400, "bad-name", "a name is 1 to 120 bytes of plain text", "名称须为 1 至 120 字节的文本") \
    X(BAD_PASSWORD, 400, "bad-password", "a password has 12 to 256 bytes, five different ones, and not the login in it", "密码须为 12 至 256 字节，至少含五个不同字符，且不得包含登录名") \
    X(PASSWORD_GUESSED, 400, "password-guessed", "others guess it first: a known password or word with little around it, one part repeated, or a sequence", "该密码易被猜中：属于已知密码或常用词稍加修饰，或为重复、连续字符") \
    X(PASSWORD_NAMES, 400, "password-names", "a password has no name of the user, of the bank or of this program in it", "密码不得包含用户姓名、银行名称或本系统名称") \
    X(PASSWORD_USED, 400, "password-used", "it is the password that the account has, or one of its last ones", "不得与现用或近期用过的密码相同") \
    X(WRONG_PASSWORD, 403, "wrong-password", "the password is wrong", "密码错误") \
    X(NO_PASSWORD, 409, "no-password", "the account has no password; an administrator gives the first one", "账户没有密码，首个密码由管理员设置") \
    X(PASSWORD_CHANGE, 403, "password-change-needed", "an administrator has set the password; change it first", "密码由管理员设置，请先修改密码") \
    X(BAD_DATES, 400, "bad-dates", "a post ends after it begins", "任职结束时间须晚于开始时间") \
    X(EXISTS, 409, "exists", "that id or login is taken", "标识或登录名已被占用") \
    X(NOT_FOUND, 404, "not-found", "there is no such legal entity, organisation, user or post", "法人、机构、用户或岗位不存在") \
    X(OTHER_ENTITY, 409, "other-entity", "it belongs to another legal entity", "属于其他法人") \
    X(DISABLED, 409, "disabled", "the user is disabled", "用户已停用") \
    X(SELF, 403, "self", "nobody changes posts, password or locks of their own account as an administrator", "管理员不得变更本人的任职、密码或锁定") \
    X(DUTIES, 409, "duties-exclude", "the role excludes one that the user holds", "与该用户现任角色互斥") \
    X(HELD, 409, "post-held", "the user holds that post already", "该用户已任此岗") \
    X(BAD_DOCUMENT, 400, "bad-document", "a delegation needs the number of its document and a reason, each 1 to 500 bytes of text", "转授权须有文件编号和事由，各为 1 至 500 字节的文本") \
    X(SAME_PERSON, 409, "same-person", "nobody stands in for themselves by another account", "不得以本人另一账户代理本人") \
    X(NOT_DELEGABLE, 409, "not-delegable", "an administrator's post is not delegated", "管理员岗位不得转授") \
    X(POST_NOT_HELD, 409, "post-not-held", "the delegator does not hold that post for all of that time; what is held by delegation is not passed on", "转授人在该期间未任该岗；受托取得的权限不得再转授") \
    X(REVOKED, 409, "revoked", "it was revoked before", "该授权已撤销") \
    X(REFUSED, 401, "sign-in-refused", "login, password or code is wrong", "登录名、密码或验证码错误") \
    X(LOCKED, 429, "account-locked", "too many wrong attempts; the account is locked for a while", "错误次数过多，账户已暂时锁定") \
    X(CODE_NEEDED, 401, "code-needed", "the code of the second factor is needed", "需要第二因素验证码") \
    X(FACTOR_LOST, 409, "second-factor-lost", "the key of the second factor cannot be opened; use a recovery code, or an administrator resets it", "第二因素密钥无法解封，请使用恢复码，或由管理员重置") \
    X(WRONG_CODE, 403, "wrong-code", "the code is missing, wrong, or was used before", "验证码缺失、错误或已使用过") \
    X(FACTOR_NEEDED, 403, "second-factor-needed", "a second factor is required of you; enrol one first", "您须使用第二因素，请先登记") \
    X(FACTOR_NOT_BEGUN, 409, "second-factor-not-begun", "no second factor was begun in the last ten minutes; begin again", "最近十分钟内未开始登记第二因素，请重新开始") \
    X(FACTOR_NONE, 409, "no-second-factor", "the account has no second factor", "账户没有第二因素") \
    X(FACTOR_REQUIRED, 409, "second-factor-required", "a second factor is required of you; it can be replaced, not removed", "您须使用第二因素，只能更换，不能移除") \
    X(ENDED, 401, "session-ended", "the session has ended; sign in again", "会话已结束，请重新登录")
// clang-format on

enum people_status {
#define X(name, http, slug, english, chinese) PEOPLE_##name,
    PEOPLE_STATUS_LIST(X)
#undef X
        PEOPLE_STATUS_COUNT
};

struct slice people_status_text(enum people_status status, bool chinese);
struct slice people_status_slug(enum people_status status);
unsigned people_status_http(enum people_status status);
const char *people_status_name(enum people_status status);

#endif
