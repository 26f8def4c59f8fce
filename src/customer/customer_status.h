/* What a call about customers can come to. */
#ifndef HEADROOM_CUSTOMER_CUSTOMER_STATUS_H
#define HEADROOM_CUSTOMER_CUSTOMER_STATUS_H

#include "base/slice.h"

/* X(name, HTTP status, problem slug, English, Chinese) */
// clang-format off
#define CUSTOMER_STATUS_LIST(X) \
    X(OK, 200, "", "done", "成功") \
    X(STORE, 503, "store", "the database refused or failed", "数据库拒绝或故障") \
    X(NO_MEMORY, 503, "too-busy", "memory is short", "内存不足") \
    X(BAD_BODY, 400, "bad-body", "it is no object of the fields that the description names", "须为接口说明所列字段组成的对象") \
    X(BAD_ID, 400, "bad-id", "an id is 1 to 32 of a-z, 0-9, '.', '_', '-', and begins with a letter or digit", "标识须为 1 至 32 位小写字母、数字或 . _ -，以字母或数字开头") \
    X(BAD_TYPE, 400, "bad-type", "there is no such type of customers", "没有该客户类型") \
    X(BAD_NAME, 400, "bad-name", "a name is 1 to 240 bytes of plain text", "名称须为 1 至 240 字节的文本") \
    X(BAD_IDENTIFIER, 400, "bad-identifier", "an identifier is not valid", "证件号码无效") \
    X(IDENTIFIER_NEEDED, 400, "identifier-needed", "at least one identifier that others know the customer by is needed", "至少需要一个对外通用的证件号码") \
    X(IDENTIFIERS_DIFFER, 400, "identifiers-differ", "the organisation code is not the one in the unified social credit code", "组织机构代码与统一社会信用代码不一致") \
    X(BAD_ATTRIBUTE, 400, "bad-attribute", "industry, region or country has no valid form", "行业、地区或国别代码格式无效") \
    X(BAD_DATES, 400, "bad-dates", "a date is none, lies in the future, or before what it changes", "日期无效、晚于今日或早于被变更的版本") \
    X(BAD_REASON, 400, "bad-reason", "a reason of 1 to 500 bytes is needed", "须填写 1 至 500 字节的原因") \
    X(BAD_LIST, 400, "bad-list", "there is no such list", "没有该名单") \
    X(TOO_MANY, 400, "too-many", "more than a customer can have", "超过单一客户的上限") \
    X(EXISTS, 409, "customer-exists", "another customer has that identifier", "该证件号码已属于其他客户") \
    X(ID_TAKEN, 409, "exists", "that id is taken", "该标识已被占用") \
    X(SIMILAR, 409, "similar-customers", "customers of a similar name exist; confirm that none of them is the same", "存在名称相近的客户，请确认并非同一客户") \
    X(NOT_FOUND, 404, "not-found", "there is no such customer", "客户不存在") \
    X(NO_ORGANISATION, 400, "no-organisation", "there is no such organisation within reach", "机构不存在或不在权限范围内") \
    X(NO_LISTING, 404, "not-found", "there is no such entry that is in force", "没有该有效名单记录") \
    X(BAD_TIE, 400, "bad-tie", "there is no such kind of ties", "没有该关系种类") \
    X(NO_OTHER, 400, "no-other", "the other customer is not there, or the same", "另一客户不存在，或为同一客户") \
    X(BAD_SHARE, 400, "bad-share", "a share is above 0 and at most 100, and all shares in a customer at most 100 on every day", "持股比例须大于 0 且不超过 100，任何一日合计不得超过 100") \
    X(HELD, 409, "exists", "it stands there already", "已存在") \
    X(NO_PERSON, 400, "no-person", "there is no such user", "用户不存在") \
    X(OWN_INTEREST, 403, "own-interest", "nobody ends a relation of their own", "不得自行解除本人的利害关系") \
    X(MERGED, 409, "customer-merged", "the customer was merged into another", "该客户已并入其他客户") \
    X(MOVING, 409, "customer-moving", "the customer is being merged or split: the ledger's answer is awaited, try again", "该客户正在合并或拆分，等待账本应答，请稍后再试") \
    X(DIFFERS, 409, "customers-differ", "a natural person and an organisation are never one customer", "自然人与机构不可合并为同一客户") \
    X(NOT_MERGED, 409, "not-merged", "the customer was not merged into that one", "该客户并未并入所指客户") \
    X(NO_GROUP, 404, "group-not-found", "there is no such group within your reach", "集团不存在或不在您的权限范围内") \
    X(IN_GROUP, 409, "in-group", "the customer is a member of a group of this legal entity", "该客户已是本法人某一集团的成员") \
    X(NOT_IN_GROUP, 409, "not-in-group", "the customer is no member of the group", "该客户不是该集团的成员") \
    X(GROUP_MERGED, 409, "group-merged", "the group was merged into another", "该集团已并入其他集团") \
    X(GROUP_MOVING, 409, "group-moving", "limits of the group are being moved: the ledger's answer is awaited, try again", "该集团的额度正在移动，等待账本应答，请稍后再试") \
    X(CHANGED, 412, "changed", "somebody changed it meanwhile: read it again", "已被他人修改，请重新读取")
// clang-format on

enum customer_status {
#define X(name, http, slug, english, chinese) CUSTOMER_##name,
    CUSTOMER_STATUS_LIST(X)
#undef X
        CUSTOMER_STATUS_COUNT
};

struct slice customer_status_text(enum customer_status status, bool chinese);
struct slice customer_status_slug(enum customer_status status);
unsigned customer_status_http(enum customer_status status);
const char *customer_status_name(enum customer_status status);

#endif
