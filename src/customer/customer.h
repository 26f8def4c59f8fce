/* Customers: who they are, by which identifiers, who looks after them, on which lists they stand.
 *
 * An identity is shared by all legal entities of an installation: one customer, whoever entered it.
 * What belongs to one legal entity alone: the relation (the organisation that looks after the
 * customer, and so who sees it) and the listings. Limits are never shared.
 *
 * Every change makes a version, whole, with the day from which it holds and the time at which it
 * was recorded, in one transaction with its audit entry. Versions are never changed or removed. */
#ifndef HEADROOM_CUSTOMER_CUSTOMER_H
#define HEADROOM_CUSTOMER_CUSTOMER_H

#include "auth/people.h"
#include "base/json.h"
#include "customer/customer_status.h"
#include "store/store.h"

enum {
    CUSTOMER_ID_MAX = 32, /* bytes; an id is a holder of the ledger's limits */
    CUSTOMER_NAME_MAX = 240,
    CUSTOMER_VALUE_MAX = 32, /* bytes of an identifier */
    CUSTOMER_REASON_MAX = 500,
    CUSTOMER_IDENTIFIERS_MAX = 16,
    CUSTOMER_RELATIONS_MAX = 64,
    CUSTOMER_LISTINGS_MAX = 200,
    CUSTOMER_CANDIDATES_MAX = 20,
    CUSTOMER_PAGE_MAX = 200,
};

/* X(identifier, name, Chinese) */
#define CUSTOMER_TYPE_LIST(X)                                                                      \
    X(CORPORATE, "corporate", "对公客户")                                                          \
    X(SMALL, "small", "小微企业")                                                                  \
    X(INDIVIDUAL, "individual", "个人客户")                                                        \
    X(INTERBANK, "interbank", "同业客户")                                                          \
    X(GOVERNMENT_PLATFORM, "government_platform", "政府融资平台")                                  \
    X(PARTNER, "partner", "合作方")

enum customer_type {
#define X(identifier, name, chinese) CUSTOMER_##identifier,
    CUSTOMER_TYPE_LIST(X)
#undef X
        CUSTOMER_TYPE_COUNT
};

/* X(identifier, name, Chinese, of natural persons, known outside this bank) */
#define CUSTOMER_KIND_LIST(X)                                                                      \
    X(USCC, "uscc", "统一社会信用代码", false, true)                                               \
    X(ORGANISATION_CODE, "organisation_code", "组织机构代码", false, true)                         \
    X(LEI, "lei", "全球法人识别编码", false, true)                                                 \
    X(BIC, "bic", "银行识别代码", false, true)                                                     \
    X(CNAPS, "cnaps", "支付系统行号", false, true)                                                 \
    X(ID_CARD, "id_card", "居民身份证", true, true)                                                \
    X(PASSPORT, "passport", "护照", true, true)                                                    \
    X(TRAVEL_PERMIT, "travel_permit", "港澳台居民证件", true, true)                                \
    X(CORE_NUMBER, "core_number", "核心客户号", false, false)

enum customer_kind {
#define X(identifier, name, chinese, personal, known) CUSTOMER_KIND_##identifier,
    CUSTOMER_KIND_LIST(X)
#undef X
        CUSTOMER_KIND_COUNT
};

/* X(identifier, name, Chinese). A related party of the bank stands on a list too. */
#define CUSTOMER_LIST_LIST(X)                                                                      \
    X(WATCH, "watch", "关注名单")                                                                  \
    X(BLOCKED, "blocked", "禁入名单")                                                              \
    X(RELATED_PARTY, "related_party", "关联方")

enum customer_list {
#define X(identifier, name, chinese) CUSTOMER_LIST_##identifier,
    CUSTOMER_LIST_LIST(X)
#undef X
        CUSTOMER_LIST_COUNT
};

struct customer_identifier {
    enum customer_kind kind;
    struct slice value; /* normalised */
};

/** Who looks after a customer for a legal entity. */
struct customer_relation {
    struct slice legal_entity;
    struct slice organisation;
    struct slice path; /* of the organisation, "/head/branch/" */
};

struct customer_listing {
    int64_t number; /* of the customer's, from 1 */
    enum customer_list list;
    struct slice legal_entity;
    struct slice reason;
    date_days since; /* first day */
    date_days until; /* first day on which it no longer holds; DATE_NONE: open */
};

