/* The REST face of ledger, engine and door: one static table of routes, one file a resource. A
 * handler decodes, asks engine or auth, and encodes; who may call it was judged before, from the
 * permission table. */
#ifndef HEADROOM_API_API_H
#define HEADROOM_API_API_H

#include "api/api_metrics.h"
#include "api/api_schema.h"
#include "auth/auth.h"
#include "auth/permission.h"
#include "auth/seal.h"
#include "base/json.h"
#include "binary/binary.h"
#include "engine/engine.h"
#include "http/http.h"
#include "os/jobs.h"
#include "os/reactor.h"
#include "pack/pack_store.h"
#include "store/store.h"

enum {
    API_COMMANDS_MAX = 8192, /* commands of one request */
    API_PAGE_DEFAULT = 100,  /* items of a page, unless `limit` is given */
    API_PAGE_MAX = 1000,
    API_ROUTES_MAX = 192,
};

struct api_oidc;
struct dmn_catalog;
struct api_task;
struct api_stream; /* a live stream of events */
struct api_scope;  /* which limits an answer may show */
struct api_query;  /* a question that waits for its turn */
struct api_steps;  /* what streams read from the store */
struct sender;     /* of the outbox */
struct process_clock;
struct api_child; /* a question about the past, answered by a child process */

/** Everything a handler needs; made by the program, zeroed. */
struct api {
    struct engine *engine;
    struct auth *auth;
    const struct seal_ring *ring; /* of what the store keeps sealed; not NULL where there is one */
    unsigned factor_roles;        /* of people who need a second factor, bits of enum role */
    struct password_list refused; /* passwords that nobody may have */
    struct store *store;          /* of the job thread; NULL: none, as in tests of the rest */
    struct jobs *jobs;
    struct reactor *reactor;
    struct http_server *server;
    struct dmn_catalog *decisions;      /* NULL: no folder of models was given */
    const struct binary_server *binary; /* NULL: there is none */
    struct api_metrics metrics;
    struct api_stream *streams; /* live streams of events, in no order */
    size_t stream_count;
    struct api_child *children; /* questions about the past under way */
    size_t child_count;
    struct sender *sender;             /* NULL: nothing is owed to the ledger by anybody */
    const struct process_clock *clock; /* NULL: no timer fires */
    struct api_steps *steps; /* of the credit plane, as streams read them; NULL: no store */
    struct reactor_hook stream_hook;
    struct api_oidc *oidc;                    /* NULL: no issuer to sign in with */
    struct api_task *keyed;                   /* requests with an Idempotency-Key in hand */
    struct api_query *queries, *queries_last; /* that wait for a later turn, in order */
    const struct api_scope *scope; /* of the question that has its turn; NULL: everything */
    uint64_t query_ns;             /* spent on questions in this turn */
    struct reactor_hook query_hook;
    unsigned roles[API_ROUTES_MAX];                    /* of tokens that may call the n-th route */
    unsigned people[API_ROUTES_MAX];                   /* of people, bits of enum role */
    char scopes[API_ROUTES_MAX][PERMISSION_SCOPE_MAX]; /* asked of tokens; empty: none */
    bool placed[API_ROUTES_MAX]; /* tokens that are bound to an organisation may */
    struct pack_shelf packs;     /* compiled; of the job thread */
    const char *version;
    bool draining;
};

/* ---- the table of routes ---- */

/** A parameter in the path or the query. */
struct api_parameter {
    const char *name; /* NULL ends a list */
    bool in_path;
    enum api_type type;
    const char *detail; /* of the type, see api_schema.h */
    const char *description;
};

/** What the API document says of a route; http_route.meta. */
struct api_operation {
    const char *id; /* "listLimits" */
    const char *tag;
    const char *summary;
    const struct api_parameter *parameters;
    const char *request;  /* schema of the body; NULL: no body */
    const char *response; /* schema of the 200 or 201 body; NULL: none, or not JSON */
    /* The handler of a question to the ledger, where the route's is api_query; else NULL. */
    void (*query)(struct http_request *request, void *context);
    unsigned scope;    /* enum api_scope_of, of such a question */
    const char *media; /* content type of the response where it is not application/json */
    unsigned status;   /* of success; 0: 200 */
    bool keyed;        /* it takes an Idempotency-Key; its answer holds no secret */
    bool matched;      /* it takes If-Match */
};

/** The routes. */
const struct http_route *api_routes(size_t *ret_count);
/** Fills api->roles from the permission table. */
void api_roles_resolve(struct api *api);
/** Writes the OpenAPI document. */
void api_openapi_write(struct buffer *out, const char *version);
/** Resolves who may call which route, and follows the engine's events for live streams. Once, when
 *  engine, auth, store and reactor are set; its hook must come behind the one that commits. */
