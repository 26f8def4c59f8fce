/* Bodies of the people of the bank: how they sign in, and what is kept of their accounts. */
#include "api/api_schema.h"

static const struct api_property sign_in[] = {
    {"login", API_TEXT, true, NULL, NULL},
    {"password", API_TEXT, true, NULL, NULL},
    {"code", API_TEXT, false, NULL,
     "of the second factor, where the user has one; or a recovery code"},
    {0},
};

static const struct api_property oidc_start[] = {
    {"location", API_TEXT, true, NULL, "where the issuer asks who it is"},
    {"state", API_TEXT, true, NULL, "comes back with the code"},
    {"binding", API_TEXT, true, NULL, "kept by who began, and shown with the code"},
    {0},
};

static const struct api_property oidc_sign_in[] = {
    {"state", API_TEXT, true, NULL, NULL},
    {"code", API_TEXT, true, NULL, NULL},
    {"binding", API_TEXT, true, NULL, NULL},
    {0},
};

static const struct api_property identity_request[] = {
    {"issuer", API_TEXT, true, NULL, NULL},
    {"subject", API_TEXT, false, NULL, "taken away unless given"},
    {0},
};

static const struct api_property session[] = {
    {"session", API_TEXT, true, NULL, "the bearer token, shown this once"},
    {"user", API_TEXT, true, NULL, NULL},
    {"ends", API_TIME, true, NULL, "at the latest"},
    {"idle_seconds", API_INTEGER, true, NULL, "without a request it ends after so long"},
    {"password_change", API_BOOLEAN, true, NULL,
     "an administrator set the password: nothing else is open before it is changed"},
    {"second_factor_due", API_BOOLEAN, true, NULL,
     "a second factor is required: nothing else is open before one is enrolled"},
    {0},
};

static const struct api_property post[] = {
    {"organisation", API_TEXT, true, NULL, NULL},
    {"legal_entity", API_TEXT, true, NULL, NULL},
    {"role", API_TEXT, true, NULL, NULL},
    {"since", API_TIME, true, NULL, NULL},
    {"until", API_TIME, false, NULL, "open unless given"},
    {0},
};

static const struct api_property session_user[] = {
    {"user", API_TEXT, true, NULL, NULL},
    {"organisation", API_TEXT, true, NULL, NULL},
    {"password_change", API_BOOLEAN, true, NULL, "the password is to be changed first"},
    {"second_factor", API_BOOLEAN, true, NULL, "the user has one"},
    {"second_factor_due", API_BOOLEAN, true, NULL, "one is to be enrolled first"},
    {"recovery_codes", API_INTEGER, true, NULL, "that are left"},
    {"posts", API_OBJECTS, true, "Post", "in force now"},
    {0},
};

static const struct api_property entity_request[] = {
    {"id", API_TEXT, true, NULL, "1 to 32 of a-z, 0-9, '.', '_', '-'"},
    {"name", API_TEXT, true, NULL, "1 to 120 bytes"},
    {0},
};

static const struct api_property organisation_request[] = {
    {"id", API_TEXT, true, NULL, NULL},
    {"name", API_TEXT, true, NULL, NULL},
    {"parent", API_TEXT, false, NULL, "the organisation above"},
    {"legal_entity", API_TEXT, false, NULL, "of a root, which has no parent"},
    {0},
};

static const struct api_property user_request[] = {
    {"id", API_TEXT, true, NULL, NULL},
    {"login", API_TEXT, true, NULL, NULL},
    {"name", API_TEXT, true, NULL, NULL},
    {"organisation", API_TEXT, true, NULL, "where the user belongs"},
    {"person", API_TEXT, false, NULL,
     "the natural person behind the account, such as a number of staff; its own id unless given"},
    {0},
};

static const struct api_property password_request[] = {
    {"password", API_TEXT, true, NULL, "12 to 256 bytes"},
    {0},
};

static const struct api_property own_password_request[] = {
    {"old_password", API_TEXT, true, NULL, NULL},
    {"password", API_TEXT, true, NULL,
     "12 to 256 bytes; neither the present one nor one of the four before it"},
    {0},
};

