#include "import/ibrd_position.h"

static int64_t clamp(int64_t value, int64_t min, int64_t max)
{
    return value < min ? min : value > max ? max : value;
}

void ibrd_position_of(struct ibrd_position *ret_position, const struct ibrd_statements *statements,
                      const struct ibrd_row *row)
{
    const int64_t *figures = row->figures;
    const struct slice status = ibrd_row_text(statements, row, IBRD_TEXT_STATUS);
    struct ibrd_position position = {0};

    position.cap = clamp(figures[IBRD_PRINCIPAL] - figures[IBRD_CANCELLED], 0, INT64_MAX);
    position.drawn = clamp(figures[IBRD_DISBURSED], 0, INT64_MAX);
    position.repaid = clamp(figures[IBRD_REPAID], 0, position.drawn);
    position.sold = clamp(figures[IBRD_SOLD], 0, position.drawn - position.repaid);
    position.frozen =
        clamp(position.cap - position.drawn - clamp(figures[IBRD_UNDISBURSED], 0, INT64_MAX), 0,
              INT64_MAX);
    position.pending = position.drawn == 0 && position.frozen == 0 &&
                       (slice_equal_ascii_case(status, SLICE("Approved")) ||
                        slice_equal_ascii_case(status, SLICE("Signed")));
    *ret_position = position;
}

int64_t ibrd_room_gap(const struct ibrd_row *row)
{
    const int64_t *figures = row->figures;

    return figures[IBRD_PRINCIPAL] - figures[IBRD_CANCELLED] - figures[IBRD_DISBURSED] -
           figures[IBRD_UNDISBURSED];
}

int64_t ibrd_debt_gap(const struct ibrd_row *row)
{
    const int64_t *figures = row->figures;

    return figures[IBRD_DISBURSED] - figures[IBRD_REPAID] - figures[IBRD_SOLD] +
           figures[IBRD_EXCHANGE] - figures[IBRD_DUE];
}

bool ibrd_row_in_order(const struct ibrd_row *row)
{
    const int64_t *figures = row->figures;

    return figures[IBRD_PRINCIPAL] >= figures[IBRD_CANCELLED] && figures[IBRD_DISBURSED] >= 0 &&
           figures[IBRD_REPAID] >= 0 && figures[IBRD_SOLD] >= 0 &&
           figures[IBRD_REPAID] + figures[IBRD_SOLD] <= figures[IBRD_DISBURSED];
}

bool ibrd_row_sound(const struct ibrd_row *row)
{
    return ibrd_room_gap(row) == 0 && ibrd_debt_gap(row) == 0 && ibrd_row_in_order(row);
}
