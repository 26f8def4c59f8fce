/* Any bytes as an ID token, and as the keys of its issuer: what is judged good was signed by one of
 * the keys, and nothing is read beyond either. The first byte says what the rest is: a token for
 * keys that are in order, or keys for a token that is. */
#include "auth/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Made for this test by openssl, the private keys thrown away. */
static const char keys[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"t2AsUi9Vr8AM3Yd4njzMu5clqYzkHJseBbVmj"
    "bQSC7E\",\"y\":\"iun6B7CQ9Cn5PUCNbQmbJ6qH3o_hIwTOibfhR1_psS0\",\"kid\":\"1\",\"use\":\"sig"
    "\"},{\"kty\":\"RSA\",\"n\":\"w-fv8xj8875_A2qrgDaCLwCiH-V2xYroGicFbVUTtmwdZ7QgkWaYit3TkvVkM"
    "lrkwE5bYn8_M1srCEeP8Of7NajKtKRx8FZ2mrdan9GiGqMTbWnsUCawaXdmqiFBLppkm8bv4Q_CoMpbMXiHCL89ijB"
    "jW9UW1NEKQqfGis7nufXADa-VE6fdL9yH8pECLgqWecx84wfZbrsJNjOIJcbFcKQYZ2UtPFHOoNkxwFZ1-S_s90tr1"
    "fzYB7qhs-jQ2FpW5486eR4nvaM5SZrHsUTOTbPxOSLAWaliFqSUaOkVs9j5fGbnRzEDpoGOgqIjRa09mpjMwilSaDF"
    "dZ8brGMzwGQ\",\"e\":\"AQAB\",\"kid\":\"2\",\"use\":\"sig\"}]}";
static const char token[] =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.eyJpc3MiOiJodHRwczovL3Nzby5leGFtcGxlIiwic3ViIjoidS0xIiw"
    "iYXVkIjoiaGVhZHJvb20iLCJleHAiOjE3OTUwMDAzMDAsImlhdCI6MTc5NTAwMDAwMCwibm9uY2UiOiJuIn0.-9n7f"
    "4hxZiVl5i50OUIPkibotXOR9h14NwNr3MzqsnGTAtCON00OkpkpJ4aO2ux9r6hysS_5T8gh5dBADdlmag";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct jwt_policy policy = {.algorithms = JWT_RS256 | JWT_ES256,
                                      .issuer = SLICE("https://sso.example"),
                                      .client = SLICE("headroom"),
                                      .nonce = SLICE("n"),
                                      .skew_seconds = 60,
                                      .now = 1795000010LL * US_PER_SECOND};
    struct slice subject = {0};
    struct arena arena;

    if (size == 0) {
        return 0;
    }
    const struct slice rest = slice_of((const char *)data + 1, size - 1);
    const bool is_token = data[0] % 2 == 0;
    arena_init(&arena, 4UL * 1024 * 1024);
    const enum jwt_status status =
        jwt_judge(&subject, &arena, &policy, is_token ? slice_from_cstr(keys) : rest,
                  is_token ? rest : slice_from_cstr(token));
    check(status < JWT_STATUS_COUNT && jwt_status_why(status) != NULL);
    /* One token was ever signed; whatever else is good names its subject. */
    check(status != JWT_OK || slice_equal(subject, SLICE("u-1")));
    arena_release(&arena);
    return 0;
}
