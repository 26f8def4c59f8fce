/* The queries by name. Their texts stand in sql/queries.DIALECT.sql, one file a dialect, each query
 * behind a line "-- name: NAME"; a name that is missing or unknown there fails when the program is
 * tested and when it starts. Nothing else is ever sent to a database, and values are only bound. */
#ifndef HEADROOM_STORE_QUERY_H
#define HEADROOM_STORE_QUERY_H

/* X(identifier, name, kind, types of the parameters, types of the columns)
 * Kinds: READ changes nothing; AUDIT adds an audit entry; CHANGE is let through only in a
 * transaction that adds one; PLAIN changes what needs none (the room's own bookkeeping).
 * Types: i 64-bit integer, t text, b bytes; a capital may be NULL. */
// clang-format off
#define STORE_QUERY_LIST(X) \
    X(MIGRATION_LIST, "migration_list", READ, "", "itti") \
    X(MIGRATION_ADD, "migration_add", PLAIN, "itti", "") \
    X(AUDIT_ADD, "audit_add", AUDIT, "iittttTTTbb", "") \
    X(AUDIT_HEAD, "audit_head", READ, "", "ib") \
    X(AUDIT_FROM, "audit_from", READ, "ii", "iittttTTTbb") \
    X(AUDIT_OF_SUBJECT, "audit_of_subject", READ, "tii", "iittttTTTbb") \
    X(AUDIT_OF_ACTOR, "audit_of_actor", READ, "tii", "iittttTTTbb") \
    X(IDEMPOTENCY_GET, "idempotency_get", READ, "tti", "biitt") \
    X(IDEMPOTENCY_ADD, "idempotency_add", PLAIN, "ttbiitt", "") \
    X(IDEMPOTENCY_DROP, "idempotency_drop", PLAIN, "i", "") \
    X(ENTITY_ADD, "entity_add", CHANGE, "tti", "") \
    X(ENTITY_GET, "entity_get", READ, "t", "ttiI") \
    X(ORGANISATION_ADD, "organisation_add", CHANGE, "ttTtti", "") \
    X(ORGANISATION_GET, "organisation_get", READ, "t", "ttTttiI") \
    X(ORGANISATION_BELOW, "organisation_below", READ, "tti", "ttTttiI") \
    X(USER_ADD, "user_add", CHANGE, "ttttit", "") \
    X(USER_GET, "user_get", READ, "t", "ttttTiiBiItiBii") \
    X(USER_BY_LOGIN, "user_by_login", READ, "t", "ttttTiiBiItiBii") \
    X(USER_PAGE_LOGIN, "user_page_login", READ, "ttttttttii", "tttttttiIiiiii") \
    X(USER_PAGE_LOGIN_DOWN, "user_page_login_down", READ, "ttttttttii", "tttttttiIiiiii") \
    X(USER_PAGE_NAME, "user_page_name", READ, "ttttttttii", "tttttttiIiiiii") \
    X(USER_PAGE_NAME_DOWN, "user_page_name_down", READ, "ttttttttii", "tttttttiIiiiii") \
    X(USER_PAGE_CREATED, "user_page_created", READ, "itttttttii", "tttttttiIiiiii") \
    X(USER_PAGE_CREATED_DOWN, "user_page_created_down", READ, "itttttttii", "tttttttiIiiiii") \
    X(USER_ACCOUNT, "user_account", READ, "t", "tttttttiIiiiii") \
    X(SESSIONS_OF, "sessions_of", READ, "tiii", "iitib") \
    X(USER_PASSWORD_SET, "user_password_set", CHANGE, "ttii", "") \
    X(PASSWORDS_PAST, "passwords_past", READ, "t", "t") \
    X(PASSWORD_PAST_ADD, "password_past_add", CHANGE, "t", "") \
    X(PASSWORD_PAST_DROP, "password_past_drop", CHANGE, "ti", "") \
    X(USER_FAILURES_SET, "user_failures_set", CHANGE, "tii", "") \
    X(USER_TOTP_SET, "user_totp_set", CHANGE, "tbi", "") \
    X(USER_TOTP_BEGIN, "user_totp_begin", CHANGE, "tbi", "") \
    X(USER_TOTP_RESET, "user_totp_reset", CHANGE, "ti", "") \
    X(RECOVERY_CODES_COUNT, "recovery_codes_count", READ, "t", "i") \
    X(RECOVERY_CODE_ADD, "recovery_code_add", CHANGE, "tb", "") \
    X(RECOVERY_CODE_USE, "recovery_code_use", CHANGE, "tb", "") \
    X(RECOVERY_CODES_DROP, "recovery_codes_drop", CHANGE, "t", "") \
    X(USER_TOTP_SEAL, "user_totp_seal", CHANGE, "tb", "") \
    X(USER_TOTP_BEGUN_SEAL, "user_totp_begun_seal", CHANGE, "tb", "") \
    X(USER_TOTP_BEGUN_KEYS, "user_totp_begun_keys", READ, "", "tb") \
    X(USER_TOTP_KEYS, "user_totp_keys", READ, "", "tb") \
    X(USER_TOTP_STEP_SET, "user_totp_step_set", CHANGE, "ti", "") \
    X(USER_DISABLED_SET, "user_disabled_set", CHANGE, "tI", "") \
    X(POST_ADD, "post_add", CHANGE, "tttiI", "") \
    X(POST_END, "post_end", CHANGE, "ttti", "") \
    X(POSTS_OF, "posts_of", READ, "ti", "ttttiI") \
    X(POSTS_OF_PERSON, "posts_of_person", READ, "ti", "ttttiI") \
    X(DELEGATION_LAST, "delegation_last", READ, "", "i") \
    X(DELEGATION_ADD, "delegation_add", CHANGE, "ittttiittit", "") \
    X(DELEGATION_GET, "delegation_get", READ, "i", "itttttiittitITT") \
    X(DELEGATION_PAGE, "delegation_page", READ, "itti", "itttttiittitITT") \
    X(DELEGATION_REVOKE, "delegation_revoke", CHANGE, "iitt", "") \
    X(DELEGATIONS_TO_PERSON, "delegations_to_person", READ, "ti", "tii") \
    X(DELEGATIONS_IN_FORCE, "delegations_in_force", READ, "ti", "ttttiitt") \
    X(IDENTITY_GET, "identity_get", READ, "tt", "t") \
    X(IDENTITY_DROP, "identity_drop", CHANGE, "tt", "") \
    X(IDENTITY_ADD, "identity_add", CHANGE, "ttti", "") \
    X(SESSION_ADD, "session_add", CHANGE, "btitii", "") \
    X(SESSION_GET, "session_get", READ, "b", "tiiIIttiiii") \
    X(SESSION_SEEN, "session_seen", PLAIN, "bi", "") \
    X(SESSION_END, "session_end", CHANGE, "bi", "") \
    X(SESSIONS_END, "sessions_end", CHANGE, "ti", "") \
    X(SESSIONS_END_OTHERS, "sessions_end_others", CHANGE, "tib", "") \
    X(SESSION_FREE, "session_free", CHANGE, "b", "") \
    X(SESSION_FACTOR_SET, "session_factor_set", CHANGE, "bi", "") \
    X(EVENT_ADD, "event_add", CHANGE, "iiitttTT", "") \
    X(EVENT_HEAD, "event_head", READ, "", "ii") \
    X(EVENT_FROM, "event_from", READ, "ii", "iiitttTT") \
    X(OUTBOX_ADD, "outbox_add", CHANGE, "tttttti", "") \
    X(OUTBOX_OF_STEP, "outbox_of_step", READ, "tt", "ittttttitTII") \
    X(OUTBOX_OWED, "outbox_owed", READ, "", "ittttttitTII") \
    X(OUTBOX_ANSWER, "outbox_answer", CHANGE, "ittii", "") \
    X(CUSTOMER_TIE_ADD, "customer_tie_add", CHANGE, "tittiiIt", "") \
    X(CUSTOMER_TIE_END, "customer_tie_end", CHANGE, "tii", "") \
    X(CUSTOMER_TIES, "customer_ties", READ, "t", "tittiiIt") \
    X(CUSTOMER_TIES_OF_OTHER, "customer_ties_of_other", READ, "t", "tittiiIt") \
    X(CUSTOMER_IMPORT_GET, "customer_import_get", READ, "t", "iiiI") \
    X(CUSTOMER_IMPORT_BEGIN, "customer_import_begin", PLAIN, "ti", "") \
    X(CUSTOMER_IMPORT_STEP, "customer_import_step", PLAIN, "tiiiI", "") \
    X(CUSTOMER_IMPORT_REFUSE, "customer_import_refuse", PLAIN, "tiittt", "") \
    X(CUSTOMER_IMPORT_REFUSALS, "customer_import_refusals", READ, "tii", "iittt") \
    X(CUSTOMER_ADD, "customer_add", CHANGE, "tii", "") \
    X(CUSTOMER_SET, "customer_set", CHANGE, "tiT", "") \
    X(CUSTOMER_VERSION_ADD, "customer_version_add", CHANGE, "tiiittt", "") \
    X(CUSTOMER_GET, "customer_get", READ, "t", "tiiiitttI") \
    X(CUSTOMER_AS_OF, "customer_as_of", READ, "tii", "tiiiitttI") \
    X(CUSTOMER_VERSIONS, "customer_versions", READ, "tii", "tiiiitttI") \
    X(CUSTOMER_IDENTIFIER_ADD, "customer_identifier_add", CHANGE, "ttt", "") \
    X(CUSTOMER_IDENTIFIER_GET, "customer_identifier_get", READ, "tt", "t") \
    X(CUSTOMER_IDENTIFIERS_CLEAR, "customer_identifiers_clear", CHANGE, "t", "") \
    X(CUSTOMER_NAME_ADD, "customer_name_add", CHANGE, "tt", "") \
    X(CUSTOMER_NAMES_CLEAR, "customer_names_clear", CHANGE, "t", "") \
    X(CUSTOMER_NAMED, "customer_named", READ, "tti", "t") \
    X(CUSTOMER_SCOPE_ADD, "customer_scope_add", CHANGE, "ttttti", "") \
    X(CUSTOMER_SCOPE_CLEAR, "customer_scope_clear", CHANGE, "t", "") \
    X(CUSTOMER_LISTING_ADD, "customer_listing_add", CHANGE, "tittiI", "") \
    X(CUSTOMER_LISTINGS_CLEAR, "customer_listings_clear", CHANGE, "t", "") \
    X(CUSTOMER_PAGE_NAME, "customer_page_name", READ, "ttttti", "tti") \
    X(CUSTOMER_PAGE_NAME_DOWN, "customer_page_name_down", READ, "ttttti", "tti") \
    X(CUSTOMER_PAGE_CREATED, "customer_page_created", READ, "tittti", "tti") \
    X(CUSTOMER_PAGE_CREATED_DOWN, "customer_page_created_down", READ, "tittti", "tti") \
    X(CUSTOMER_PAGE_LISTED, "customer_page_listed", READ, "tttttitti", "tti") \
    X(PACK_ADD, "pack_add", CHANGE, "tttttttit", "") \
    X(PACK_GET, "pack_get", READ, "t", "ttttttit") \
    X(PACK_BY_VERSION, "pack_by_version", READ, "tt", "t") \
    X(PACK_CONTENT, "pack_content", READ, "t", "t") \
    X(PACK_LIST, "pack_list", READ, "tti", "tttttit") \
    X(PACK_ACTIVATION_LAST, "pack_activation_last", READ, "", "i") \
    X(PACK_ACTIVATION_ADD, "pack_activation_add", CHANGE, "ittTitit", "") \
    X(PACK_ACTIVATION_GET, "pack_activation_get", READ, "i", "itttTittitITTI") \
    X(PACK_ACTIVATION_AT, "pack_activation_at", READ, "tt", "itttTittitITTI") \
    X(PACK_ACTIVATION_LIST, "pack_activation_list", READ, "tii", "itttTittitITTI") \
    X(PACK_ACTIVATION_DECIDE, "pack_activation_decide", CHANGE, "ititT", "") \
    X(PACK_ACTIVATION_END, "pack_activation_end", CHANGE, "ii", "") \
    X(PACK_IN_FORCE, "pack_in_force", READ, "ti", "itttTittitITTI") \
    X(APPLICATION_ADD, "application_add", CHANGE, "itttttttti", "") \
    X(APPLICATION_LAST, "application_last", READ, "", "i") \
    X(APPLICATION_GET, "application_get", READ, "t", "ititttttttTtiiIT") \
    X(APPLICATION_SET, "application_set", CHANGE, "titttTiItT", "") \
    X(APPLICATION_PAGE_UP, "application_page_up", READ, "itttti", "ititttttttTtiiIT") \
    X(APPLICATION_PAGE_DOWN, "application_page_down", READ, "itttti", "ititttttttTtiiIT") \
    X(APPLICATION_CUSTOMER_UP, "application_customer_up", READ, "itttti", "ititttttttTtiiIT") \
    X(APPLICATION_CUSTOMER_DOWN, "application_customer_down", READ, "itttti", "ititttttttTtiiIT") \
    X(APPLICATION_STATE_UP, "application_state_up", READ, "itttti", "ititttttttTtiiIT") \
    X(APPLICATION_STATE_DOWN, "application_state_down", READ, "itttti", "ititttttttTtiiIT") \
    X(APPLICATION_VERSION_ADD, "application_version_add", CHANGE, "tittti", "") \
    X(APPLICATION_VERSIONS, "application_versions", READ, "t", "ittti") \
    X(VERDICT_ADD, "verdict_add", CHANGE, "ttttttttTttTIit", "") \
    X(VERDICT_OF_STEP, "verdict_of_step", READ, "tt", "ttttttttTttTIit") \
    X(VERDICT_GET, "verdict_get", READ, "t", "ttttttttTttTIit") \
    X(VERDICTS_OF_APPLICATION, "verdicts_of_application", READ, "t", "ttttttttTttTIit") \
    X(VERDICT_TURN, "verdict_turn", READ, "tt", "ttttttttTttTIit") \
    X(VERDICT_STATE, "verdict_state", CHANGE, "tt", "") \
    X(CUSTOMER_GRAMS_PUT, "customer_grams_put", CHANGE, "tt", "") \
    X(CUSTOMER_GRAMS_CLEAR, "customer_grams_clear", CHANGE, "t", "") \
    X(CUSTOMER_GRAM_COUNT, "customer_gram_count", READ, "ti", "i") \
    X(CUSTOMER_PAGE_GRAM, "customer_page_gram", READ, "tttt", "tti") \
    X(CUSTOMER_MOVING, "customer_moving", CHANGE, "tI", "") \
    X(CUSTOMER_FAMILY, "customer_family", READ, "t", "t") \
    X(CREDIT_LIMIT_MOVE, "credit_limit_move", CHANGE, "ttit", "") \
    X(CREDIT_LIMITS_TURNED, "credit_limits_turned", READ, "t", "t") \
    X(VERDICTS_TURN, "verdicts_turn", READ, "t", "tt") \
    X(VERDICTS_HAND, "verdicts_hand", CHANGE, "tt", "") \
    X(GROUP_LAST, "group_last", READ, "", "i") \
    X(GROUP_ADD, "group_add", CHANGE, "itittttti", "") \
    X(GROUP_SET, "group_set", CHANGE, "tittttTTTI", "") \
    X(GROUP_MOVING, "group_moving", CHANGE, "tI", "") \
    X(GROUP_GET, "group_get", READ, "t", "ititttttTTTIIi") \
    X(GROUP_OF, "group_of", READ, "tt", "t") \
    X(GROUP_SEEN, "group_seen", READ, "tt", "i") \
    X(GROUP_PAGE_NAME, "group_page_name", READ, "titti", "ititttttTTTIIi") \
    X(GROUP_PAGE_NAME_DOWN, "group_page_name_down", READ, "titti", "ititttttTTTIIi") \
    X(GROUP_PAGE_NUMBER, "group_page_number", READ, "itti", "ititttttTTTIIi") \
    X(GROUP_PAGE_NUMBER_DOWN, "group_page_number_down", READ, "itti", "ititttttTTTIIi") \
    X(GROUP_VERSION_ADD, "group_version_add", CHANGE, "tiiittttttT", "") \
    X(GROUP_VERSIONS, "group_versions", READ, "tiii", "iiittttttT") \
    X(GROUP_MEMBER_ADD, "group_member_add", CHANGE, "tittti", "") \
    X(GROUP_MEMBER_END, "group_member_end", CHANGE, "tti", "") \
    X(GROUP_MEMBERS, "group_members", READ, "t", "ittiI") \
    X(GROUP_MOVE_LAST, "group_move_last", READ, "", "i") \
    X(GROUP_MOVE_ADD, "group_move_add", CHANGE, "itttttttitt", "") \
    X(GROUP_MOVE_GET, "group_move_get", READ, "i", "ittttittTTIT") \
    X(GROUP_MOVE_PAGE, "group_move_page", READ, "tii", "ittttittTTIT") \
    X(GROUP_MOVE_OPEN, "group_move_open", READ, "tt", "i") \
    X(GROUP_MOVE_SET, "group_move_set", CHANGE, "itTTIT", "") \
    X(RULE_MOVE_LAST, "rule_move_last", READ, "", "i") \
    X(RULE_MOVE_ADD, "rule_move_add", CHANGE, "itttitt", "") \
    X(RULE_MOVE_GET, "rule_move_get", READ, "i", "ittttittTI") \
    X(RULE_MOVE_PAGE, "rule_move_page", READ, "tii", "ittttittTI") \
    X(RULE_MOVE_SET, "rule_move_set", CHANGE, "itTi", "") \
    X(RULE_CUSTOMER, "rule_customer", READ, "tt", "ttTi") \
    X(GROUP_TYPES, "group_types", READ, "t", "t") \
    X(GROUP_WAITS, "group_waits", READ, "t", "t") \
    X(GROUP_RULES, "group_rules", READ, "t", "titttitit") \
    X(GROUP_OF_LIMIT, "group_of_limit", READ, "t", "t") \
    X(GROUP_RULE_PUT, "group_rule_put", CHANGE, "ttitttitit", "") \
    X(GROUP_OF_ANY, "group_of_any", READ, "t", "t") \
    X(CREDIT_LIMIT_PLACE, "credit_limit_place", CHANGE, "tt", "") \
    X(MOVE_LAST, "move_last", READ, "", "i") \
    X(MOVE_ADD, "move_add", CHANGE, "ittttttitt", "") \
    X(MOVE_GET, "move_get", READ, "i", "ittttttittTTI") \
    X(MOVE_PAGE, "move_page", READ, "tii", "ittttttittTTI") \
    X(MOVE_OPEN, "move_open", READ, "tt", "i") \
    X(MOVE_SET, "move_set", CHANGE, "itTTI", "") \
    X(MOVE_CONSENT_ADD, "move_consent_add", CHANGE, "ittti", "") \
    X(MOVE_CONSENTS, "move_consents", READ, "i", "ttti") \
    X(CREDIT_LIMIT_PUT, "credit_limit_put", CHANGE, "tttttttti", "") \
    X(CREDIT_LIMIT_CHANGE, "credit_limit_change", CHANGE, "tit", "") \
    X(CREDIT_LIMIT_SETTLE, "credit_limit_settle", CHANGE, "tt", "") \
    X(CREDIT_LIMIT_OWNER, "credit_limit_owner", READ, "t", "tt") \
    X(CREDIT_LIMITS_OF, "credit_limits_of", READ, "t", "ttttttittt") \
    X(PROCESS_CASE_LAST, "process_case_last", READ, "", "i") \
    X(PROCESS_CASE_ADD, "process_case_add", CHANGE, "itttttttitibiiI", "") \
    X(PROCESS_CASE_GET, "process_case_get", READ, "i", "ittttttitiiiI") \
    X(PROCESS_CASE_OF, "process_case_of", READ, "tt", "ittttttitiiiI") \
    X(PROCESS_CASE_STATE, "process_case_state", READ, "i", "b") \
    X(PROCESS_CASE_SET, "process_case_set", CHANGE, "iitibiI", "") \
    X(PROCESS_CASE_PAGE, "process_case_page", READ, "tii", "ittttttitiiiI") \
    X(PROCESS_CASE_PAGE_PHASE, "process_case_page_phase", READ, "tiit", "ittttttitiiiI") \
    X(PROCESS_CASE_PAGE_SUBJECT, "process_case_page_subject", READ, "tiitt", "ittttttitiiiI") \
    X(PROCESS_CASE_PAGE_CUSTOMER, "process_case_page_customer", READ, "ti", "ittttttitiiiI") \
    X(PROCESS_HISTORY_ADD, "process_history_add", CHANGE, "iiiit", "") \
    X(PROCESS_HISTORY_FROM, "process_history_from", READ, "iiii", "iiit") \
    X(PROCESS_WAITS_OF, "process_waits_of", READ, "i", "itI") \
    X(PROCESS_CASE_MOVE, "process_case_move", CHANGE, "itt", "") \
    X(PROCESS_TASK_MOVE, "process_task_move", CHANGE, "itttt", "") \
    X(PROCESS_TASK_RENAME, "process_task_rename", CHANGE, "it", "") \
    X(PROCESS_WAIT_MOVE, "process_wait_move", CHANGE, "iitt", "") \
    X(PROCESS_EFFECT_MOVE, "process_effect_move", CHANGE, "iitt", "") \
    X(PROCESS_MESSAGE_CASES, "process_message_cases", READ, "tti", "i") \
    X(PROCESS_WAIT_ADD, "process_wait_add", CHANGE, "iitITT", "") \
    X(PROCESS_WAIT_SET, "process_wait_set", CHANGE, "iiI", "") \
    X(PROCESS_WAIT_END, "process_wait_end", CHANGE, "ii", "") \
    X(PROCESS_TIMER_FIRST, "process_timer_first", READ, "", "iii") \
    X(INTEREST_LAST, "interest_last", READ, "", "i") \
    X(INTEREST_ADD, "interest_add", CHANGE, "ittttit", "") \
    X(INTEREST_GET, "interest_get", READ, "i", "ittttitIT") \
    X(INTEREST_PAGE, "interest_page", READ, "iti", "ittttitIT") \
    X(INTEREST_END, "interest_end", CHANGE, "iit", "") \
    X(PROCESS_PARTY_ADD, "process_party_add", CHANGE, "it", "") \
    X(PROCESS_PARTY_OF_SUBJECT, "process_party_of_subject", CHANGE, "itt", "") \
    X(PROCESS_RELATED, "process_related", READ, "iti", "i") \
    X(PROCESS_TASK_LAST, "process_task_last", READ, "", "i") \
    X(PROCESS_TASK_ADD, "process_task_add", CHANGE, "iiittttTitiIi", "") \
    X(PROCESS_ESCALATION_SET, "process_escalation_set", CHANGE, "it", "") \
    X(PROCESS_ESCALATION_FIRST, "process_escalation_first", READ, "", "iiit") \
    X(PROCESS_ESCALATED, "process_escalated", CHANGE, "ii", "") \
    X(PROCESS_TASK_GET, "process_task_get", READ, "ii", "iiitttttTtttiiTTtTTiIIIiTItT") \
    X(PROCESS_TASK_SET, "process_task_set", CHANGE, "itiTTTTIIITT", "") \
    X(PROCESS_CONTENT, "process_content", READ, "t", "t") \
    X(PROCESS_TASK_CANCEL, "process_task_cancel", CHANGE, "iii", "") \
    X(PROCESS_TASKS_OF_CASE, "process_tasks_of_case", READ, "i", "iiitttttTtttiiTTtTTiIIIiTItT") \
    X(PROCESS_TASK_PAGE_ROLE, "process_task_page_role", READ, "ttii", "iiitttttTtttiiTTtTTiIIIiTItT") \
    X(PROCESS_TASK_PAGE_BELOW, "process_task_page_below", READ, "tii", "iiitttttTtttiiTTtTTiIIIiTItT") \
    X(PROCESS_TASK_PAGE_MINE, "process_task_page_mine", READ, "tii", "iiitttttTtttiiTTtTTiIIIiTItT") \
    X(PROCESS_CANDIDATE_ADD, "process_candidate_add", CHANGE, "ttiT", "") \
    X(PROCESS_CANDIDATES_OF, "process_candidates_of", READ, "i", "ttT") \
    X(PROCESS_CANDIDATES_CLEAR, "process_candidates_clear", CHANGE, "ii", "") \
    X(PROCESS_VOTED, "process_voted", READ, "ittii", "i") \
    X(PROCESS_DUTY_GET, "process_duty_get", READ, "it", "t") \
    X(PROCESS_DUTY_ADD, "process_duty_add", CHANGE, "itt", "") \
    X(PROCESS_EFFECT_ADD, "process_effect_add", CHANGE, "iiiittttti", "") \
    X(PROCESS_EFFECT_GET, "process_effect_get", READ, "iii", "iiiittttttit") \
    X(PROCESS_EFFECT_END, "process_effect_end", CHANGE, "iiiti", "") \
    X(PROCESS_EFFECT_CANCEL, "process_effect_cancel", CHANGE, "iii", "") \
    X(PROCESS_EFFECTS_OWED, "process_effects_owed", READ, "tii", "iiiittttttit")
// clang-format on

enum store_query {
#define X(identifier, name, kind, parameters, columns) QUERY_##identifier,
    STORE_QUERY_LIST(X)
#undef X
        STORE_QUERY_COUNT
};

enum store_query_kind {
    STORE_KIND_READ,
    STORE_KIND_AUDIT,
    STORE_KIND_CHANGE,
    STORE_KIND_PLAIN,
};

struct store_query_form {
    const char *name;
    enum store_query_kind kind;
    const char *parameters;
    const char *columns;
};

/** What stands in the list. */
const struct store_query_form *store_query_form(enum store_query query);

#endif
