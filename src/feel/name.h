/* Names of FEEL: sequences of tokens, so that white space within them does not matter.
 * Source: DMN 1.5, 10.3.1.2, rules 25 to 30, and 10.3.1.4. */
#ifndef HEADROOM_FEEL_NAME_H
#define HEADROOM_FEEL_NAME_H

#include "base/arena.h"

/** Bytes of the white space character at a place of a text, 0 when there is none. */
size_t name_space_at(struct slice text, size_t at);
/** Bytes of the character at a place that may start a name, 0 when there is none. */
size_t name_start_at(struct slice text, size_t at);
/** Bytes of the character at a place that may continue a name, 0 when there is none. */
size_t name_part_at(struct slice text, size_t at);
/** Bytes of the word of name characters at a place. */
size_t name_word_at(struct slice text, size_t at);
/** True for the symbols . / - ' + * (and the typographic apostrophe's ASCII form). */
bool name_symbol(char c);
/** The place behind the occurrence of a name at a place of a text, token by token; 0 when it does
 *  not stand there. */
size_t name_match(struct slice name, struct slice text, size_t at);
/** True when the names have the same tokens. */
bool name_equal(struct slice a, struct slice b);
/** A copy with one space for each run of white space, none at the ends; data NULL when the arena
 *  is exhausted. */
struct slice name_normalize(struct arena *arena, struct slice name);
/** True when the name is one word that needs no scope to be read. */
bool name_simple(struct slice name);

#endif
