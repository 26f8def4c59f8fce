/* Regular expressions as XPath has them, run by PCRE2.
 * Source: XQuery 1.0 and XPath 2.0 Functions and Operators, 7.6. */
#ifndef HEADROOM_FEEL_REGEX_H
#define HEADROOM_FEEL_REGEX_H

#include "feel/eval.h"

struct regex;

enum { REGEX_GROUPS_MAX = 64 };

struct regex_match {
    uint32_t count; /* groups, the whole match included */
    struct {
        size_t start; /* SIZE_MAX: the group took no part */
        size_t end;
    } groups[REGEX_GROUPS_MAX];
};

/** Compiles a pattern with the flags s, m, i, x and q. NULL, with `reterr_message`, when it is no
 *  pattern. All memory comes from the arena. */
struct regex *regex_new(struct arena *arena, struct slice pattern, struct slice flags,
                        const char **reterr_message);
/** Finds the first match at or behind `at`: 1, 0 for none, -1 when the bounds of work are passed.
 */
int regex_find(struct regex *regex, struct slice text, size_t at, struct regex_match *ret_match);
/** Groups in parentheses. */
uint32_t regex_groups(const struct regex *regex);
/** The pattern is literal text (flag q). */
bool regex_literal(const struct regex *regex);

#endif