void api_init(struct api *api);
/** Ends every live stream; no new one begins. */
void api_drain(struct api *api);
/** Steps of the credit plane may have been stored: live streams read them before they go on. On the
 *  loop; whoever submits to the engine what a step has stored calls it first. */
void api_steps_changed(struct api *api);
/** Gives back what api_init took, when jobs have ended. */
void api_release(struct api *api);

/** http_config.admit: judges the token and the role; `context` is the struct api. */
bool api_admit(struct http_request *request, void *context);
/** http_config.answered: counts. */
void api_answered(const struct http_request *request, unsigned status, uint64_t duration_ns,
                  void *context);
/** The token that was admitted; NULL on a route for anybody. */
const struct auth_token *api_token(const struct http_request *request);
/** What stands behind "Bearer" when it is a person's session; else empty. */
struct slice api_session_secret(const struct http_request *request);
/** The roles of people that may call the request's route, a bit each. */
unsigned api_people(const struct api *api, const struct http_request *request);
time_us api_now(void);
/** Answers with a limit as it was, from a child process. */
void api_limit_as_of(struct api *api, struct http_request *request, const struct ledger_id *id,
                     time_us as_of);

/* ---- questions to the ledger ---- */

/** Handler of their routes: has the operation's `query` answer, now or in a later turn; of who does
 *  not see everything the job thread first finds what they may see (api_scope.h). */
void api_query(struct http_request *request, void *context);
/** The same of a question whose scope is known. In: scope  in the request's arena; NULL: everything
 */
void api_query_push(struct api *api, struct http_request *request, const struct api_scope *scope);
/** api->query_hook: begins a turn's time for questions, behind the commit. */
void api_query_turn(struct reactor_hook *hook);

/* ---- handlers, each in the file of its resource ---- */

