/* Identifiers that customers are known by, with their check characters: the unified social credit
 * code of organisations in China, the resident identity card, the legal entity identifier. Capital
 * letters only: whoever reads them from people turns small ones into capitals first. */
#ifndef HEADROOM_BASE_IDENTIFIER_H
#define HEADROOM_BASE_IDENTIFIER_H

#include "base/date.h"

/* X(name, English, Chinese): the first that holds, in this order. */
#define IDENTIFIER_STATUS_LIST(X)                                                                  \
    X(OK, "valid", "有效")                                                                         \
    X(LENGTH, "it has another number of characters", "长度不符")                                   \
    X(CHARACTER, "a character cannot stand where it stands", "含有不允许的字符")                   \
    X(REGION, "there is no such region", "地区代码不存在")                                         \
    X(DATE, "the date of birth is none, or lies in the future", "出生日期无效或晚于今日")          \
    X(CHECK, "the check character does not fit", "校验码不符")

enum identifier_status {
#define X(name, english, chinese) IDENTIFIER_##name,
    IDENTIFIER_STATUS_LIST(X)
#undef X
        IDENTIFIER_STATUS_COUNT
};

enum { USCC_SIZE = 18, ID_CARD_SIZE = 18, LEI_SIZE = 20, ORGANISATION_CODE_SIZE = 9 };

struct slice identifier_status_text(enum identifier_status status, bool chinese);

/** Judges a unified social credit code (统一社会信用代码). Letters are allowed in the first two
 * places, digits alone in the region. Source: GB 32100-2015, clauses 4 and 5, appendix A. */
enum identifier_status uscc_judge(struct slice code);
/** Judges a resident identity card's number (公民身份号码) of 18 characters. The region is judged
 * by its province alone: codes of counties are withdrawn, cards keep them. In: today  the last
 * possible date of birth. Source: GB 11643-1999, clause 4 and appendix A. */
enum identifier_status id_card_judge(struct slice number, date_days today);
/** The date of birth in a number that is valid. */
date_days id_card_birth(struct slice number);
/** Turns a number of 15 digits, as cards before 1999 have it, into one of 18. False when it is
 * none, or its date of birth in the 1900s is none. Source: GB 11643-1999, foreword. */
bool id_card_from_old(struct slice old, char ret_number[ID_CARD_SIZE]) MUST_USE;
/** Judges a legal entity identifier. Source: ISO 17442-1:2020; ISO/IEC 7064, MOD 97-10. */
enum identifier_status lei_judge(struct slice lei);
/** Judges an organisation code (组织机构代码) without hyphen, as it stands in places 9 to 17 of a
 * unified social credit code. Source: GB 11714-1997, clause 4. */
enum identifier_status organisation_code_judge(struct slice code);

#endif
