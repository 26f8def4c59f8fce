/* Passwords that are refused because others would guess them: those of word lists, such as a
 * dictionary or a corpus of breaches, and what can be told without a list. */
#ifndef HEADROOM_AUTH_PASSWORD_LIST_H
#define HEADROOM_AUTH_PASSWORD_LIST_H

#include "base/buffer.h"

/** Words as hashes of 64 bits in a table: nothing of them can be read back, and a list of ten
 *  million takes 100 MB. Once it is sealed any thread may ask it. A list of zeroes is empty. */
struct password_list {
    struct buffer hashes; /* uint64_t each, as they were added; until it is sealed */
    struct buffer table;  /* `slots` of uint64_t, four of five in use; 0: free */
    size_t slots;
    size_t count;
    bool sealed;
};

/** Adds the lines of `text`: a word each, whatever the case of its ASCII letters, without blanks at
 *  its ends; lines that are empty or longer than a password may be are none. False when memory is
 *  short. */
bool password_list_add(struct password_list *list, struct slice text) MUST_USE;
/** Makes the table; nothing is added from then on. False when memory is short: the list is as it
 *  was. Cost: O(n). */
bool password_list_seal(struct password_list *list) MUST_USE;
void password_list_release(struct password_list *list);
/** Whether a word is in the list. Cost: O(1). */
bool password_listed(const struct password_list *list, struct slice word);

/** Whether a password is one that others guess first: a word of the list, or one with signs in
 *  the place of letters; one part that is repeated; either with at most eight digits and signs
 *  around it; or a sequence, of the alphabet or of the rows of a keyboard.
 *  In: list  NULL: none
 *  Source: NIST SP 800-63B, 5.1.1.2 (breach corpuses, dictionary words, repetitive and sequential
 *  characters). */
bool password_guessed(const struct password_list *list, struct slice password);
/** Whether a password has a name in it, whatever the case of ASCII letters: all of it, or a word of
 *  it of four bytes or more.
 *  Source: NIST SP 800-63B, 5.1.1.2 (context-specific words). */
bool password_names(struct slice password, struct slice name);

#endif
