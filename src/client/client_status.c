#include "client/client_internal.h"

const char *hr_status_text(enum hr_status status)
{
    static const char *const texts[HR_STATUS_COUNT] = {
        [HR_OK] = "answered",
        [HR_NO_MEMORY] = "memory is short; nothing was sent",
        [HR_BAD_ARGUMENT] = "an argument cannot be used; nothing was sent",
        [HR_FULL] = "the batch has no room, or too much waits already",
        [HR_UNREACHABLE] = "the server cannot be reached",
        [HR_DENIED] = "token or certificate were refused, or the role does not allow commands",
        [HR_TIMED_OUT] = "no answer in time; whether it was done is not known",
        [HR_NOT_DONE] = "the server took none of the batch; try again later",
        [HR_PROTOCOL] = "the other side does not speak this protocol, or bytes were damaged",
        [HR_CLOSED] = "the client is closed; whether it was done is not known",
    };

    return (unsigned)status < HR_STATUS_COUNT ? texts[status] : "unknown";
}

const char *hr_code_name(unsigned code)
{
    static const char *const names[HR_CODE_COUNT] = {
        [HR_CODE_OK] = "ok",
        [HR_CODE_EXISTS] = "exists",
        [HR_CODE_REFUSED] = "refused",
        [HR_CODE_BAD_REQUEST] = "bad_request",
        [HR_CODE_BAD_ID] = "bad_id",
        [HR_CODE_BAD_CURRENCY] = "bad_currency",
        [HR_CODE_BAD_AMOUNT] = "bad_amount",
        [HR_CODE_BAD_RATE] = "bad_rate",
        [HR_CODE_BAD_DATE] = "bad_date",
        [HR_CODE_ID_CONFLICT] = "id_conflict",
        [HR_CODE_LIMIT_NOT_FOUND] = "limit_not_found",
        [HR_CODE_PARENT_NOT_FOUND] = "parent_not_found",
        [HR_CODE_RESERVATION_NOT_FOUND] = "reservation_not_found",
        [HR_CODE_EXPOSURE_NOT_FOUND] = "exposure_not_found",
        [HR_CODE_UNLOCK_NOT_FOUND] = "unlock_not_found",
        [HR_CODE_LIMIT_CLOSED] = "limit_closed",
        [HR_CODE_BAD_PARENTS] = "bad_parents",
        [HR_CODE_PARENT_CLOSED] = "parent_closed",
        [HR_CODE_NOT_PENDING] = "not_pending",
        [HR_CODE_LIMIT_PENDING] = "limit_pending",
        [HR_CODE_NOT_FROZEN] = "not_frozen",
        [HR_CODE_LIMIT_IN_USE] = "limit_in_use",
        [HR_CODE_DATE_NOT_AFTER] = "date_not_after",
        [HR_CODE_RESERVATION_CLOSED] = "reservation_closed",
        [HR_CODE_EXPOSURE_CLOSED] = "exposure_closed",
        [HR_CODE_AMOUNT_TOO_LARGE] = "amount_too_large",
        [HR_CODE_RATE_NOT_SET] = "rate_not_set",
        [HR_CODE_LIMIT_FROZEN] = "limit_frozen",
        [HR_CODE_NOT_YET_VALID] = "not_yet_valid",
        [HR_CODE_EXPIRED] = "expired",
        [HR_CODE_DUE_REQUIRED] = "due_required",
        [HR_CODE_DUE_TOO_LATE] = "due_too_late",
        [HR_CODE_AMOUNT_OVERFLOW] = "amount_overflow",
        [HR_CODE_LIMIT_EXCEEDED] = "limit_exceeded",
        [HR_CODE_LINKED_FAILED] = "linked_failed",
        [HR_CODE_CHAIN_OPEN] = "chain_open",
    };

    return code < HR_CODE_COUNT ? names[code] : "unknown";
}
