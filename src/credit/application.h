/* Applications (申报): what is proposed for one customer, in versions, from draft to decision.
 *
 *     draft -> submitted -> approved -> active | refused (by the ledger)
 *       |          +-> rejected
 *       +----------+-> withdrawn
 *
 * Every change makes a version, in one transaction with its audit entry and its event. Versions are
 * never changed or removed. */
#ifndef HEADROOM_CREDIT_APPLICATION_H
#define HEADROOM_CREDIT_APPLICATION_H

#include "auth/people.h"
#include "credit/proposal.h"
#include "store/store.h"

enum {
    APPLICATION_PAGE_MAX = 200,
    APPLICATION_BYTES = 64 << 20, /* of one change */
};

/* X(identifier, name, Chinese) */
#define APPLICATION_STATE_LIST(X)                                                                  \
    X(DRAFT, "draft", "草稿")                                                                      \
    X(SUBMITTED, "submitted", "审批中")                                                            \
    X(WITHDRAWN, "withdrawn", "已撤回")                                                            \
    X(REJECTED, "rejected", "已否决")                                                              \
    X(APPROVED, "approved", "已批复")                                                              \
    X(ACTIVE, "active", "已启用")                                                                  \
    X(REFUSED, "refused", "账本拒绝")

enum application_state {
#define X(identifier, name, chinese) APPLICATION_##identifier,
    APPLICATION_STATE_LIST(X)
#undef X
        APPLICATION_STATE_COUNT
};

struct slice application_state_name(enum application_state state);
bool application_state_from_name(struct slice name, enum application_state *ret_state) MUST_USE;

struct application {
    int64_t number;  /* from 1 */
    struct slice id; /* "AP-00000001" */
    int64_t version; /* from 1 */
    struct slice legal_entity;
    struct slice organisation; /* that entered it */
    struct slice path;         /* of the organisation */
    struct slice customer;
    struct slice type;
    enum application_state state;
    struct slice body;     /* JSON, as proposal_write writes it */
    struct slice case_ref; /* of the process; empty before it is submitted */
    struct slice routing;  /* JSON, see submission.h; empty before it is submitted */
    struct slice created_by;
    time_us created;
    time_us changed;
    time_us submitted; /* TIME_NONE: not */
};

/** Who asks, and how far they reach. */
struct credit_asking {
    const struct people_actor *actor;
    int64_t ledger; /* events of the ledger that stood; 0: not known */
    /** Whether who asks reaches the organisation of a path. */
    bool (*sees)(const void *context, struct slice path);
    const void *context;
};

/* ---- changes, each a transaction, or a part of the caller's; texts in `arena` ---- */

/** Enters a draft of an organisation. */
enum credit_status application_add(struct store *store, struct application *ret_application,
                                   struct arena *arena, const struct credit_asking *asking,
                                   struct slice organisation,
                                   const struct proposal *proposal) MUST_USE;
/** Replaces what a draft proposes. In: version  as it was read; else CHANGED. */
enum credit_status application_change(struct store *store, struct application *ret_application,
                                      struct arena *arena, const struct credit_asking *asking,
                                      struct slice id, int64_t version,
                                      const struct proposal *proposal) MUST_USE;

/** A change of the state alone. */
struct application_move {
    struct slice id;
    int64_t version; /* as it was read; 0: whatever it is */
    enum application_state to;
    struct slice case_ref; /* empty: as it was */
    struct slice action;   /* "application.submit" */
    struct slice reason;   /* may be empty */
};
/** Moves an application along the picture above; NOT_DRAFT or NOT_SUBMITTED where no such arrow is.
 */
enum credit_status application_move(struct store *store, struct application *ret_application,
                                    struct arena *arena, const struct credit_asking *asking,
                                    const struct application_move *move) MUST_USE;

/* ---- reading, within a transaction; texts in `arena` ---- */

enum credit_status application_read(struct store *store, struct application *ret_application,
                                    struct arena *arena, struct slice id) MUST_USE;

struct application_version {
    int64_t version;
    struct slice state;
    struct slice body;
    struct slice actor;
    time_us at;
};
enum credit_status application_versions(struct store *store,
                                        struct application_version **ret_versions,
                                        size_t *ret_count, struct arena *arena,
                                        struct slice id) MUST_USE;

struct application_query {
    struct slice customer; /* empty: any */
    struct slice state;    /* its name; empty: any */
    struct slice path;     /* at and below this organisation; empty: all */
    bool down;             /* newest first */
    int64_t behind;        /* the number of the row before; 0 (up) or INT64_MAX (down): the front */
    size_t count;          /* 1 to APPLICATION_PAGE_MAX */
};
/** Rows in the order of their numbers, whoever may see them. */
enum credit_status application_page(struct store *store, struct application **ret_rows,
                                    size_t *ret_count, struct arena *arena,
                                    const struct application_query *query) MUST_USE;

#endif