/** A version of a customer. */
struct customer {
    struct slice id;
    enum customer_type type;
    struct slice name;
    struct slice name_en;  /* may be empty, as the next three */
    struct slice industry; /* GB/T 4754-2017, "C3912" or a part of it */
    struct slice region;   /* GB/T 2260, six digits */
    struct slice country;  /* ISO 3166-1, two letters */
    struct customer_identifier *identifiers;
    size_t identifier_count;
    struct customer_relation *relations;
    size_t relation_count;
    struct customer_listing *listings; /* ended ones too */
    size_t listing_count;
    struct slice merged_into; /* empty: it was not */
    int64_t moving;           /* number of the move that is under way; 0: none */
    time_us created;
    int64_t version; /* from 1 */
    date_days valid_from;
    time_us recorded_at;
    struct slice actor;
    struct slice action; /* "customer.create" */
};

struct slice customer_type_name(enum customer_type type);
struct slice customer_kind_name(enum customer_kind kind);
struct slice customer_list_name(enum customer_list list);
bool customer_type_from_name(struct slice name, enum customer_type *ret_type) MUST_USE;
bool customer_kind_from_name(struct slice name, enum customer_kind *ret_kind) MUST_USE;
bool customer_list_from_name(struct slice name, enum customer_list *ret_list) MUST_USE;
/** Identifiers of natural persons are shown masked to whoever does not handle them. */
bool customer_kind_personal(enum customer_kind kind);
struct slice customer_kind_text(enum customer_kind kind, bool chinese);

/* ---- what is entered ---- */

/** What a person or a file says of a customer. Texts as given; customer_draft_judge normalises. */
struct customer_draft {
    struct slice id; /* of a new one; empty: one is made */
    enum customer_type type;
    struct slice name, name_en, industry, region, country;
    struct customer_identifier identifiers[CUSTOMER_IDENTIFIERS_MAX];
    size_t identifier_count;
    struct slice organisation; /* that looks after it; empty in a change: as it was */
    date_days valid_from;      /* DATE_NONE: today */
    struct slice confirmed[CUSTOMER_CANDIDATES_MAX]; /* ids that were looked at and are others */
    size_t confirmed_count;
    bool similar_accepted; /* none is looked for: of an import whose sender has */
    struct slice reason;   /* may be empty */
};

enum { CUSTOMER_DETAIL_SIZE = 256 };

/** What a person is to know of a refusal: which field, which other customer. */
struct customer_detail {
    char english[CUSTOMER_DETAIL_SIZE];
    char chinese[CUSTOMER_DETAIL_SIZE];
};

/** Reads a JSON object; unknown members, wrong types and words are refused. Texts point into
 *  `value`. */
enum customer_status customer_draft_read(struct customer_draft *ret_draft,
                                         struct customer_detail *reterr_detail,
                                         const struct json_value *value) MUST_USE;
/** Judges and normalises. In: today  the last possible date of birth. */
enum customer_status customer_draft_judge(struct customer_draft *draft,
                                          struct customer_detail *reterr_detail,
                                          struct arena *arena, date_days today) MUST_USE;
/** Normalises and judges one identifier: capitals, an identity card of 15 digits as 18, an
 *  organisation code without its hyphen. */
enum customer_status customer_identifier_judge(struct customer_identifier *identifier,
                                               struct customer_detail *reterr_detail,
                                               struct arena *arena, date_days today) MUST_USE;
/** The day in China, whose banks' calendar this is (UTC+8, no summer time). */
date_days customer_today(time_us now);

/* ---- names ---- */

/** Folds a name for comparing: full-width forms and capitals of ASCII, and no spaces or
 *  punctuation. Data NULL when the arena is exhausted. */
struct slice customer_name_fold(struct arena *arena, struct slice name) MUST_USE;
/** The key under which similar names meet: folded, without the words for the legal form. */
struct slice customer_name_key(struct arena *arena, struct slice name) MUST_USE;

/* ---- changes ---- */

/** How far somebody reaches: everywhere, or at and below the organisations of some paths. */
struct customer_reach {
    bool everywhere;
    const struct slice *paths;
    const struct slice *organisations; /* the ids at the ends of the paths */
    size_t count;
    struct slice legal_entity; /* of the person; empty: everywhere */
};

bool customer_reaches(const struct customer_reach *reach, struct slice path);
bool customer_seen(const struct customer_reach *reach, const struct customer *customer);

/** A customer that may be the same. */
struct customer_candidate {
    struct slice id;
    struct slice name;
    enum customer_type type;
    bool within_reach;
};

struct customer_outcome {
    struct arena *arena; /* given by the caller, for all texts */
    struct slice id;
    int64_t version;
    struct slice other; /* of EXISTS: the customer that has the identifier */
    struct customer_candidate candidates[CUSTOMER_CANDIDATES_MAX];
    size_t candidate_count;
    struct customer_detail detail; /* empty: what the status says is all */
};

