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
    X(MOVE_NOT_FOUND, 404, "not-found", "there is no such merge or split within your reach", "合并或拆分不存在或不在您的权限范围内") \
    X(MOVE_OPEN, 409, "move-open", "another merge or split of one of the customers is proposed or under way", "其中一位客户另有合并或拆分正在申请或办理") \
    X(MOVE_ENDED, 409, "already-decided", "the merge or split was decided", "该合并或拆分已有结论") \
    X(MOVE_CUSTOMER, 409, "customer-refused", "the customers cannot be merged or split so", "客户不可如此合并或拆分") \
    X(SHOWN_NEEDED, 428, "shown-needed", "name by `shown` what you were shown and agree to: the hash in its preview", "请在 shown 参数中写明您所见并同意的内容哈希（见预览）") \
    X(SHOWN_CHANGED, 412, "shown-changed", "what you were shown is not what it would do now; read it again", "您所见的内容与现在将执行的内容不一致，请重新查看") \
    X(FOUR_EYES, 403, "four-eyes", "who proposed it does not agree to it, nor one person for two legal entities", "申请人不得复核本人的申请，一人亦不得代表两个法人") \
    X(NOT_CONCERNED, 403, "not-concerned", "it does not concern your legal entity, or that has agreed already", "该事项不涉及您所在法人，或您所在法人已同意") \
    X(DECISION_PENDING, 409, "decision-pending", "a decision of one of the customers awaits the ledger's answer", "其中一位客户的批复正等待账本应答") \
    X(NO_TOTAL, 409, "no-total", "the customer that takes lines has no total limit in that legal entity", "承接额度的客户在该法人尚无授信总额") \
    X(NO_LIMIT, 400, "bad-limits", "a limit that is to move is none of the customer's lines at the top", "所选额度并非该客户的顶层额度") \
    X(ENTANGLED, 409, "limits-entangled", "later limits stand below one that would go: it cannot be taken back whole", "其后的额度位于拟退回的额度之下，无法整体退回") \
    X(TOO_MANY_LIMITS, 409, "too-many-limits", "more limits would move than one chain can hold", "拟移动的额度超过一次指令的上限") \
    X(NO_ROOM, 409, "no-room", "limits would be over that were not accepted by name", "有额度将超限而未逐一确认") \
    X(BAD_GROUP_MOVE, 400, "bad-body", "the body is no object of the fields that its kind needs", "请求体须为该类事项所需字段组成的对象") \
    X(GROUP_LEAD, 409, "group-lead", "the lead stays: first another customer leads the group, and of a new group one of its members", "牵头客户不得退出，须先变更牵头客户；新集团的牵头客户须为其成员") \
    X(NO_GROUP_LIMIT, 409, "no-group-limit", "a total limit of a group is missing, or not above what would go from it, or given where there is none", "集团授信总额缺失、不足以划出，或在无总额时填写") \
    X(NO_RULES, 409, "no-rules", "a limit of the pack has no amount today, or more of them stand above one total than a path has", "配置包中的限额在今日没有数值，或总额之上的限额过多") \
    X(UNKNOWN_PRODUCT, 409, "unknown-product", "a product of the application is not one of the pack in force", "申报中的产品不在生效的配置包内") \
    X(NO_RATE, 409, "no-rate", "there is no rate for the application's currency", "申报币种没有汇率") \
    X(NOT_ROUTED, 409, "not-routed", "the pack's routing table has no process for such an application", "配置包的路由表没有适用于该申报的流程") \
    X(PROCESS, 409, "process-refused", "the process does not take this now", "流程当前不接受此操作") \
    X(NO_DECIDER, 409, "no-decider", "nobody with authority has decided in this case", "该流程中没有有权人作出审批决定") \
    X(NOT_APPROVED, 409, "not-what-was-approved", "the application is not the one that was approved", "申报内容与审批人所见不一致") \
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
