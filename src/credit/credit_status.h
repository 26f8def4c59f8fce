/* What a call of this room can come to. */
#ifndef HEADROOM_CREDIT_CREDIT_STATUS_H
#define HEADROOM_CREDIT_CREDIT_STATUS_H

#include "base/slice.h"

/* X(name, HTTP status, word of the problem's type, English, Chinese) */
// clang-format off
#define CREDIT_STATUS_LIST(X) \
    X(OK, 200, "ok", "done", "成功") \
    X(BAD_APPLICATION, 400, "bad-application", "the application is not as the description says", "申报内容不符合接口说明") \
    X(CUSTOMER_NOT_FOUND, 404, "customer-not-found", "there is no such customer within your reach", "客户不存在或不在您的权限范围内") \
    X(ORGANISATION_NOT_FOUND, 404, "organisation-not-found", "there is no such organisation within your reach", "机构不存在或不在您的权限范围内") \
    X(NOT_FOUND, 404, "application-not-found", "there is no such application within your reach", "申报不存在或不在您的权限范围内") \
    X(CHANGED, 412, "version-changed", "it was changed meanwhile; read it again", "内容已被他人修改，请重新读取") \
    X(NOT_DRAFT, 409, "not-a-draft", "the application was submitted, and is not changed any more", "申报已提交，不可再修改") \
    X(NOT_SUBMITTED, 409, "not-submitted", "the application is not in process", "申报不在流程中") \
    X(DECIDED, 409, "already-decided", "the application was decided otherwise", "申报已有其他批复") \
    X(CURRENCY_DIFFERS, 409, "currency-differs", "the customer's total limit is in another currency", "客户授信总额为其他币种") \
    X(AMOUNT_OVERFLOW, 409, "amount-too-large", "the customer's total limit would pass the largest amount", "客户授信总额将超过可表示的最大金额") \
    X(NO_PACK, 409, "no-pack", "no pack is in force for the legal entity", "该法人尚未启用配置包") \
    X(NO_RULES, 409, "no-rules", "a limit of the pack has no amount today", "配置包中的限额在今日没有数值") \
    X(STORE, 500, "store", "the database failed", "数据库故障") \
    X(NO_MEMORY, 503, "too-busy", "memory is short", "内存不足")
// clang-format on

enum credit_status {
#define X(name, http, slug, english, chinese) CREDIT_##name,
    CREDIT_STATUS_LIST(X)
#undef X
        CREDIT_STATUS_COUNT
};

unsigned credit_status_http(enum credit_status status);
const char *credit_status_slug(enum credit_status status);
const char *credit_status_text(enum credit_status status, bool chinese);

#endif
