#include "auth/jwt.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/base64.h"
#include "base/json.h"

enum { P256_SIZE = 32, RSA_SIZE_MAX = 1024, EXPONENT_SIZE_MAX = 8, DER_MAX = 80 };

static const struct {
    const char *name;
    const char *kty;
    unsigned bit;
} algorithms[] = {{"RS256", "RSA", JWT_RS256}, {"ES256", "EC", JWT_ES256}};

const char *jwt_status_why(enum jwt_status status)
{
    static const char *const texts[JWT_STATUS_COUNT] = {
#define X(name, why) why,
        JWT_STATUS_LIST(X)
#undef X
    };

    check((unsigned)status < JWT_STATUS_COUNT);
    return texts[status];
}

unsigned jwt_algorithm_from_name(struct slice name)
{
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        if (slice_equal(name, slice_from_cstr(algorithms[i].name))) {
            return algorithms[i].bit;
        }
    }
    return 0;
}

static struct slice text_of(const struct json_value *object, const char *name)
{
    const struct json_value *member = json_member(object, slice_from_cstr(name));

    return member == NULL || member->type != JSON_STRING ? SLICE("") : member->text;
}

/* ---- the parts of a token ---- */

struct parts {
    struct slice signed_text; /* header "." payload, as sent */
    const struct json_value *header;
    const struct json_value *payload;
    struct slice signature;
};

static enum jwt_status object_read(const struct json_value **ret_object, struct arena *arena,
                                   struct slice part)
{
    struct json_error error;
    struct slice text;

    REQUIRE(base64url_read(&text, arena, part), JWT_MALFORMED);
    *ret_object = json_parse(arena, &error, text);
    REQUIRE(*ret_object != NULL && (*ret_object)->type == JSON_OBJECT, JWT_MALFORMED);
    return JWT_OK;
}

static enum jwt_status parts_read(struct parts *ret_parts, struct arena *arena, struct slice token)
{
    struct slice rest = token;
    struct slice header;
    struct slice payload;
    struct slice signature;

    REQUIRE(token.size <= JWT_TOKEN_MAX && slice_split(&rest, '.', &header) &&
                slice_split(&rest, '.', &payload) && slice_split(&rest, '.', &signature) &&
                rest.data == NULL,
            JWT_MALFORMED);
    TRY(object_read(&ret_parts->header, arena, header));
    TRY(object_read(&ret_parts->payload, arena, payload));
    REQUIRE(base64url_read(&ret_parts->signature, arena, signature), JWT_MALFORMED);
    ret_parts->signed_text = slice_of(token.data, header.size + 1 + payload.size);
    return JWT_OK;
}

/* ---- keys ---- */

/* A key of the set that the token's header names and that is of the algorithm's kind; NULL: none,
 * or more than one. */
static const struct json_value *key_find(const struct json_value *set,
                                         const struct json_value *header, size_t algorithm)
{
    const struct json_value *keys = json_member(set, SLICE("keys"));
    const struct slice kid = text_of(header, "kid");
    const struct json_value *found = NULL;

    if (keys == NULL || keys->type != JSON_ARRAY || kid.size == 0) {
        return NULL;
    }
    for (const struct json_value *key = keys->first; key != NULL; key = key->next) {
        const struct slice use = text_of(key, "use");
        const struct slice alg = text_of(key, "alg");
        if (!slice_equal(text_of(key, "kid"), kid) ||
            !slice_equal(text_of(key, "kty"), slice_from_cstr(algorithms[algorithm].kty)) ||
            (use.size > 0 && !slice_equal(use, SLICE("sig"))) ||
            (alg.size > 0 && !slice_equal(alg, slice_from_cstr(algorithms[algorithm].name)))) {
            continue;
        }
        if (found != NULL) {
            return NULL;
        }
        found = key;
    }
    return found;
}

