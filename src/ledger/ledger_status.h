/* Result codes of the ledger and reasons of refusal, in the order in which they are judged.
 * Source: ledger.md, "Results". */
#ifndef HEADROOM_LEDGER_LEDGER_STATUS_H
#define HEADROOM_LEDGER_LEDGER_STATUS_H

#include "base/slice.h"

// clang-format off
/* X(identifier, code, text in English, text in Chinese). Among the codes of form, and among the reasons
 * that one limit can give, the one that stands first here wins. */
#define LEDGER_STATUS_LIST(X) \
    X(OK, "ok", "done", "成功") \
    X(EXISTS, "exists", "done before with the same content; nothing changed", "此前已以相同内容执行，未作变更") \
    X(REFUSED, "refused", "one or more limits on the path refuse", "路径上的额度拒绝") \
    /* 1: form */ \
    X(BAD_REQUEST, "bad_request", "unknown op, missing or unknown field, or wrong type", "操作未知、字段缺失或多余、类型有误") \
    X(BAD_ID, "bad_id", "an id is not 1 to 32 bytes of plain text", "标识不是 1 至 32 字节的文本") \
    X(BAD_CURRENCY, "bad_currency", "not an ISO 4217 currency with a minor unit", "不是 ISO 4217 货币代码") \
    X(BAD_AMOUNT, "bad_amount", "not an amount of the currency, or out of range", "金额格式有误或超出范围") \
    X(BAD_RATE, "bad_rate", "not a rate above 0, at most 1000000, with at most 10 decimals", "汇率格式有误或超出范围") \
    X(BAD_DATE, "bad_date", "no such day or time, or until before from", "日期不存在，或止期早于起期") \
    /* 2: the id */ \
    X(ID_CONFLICT, "id_conflict", "the id was used before with other content", "标识已用于不同内容") \
    /* 3: what it names */ \
    X(LIMIT_NOT_FOUND, "limit_not_found", "no such limit", "额度不存在") \
    X(PARENT_NOT_FOUND, "parent_not_found", "no such parent limit", "上级额度不存在") \
    X(RESERVATION_NOT_FOUND, "reservation_not_found", "no such reservation", "预占不存在") \
    X(EXPOSURE_NOT_FOUND, "exposure_not_found", "no such exposure", "用信不存在") \
    X(UNLOCK_NOT_FOUND, "unlock_not_found", "no such unlock", "解锁不存在") \
    /* 4: its state; LIMIT_CLOSED and LIMIT_PENDING are the first reasons of step 5 too */ \
    X(LIMIT_CLOSED, "limit_closed", "the limit is closed", "额度已关闭") \
    X(BAD_PARENTS, "bad_parents", "a repeated parent, a cycle, or a path over 32 limits", "上级重复、成环或路径超过 32 个额度") \
    X(PARENT_CLOSED, "parent_closed", "a parent limit is closed", "上级额度已关闭") \
    X(NOT_PENDING, "not_pending", "the limit is not pending", "额度不是待生效状态") \
    X(LIMIT_PENDING, "limit_pending", "the limit is not yet active", "额度尚未生效") \
    X(NOT_FROZEN, "not_frozen", "the limit is not frozen, or not by that much", "额度未冻结或冻结金额不足") \
    X(LIMIT_IN_USE, "limit_in_use", "something is reserved or outstanding, or a child limit is open", "额度仍有占用或未关闭的下级") \
    X(DATE_NOT_AFTER, "date_not_after", "the date is not after the business date", "日期不晚于当前会计日期") \
    X(RESERVATION_CLOSED, "reservation_closed", "nothing remains of the reservation", "预占已无余额") \
    X(EXPOSURE_CLOSED, "exposure_closed", "nothing remains of the exposure", "用信已结清") \
    X(AMOUNT_TOO_LARGE, "amount_too_large", "more than what remains", "金额超过剩余") \
    X(RATE_NOT_SET, "rate_not_set", "a conversion has no rate yet", "汇率尚未设定") \
    /* 5: further reasons of refusal */ \
    X(LIMIT_FROZEN, "limit_frozen", "the limit is frozen", "额度已冻结") \
    X(NOT_YET_VALID, "not_yet_valid", "the limit may not be drawn yet", "额度未到起始日") \
    X(EXPIRED, "expired", "the limit may no longer be drawn", "额度已到期") \
    X(DUE_REQUIRED, "due_required", "a due date is needed", "须提供到期日") \
    X(DUE_TOO_LATE, "due_too_late", "the due date is too late for the limit", "到期日晚于额度允许的最晚到期日") \
    X(AMOUNT_OVERFLOW, "amount_overflow", "a sum would pass 9 x 10^18 minor units", "合计超出系统上限") \
    X(LIMIT_EXCEEDED, "limit_exceeded", "it does not fit under the limit", "超出额度可用金额") \
    /* chains */ \
    X(LINKED_FAILED, "linked_failed", "another command of the chain failed", "关联命令失败") \
    X(CHAIN_OPEN, "chain_open", "the batch ends inside the chain", "批次结束时关联未闭合")
// clang-format on

enum ledger_status {
#define X(name, code, english, chinese) LEDGER_##name,
    LEDGER_STATUS_LIST(X)
#undef X
        LEDGER_STATUS_COUNT
};

/** The code of ledger.md, such as "limit_exceeded". */
struct slice ledger_status_code(enum ledger_status status);
struct slice ledger_status_english(enum ledger_status status);
struct slice ledger_status_chinese(enum ledger_status status);

#endif
