/* Ties between customers: shares, control by other means, economic dependence; and the group that
 * they make of one customer on a day.
 *
 * A tie has a first day and perhaps an end; nothing of it is changed otherwise. The group is
 * computed whenever it is asked for: by control from shares (customer_control.h), and by dependence
 * from what people have judged and given a reason for. */
#ifndef HEADROOM_CUSTOMER_CUSTOMER_TIE_H
#define HEADROOM_CUSTOMER_CUSTOMER_TIE_H

#include "customer/customer.h"
#include "customer/customer_control.h"

/* X(identifier, name, Chinese) */
#define CUSTOMER_TIE_LIST(X)                                                                       \
    X(SHARE, "share", "持股")                                                                      \
    X(CONTROL, "control", "实际控制")                                                              \
    X(DEPENDENCE, "dependence", "经济依存")

enum customer_tie_kind {
#define X(identifier, name, chinese) CUSTOMER_TIE_##identifier,
    CUSTOMER_TIE_LIST(X)
#undef X
        CUSTOMER_TIE_COUNT
};

/** `other` holds the share in `customer`, controls it, or is what it depends on. */
struct customer_tie {
    struct slice customer;
    int64_t number; /* of the customer's, from 1 */
    enum customer_tie_kind kind;
    struct slice other;
    uint32_t share; /* of CONTROL_WHOLE; of SHARE alone, else 0 */
    struct slice reason;
    date_days since; /* first day */
    date_days until; /* first day on which it no longer holds; DATE_NONE: open */
};

struct slice customer_tie_name(enum customer_tie_kind kind);
bool customer_tie_from_name(struct slice name, enum customer_tie_kind *ret_kind) MUST_USE;
/** "60", "33.35": a part of a hundred with at most two decimals, above 0. */
bool customer_share_parse(struct slice text, uint32_t *ret_share) MUST_USE;
void customer_share_write(struct buffer *out, uint32_t share);

/** Adds a tie. In: tie  without customer and number; since DATE_NONE: today.
 *  Returns HELD when such a tie with the same other stands then, BAD_SHARE when the shares in the
 *  customer would be more than the whole on some day. */
enum customer_status customer_tie_add(struct store *store, const struct customer_asking *asking,
                                      struct slice id, const struct customer_tie *tie,
                                      int64_t *ret_number) MUST_USE;
/** Ends it today. */
enum customer_status customer_tie_end(struct store *store, const struct customer_asking *asking,
                                      struct slice id, int64_t number,
                                      struct slice reason) MUST_USE;

struct customer_member {
    struct slice id;
    bool by_control; /* else by dependence */
    bool is_top;
    bool in_loop; /* it and another member control each other */
};

struct customer_group {
    struct customer_member *members; /* the customer itself among them; in no order */
    size_t member_count;
    const struct customer_tie *ties; /* of the web, on that day */
    size_t tie_count;
    bool complete; /* false: the web is larger than the bound, and members may be missing */
};

/** The group of a customer on a day, within a transaction; texts in `arena`. */
enum customer_status customer_group_read(struct store *store, struct customer_group *ret_group,
                                         struct arena *arena, struct slice id,
                                         date_days day) MUST_USE;

#endif
