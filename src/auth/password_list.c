#include "auth/password_list.h"

#include "auth/password.h"
#include "base/hash.h"

enum {
    AROUND_MAX = 8,    /* bytes around a word that make no password of it */
    NAME_WORD_MIN = 4, /* bytes */
    KNOWN_SHARE = 4,   /* all but one step in four follow from the one before: a sequence */
};

/* ---- the list ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static uint64_t word_hash(struct slice word)
{
    char text[PASSWORD_MAX];

    check(word.size <= sizeof(text));
    for (size_t i = 0; i < word.size; i++) {
        text[i] = lower(word.data[i]);
    }
    const uint64_t hash = hash64(text, word.size, 0);
    explicit_bzero(text, sizeof(text));
    return hash == 0 ? 1 : hash; /* 0 is a free slot */
}

bool password_list_add(struct password_list *list, struct slice text)
{
    struct slice rest = text;
    struct slice line;

    check(!list->sealed);
    while (slice_split(&rest, '\n', &line)) {
        const struct slice word = slice_trim(line);
        if (word.size == 0 || word.size > PASSWORD_MAX) {
            continue;
        }
        const uint64_t hash = word_hash(word);
        buffer_append(&list->hashes, slice_of((const char *)&hash, sizeof(hash)));
        list->count++;
    }
    return !buffer_failed(&list->hashes);
}

/* Where a hash stands in a table of so many slots, if no other took its place. */
static size_t slot_of(uint64_t hash, size_t slots)
{
    __extension__ typedef unsigned __int128 uint128;

    return (size_t)((uint128)hash * slots >> 64);
}

/* The slot that holds the hash, or the free one (0) in which the search for it ends. */
static uint64_t *slot_find(const struct password_list *list, uint64_t hash)
{
    uint64_t *slots = (uint64_t *)(void *)list->table.data;
    size_t at = slot_of(hash, list->slots);

    while (slots[at] != 0 && slots[at] != hash) {
        at = at + 1 == list->slots ? 0 : at + 1;
    }
    return &slots[at];
}

bool password_list_seal(struct password_list *list)
{
    const uint64_t *hashes = (const uint64_t *)(const void *)list->hashes.data;

    check(!buffer_failed(&list->hashes) && !list->sealed);
    list->slots = list->count + list->count / 4 + 1;
    char *room = buffer_reserve(&list->table, list->slots * sizeof(uint64_t));
    REQUIRE(room != NULL, false);
    memset(room, 0, list->slots * sizeof(uint64_t));
    for (size_t i = 0; i < list->count; i++) {
        *slot_find(list, hashes[i]) = hashes[i];
    }
    buffer_release(&list->hashes);
    list->sealed = true;
    return true;
}

void password_list_release(struct password_list *list)
{
    buffer_release(&list->hashes);
    buffer_release(&list->table);
    *list = (struct password_list){0};
}

bool password_listed(const struct password_list *list, struct slice word)
{
    if (list == NULL || list->count == 0 || word.size == 0 || word.size > PASSWORD_MAX) {
        return false;
    }
    check(list->sealed);
    return *slot_find(list, word_hash(word)) != 0;
}

/* ---- what is made of a word ---- */

static bool letter(char c)
{
    return (lower(c) >= 'a' && lower(c) <= 'z') || (uint8_t)c >= 0x80;
}

/* The letter that a sign stands for: 1 is l, or else i. */
static char plain(char c, bool one_is_i)
{
    static const char signs[] = "0134578@$!";
    static const char letters[] = "oleastbasi";
    const char *found = c == '\0' ? NULL : strchr(signs, c);

    return found == NULL ? c : c == '1' && one_is_i ? 'i' : letters[found - signs];
}

/* Without digits and signs at its ends: at the last one alone, or at both. */
static struct slice core(struct slice password, bool both)
{
    struct slice word = password;

    while (word.size > 0 && !letter(word.data[word.size - 1])) {
        word.size--;
    }
    while (both && word.size > 0 && !letter(word.data[0])) {
        word = slice_of(word.data + 1, word.size - 1);
    }
    return word;
}

static bool spelt(const struct password_list *list, struct slice word, bool one_is_i)
{
    char text[PASSWORD_MAX];

    for (size_t i = 0; i < word.size; i++) {
        text[i] = plain(lower(word.data[i]), one_is_i);
    }
    const bool listed = password_listed(list, slice_of(text, word.size));
    explicit_bzero(text, sizeof(text));
    return listed;
}

/* Whether it is one part, said more than once. */
static bool repeated(struct slice password)
{
    for (size_t part = 1; part <= password.size / 2; part++) {
        size_t i = part;
        while (i < password.size && lower(password.data[i]) == lower(password.data[i - part])) {
            i++;
        }
        if (i == password.size) {
            return true;
        }
    }
    return false;
}

/* A word of the list or a repeated part, alone or with a few digits and signs around it. */
static bool word_made(const struct password_list *list, struct slice password)
{
    const struct slice words[] = {password, core(password, false), core(password, true)};

    for (size_t i = 0; i < 3; i++) {
        const struct slice word = words[i];
        if (password.size - word.size <= AROUND_MAX &&
            (repeated(word) || password_listed(list, word) || spelt(list, word, false) ||
             spelt(list, word, true))) {
            return true;
        }
    }
    return false;
}

/* Whether a character follows from the one before it. */
static bool follows(char before, char c)
{
    static const char *const rows[] = {"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"};
    const int step = lower(c) - lower(before);

    if (step >= -1 && step <= 1) {
        return true;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *a = before == '\0' ? NULL : strchr(rows[i], lower(before));
        const char *b = c == '\0' ? NULL : strchr(rows[i], lower(c));
        if (a != NULL && b != NULL && b - a >= -1 && b - a <= 1) {
            return true;
        }
    }
    return false;
}

static bool sequence(struct slice password)
{
    size_t strange = 0; /* steps that do not follow */

    for (size_t i = 1; i < password.size; i++) {
        strange += follows(password.data[i - 1], password.data[i]) ? 0 : 1;
    }
    return strange * KNOWN_SHARE < password.size;
}

bool password_guessed(const struct password_list *list, struct slice password)
{
    return password.size <= PASSWORD_MAX && (word_made(list, password) || sequence(password));
}

/* ---- names ---- */

bool password_names(struct slice password, struct slice name)
{
    struct slice rest = name;
    struct slice word;

    if (name.size >= NAME_WORD_MIN && password_contains(password, name)) {
        return true;
    }
    while (slice_split(&rest, ' ', &word)) {
        if (word.size >= NAME_WORD_MIN && password_contains(password, word)) {
            return true;
        }
    }
    return false;
}
