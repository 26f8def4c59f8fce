/* Inside of the room. */
#ifndef HEADROOM_CUSTOMER_CUSTOMER_INTERNAL_H
#define HEADROOM_CUSTOMER_CUSTOMER_INTERNAL_H

#include "audit/event.h"
#include "audit/trail.h"
#include "customer/customer.h"

/** "what: why" in both languages. */
void customer_detail_set(struct customer_detail *detail, struct slice english_what,
                         struct slice english_why, struct slice chinese_what,
                         struct slice chinese_why);
/** Whether a customer of the type may have such an identifier. */
bool customer_kind_fits(enum customer_kind kind, enum customer_type type);
/** Places 9 to 17. Source: GB 32100-2015, clause 4. */
struct slice uscc_organisation_code(struct slice uscc);
/** One trimmed line of valid UTF-8 without control characters, 1 to `max` bytes. */
bool customer_text_valid(struct slice text, size_t max);

/** Writes what a version holds: whole for the store, with masked personal identifiers for the audit
 *  trail, whose readers do not handle them. */
void customer_body_write(struct buffer *out, const struct customer *customer, bool masked);
/** Reads it back; texts point into `body` or the arena. False: damage, or no memory. */
bool customer_body_read(struct customer *customer, struct arena *arena, struct slice body) MUST_USE;

/** The keys under which the names of a customer meet similar ones; at most two. */
size_t customer_keys(struct slice ret_keys[2], struct arena *arena,
                     const struct customer *customer) MUST_USE;

/** Writes a version and everything that is found by it. The first version makes the customer. */
enum customer_status customer_store(struct store *store, struct arena *arena,
                                    const struct customer *customer) MUST_USE;
/** Adds the audit entry and the event of a change. In: before  NULL: there was nothing */
enum customer_status customer_record(struct store *store, const struct people_actor *actor,
                                     const struct customer *before, const struct customer *after,
                                     struct slice reason) MUST_USE;

/** A customer that is about to be entered. */
struct customer_entry {
    struct customer customer;
    struct customer_relation relation;
};

/** Judges whether a customer may be entered, within a transaction that may be a reading one: all of
 *  customer_add_within but the storing. Out: ret_entry  of OK, EXISTS and SIMILAR; it points into
 *  the draft and the arena of the outcome, and must stay where it is */
enum customer_status customer_add_judge(struct store *store, struct customer_outcome *outcome,
                                        const struct customer_asking *asking,
                                        const struct customer_draft *draft,
                                        struct customer_entry *ret_entry) MUST_USE;

struct customer_tie;
/** Ties of a customer (QUERY_CUSTOMER_TIES) or of others with it (QUERY_CUSTOMER_TIES_OF_OTHER). */
enum customer_status customer_ties_read(struct store *store, struct customer_tie **ret_ties,
                                        size_t *ret_count, struct arena *arena,
                                        enum store_query query, struct slice id) MUST_USE;

/** Stores a tie, with its audit entry and event; number and customer are set. */
enum customer_status customer_tie_put(struct store *store, const struct people_actor *actor,
                                      const struct customer_tie *tie) MUST_USE;
/** Ends one that stands, today or on its first day. */
enum customer_status customer_tie_close(struct store *store, const struct people_actor *actor,
                                        const struct customer_tie *tie,
                                        struct slice reason) MUST_USE;

enum customer_status customer_from_store(enum store_status status) MUST_USE;

#endif
