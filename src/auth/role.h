/* The roles that people hold by their posts, and the duties that exclude each other. */
#ifndef HEADROOM_AUTH_ROLE_H
#define HEADROOM_AUTH_ROLE_H

#include "base/slice.h"

/* X(identifier, name, Chinese). The three administrators (三员) come first. */
#define ROLE_LIST(X)                                                                               \
    X(SYSTEM_ADMINISTRATOR, "system_administrator", "系统管理员")                                  \
    X(SECURITY_ADMINISTRATOR, "security_administrator", "安全管理员")                              \
    X(AUDIT_ADMINISTRATOR, "audit_administrator", "审计管理员")                                    \
    X(RELATIONSHIP_MANAGER, "relationship_manager", "客户经理")                                    \
    X(REVIEWER, "reviewer", "审查员")                                                              \
    X(COMMITTEE_SECRETARY, "committee_secretary", "贷审会秘书")                                    \
    X(COMMITTEE_MEMBER, "committee_member", "贷审会委员")                                          \
    X(APPROVER, "approver", "有权审批人")                                                          \
    X(RELEASE_OFFICER, "release_officer", "放款审核岗")                                            \
    X(LIMIT_MANAGER, "limit_manager", "额度管理岗")                                                \
    X(MONITORING_OFFICER, "monitoring_officer", "贷后管理岗")                                      \
    X(WARNING_OFFICER, "warning_officer", "风险预警岗")                                            \
    X(MANAGEMENT, "management", "管理层（只读）")

enum role {
#define X(identifier, name, chinese) ROLE_##identifier,
    ROLE_LIST(X)
#undef X
        ROLE_COUNT
};

struct slice role_name(enum role role);
struct slice role_chinese(enum role role);
/** False when no role has that name. */
bool role_from_name(struct slice name, enum role *ret_role) MUST_USE;
/** True when one person may not hold both. Symmetric; a role does not exclude itself.
 *  Sources: GB/T 22239-2019, 8.1.7 and 8.1.9 (the three administrators); the separation of
 *  investigation, review, approval and release (审贷分离), Commercial Bank Law of the PRC, art. 35.
 */
bool roles_exclude(enum role a, enum role b);

#endif