void api_commands_post(struct http_request *request, void *context);
void api_limits_list(struct http_request *request, void *context);
void api_limit_get(struct http_request *request, void *context);
void api_limit_tree(struct http_request *request, void *context);
void api_limit_exposures(struct http_request *request, void *context);
void api_limit_movements(struct http_request *request, void *context);
void api_reservation_get(struct http_request *request, void *context);
void api_exposure_get(struct http_request *request, void *context);
void api_unlock_get(struct http_request *request, void *context);
void api_rates_list(struct http_request *request, void *context);
void api_day_get(struct http_request *request, void *context);
void api_events_get(struct http_request *request, void *context);
void api_me_get(struct http_request *request, void *context);
void api_tokens_list(struct http_request *request, void *context);
void api_tokens_post(struct http_request *request, void *context);
void api_token_delete(struct http_request *request, void *context);
void api_decisions_list(struct http_request *request, void *context);
void api_decision_post(struct http_request *request, void *context);
void api_audit_list(struct http_request *request, void *context);
void api_audit_head_get(struct http_request *request, void *context);
void api_session_get(struct http_request *request, void *context);
void api_session_post(struct http_request *request, void *context);
void api_session_delete(struct http_request *request, void *context);
void api_session_password_post(struct http_request *request, void *context);
void api_own_factor_post(struct http_request *request, void *context);
void api_own_factor_confirm_post(struct http_request *request, void *context);
void api_own_factor_remove_post(struct http_request *request, void *context);
void api_recovery_codes_post(struct http_request *request, void *context);
void api_oidc_start(struct http_request *request, void *context);
void api_oidc_session(struct http_request *request, void *context);
void api_user_identity_put(struct http_request *request, void *context);
void api_entities_post(struct http_request *request, void *context);
void api_organisations_post(struct http_request *request, void *context);
void api_users_post(struct http_request *request, void *context);
void api_users_list(struct http_request *request, void *context);
void api_user_get(struct http_request *request, void *context);
void api_user_sessions_list(struct http_request *request, void *context);
void api_user_sessions_delete(struct http_request *request, void *context);
void api_user_password_put(struct http_request *request, void *context);
void api_user_factor_delete(struct http_request *request, void *context);
void api_user_disable_post(struct http_request *request, void *context);
void api_user_enable_post(struct http_request *request, void *context);
void api_user_posts_post(struct http_request *request, void *context);
void api_user_post_delete(struct http_request *request, void *context);
void api_delegations_list(struct http_request *request, void *context);
void api_delegations_post(struct http_request *request, void *context);
void api_delegation_get(struct http_request *request, void *context);
void api_delegation_revoke(struct http_request *request, void *context);
void api_customers_list(struct http_request *request, void *context);
void api_customers_post(struct http_request *request, void *context);
void api_customer_get(struct http_request *request, void *context);
void api_customer_put(struct http_request *request, void *context);
void api_customer_history(struct http_request *request, void *context);
void api_customer_relations_post(struct http_request *request, void *context);
void api_customer_listings_post(struct http_request *request, void *context);
void api_customer_listing_end(struct http_request *request, void *context);
void api_moves_list(struct http_request *request, void *context);
void api_moves_post(struct http_request *request, void *context);
void api_moves_preview(struct http_request *request, void *context);
void api_move_get(struct http_request *request, void *context);
void api_move_agree(struct http_request *request, void *context);
void api_move_reject(struct http_request *request, void *context);
void api_customer_ties_post(struct http_request *request, void *context);
void api_customer_tie_end(struct http_request *request, void *context);
void api_interests_list(struct http_request *request, void *context);
void api_interests_post(struct http_request *request, void *context);
void api_interest_end(struct http_request *request, void *context);
void api_customer_group_get(struct http_request *request, void *context);
void api_groups_list(struct http_request *request, void *context);
void api_groups_post(struct http_request *request, void *context);
void api_group_get(struct http_request *request, void *context);
void api_group_put(struct http_request *request, void *context);
void api_group_history(struct http_request *request, void *context);
void api_group_moves_list(struct http_request *request, void *context);
void api_group_moves_post(struct http_request *request, void *context);
void api_group_move_get(struct http_request *request, void *context);
void api_customer_rules_preview(struct http_request *request, void *context);
void api_customer_rules_post(struct http_request *request, void *context);
void api_rule_differences_list(struct http_request *request, void *context);
void api_rule_moves_list(struct http_request *request, void *context);
void api_rule_moves_post(struct http_request *request, void *context);
void api_rule_move_get(struct http_request *request, void *context);
void api_rule_move_agree(struct http_request *request, void *context);
void api_rule_move_reject(struct http_request *request, void *context);
void api_group_moves_preview(struct http_request *request, void *context);
void api_group_move_agree(struct http_request *request, void *context);
void api_group_move_reject(struct http_request *request, void *context);
void api_process_tasks_list(struct http_request *request, void *context);
void api_process_task_get(struct http_request *request, void *context);
void api_process_task_claim(struct http_request *request, void *context);
void api_process_task_unclaim(struct http_request *request, void *context);
void api_process_task_complete(struct http_request *request, void *context);
void api_process_task_return(struct http_request *request, void *context);
void api_process_task_resume(struct http_request *request, void *context);
void api_process_cases_list(struct http_request *request, void *context);
void api_process_case_get(struct http_request *request, void *context);
void api_process_case_history(struct http_request *request, void *context);
void api_process_case_start(struct http_request *request, void *context);
void api_process_case_cancel(struct http_request *request, void *context);
void api_process_incident_resolve(struct http_request *request, void *context);
void api_process_case_move_preview(struct http_request *request, void *context);
void api_process_case_move(struct http_request *request, void *context);
void api_process_message_post(struct http_request *request, void *context);
void api_applications_list(struct http_request *request, void *context);
void api_applications_post(struct http_request *request, void *context);
void api_application_get(struct http_request *request, void *context);
void api_application_put(struct http_request *request, void *context);
void api_application_versions(struct http_request *request, void *context);
void api_application_submit(struct http_request *request, void *context);
void api_application_withdraw(struct http_request *request, void *context);
void api_application_check(struct http_request *request, void *context);
void api_customer_view_get(struct http_request *request, void *context);
void api_packs_list(struct http_request *request, void *context);
void api_packs_post(struct http_request *request, void *context);
void api_packs_check(struct http_request *request, void *context);
void api_pack_get(struct http_request *request, void *context);
void api_pack_content(struct http_request *request, void *context);
void api_pack_difference(struct http_request *request, void *context);
void api_pack_day(struct http_request *request, void *context);
void api_activations_list(struct http_request *request, void *context);
void api_activations_post(struct http_request *request, void *context);
void api_activation_get(struct http_request *request, void *context);
void api_activation_activate(struct http_request *request, void *context);
void api_activation_reject(struct http_request *request, void *context);
void api_organisation_pack(struct http_request *request, void *context);
void api_metrics_get(struct http_request *request, void *context);
void api_healthz_get(struct http_request *request, void *context);
void api_readyz_get(struct http_request *request, void *context);
void api_openapi_get(struct http_request *request, void *context);
void api_page_get(struct http_request *request, void *context);

#endif
