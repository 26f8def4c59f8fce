/* What a row of the statement says about a loan, and whether it agrees with itself. */
#ifndef HEADROOM_IMPORT_IBRD_POSITION_H
#define HEADROOM_IMPORT_IBRD_POSITION_H

#include "import/ibrd_statement.h"

/** A loan as the ledger can hold it, in cents; none is negative, and repaid is at most drawn. */
struct ibrd_position {
    int64_t cap;    /* original principal less cancelled: what the loan's limit is */
    int64_t drawn;  /* disbursed */
    int64_t repaid; /* to the bank */
    int64_t sold;   /* to third parties: the bank's claim ends as by a repayment */
    int64_t
        frozen;   /* room that the figures leave but the statement does not state as undisbursed */
    bool pending; /* approved or signed, not yet effective */
};

static inline int64_t ibrd_position_outstanding(const struct ibrd_position *position)
{
    return position->drawn - position->repaid - position->sold;
}

/** What may still be drawn; 0 where more is drawn than the limit. */
static inline int64_t ibrd_position_room(const struct ibrd_position *position)
{
    const int64_t room = position->cap - position->drawn - position->frozen;

    return room > 0 ? room : 0;
}

/** The position that a row states, brought into the ledger's bounds where the row is out of them.
 */
void ibrd_position_of(struct ibrd_position *ret_position, const struct ibrd_statements *statements,
                      const struct ibrd_row *row);

/** Original principal - cancelled - disbursed - undisbursed; 0 when the row agrees with itself. */
int64_t ibrd_room_gap(const struct ibrd_row *row);
/** Disbursed - repaid - sold + exchange adjustment - due; 0 when the row agrees with itself. */
int64_t ibrd_debt_gap(const struct ibrd_row *row);
/** True when figures that cannot be negative are not, and no more is repaid than disbursed. */
bool ibrd_row_in_order(const struct ibrd_row *row);
/** True when both gaps are 0 and the row is in order. */
bool ibrd_row_sound(const struct ibrd_row *row);

#endif