static const struct api_property user[] = {
    {"id", API_TEXT, true, NULL, NULL},
    {"login", API_TEXT, true, NULL, NULL},
    {"name", API_TEXT, false, NULL, "as who asks may see it"},
    {"organisation", API_TEXT, true, NULL, NULL},
    {"legal_entity", API_TEXT, true, NULL, NULL},
    {"person", API_TEXT, true, NULL, "the natural person behind the account"},
    {"state", API_WORD, true, "active|locked|disabled", NULL},
    {"disabled_at", API_TIME, false, NULL, NULL},
    {"locked_until", API_TIME, false, NULL, "after wrong attempts to sign in"},
    {"created_at", API_TIME, true, NULL, NULL},
    {"password_set_at", API_TIME, false, NULL, "none: the account has no password"},
    {"password_change", API_BOOLEAN, true, NULL, "the password is to be changed first"},
    {"second_factor", API_BOOLEAN, true, NULL, "a code is asked for"},
    {"posts", API_OBJECTS, true, "Post", "that have not ended"},
    {0},
};

static const struct api_property user_page[] = {
    {"items", API_OBJECTS, true, "User", NULL},
    {"next", API_TEXT, true, NULL, "cursor of the next page; null on the last"},
    {0},
};

static const struct api_property user_session[] = {
    {"id", API_TEXT, true, NULL, "the beginning of its hash"},
    {"created_at", API_TIME, true, NULL, NULL},
    {"seen_at", API_TIME, true, NULL, "last used, to the minute"},
    {"ends_at", API_TIME, true, NULL, "at the latest"},
    {"address", API_TEXT, true, NULL, "where it began"},
    {"password_change", API_BOOLEAN, true, NULL, "it opens nothing but a change of the password"},
    {0},
};

static const struct api_property user_sessions[] = {
    {"items", API_OBJECTS, true, "UserSession", NULL},
    {"next", API_TEXT, true, NULL, "always null"},
    {0},
};

static const struct api_property second_factor[] = {
    {"key", API_TEXT, true, NULL, "base32, for an authenticator: TOTP, SHA-1, 6 digits, 30 s"},
    {"uri", API_TEXT, true, NULL, "the same as authenticators scan it: otpauth://totp/..."},
    {"confirm_by", API_TIME, true, NULL, "until then it waits for a code"},
    {0},
};

static const struct api_property own_factor_request[] = {
    {"password", API_TEXT, true, NULL, "the own one"},
    {"code", API_TEXT, false, NULL,
     "of the second factor that is to be replaced, or a recovery code"},
    {0},
};

static const struct api_property confirm_factor_request[] = {
    {"code", API_TEXT, true, NULL, "six digits, of the key that was begun"},
    {0},
};

static const struct api_property shown_factor_request[] = {
    {"password", API_TEXT, true, NULL, "the own one"},
    {"code", API_TEXT, true, NULL, "of the second factor, or a recovery code"},
    {0},
};

static const struct api_property recovery_codes[] = {
    {"recovery_codes", API_TEXTS, true, NULL,
     "each signs in once in the place of a code; shown this once"},
    {0},
};

static const struct api_property post_request[] = {
    {"organisation", API_TEXT, true, NULL, NULL},
    {"role", API_TEXT, true, NULL, "such as reviewer"},
    {"since", API_TIME, false, NULL, "now unless given"},
    {"until", API_TIME, false, NULL, "open unless given"},
    {0},
};

const struct api_schema api_schemas_people[] = {
    {"SignIn", NULL, sign_in},
    {"OidcStart", NULL, oidc_start},
    {"OidcSignIn", NULL, oidc_sign_in},
    {"IdentityRequest", NULL, identity_request},
    {"Session", "a person's session", session},
    {"SessionUser", "who is signed in", session_user},
    {"Post", "a role at an organisation for a span of time", post},
    {"EntityRequest", NULL, entity_request},
    {"OrganisationRequest", NULL, organisation_request},
    {"UserRequest", NULL, user_request},
    {"PasswordRequest", NULL, password_request},
    {"OwnPasswordRequest", NULL, own_password_request},
    {"User", "an account", user},
    {"UserPage", NULL, user_page},
    {"UserSession", "an open session", user_session},
    {"UserSessions", NULL, user_sessions},
    {"SecondFactor", "a second factor that is begun", second_factor},
    {"OwnFactorRequest", NULL, own_factor_request},
    {"ConfirmFactorRequest", NULL, confirm_factor_request},
    {"ShownFactorRequest", NULL, shown_factor_request},
    {"RecoveryCodes", NULL, recovery_codes},
    {"PostRequest", NULL, post_request},
    {0},
};