static EVP_PKEY *key_make(const char *type, OSSL_PARAM_BLD *builder)
{
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    if (parameters == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    return key;
}

static EVP_PKEY *rsa_key(struct slice n, struct slice e)
{
    EVP_PKEY *key = NULL;

    if (n.size * 8 < JWT_RSA_BITS_MIN || n.size > RSA_SIZE_MAX || e.size == 0 ||
        e.size > EXPONENT_SIZE_MAX) {
        return NULL;
    }
    BIGNUM *modulus = BN_bin2bn((const unsigned char *)n.data, (int)n.size, NULL);
    BIGNUM *exponent = BN_bin2bn((const unsigned char *)e.data, (int)e.size, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (modulus != NULL && exponent != NULL && builder != NULL &&
        BN_num_bits(modulus) >= JWT_RSA_BITS_MIN && BN_num_bits(exponent) > 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1) {
        key = key_make("RSA", builder);
    }
    OSSL_PARAM_BLD_free(builder);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

static EVP_PKEY *p256_key(struct slice x, struct slice y)
{
    unsigned char point[1 + 2 * P256_SIZE] = {4}; /* uncompressed. Source: SEC 1, 2.3.3 */
    EVP_PKEY *key = NULL;

    if (x.size != P256_SIZE || y.size != P256_SIZE) {
        return NULL;
    }
    memcpy(point + 1, x.data, P256_SIZE);
    memcpy(point + 1 + P256_SIZE, y.data, P256_SIZE);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (builder != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) ==
            1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) ==
            1) {
        key = key_make("EC", builder);
    }
    OSSL_PARAM_BLD_free(builder);
    return key;
}

static EVP_PKEY *key_read(struct arena *arena, const struct json_value *jwk, unsigned algorithm)
{
    const bool rsa = algorithm == JWT_RS256;
    struct slice first;
    struct slice second;

    if ((!rsa && !slice_equal(text_of(jwk, "crv"), SLICE("P-256"))) ||
        !base64url_read(&first, arena, text_of(jwk, rsa ? "n" : "x")) ||
        !base64url_read(&second, arena, text_of(jwk, rsa ? "e" : "y"))) {
        return NULL;
    }
    return rsa ? rsa_key(first, second) : p256_key(first, second);
}

/* ---- signatures ---- */

/* The two numbers of a signature, 64 bytes, as OpenSSL takes them; 0: they are none. */
static size_t signature_der(unsigned char ret_der[DER_MAX], struct slice signature)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    size_t size = 0;

    if (pair == NULL || signature.size != 2 * P256_SIZE) {
        ECDSA_SIG_free(pair);
        return 0;
    }
    const unsigned char *bytes = (const unsigned char *)signature.data;
    BIGNUM *r = BN_bin2bn(bytes, P256_SIZE, NULL);
    BIGNUM *s = BN_bin2bn(bytes + P256_SIZE, P256_SIZE, NULL);
    if (r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        unsigned char *place = ret_der;
        const int length = i2d_ECDSA_SIG(pair, NULL);
        if (length > 0 && length <= DER_MAX && i2d_ECDSA_SIG(pair, &place) == length) {
            size = (size_t)length;
        }
    } else {
        BN_free(r);
        BN_free(s);
    }
    ECDSA_SIG_free(pair);
    return size;
}

static bool signature_fits(EVP_PKEY *key, const struct parts *parts, unsigned algorithm)
{
    unsigned char der[DER_MAX];
    const unsigned char *signature = (const unsigned char *)parts->signature.data;
    size_t size = parts->signature.size;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (algorithm == JWT_ES256) {
        size = signature_der(der, parts->signature);
        signature = der;
    }
    const bool fits =
        context != NULL && size > 0 &&
        EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestVerify(context, signature, size, (const unsigned char *)parts->signed_text.data,
                         parts->signed_text.size) == 1;
    EVP_MD_CTX_free(context);
    return fits;
}

static enum jwt_status signature_judge(struct arena *arena, const struct jwt_policy *policy,
                                       const struct parts *parts, struct slice keys)
{
    const struct slice alg = text_of(parts->header, "alg");
    const size_t count = sizeof(algorithms) / sizeof(algorithms[0]);
    struct json_error error;
    size_t i = 0;

    while (i < count && !slice_equal(alg, slice_from_cstr(algorithms[i].name))) {
        i++;
    }
    REQUIRE(i < count && (policy->algorithms & algorithms[i].bit) != 0, JWT_ALGORITHM);
    REQUIRE(json_member(parts->header, SLICE("crit")) == NULL, JWT_CRITICAL);
    const struct json_value *set = json_parse(arena, &error, keys);
    const struct json_value *jwk = set == NULL ? NULL : key_find(set, parts->header, i);
    REQUIRE(jwk != NULL, JWT_KEY);
    EVP_PKEY *key = key_read(arena, jwk, algorithms[i].bit);
    REQUIRE(key != NULL, JWT_KEY);
    const bool fits = signature_fits(key, parts, algorithms[i].bit);
    EVP_PKEY_free(key);
    return fits ? JWT_OK : JWT_SIGNATURE;
}

