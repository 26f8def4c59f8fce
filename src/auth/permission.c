#include "auth/permission.h"

#include "auth/role.h"

/* An administrator may do everything, so that a first start can be used with the one token it
 * makes. People have posts and duties that exclude each other instead: see role.h. */
#define OPERATORS ((unsigned)AUTH_OPERATOR | (unsigned)AUTH_ADMINISTRATOR)
#define READERS ((unsigned)AUTH_READER | (unsigned)AUTH_OPERATOR | (unsigned)AUTH_ADMINISTRATOR)
#define ADMINISTRATORS ((unsigned)AUTH_ADMINISTRATOR)

#define PERSON(role) (1U << ROLE_##role)
/* Whose work is with customers: everybody but the three administrators. */
#define BUSINESS                                                                                   \
    (PERSON(RELATIONSHIP_MANAGER) | PERSON(REVIEWER) | PERSON(COMMITTEE_SECRETARY) |               \
     PERSON(COMMITTEE_MEMBER) | PERSON(APPROVER) | PERSON(RELEASE_OFFICER) |                       \
     PERSON(LIMIT_MANAGER) | PERSON(MONITORING_OFFICER) | PERSON(WARNING_OFFICER) |                \
     PERSON(MANAGEMENT))
/* Who looks at accounts: the three administrators. */
#define KEEPERS                                                                                    \
    (PERSON(SYSTEM_ADMINISTRATOR) | PERSON(SECURITY_ADMINISTRATOR) | PERSON(AUDIT_ADMINISTRATOR))
/* Who writes down who stands in for whom. */
#define DELEGATORS (BUSINESS | PERSON(SECURITY_ADMINISTRATOR))
/* Who puts customers on lists. */
#define LISTERS (PERSON(LIMIT_MANAGER) | PERSON(MONITORING_OFFICER) | PERSON(WARNING_OFFICER))

/* Who merges and splits customers with their limits; the limit manager alone agrees. */
#define MOVERS (PERSON(RELATIONSHIP_MANAGER) | PERSON(LIMIT_MANAGER))

/* Who works by packs: everybody who has a post. */
#define ALL_PEOPLE ((1U << ROLE_COUNT) - 1)
/* Who proposes another, and who puts it in force; nobody does both for the same one. */
#define CONFIGURERS (PERSON(SYSTEM_ADMINISTRATOR) | PERSON(LIMIT_MANAGER))
#define ACTIVATORS (PERSON(SECURITY_ADMINISTRATOR) | PERSON(LIMIT_MANAGER))

