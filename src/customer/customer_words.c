/* The words for types, kinds of identifiers and lists, and how far somebody reaches. */
#include "customer/customer.h"

enum { CHINA_OFFSET_HOURS = 8 };

struct word {
    const char *name;
    const char *chinese;
};

static const struct word types[CUSTOMER_TYPE_COUNT] = {
#define X(identifier, name, chinese) {name, chinese},
    CUSTOMER_TYPE_LIST(X)
#undef X
};

static const struct {
    struct word word;
    bool personal;
} kinds[CUSTOMER_KIND_COUNT] = {
#define X(identifier, name, chinese, personal, known) {{name, chinese}, personal},
    CUSTOMER_KIND_LIST(X)
#undef X
};

static const struct word lists[CUSTOMER_LIST_COUNT] = {
#define X(identifier, name, chinese) {name, chinese},
    CUSTOMER_LIST_LIST(X)
#undef X
};

struct slice customer_type_name(enum customer_type type)
{
    check((unsigned)type < CUSTOMER_TYPE_COUNT);
    return slice_from_cstr(types[type].name);
}

struct slice customer_kind_name(enum customer_kind kind)
{
    check((unsigned)kind < CUSTOMER_KIND_COUNT);
    return slice_from_cstr(kinds[kind].word.name);
}

struct slice customer_list_name(enum customer_list list)
{
    check((unsigned)list < CUSTOMER_LIST_COUNT);
    return slice_from_cstr(lists[list].name);
}

struct slice customer_kind_text(enum customer_kind kind, bool chinese)
{
    check((unsigned)kind < CUSTOMER_KIND_COUNT);
    return slice_from_cstr(chinese ? kinds[kind].word.chinese : kinds[kind].word.name);
}

bool customer_kind_personal(enum customer_kind kind)
{
    check((unsigned)kind < CUSTOMER_KIND_COUNT);
    return kinds[kind].personal;
}

bool customer_type_from_name(struct slice name, enum customer_type *ret_type)
{
    for (unsigned i = 0; i < CUSTOMER_TYPE_COUNT; i++) {
        if (slice_equal(name, slice_from_cstr(types[i].name))) {
            *ret_type = (enum customer_type)i;
            return true;
        }
    }
    return false;
}

bool customer_kind_from_name(struct slice name, enum customer_kind *ret_kind)
{
    for (unsigned i = 0; i < CUSTOMER_KIND_COUNT; i++) {
        if (slice_equal(name, slice_from_cstr(kinds[i].word.name))) {
            *ret_kind = (enum customer_kind)i;
            return true;
        }
    }
    return false;
}

bool customer_list_from_name(struct slice name, enum customer_list *ret_list)
{
    for (unsigned i = 0; i < CUSTOMER_LIST_COUNT; i++) {
        if (slice_equal(name, slice_from_cstr(lists[i].name))) {
            *ret_list = (enum customer_list)i;
            return true;
        }
    }
    return false;
}

date_days customer_today(time_us now)
{
    return time_to_date(now + CHINA_OFFSET_HOURS * 3600LL * US_PER_SECOND);
}

bool customer_reaches(const struct customer_reach *reach, struct slice path)
{
    if (reach->everywhere) {
        return true;
    }
    for (size_t i = 0; i < reach->count; i++) {
        if (slice_starts_with(path, reach->paths[i])) {
            return true;
        }
    }
    return false;
}

bool customer_seen(const struct customer_reach *reach, const struct customer *customer)
{
    if (reach->everywhere) {
        return true;
    }
    for (size_t i = 0; i < customer->relation_count; i++) {
        if (customer_reaches(reach, customer->relations[i].path)) {
            return true;
        }
    }
    return false;
}
