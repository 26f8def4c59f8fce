/* Groups of customers as a legal entity keeps them: who belongs to one, since when and why, who
 * leads it, who in the bank looks after it; and the web of ties that speaks for each member.
 *
 * A group is one legal entity's, like a limit. A customer belongs to at most one of a legal entity.
 * What the ties say is computed whenever it is asked for (customer_tie.h); whom the bank takes for
 * a member is decided by people, since limits hang on it. The two are shown side by side.
 * Source: guideline on risks of group customers, art. 3 and 4
 * (商业银行集团客户授信业务风险管理指引). */
#ifndef HEADROOM_CUSTOMER_OBLIGOR_GROUP_H
#define HEADROOM_CUSTOMER_OBLIGOR_GROUP_H

#include "base/currency.h"
#include "customer/customer_tie.h"

enum {
    GROUP_MEMBERS_MAX = 500, /* that have not ended */
    GROUP_ROWS_MAX = 5000,   /* of members, ended ones too */
    GROUP_PAGE_MAX = 200,
    GROUP_PATH_MAX = 16, /* steps of a path of control that are shown */
    GROUP_ID_SIZE = 32,
};

struct obligor_group {
    int64_t number;
    struct slice id; /* "GR-00000001" */
    int64_t version; /* from 1 */
    struct slice legal_entity;
    struct slice organisation; /* that looks after it */
    struct slice path;         /* of the organisation */
    struct slice name;
    struct slice lead;        /* the customer that stands for it: the parent, or the core */
    struct slice merged_into; /* empty: it was not */
    struct slice limit;       /* id of its total in the ledger; empty: none */
    enum currency currency;   /* of that, like the cap */
    int64_t cap_minor;
    int64_t moving; /* number of the move that is under way; 0: none */
    time_us created;
};

/** Somebody's time in a group: days, the last one not included. */
struct obligor_group_member {
    int64_t number; /* of the group's, from 1 */
    struct slice customer;
    struct slice reason;
    date_days since;
    date_days until; /* DATE_NONE: open */
};

struct obligor_group_version {
    int64_t version;
    date_days valid_from;
    time_us recorded_at;
    struct slice actor, action, reason;
    struct slice name, organisation, lead, merged_into;
};

/** What is entered. */
struct obligor_group_draft {
    struct slice name, organisation, lead, reason;
    const struct slice *members; /* beside the lead; of a new one */
    size_t member_count;
};

/* ---- changes, each a transaction ---- */

/** Enters a group with its first members; it has no limit yet, so the ledger has nothing to do.
 *  Returns NOT_FOUND (a customer beyond reach), IN_GROUP (it has another), MERGED, MOVING,
 *  TOO_MANY, NO_ORGANISATION, BAD_NAME, BAD_REASON. Texts in `arena`. */
enum customer_status obligor_group_add(struct store *store, struct obligor_group *ret_group,
                                       struct arena *arena, const struct customer_asking *asking,
                                       const struct obligor_group_draft *draft) MUST_USE;
/** Changes name, organisation and lead, each where it is given. In: version  as it was read */
enum customer_status obligor_group_update(struct store *store, struct obligor_group *ret_group,
                                          struct arena *arena, const struct customer_asking *asking,
                                          struct slice id, int64_t version,
                                          const struct obligor_group_draft *draft) MUST_USE;

/* ---- within a transaction of the caller's ---- */

/** Joins a customer today, ends its time today. */
enum customer_status obligor_group_member_put(struct store *store, struct arena *arena,
                                              const struct obligor_group *group,
                                              struct slice customer, struct slice reason,
                                              date_days today) MUST_USE;
enum customer_status obligor_group_member_close(struct store *store,
                                                const struct obligor_group *group,
                                                struct slice customer, date_days today) MUST_USE;
/** Stores what was changed of a group as its next version, with audit entry and event. */
enum customer_status obligor_group_store(struct store *store, struct obligor_group *group,
                                         struct arena *arena, const struct people_actor *actor,
                                         struct slice action, struct slice reason) MUST_USE;
/** Makes a group without members. In: name, legal_entity, organisation, path, lead; id empty: one
 * is made */
enum customer_status obligor_group_make(struct store *store, struct obligor_group *inout_group,
                                        struct arena *arena, const struct people_actor *actor,
                                        struct slice action, struct slice reason) MUST_USE;
/** Keeps others from changing a group while a move of it is under way; 0: no more. */
enum customer_status obligor_group_moving_set(struct store *store, struct slice id,
                                              int64_t move) MUST_USE;

/* ---- reading, within a transaction; texts in `arena` ---- */

/** Whoever asks. NO_GROUP. */
enum customer_status obligor_group_row_read(struct store *store, struct obligor_group *ret_group,
                                            struct arena *arena, struct slice id) MUST_USE;
/** NO_GROUP also where who asks reaches neither its organisation nor a member of today. */
enum customer_status obligor_group_read(struct store *store, struct obligor_group *ret_group,
                                        struct arena *arena, const struct customer_reach *reach,
                                        struct slice id) MUST_USE;
/** The group of a customer in a legal entity; ret_group->id empty: none. */
enum customer_status obligor_group_of(struct store *store, struct obligor_group *ret_group,
                                      struct arena *arena, struct slice legal_entity,
                                      struct slice customer) MUST_USE;
/** Members in the order of their numbers. In: day  those of that day; DATE_NONE: all there were */
enum customer_status obligor_group_members_read(struct store *store,
                                                struct obligor_group_member **ret_members,
                                                size_t *ret_count, struct arena *arena,
                                                struct slice id, date_days day) MUST_USE;
/** Versions below `before`, newest first. In: as_of  those that hold then; DATE_NONE: any */
enum customer_status obligor_group_versions_read(struct store *store,
                                                 struct obligor_group_version **ret_versions,
                                                 size_t *ret_count, struct arena *arena,
                                                 struct slice id, int64_t before, date_days as_of,
                                                 size_t count) MUST_USE;

enum obligor_group_sort { GROUP_BY_NAME, GROUP_BY_NUMBER };

/** A place in a list: so many rows behind that of a name and number, none of which is within reach.
 *  The row itself is, so that a place tells nobody a name that they do not see. */
struct obligor_group_place {
    struct slice name;
    int64_t number;
    int64_t passed;
};
struct obligor_group_query {
    enum obligor_group_sort sort;
    bool descending;
    bool behind;
    struct obligor_group_place from; /* where `behind` */
    struct slice match;              /* a part of the name; empty: any */
    struct slice customer;           /* that is a member now; empty: any */
    size_t count;                    /* at most GROUP_PAGE_MAX */
};
/** Groups within reach; more: there may be more behind `last`. */
struct obligor_group_page {
    struct obligor_group *groups;
    size_t count;
    bool more;
    struct obligor_group_place last;
};
enum customer_status obligor_group_page_read(struct store *store,
                                             struct obligor_group_page *ret_page,
                                             struct arena *arena,
                                             const struct customer_reach *reach,
                                             const struct obligor_group_query *query) MUST_USE;

/* ---- what the ties say; pure ---- */

/** The steps from a customer up to an ultimate parent: each time the recorded control, else the
 *  largest share that a member by control holds in it. Ends where it comes back to itself. */
size_t obligor_group_path_find(const struct customer_tie *ret_steps[GROUP_PATH_MAX],
                               const struct customer_group *web, struct slice customer);
/** What the members by control hold in a customer together, of CONTROL_WHOLE. */
uint32_t obligor_group_held(const struct customer_group *web, struct slice customer);
const struct customer_member *obligor_group_web_member(const struct customer_group *web,
                                                       struct slice customer);

#endif
