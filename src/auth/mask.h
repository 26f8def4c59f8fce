/* Masking of personal data: one table, class of data by role, says who is shown a datum in the
 * clear, masked or not at all. Pure but for mask_record, which puts what was shown in the clear
 * into the audit trail.
 *
 *     struct mask_view view;
 *     mask_view_people(&view, people_roles(posts, count, path, now));
 *     mask_member(&writer, &view, "phone", PERSONAL_PHONE, customer.phone);
 *     TRY(mask_record(store, &view, &actor, SLICE("customer/8f2c")));     within the transaction
 */
#ifndef HEADROOM_AUTH_MASK_H
#define HEADROOM_AUTH_MASK_H

#include "auth/people.h"
#include "auth/token.h"
#include "base/json.h"

/* X(identifier, name): classes of the data of natural persons; the last of those who work here. */
#define PERSONAL_LIST(X)                                                                           \
    X(NAME, "name")                                                                                \
    X(ID_NUMBER, "id_number")                                                                      \
    X(BIRTH_DATE, "birth_date")                                                                    \
    X(PHONE, "phone")                                                                              \
    X(EMAIL, "email")                                                                              \
    X(ADDRESS, "address")                                                                          \
    X(ACCOUNT, "account")                                                                          \
    X(STAFF_NAME, "staff_name")

enum personal {
#define X(identifier, name) PERSONAL_##identifier,
    PERSONAL_LIST(X)
#undef X
        PERSONAL_COUNT
};

enum mask { MASK_HIDDEN, MASK_MASKED, MASK_CLEAR };

/** What one who asks is shown, and what they were shown so far. */
struct mask_view {
    enum mask of[PERSONAL_COUNT];
    unsigned clear; /* classes that were written in the clear: bits of enum personal */
};

struct slice personal_name(enum personal personal);
/** False when no class has that name. */
bool personal_from_name(struct slice name, enum personal *ret_personal) MUST_USE;

/** The most that any of the roles is shown. In: roles  bits of enum role; 0: nothing */
enum mask mask_of(enum personal personal, unsigned roles);
/** For a person. In: roles  those of the posts that see what is shown (people_roles) */
void mask_view_people(struct mask_view *view, unsigned roles);
/** For a program: what its token's role is shown; one with scopes sees nothing in the clear but
 * with the scope "personal:read". */
void mask_view_token(struct mask_view *view, const struct auth_token *token);

/** Appends the datum as it may be shown; nothing where it is hidden. The mask does not tell how
 * long the datum is. Masked are: all of a name but its first character; of a number of identity or
 * a phone all but the first three and last four characters; of an account all but the last four; of
 *  a birth date (YYYY-MM-DD) month and day; of an address all behind the sixth character; of a mail
 *  address all before the @ but its first character. What is too short for that is masked whole.
 *  Source: JR/T 0171-2020, display of personal financial information. */
void mask_write(struct buffer *out, enum personal personal, enum mask mask, struct slice value);
/** Writes a member of an object; none where it is hidden or `value` is empty. */
void mask_member(struct json_writer *writer, struct mask_view *view, const char *name,
                 enum personal personal, struct slice value);

/** The same as a value by itself: a string, null where it is hidden. */
void mask_value(struct json_writer *writer, struct mask_view *view, enum personal personal,
                struct slice value);

/** Records what was shown in the clear, "personal.read", within a writing transaction, and begins
 *  anew; nothing when nothing was. An answer is sent only when it is committed. */
enum store_status mask_record(struct store *store, struct mask_view *view,
                              const struct people_actor *actor, struct slice subject) MUST_USE;

#endif