/* ---- claims ---- */

/* Seconds since 1970; a fraction is cut off. False when there are none. */
static bool seconds_of(const struct json_value *payload, const char *name, int64_t *ret_seconds)
{
    const struct json_value *member = json_member(payload, slice_from_cstr(name));
    uint64_t seconds;

    if (member == NULL || member->type != JSON_NUMBER) {
        return false;
    }
    struct slice rest = member->text;
    struct slice whole;
    if (!slice_split(&rest, '.', &whole) || !slice_to_u64(whole, 1ULL << 40, &seconds)) {
        return false;
    }
    *ret_seconds = (int64_t)seconds;
    return true;
}

static bool audience_fits(const struct json_value *payload, struct slice client)
{
    const struct json_value *aud = json_member(payload, SLICE("aud"));
    const struct json_value *azp = json_member(payload, SLICE("azp"));
    bool named = false;

    if (azp != NULL && (azp->type != JSON_STRING || !slice_equal(azp->text, client))) {
        return false;
    }
    if (aud == NULL || aud->type != JSON_ARRAY) {
        return aud != NULL && aud->type == JSON_STRING && slice_equal(aud->text, client);
    }
    for (const struct json_value *one = aud->first; one != NULL; one = one->next) {
        named = named || (one->type == JSON_STRING && slice_equal(one->text, client));
    }
    /* For several audiences the token must say that this client asked for it. */
    return named && (aud->count == 1 || azp != NULL);
}

static enum jwt_status times_judge(const struct jwt_policy *policy,
                                   const struct json_value *payload)
{
    const int64_t now = policy->now / US_PER_SECOND;
    int64_t expires;
    int64_t issued;
    int64_t not_before = 0;

    REQUIRE(seconds_of(payload, "exp", &expires) && now < expires + policy->skew_seconds,
            JWT_EXPIRED);
    REQUIRE(seconds_of(payload, "iat", &issued) && issued <= now + policy->skew_seconds &&
                issued >= now - JWT_AGE_SECONDS - policy->skew_seconds,
            JWT_TIME);
    REQUIRE(
        json_member(payload, SLICE("nbf")) == NULL ||
            (seconds_of(payload, "nbf", &not_before) && not_before <= now + policy->skew_seconds),
        JWT_TIME);
    return JWT_OK;
}

static enum jwt_status claims_judge(struct slice *ret_subject, const struct jwt_policy *policy,
                                    const struct json_value *payload)
{
    const struct slice nonce = text_of(payload, "nonce");
    const struct slice subject = text_of(payload, "sub");

    REQUIRE(slice_equal(text_of(payload, "iss"), policy->issuer), JWT_ISSUER);
    REQUIRE(audience_fits(payload, policy->client), JWT_AUDIENCE);
    TRY(times_judge(policy, payload));
    REQUIRE(nonce.size > 0 && slice_equal(nonce, policy->nonce), JWT_NONCE);
    REQUIRE(subject.size > 0 && subject.size <= JWT_SUBJECT_MAX &&
                memchr(subject.data, '\0', subject.size) == NULL,
            JWT_SUBJECT);
    *ret_subject = subject;
    return JWT_OK;
}

enum jwt_status jwt_judge(struct slice *ret_subject, struct arena *arena,
                          const struct jwt_policy *policy, struct slice keys, struct slice token)
{
    struct parts parts;

    enum jwt_status status = parts_read(&parts, arena, token);
    if (status == JWT_OK) {
        status = signature_judge(arena, policy, &parts, keys);
    }
    if (status == JWT_OK) {
        status = claims_judge(ret_subject, policy, parts.payload);
    }
    return status != JWT_OK && arena->exhausted ? JWT_NO_MEMORY : status;
}
