#include "auth/role.h"

#define BIT(role) (1U << ROLE_##role)

enum { ALL_ROLES = (1U << ROLE_COUNT) - 1 };

static const struct {
    const char *name;
    const char *chinese;
} texts[ROLE_COUNT] = {
#define X(identifier, name, chinese) {name, chinese},
    ROLE_LIST(X)
#undef X
};

/* What each role excludes among those behind it in the list; the other half is its mirror. An
 * administrator does no business and no other administration. */
static const unsigned excluded[ROLE_COUNT] = {
    [ROLE_SYSTEM_ADMINISTRATOR] = ALL_ROLES,
    [ROLE_SECURITY_ADMINISTRATOR] = ALL_ROLES,
    [ROLE_AUDIT_ADMINISTRATOR] = ALL_ROLES,
    [ROLE_RELATIONSHIP_MANAGER] = BIT(REVIEWER) | BIT(COMMITTEE_SECRETARY) | BIT(COMMITTEE_MEMBER) |
                                  BIT(APPROVER) | BIT(RELEASE_OFFICER) | BIT(LIMIT_MANAGER) |
                                  BIT(WARNING_OFFICER),
    [ROLE_REVIEWER] = BIT(COMMITTEE_MEMBER) | BIT(APPROVER) | BIT(RELEASE_OFFICER),
    [ROLE_COMMITTEE_SECRETARY] = BIT(COMMITTEE_MEMBER) | BIT(APPROVER) | BIT(RELEASE_OFFICER),
    [ROLE_COMMITTEE_MEMBER] = BIT(RELEASE_OFFICER) | BIT(LIMIT_MANAGER),
    [ROLE_APPROVER] = BIT(RELEASE_OFFICER) | BIT(LIMIT_MANAGER),
    [ROLE_RELEASE_OFFICER] = BIT(LIMIT_MANAGER),
};

struct slice role_name(enum role role)
{
    check((unsigned)role < ROLE_COUNT);
    return slice_from_cstr(texts[role].name);
}

struct slice role_chinese(enum role role)
{
    check((unsigned)role < ROLE_COUNT);
    return slice_from_cstr(texts[role].chinese);
}

bool role_from_name(struct slice name, enum role *ret_role)
{
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        if (slice_equal(name, slice_from_cstr(texts[i].name))) {
            *ret_role = (enum role)i;
            return true;
        }
    }
    return false;
}

bool roles_exclude(enum role a, enum role b)
{
    check((unsigned)a < ROLE_COUNT && (unsigned)b < ROLE_COUNT);
    return a != b && ((excluded[a] >> b & 1) != 0 || (excluded[b] >> a & 1) != 0);
}
