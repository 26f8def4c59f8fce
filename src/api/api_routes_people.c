/* The operations of people: sessions, the own secrets, accounts and posts, for the table of routes.
 */
#include "api/api_routes_people.h"

static const struct api_parameter id_only[] = {
    {"id", true, API_ID, NULL, "its id"},
    {0},
};

static const struct api_parameter users_parameters[] = {
    {"organisation", false, API_TEXT, NULL, "accounts that belong to it or stand below it"},
    {"legal_entity", false, API_TEXT, NULL, "accounts of its organisations"},
    {"state", false, API_WORD, "active|locked|disabled", NULL},
    {"role", false, API_TEXT, NULL, "who holds a post with this role now"},
    {"post", false, API_TEXT, NULL,
     "who holds a post at this organisation now; with role, the same post"},
    {"match", false, API_TEXT, NULL, "in the login or the name"},
    {"sort", false, API_WORD, "login|-login|name|-name|created|-created", "login unless given"},
    {"cursor", false, API_TEXT, NULL, "the \"next\" of the page before"},
    {"limit", false, API_INTEGER, NULL, "items of a page, 1 to 200; 50 unless given"},
    {0},
};

static const struct api_parameter post_parameters[] = {
    {"id", true, API_TEXT, NULL, "the user"},
    {"organisation", true, API_TEXT, NULL, NULL},
    {"role", true, API_TEXT, NULL, NULL},
    {0},
};

#define OPERATION(name, ...) const struct api_operation api_operation_##name = {__VA_ARGS__}

OPERATION(session_post, .id = "signIn", .tag = "People",
          .summary = "Sign in; the answer's session is the bearer token of a person",
          .request = "SignIn", .response = "Session", .status = 201);
OPERATION(session_get, .id = "getSession", .tag = "People", .summary = "Who is signed in",
          .response = "SessionUser");
OPERATION(session_delete, .id = "signOut", .tag = "People", .summary = "Sign out", .status = 204);
OPERATION(session_password, .id = "changePassword", .tag = "People",
          .summary = "Change the own password; every other session of the user ends",
          .request = "OwnPasswordRequest", .status = 204);
OPERATION(own_factor, .id = "beginSecondFactor", .tag = "People",
          .summary =
              "Begin to enrol a second factor: its key is shown this once, and is none before "
              "it is confirmed within ten minutes; who has one shows its code",
          .request = "OwnFactorRequest", .response = "SecondFactor", .status = 201);
OPERATION(
    own_factor_confirm, .id = "confirmSecondFactor", .tag = "People",
    .summary = "Confirm the second factor that was begun; every other session of the user ends",
    .request = "ConfirmFactorRequest", .response = "RecoveryCodes", .status = 201);
OPERATION(own_factor_remove, .id = "removeSecondFactor", .tag = "People",
          .summary = "Remove the own second factor with its recovery codes, where none is required",
          .request = "ShownFactorRequest", .status = 204);
OPERATION(recovery_codes, .id = "makeRecoveryCodes", .tag = "People",
          .summary = "New recovery codes in the place of the earlier ones, shown this once",
          .request = "ShownFactorRequest", .response = "RecoveryCodes", .status = 201);
OPERATION(
    oidc_start, .id = "startOidc", .tag = "People",
    .summary = "Begin to sign in with the issuer: where to send the browser, and what to keep",
    .response = "OidcStart", .status = 201);
OPERATION(oidc_session, .id = "signInOidc", .tag = "People",
          .summary = "Sign in with the code that the issuer gave", .request = "OidcSignIn",
          .response = "Session", .status = 201);
OPERATION(user_identity_put, .id = "setIdentity", .tag = "People",
          .summary = "State by what subject an issuer knows a user; it ends their sessions",
          .parameters = id_only, .request = "IdentityRequest", .status = 204);
OPERATION(entities_post, .id = "createEntity", .tag = "People", .summary = "Make a legal entity",
          .request = "EntityRequest", .response = "Made", .status = 201, .keyed = true);
OPERATION(organisations_post, .id = "createOrganisation", .tag = "People",
          .summary = "Make an organisation, below another or as the root of a legal entity",
          .request = "OrganisationRequest", .response = "Made", .status = 201, .keyed = true);
OPERATION(users_post, .id = "createUser", .tag = "People",
          .summary = "Make a user, without password and posts", .request = "UserRequest",
          .response = "Made", .status = 201, .keyed = true);
OPERATION(users_list, .id = "listUsers", .tag = "People",
          .summary = "The accounts within reach; a page may be short though there are more, and a "
                     "look is recorded",
          .parameters = users_parameters, .response = "UserPage");
OPERATION(user_get, .id = "getUser", .tag = "People",
          .summary = "One account with the posts that have not ended; a look is recorded",
          .parameters = id_only, .response = "User");
OPERATION(user_sessions, .id = "listSessions", .tag = "People",
          .summary = "The open sessions of a user, newest first, at most 200; a look is recorded",
          .parameters = id_only, .response = "UserSessions");
OPERATION(user_sessions_delete, .id = "endSessions", .tag = "People",
          .summary = "End every session of a user", .parameters = id_only, .status = 204);
OPERATION(user_password_put, .id = "setPassword", .tag = "People",
          .summary = "Set a user's password, which they must change; it ends their sessions",
          .parameters = id_only, .request = "PasswordRequest", .status = 204);
OPERATION(user_factor_delete, .id = "resetSecondFactor", .tag = "People",
          .summary =
              "Take a user's second factor and recovery codes; it ends their sessions, and the "
              "next one enrols another before anything else",
          .parameters = id_only, .status = 204);
OPERATION(user_disable_post, .id = "disableUser", .tag = "People",
          .summary = "Disable a user; it ends their sessions", .parameters = id_only,
          .status = 204);
OPERATION(user_enable_post, .id = "enableUser", .tag = "People",
          .summary = "Enable a user, and end a lock", .parameters = id_only, .status = 204);
OPERATION(user_posts_post, .id = "givePost", .tag = "People",
          .summary = "Give a user a post; duties that exclude each other are refused",
          .parameters = id_only, .request = "PostRequest", .response = "Made", .status = 201,
          .keyed = true);
OPERATION(user_post_delete, .id = "takePost", .tag = "People", .summary = "End a post now",
          .parameters = post_parameters, .status = 204);