static const struct permission rows[] = {
    {"POST", "/v1/commands", OPERATORS, 0},
    /* Of limits whose customers are within reach. */
    {"GET", "/v1/limits", READERS, BUSINESS},
    {"GET", "/v1/limits/{id}", READERS, BUSINESS},
    {"GET", "/v1/limits/{id}/tree", READERS, BUSINESS},
    {"GET", "/v1/limits/{id}/exposures", READERS, BUSINESS},
    {"GET", "/v1/limits/{id}/movements", READERS, BUSINESS},
    {"GET", "/v1/reservations/{id}", READERS, BUSINESS},
    {"GET", "/v1/exposures/{id}", READERS, BUSINESS},
    {"GET", "/v1/unlocks/{id}", READERS, BUSINESS},
    {"GET", "/v1/rates", READERS, BUSINESS | PERMISSION_ALL_PLACES},
    {"GET", "/v1/day", READERS, BUSINESS | PERMISSION_ALL_PLACES},
    {"GET", "/v1/events", READERS, 0},
    {"GET", "/v1/decisions", READERS, 0},
    {"POST", "/v1/decisions/{model}/{decision}", OPERATORS, 0},
    {"GET", "/v1/me", READERS, 0},
    {"GET", "/v1/tokens", ADMINISTRATORS, 0},
    {"POST", "/v1/tokens", ADMINISTRATORS, 0},
    {"DELETE", "/v1/tokens/{id}", ADMINISTRATORS, 0},
    {"GET", "/v1/audit", ADMINISTRATORS, PERSON(AUDIT_ADMINISTRATOR) | PERMISSION_ALL_PLACES},
    {"GET", "/v1/audit/head", ADMINISTRATORS, PERSON(AUDIT_ADMINISTRATOR) | PERMISSION_ALL_PLACES},
    {"POST", "/v1/session", AUTH_ANYBODY, 0},
    {"GET", "/v1/session", AUTH_NOBODY, PERMISSION_ANY_PERSON},
    {"DELETE", "/v1/session", AUTH_NOBODY, PERMISSION_ANY_PERSON},
    {"POST", "/v1/session/password", AUTH_NOBODY, PERMISSION_ANY_PERSON},
    {"POST", "/v1/session/second-factor", AUTH_NOBODY, PERMISSION_ANY_PERSON},
    {"POST", "/v1/session/second-factor/confirm", AUTH_NOBODY, PERMISSION_ANY_PERSON},
    {"POST", "/v1/session/second-factor/remove", AUTH_NOBODY, PERMISSION_ANY_PERSON},
    {"POST", "/v1/session/recovery-codes", AUTH_NOBODY, PERMISSION_ANY_PERSON},
    {"POST", "/v1/oidc/start", AUTH_ANYBODY, 0},
    {"POST", "/v1/oidc/session", AUTH_ANYBODY, 0},
    {"PUT", "/v1/users/{id}/identity", ADMINISTRATORS, PERSON(SECURITY_ADMINISTRATOR)},
    {"POST", "/v1/entities", ADMINISTRATORS, 0},
    {"POST", "/v1/organisations", ADMINISTRATORS, PERSON(SYSTEM_ADMINISTRATOR)},
    {"GET", "/v1/users", ADMINISTRATORS, KEEPERS},
    {"POST", "/v1/users", ADMINISTRATORS, PERSON(SYSTEM_ADMINISTRATOR)},
    {"GET", "/v1/users/{id}", ADMINISTRATORS, KEEPERS},
    {"GET", "/v1/users/{id}/sessions", ADMINISTRATORS,
     PERSON(SECURITY_ADMINISTRATOR) | PERSON(AUDIT_ADMINISTRATOR)},
    {"DELETE", "/v1/users/{id}/sessions", ADMINISTRATORS, PERSON(SECURITY_ADMINISTRATOR)},
    {"PUT", "/v1/users/{id}/password", ADMINISTRATORS, PERSON(SECURITY_ADMINISTRATOR)},
    {"DELETE", "/v1/users/{id}/second-factor", ADMINISTRATORS, PERSON(SECURITY_ADMINISTRATOR)},
    {"POST", "/v1/users/{id}/disable", ADMINISTRATORS, PERSON(SECURITY_ADMINISTRATOR)},
    {"POST", "/v1/users/{id}/enable", ADMINISTRATORS, PERSON(SECURITY_ADMINISTRATOR)},
    {"POST", "/v1/users/{id}/posts", ADMINISTRATORS, PERSON(SECURITY_ADMINISTRATOR)},
    {"DELETE", "/v1/users/{id}/posts/{organisation}/{role}", ADMINISTRATORS,
     PERSON(SECURITY_ADMINISTRATOR)},
    /* The own ones; those of others: who gives posts there. */
    {"GET", "/v1/delegations", READERS, DELEGATORS | PERSON(AUDIT_ADMINISTRATOR)},
    {"POST", "/v1/delegations", ADMINISTRATORS, DELEGATORS},
    {"GET", "/v1/delegations/{id}", READERS, DELEGATORS | PERSON(AUDIT_ADMINISTRATOR)},
    {"POST", "/v1/delegations/{id}/revoke", ADMINISTRATORS, DELEGATORS},
    /* The own ones; those of others: who keeps posts, and to read who keeps the trail. */
    {"GET", "/v1/interests", ADMINISTRATORS,
     DELEGATORS | PERSON(AUDIT_ADMINISTRATOR) | PERMISSION_ALL_PLACES},
    {"POST", "/v1/interests", ADMINISTRATORS, DELEGATORS | PERMISSION_ALL_PLACES},
    {"POST", "/v1/interests/{number}/end", ADMINISTRATORS,
     PERSON(SECURITY_ADMINISTRATOR) | PERMISSION_ALL_PLACES},
    {"GET", "/v1/customers", READERS, BUSINESS},
    {"POST", "/v1/customers", OPERATORS, PERSON(RELATIONSHIP_MANAGER)},
    {"GET", "/v1/customers/{id}", READERS, BUSINESS},
    {"PUT", "/v1/customers/{id}", OPERATORS, PERSON(RELATIONSHIP_MANAGER)},
    {"GET", "/v1/customers/{id}/view", READERS, BUSINESS},
    {"GET", "/v1/tasks", READERS, BUSINESS},
    {"GET", "/v1/tasks/{id}", READERS, BUSINESS},
    {"POST", "/v1/tasks/{id}/claim", AUTH_NOBODY, BUSINESS},
    {"POST", "/v1/tasks/{id}/unclaim", AUTH_NOBODY, BUSINESS},
    {"POST", "/v1/tasks/{id}/complete", AUTH_NOBODY, BUSINESS},
    {"POST", "/v1/tasks/{id}/return", AUTH_NOBODY, BUSINESS},
    {"POST", "/v1/tasks/{id}/resume", AUTH_NOBODY, PERSON(RELATIONSHIP_MANAGER)},
    {"GET", "/v1/cases", READERS, BUSINESS},
    {"GET", "/v1/cases/{id}", READERS, BUSINESS},
    {"GET", "/v1/cases/{id}/history", READERS, BUSINESS},
    /* Which of them start a process stands in its pack. */
    {"POST", "/v1/cases", AUTH_NOBODY, BUSINESS},
    {"POST", "/v1/cases/{id}/cancel", AUTH_NOBODY, BUSINESS},
    {"POST", "/v1/cases/{id}/incidents/{number}/resolve", AUTH_NOBODY, CONFIGURERS},
    {"POST", "/v1/cases/{id}/move", AUTH_NOBODY, CONFIGURERS},
    {"POST", "/v1/cases/{id}/move/preview", OPERATORS, CONFIGURERS},
    {"POST", "/v1/messages", OPERATORS, PERSON(LIMIT_MANAGER)},
    {"GET", "/v1/applications", READERS, BUSINESS},
    {"POST", "/v1/applications", OPERATORS, PERSON(RELATIONSHIP_MANAGER)},
    {"GET", "/v1/applications/{id}", READERS, BUSINESS},
    {"PUT", "/v1/applications/{id}", OPERATORS, PERSON(RELATIONSHIP_MANAGER)},
    {"GET", "/v1/applications/{id}/versions", READERS, BUSINESS},
    {"POST", "/v1/applications/{id}/check", OPERATORS, BUSINESS},
    {"POST", "/v1/applications/{id}/submit", OPERATORS, PERSON(RELATIONSHIP_MANAGER)},
    {"POST", "/v1/applications/{id}/withdraw", OPERATORS, PERSON(RELATIONSHIP_MANAGER)},
    {"GET", "/v1/customers/{id}/history", READERS, BUSINESS},
    {"POST", "/v1/customers/{id}/rules/preview", AUTH_NOBODY, MOVERS},
    {"POST", "/v1/customers/{id}/rules", AUTH_NOBODY, PERSON(LIMIT_MANAGER)},
    {"POST", "/v1/customers/{id}/relations", OPERATORS, PERSON(RELATIONSHIP_MANAGER)},
    {"POST", "/v1/customers/{id}/listings", OPERATORS, LISTERS},
    {"POST", "/v1/customers/{id}/listings/{number}/end", OPERATORS, LISTERS},
    {"GET", "/v1/packs", READERS, ALL_PEOPLE | PERMISSION_ALL_PLACES},
    {"POST", "/v1/packs", OPERATORS, CONFIGURERS | PERMISSION_ALL_PLACES},
    {"POST", "/v1/packs/check", OPERATORS, CONFIGURERS | PERMISSION_ALL_PLACES},
    {"GET", "/v1/packs/{id}", READERS, ALL_PEOPLE | PERMISSION_ALL_PLACES},
    {"GET", "/v1/packs/{id}/content", READERS, ALL_PEOPLE | PERMISSION_ALL_PLACES},
    {"GET", "/v1/packs/{id}/difference", READERS, ALL_PEOPLE | PERMISSION_ALL_PLACES},
    {"GET", "/v1/packs/{id}/day", READERS, ALL_PEOPLE | PERMISSION_ALL_PLACES},
    {"GET", "/v1/pack-activations", READERS, ALL_PEOPLE},
    {"POST", "/v1/pack-activations", OPERATORS, CONFIGURERS},
    {"GET", "/v1/pack-activations/{id}", READERS, ALL_PEOPLE},
    /* People alone: a token has no second pair of eyes. */
    {"POST", "/v1/pack-activations/{id}/activate", AUTH_NOBODY, ACTIVATORS},
    {"POST", "/v1/pack-activations/{id}/reject", OPERATORS,
     CONFIGURERS | PERSON(SECURITY_ADMINISTRATOR)},
    {"GET", "/v1/organisations/{id}/pack", READERS, ALL_PEOPLE},
    {"POST", "/v1/customers/{id}/ties", OPERATORS, PERSON(RELATIONSHIP_MANAGER)},
    {"POST", "/v1/customers/{id}/ties/{number}/end", OPERATORS, PERSON(RELATIONSHIP_MANAGER)},
    {"GET", "/v1/customers/{id}/group", READERS, BUSINESS},
    {"GET", "/v1/rule-differences", AUTH_NOBODY, BUSINESS},
    {"GET", "/v1/rule-moves", AUTH_NOBODY, BUSINESS},
    {"POST", "/v1/rule-moves", AUTH_NOBODY, MOVERS},
    {"GET", "/v1/rule-moves/{id}", AUTH_NOBODY, BUSINESS},
    {"POST", "/v1/rule-moves/{id}/agree", AUTH_NOBODY, PERSON(LIMIT_MANAGER)},
    {"POST", "/v1/rule-moves/{id}/reject", AUTH_NOBODY, MOVERS},
    {"GET", "/v1/groups", READERS, BUSINESS},
    {"POST", "/v1/groups", OPERATORS, MOVERS},
    {"GET", "/v1/groups/{id}", READERS, BUSINESS},
    {"PUT", "/v1/groups/{id}", OPERATORS, MOVERS},
    {"GET", "/v1/groups/{id}/history", READERS, BUSINESS},
    {"GET", "/v1/group-moves", READERS, BUSINESS},
    {"POST", "/v1/group-moves", OPERATORS, MOVERS},
    {"POST", "/v1/group-moves/preview", OPERATORS, MOVERS},
    {"GET", "/v1/group-moves/{id}", READERS, BUSINESS},
    {"POST", "/v1/group-moves/{id}/agree", AUTH_NOBODY, PERSON(LIMIT_MANAGER)},
    {"POST", "/v1/group-moves/{id}/reject", OPERATORS, MOVERS},
    {"GET", "/v1/customer-moves", READERS, BUSINESS},
    {"POST", "/v1/customer-moves", OPERATORS, MOVERS},
    {"POST", "/v1/customer-moves/preview", OPERATORS, MOVERS},
    {"GET", "/v1/customer-moves/{id}", READERS, BUSINESS},
    /* People alone, as a token has no second pair of eyes. */
    {"POST", "/v1/customer-moves/{id}/agree", AUTH_NOBODY, PERSON(LIMIT_MANAGER)},
    {"POST", "/v1/customer-moves/{id}/reject", OPERATORS, MOVERS},
    {"GET", "/metrics", READERS, 0},
    {"GET", "/v1/openapi.json", AUTH_ANYBODY, 0},
    {"GET", "/healthz", AUTH_ANYBODY, 0},
    {"GET", "/readyz", AUTH_ANYBODY, 0},
    {"GET", "/", AUTH_ANYBODY, 0},
    {"GET", "/page.css", AUTH_ANYBODY, 0},
    {"GET", "/page.js", AUTH_ANYBODY, 0},
    {"GET", "/favicon.svg", AUTH_ANYBODY, 0},
};

