#include "auth/mask.h"

#include "audit/trail.h"
#include "auth/permission.h"

#define STARS "****"

#define BIT(role) (1U << ROLE_##role)

enum {
    ADMINISTRATION =
        BIT(SYSTEM_ADMINISTRATOR) | BIT(SECURITY_ADMINISTRATOR) | BIT(AUDIT_ADMINISTRATOR),
    ALL_ROLES = (1U << ROLE_COUNT) - 1,
    BUSINESS = ALL_ROLES & ~(unsigned)ADMINISTRATION,
};

/* Who needs a datum to do their work is shown it; the rest of the business a mask that tells one
 * person from another. The administrators administer, and are shown no customer's numbers.
 * Sources: Personal Information Protection Law of the PRC, art. 6 (no more than the purpose needs);
 * JR/T 0171-2020. */
static const struct {
    const char *name;
    unsigned clear;  /* roles of people */
    unsigned masked; /* roles that are shown the mask; all others nothing */
} table[PERSONAL_COUNT] = {
    [PERSONAL_NAME] = {"name", BUSINESS, ADMINISTRATION},
    [PERSONAL_ID_NUMBER] = {"id_number",
                            BIT(RELATIONSHIP_MANAGER) | BIT(REVIEWER) | BIT(RELEASE_OFFICER),
                            BUSINESS},
    [PERSONAL_BIRTH_DATE] = {"birth_date",
                             BIT(RELATIONSHIP_MANAGER) | BIT(REVIEWER) | BIT(RELEASE_OFFICER),
                             BUSINESS},
    [PERSONAL_PHONE] = {"phone",
                        BIT(RELATIONSHIP_MANAGER) | BIT(MONITORING_OFFICER) | BIT(WARNING_OFFICER),
                        BUSINESS},
    [PERSONAL_EMAIL] = {"email",
                        BIT(RELATIONSHIP_MANAGER) | BIT(MONITORING_OFFICER) | BIT(WARNING_OFFICER),
                        BUSINESS},
    [PERSONAL_ADDRESS] = {"address",
                          BIT(RELATIONSHIP_MANAGER) | BIT(REVIEWER) | BIT(MONITORING_OFFICER),
                          BUSINESS},
    [PERSONAL_ACCOUNT] = {"account", BIT(RELATIONSHIP_MANAGER) | BIT(RELEASE_OFFICER), BUSINESS},
    /* Who keeps accounts must know whose they are. */
    [PERSONAL_STAFF_NAME] = {"staff_name", ADMINISTRATION, BUSINESS},
};

struct slice personal_name(enum personal personal)
{
    check((unsigned)personal < PERSONAL_COUNT);
    return slice_from_cstr(table[personal].name);
}

bool personal_from_name(struct slice name, enum personal *ret_personal)
{
    for (unsigned i = 0; i < PERSONAL_COUNT; i++) {
        if (slice_equal(name, slice_from_cstr(table[i].name))) {
            *ret_personal = (enum personal)i;
            return true;
        }
    }
    return false;
}

enum mask mask_of(enum personal personal, unsigned roles)
{
    check((unsigned)personal < PERSONAL_COUNT);
    if ((roles & table[personal].clear) != 0) {
        return MASK_CLEAR;
    }
    return (roles & table[personal].masked) != 0 ? MASK_MASKED : MASK_HIDDEN;
}

void mask_view_people(struct mask_view *view, unsigned roles)
{
    *view = (struct mask_view){0};
    for (unsigned i = 0; i < PERSONAL_COUNT; i++) {
        view->of[i] = mask_of((enum personal)i, roles);
    }
}

void mask_view_token(struct mask_view *view, const struct auth_token *token)
{
    const bool clear = (token->role == AUTH_OPERATOR || token->role == AUTH_ADMINISTRATOR) &&
                       token_has_scope(token, SLICE(PERMISSION_PERSONAL));

    *view = (struct mask_view){0};
    for (unsigned i = 0; i < PERSONAL_COUNT; i++) {
        view->of[i] = clear ? MASK_CLEAR : MASK_MASKED;
    }
}

/* ---- the forms of masks ---- */

/* Bytes of the first `count` characters, or of all when there are fewer. */
static size_t head_size(struct slice text, size_t count)
{
    size_t size = 0;

    while (size < text.size && count > 0) {
        size++;
        while (size < text.size && ((uint8_t)text.data[size] & 0xC0) == 0x80) {
            size++;
        }
        count--;
    }
    return size;
}

static size_t characters(struct slice text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.size; i++) {
        count += ((uint8_t)text.data[i] & 0xC0) != 0x80 ? 1 : 0;
    }
    return count;
}