/** Who asks for a change. */
struct customer_asking {
    const struct people_actor *actor;
    const struct customer_reach *reach;
};

/** Enters a customer. `draft` was judged.
 *  Returns EXISTS with outcome->other; SIMILAR with the candidates that were not confirmed. */
enum customer_status customer_add(struct store *store, struct customer_outcome *outcome,
                                  const struct customer_asking *asking,
                                  const struct customer_draft *draft) MUST_USE;
/** The same within a writing transaction of the caller's, for many in one. A refusal leaves the
 *  transaction as it was; STORE ends it. */
enum customer_status customer_add_within(struct store *store, struct customer_outcome *outcome,
                                         const struct customer_asking *asking,
                                         const struct customer_draft *draft) MUST_USE;
/** Replaces what the draft says of a customer. In: version  as it was read; else CHANGED. */
enum customer_status customer_update(struct store *store, struct customer_outcome *outcome,
                                     const struct customer_asking *asking, struct slice id,
                                     int64_t version, const struct customer_draft *draft) MUST_USE;
/** Begins a relation of another legal entity, or moves that of its own, to an organisation within
 *  reach. Who begins one must know an identifier of the customer. */
struct customer_relating {
    struct slice organisation;
    struct customer_identifier identifier;
    struct slice reason;
};
enum customer_status customer_relate(struct store *store, struct customer_outcome *outcome,
                                     const struct customer_asking *asking, struct slice id,
                                     const struct customer_relating *relating) MUST_USE;
/** Puts a customer on a list of a legal entity. In: listing  list, legal_entity, reason, since,
 *  until. Out: ret_number. */
enum customer_status customer_list_add(struct store *store, struct customer_outcome *outcome,
                                       const struct customer_asking *asking, struct slice id,
                                       const struct customer_listing *listing,
                                       int64_t *ret_number) MUST_USE;
/** Takes it off today. */
enum customer_status customer_list_end(struct store *store, struct customer_outcome *outcome,
                                       const struct customer_asking *asking, struct slice id,
                                       int64_t number, struct slice reason) MUST_USE;

/* ---- reading, within a transaction; texts in `arena` ---- */

/** Which version: the newest of those that hold on `as_of` and were recorded by `known_at`. */
struct customer_moment {
    date_days as_of;  /* DATE_NONE: now */
    time_us known_at; /* TIME_NONE: now */
};

enum customer_status customer_read(struct store *store, struct customer *ret_customer,
                                   struct arena *arena, struct slice id,
                                   const struct customer_moment *moment) MUST_USE;
/** Versions below `before`, newest first, at most `count`. */
enum customer_status customer_history(struct store *store, struct customer **ret_versions,
                                      size_t *ret_count, struct arena *arena, struct slice id,
                                      int64_t before, size_t count) MUST_USE;
/** The customer with an identifier that was judged. */
enum customer_status customer_by_identifier(struct store *store, struct customer *ret_customer,
                                            struct arena *arena,
                                            const struct customer_identifier *identifier) MUST_USE;

/** The ids of a customer and of all that were merged into it, and into those. */
enum customer_status customer_family_read(struct store *store, struct slice **ret_ids,
                                          size_t *ret_count, struct arena *arena,
                                          struct slice id) MUST_USE;

enum customer_sort { CUSTOMER_BY_NAME, CUSTOMER_BY_CREATED };

/** A page of customers within reach. The place behind which it begins is that of a row before. */
struct customer_query {
    enum customer_sort sort;
    bool descending;
    bool behind; /* the page begins behind the place; else at the front */
    struct slice behind_name;
    int64_t behind_created;
    struct slice behind_id;
    struct slice type;         /* its name; empty: any */
    struct slice match;        /* a part of the name; empty: any */
    struct slice list;         /* in force on `today`, by name only; empty: any */
    struct slice organisation; /* at or below this one; empty: all within reach */
    struct slice path;         /* of that organisation */
    date_days today;
    size_t count; /* at most CUSTOMER_PAGE_MAX */
};

struct customer_row {
    struct slice id;
    struct slice name;
    int64_t created;
};

/** Rows in the order asked for; `ret_more` when there may be more behind them. */
enum customer_status customer_page(struct store *store, struct customer_row **ret_rows,
                                   size_t *ret_count, bool *ret_more, struct arena *arena,
                                   const struct customer_reach *reach,
                                   const struct customer_query *query) MUST_USE;

#endif