const struct permission *permission_rows(size_t *ret_count)
{
    *ret_count = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

static const struct permission *row_find(struct slice method, struct slice pattern)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (slice_equal(method, slice_from_cstr(rows[i].method)) &&
            slice_equal(pattern, slice_from_cstr(rows[i].pattern))) {
            return &rows[i];
        }
    }
    return NULL;
}

unsigned permission_roles(struct slice method, struct slice pattern)
{
    const struct permission *row = row_find(method, pattern);

    return row == NULL ? AUTH_NOBODY : row->roles;
}

unsigned permission_people(struct slice method, struct slice pattern)
{
    const struct permission *row = row_find(method, pattern);

    return row == NULL ? 0 : row->people;
}

/* The part of a path between "/v1/" and the next slash; all of it where it has no such beginning.
 */
static struct slice group_of(struct slice pattern)
{
    const struct slice version = SLICE("/v1/");
    struct slice rest = slice_starts_with(pattern, version)
                            ? slice_of(pattern.data + version.size, pattern.size - version.size)
                            : slice_of(pattern.data + 1, pattern.size - 1);
    struct slice group = rest;

    (void)slice_split(&rest, '/', &group);
    return group;
}

size_t permission_scope(char ret_scope[PERMISSION_SCOPE_MAX], struct slice method,
                        struct slice pattern)
{
    const struct permission *row = row_find(method, pattern);
    const struct slice group = group_of(pattern);

    if (row == NULL || row->roles == AUTH_ANYBODY || slice_equal(group, SLICE("me"))) {
        return 0;
    }
    const int size = snprintf(ret_scope, PERMISSION_SCOPE_MAX, "%.*s:%s", (int)group.size,
                              group.data, slice_equal(method, SLICE("GET")) ? "read" : "write");
    check(size > 0 && size < PERMISSION_SCOPE_MAX);
    return (size_t)size;
}

bool permission_placed(struct slice method, struct slice pattern)
{
    const unsigned people = permission_people(method, pattern);

    return people != 0 && (people & PERMISSION_ALL_PLACES) == 0;
}

bool permission_scope_known(struct slice scope)
{
    char text[PERMISSION_SCOPE_MAX];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const size_t size = permission_scope(text, slice_from_cstr(rows[i].method),
                                             slice_from_cstr(rows[i].pattern));
        /* No token has a role on what is for people alone. */
        if (size > 0 && rows[i].roles != AUTH_NOBODY && slice_equal(scope, slice_of(text, size))) {
            return true;
        }
    }
    return slice_equal(scope, SLICE(PERMISSION_PERSONAL));
}