/* The first and last characters with stars between; stars alone when fewer than as many again as
 * are shown would be masked, or fewer than two. */
static void ends_write(struct buffer *out, struct slice text, size_t first, size_t last)
{
    const size_t count = characters(text);

    if (count < first + last + 1 || (last > 0 && count < first + last + 4)) {
        buffer_append_cstr(out, STARS);
        return;
    }
    const size_t begin = head_size(text, first);
    const size_t end = head_size(text, count - last);
    buffer_append(out, slice_of(text.data, begin));
    buffer_append_cstr(out, STARS);
    buffer_append(out, slice_of(text.data + end, text.size - end));
}

static void email_write(struct buffer *out, struct slice text)
{
    const char *at = text.size == 0 ? NULL : memchr(text.data, '@', text.size);

    if (at == NULL || at == text.data) {
        buffer_append_cstr(out, STARS);
        return;
    }
    buffer_append(out, slice_of(text.data, head_size(text, 1)));
    buffer_append_cstr(out, STARS);
    buffer_append(out, slice_of(at, text.size - (size_t)(at - text.data)));
}

static void masked_write(struct buffer *out, enum personal personal, struct slice value)
{
    date_days date;

    switch (personal) {
    case PERSONAL_NAME:
    case PERSONAL_STAFF_NAME:
        ends_write(out, value, 1, 0);
        break;
    case PERSONAL_ID_NUMBER:
    case PERSONAL_PHONE:
        ends_write(out, value, 3, 4);
        break;
    case PERSONAL_ACCOUNT:
        ends_write(out, value, 0, 4);
        break;
    case PERSONAL_ADDRESS:
        ends_write(out, value, 6, 0);
        break;
    case PERSONAL_BIRTH_DATE:
        buffer_append(out, date_parse(value, &date) ? slice_of(value.data, 4) : SLICE(STARS));
        buffer_append_cstr(out, "-**-**");
        break;
    case PERSONAL_EMAIL:
        email_write(out, value);
        break;
    case PERSONAL_COUNT:
        check(false);
    }
}

void mask_write(struct buffer *out, enum personal personal, enum mask mask, struct slice value)
{
    check((unsigned)personal < PERSONAL_COUNT);
    if (value.size == 0 || mask == MASK_HIDDEN) {
        return;
    }
    if (mask == MASK_CLEAR) {
        buffer_append(out, value);
    } else {
        masked_write(out, personal, value);
    }
}

void mask_value(struct json_writer *writer, struct mask_view *view, enum personal personal,
                struct slice value)
{
    struct buffer text = {0};

    check((unsigned)personal < PERSONAL_COUNT);
    const enum mask mask = view->of[personal];
    if (mask == MASK_HIDDEN) {
        json_null(writer);
        return;
    }
    if (mask == MASK_CLEAR || value.size == 0) {
        view->clear |= value.size == 0 ? 0 : 1U << personal;
        json_string(writer, value);
        return;
    }
    masked_write(&text, personal, value);
    /* Without memory for the mask there is stars alone, never the datum. */
    json_string(writer, buffer_failed(&text) ? SLICE(STARS) : buffer_slice(&text));
    buffer_release(&text);
}

void mask_member(struct json_writer *writer, struct mask_view *view, const char *name,
                 enum personal personal, struct slice value)
{
    check((unsigned)personal < PERSONAL_COUNT);
    if (value.size > 0 && view->of[personal] != MASK_HIDDEN) {
        json_name(writer, slice_from_cstr(name));
        mask_value(writer, view, personal, value);
    }
}

/* ---- the record of looks ---- */

enum store_status mask_record(struct store *store, struct mask_view *view,
                              const struct people_actor *actor, struct slice subject)
{
    struct buffer classes = {0};
    struct json_writer writer;

    if (view->clear == 0) {
        return STORE_OK;
    }
    json_writer_init(&writer, &classes);
    json_object_begin(&writer);
    json_name(&writer, SLICE("shown"));
    json_array_begin(&writer);
    for (unsigned i = 0; i < PERSONAL_COUNT; i++) {
        if ((view->clear >> i & 1) != 0) {
            json_string(&writer, personal_name((enum personal)i));
        }
    }
    json_array_end(&writer);
    json_object_end(&writer);
    const struct trail_entry entry = {.at = actor->now,
                                      .actor = actor->id,
                                      .address = actor->address,
                                      .action = SLICE("personal.read"),
                                      .subject = subject,
                                      .after = buffer_slice(&classes)};
    const enum store_status status =
        buffer_failed(&classes) ? STORE_NO_MEMORY : trail_add(store, &entry);
    buffer_release(&classes);
    if (status == STORE_OK) {
        view->clear = 0;
    }
    return status;
}
