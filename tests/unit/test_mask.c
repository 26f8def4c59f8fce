/* Masking: every class with every role, the forms of the masks, and the record of what was shown.
 */
#include "cmocka_headroom.h"

#include "store_fixture.h"

#include "audit/trail.h"
#include "auth/mask.h"

static struct slice masked(struct buffer *out, enum personal personal, const char *value)
{
    buffer_reset(out);
    mask_write(out, personal, MASK_MASKED, slice_from_cstr(value));
    assert_false(buffer_failed(out));
    return buffer_slice(out);
}

/* What the table grants, stated once more by hand: a letter a role in the order of role.h. */
static void every_class_with_every_role(void **state)
{
    static const char *const rows[PERSONAL_COUNT] = {
        [PERSONAL_NAME] = "mmmcccccccccc",       [PERSONAL_ID_NUMBER] = "---ccmmmcmmmm",
        [PERSONAL_BIRTH_DATE] = "---ccmmmcmmmm", [PERSONAL_PHONE] = "---cmmmmmmccm",
        [PERSONAL_EMAIL] = "---cmmmmmmccm",      [PERSONAL_ADDRESS] = "---ccmmmmmcmm",
        [PERSONAL_ACCOUNT] = "---cmmmmcmmmm",    [PERSONAL_STAFF_NAME] = "cccmmmmmmmmmm",
    };

    (void)state;
    for (unsigned class = 0; class < PERSONAL_COUNT; class ++) {
        assert_int_equal(strlen(rows[class]), ROLE_COUNT);
        assert_int_equal(mask_of((enum personal) class, 0), MASK_HIDDEN);
        for (unsigned role = 0; role < ROLE_COUNT; role++) {
            const char wanted = rows[class][role];
            const enum mask mask = mask_of((enum personal) class, 1U << role);
            assert_int_equal(mask, wanted == 'c'   ? MASK_CLEAR
                                   : wanted == 'm' ? MASK_MASKED
                                                   : MASK_HIDDEN);
            /* A second role never takes away. */
            for (unsigned other = 0; other < ROLE_COUNT; other++) {
                assert_true(mask_of((enum personal) class, 1U << role | 1U << other) >= mask);
            }
        }
    }
}

static void the_forms_of_masks(void **state)
{
    static const struct {
        enum personal personal;
        const char *value;
        const char *masked;
    } rows[] = {
        {PERSONAL_NAME, "张三", "张****"},
        {PERSONAL_NAME, "欧阳修竹", "欧****"},
        {PERSONAL_NAME, "张", "****"},
        {PERSONAL_NAME, "Wang Wei", "W****"},
        {PERSONAL_ID_NUMBER, "11010519491231002X", "110****002X"},
        {PERSONAL_ID_NUMBER, "E12345678", "****"},
        {PERSONAL_ID_NUMBER, "1", "****"},
        {PERSONAL_PHONE, "13800138000", "138****8000"},
        {PERSONAL_PHONE, "62281234", "****"},
        {PERSONAL_ACCOUNT, "6222021234567890123", "****0123"},
        {PERSONAL_ACCOUNT, "1234567", "****"},
        {PERSONAL_STAFF_NAME, "欧阳修竹", "欧****"},
        {PERSONAL_ADDRESS, "北京市朝阳区建国路1号", "北京市朝阳区****"},
        {PERSONAL_ADDRESS, "北京市朝阳区", "****"},
        {PERSONAL_BIRTH_DATE, "1949-12-31", "1949-**-**"},
        {PERSONAL_BIRTH_DATE, "31 December", "****-**-**"},
        {PERSONAL_EMAIL, "wang.wei@example.com", "w****@example.com"},
        {PERSONAL_EMAIL, "@example.com", "****"},
        {PERSONAL_EMAIL, "no address", "****"},
        /* Bytes that are no UTF-8 are not read over. */
        {PERSONAL_NAME, "\xe5\xbc", "****"},
    };
    struct buffer out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct slice text = masked(&out, rows[i].personal, rows[i].value);
        if (!slice_equal(text, slice_from_cstr(rows[i].masked))) {
            fail_msg("%s: %.*s", rows[i].value, (int)text.size, text.data);
        }
    }
    buffer_release(&out);
}

/* Whatever the datum, a mask shows at most seven of its characters, and never all of them. */
static void no_mask_shows_it_all(void **state)
{
    char value[40];
    struct buffer out = {0};

    (void)state;
    for (unsigned class = 0; class < PERSONAL_COUNT; class ++) {
        for (size_t size = 1; size < sizeof(value); size++) {
            memset(value, '7', size);
            value[size] = '\0';
            const struct slice text = masked(&out, (enum personal) class, value);
            size_t shown = 0;
            for (size_t i = 0; i < text.size; i++) {
                shown += text.data[i] == '7' ? 1 : 0;
            }
            assert_true(shown < size && shown <= 7);
        }
        buffer_reset(&out);
        mask_write(&out, (enum personal) class, MASK_HIDDEN, SLICE("13800138000"));
        assert_int_equal(out.size, 0);
        mask_write(&out, (enum personal) class, MASK_CLEAR, SLICE("13800138000"));
        assert_true(slice_equal(buffer_slice(&out), SLICE("13800138000")));
        buffer_reset(&out);
    }
    buffer_release(&out);
}

static void members_are_written_as_the_view_says(void **state)
{
    struct buffer out = {0};
    struct json_writer writer;
    struct mask_view view;

    (void)state;
    mask_view_people(&view, 1U << ROLE_APPROVER);
    json_writer_init(&writer, &out);
    json_object_begin(&writer);
    mask_member(&writer, &view, "name", PERSONAL_NAME, SLICE("张三"));
    mask_member(&writer, &view, "phone", PERSONAL_PHONE, SLICE("13800138000"));
    mask_member(&writer, &view, "email", PERSONAL_EMAIL, SLICE(""));
    json_object_end(&writer);
    assert_true(
        slice_equal(buffer_slice(&out), SLICE("{\"name\":\"张三\",\"phone\":\"138****8000\"}")));
    assert_int_equal(view.clear, 1U << PERSONAL_NAME);
    buffer_reset(&out);
    mask_view_people(&view, 1U << ROLE_AUDIT_ADMINISTRATOR);
    json_writer_init(&writer, &out);
    json_object_begin(&writer);
    mask_member(&writer, &view, "phone", PERSONAL_PHONE, SLICE("13800138000"));
    json_object_end(&writer);
    assert_true(slice_equal(buffer_slice(&out), SLICE("{}")));
    assert_int_equal(view.clear, 0);
    buffer_release(&out);
}

static void a_token_with_scopes_needs_one_for_the_clear(void **state)
{
    struct mask_view view;
    struct auth_token token = {.role = AUTH_OPERATOR};

    (void)state;
    mask_view_token(&view, &token);
    assert_int_equal(view.of[PERSONAL_PHONE], MASK_CLEAR);
    token.scope_size = sizeof("limits:read") - 1;
    memcpy(token.scope, "limits:read", token.scope_size);
    mask_view_token(&view, &token);
    assert_int_equal(view.of[PERSONAL_PHONE], MASK_MASKED);
    token.scope_size = sizeof("personal:read") - 1;
    memcpy(token.scope, "personal:read", token.scope_size);
    mask_view_token(&view, &token);
    assert_int_equal(view.of[PERSONAL_PHONE], MASK_CLEAR);
    token.role = AUTH_READER;
    mask_view_token(&view, &token);
    assert_int_equal(view.of[PERSONAL_PHONE], MASK_MASKED);
}

static void a_role_counts_only_where_its_post_sees(void **state)
{
    const struct people_post posts[] = {
        {.path = SLICE("/head/north/"), .role = ROLE_RELATIONSHIP_MANAGER, .until = TIME_NONE},
        {.path = SLICE("/head/"), .role = ROLE_MANAGEMENT, .until = TIME_NONE},
        {.path = SLICE("/head/"), .role = ROLE_REVIEWER, .since = 100, .until = TIME_NONE},
        {.path = SLICE("/head/"), .role = ROLE_APPROVER, .until = 10},
    };

    (void)state;
    assert_int_equal(people_roles(posts, 4, SLICE("/head/north/east/"), 50),
                     1U << ROLE_RELATIONSHIP_MANAGER | 1U << ROLE_MANAGEMENT);
    assert_int_equal(people_roles(posts, 4, SLICE("/head/south/"), 50), 1U << ROLE_MANAGEMENT);
    assert_int_equal(people_roles(posts, 4, SLICE("/head/northern/"), 5),
                     1U << ROLE_MANAGEMENT | 1U << ROLE_APPROVER);
    assert_int_equal(people_roles(posts, 4, SLICE("/lease/"), 50), 0);
    assert_int_equal(people_roles(posts, 4, SLICE(""), 50), 0);
}

/* ---- the record, on both databases ---- */

struct look {
    struct mask_view view;
    struct people_actor actor;
    struct trail_entry *entries;
    size_t count;
    struct arena arena;
};

static enum store_status record_work(struct store *store, void *context)
{
    struct look *look = context;

    return mask_record(store, &look->view, &look->actor, SLICE("customer/1"));
}

static enum store_status read_work(struct store *store, void *context)
{
    struct look *look = context;
    const struct trail_filter filter = {.count = 10};

    return trail_read(store, &look->entries, &look->count, &look->arena, &filter);
}

static void what_is_shown_in_the_clear_is_recorded(void **state)
{
    const bool postgresql = *state != NULL;
    struct database database;
    struct look look = {.actor = {.id = SLICE("li"), .address = SLICE("[::1]:1"), .now = 7}};

    if (database_missing(postgresql)) {
        skip();
    }
    database_make(&database, postgresql);
    struct store *store = database_open(&database);
    arena_init(&look.arena, 1 << 20);
    assert_int_equal(store_transact(store, STORE_WRITE, record_work, &look), STORE_OK);
    assert_int_equal(store_transact(store, STORE_READ, read_work, &look), STORE_OK);
    assert_int_equal(look.count, 0);
    look.view.clear = 1U << PERSONAL_PHONE | 1U << PERSONAL_ACCOUNT;
    assert_int_equal(store_transact(store, STORE_WRITE, record_work, &look), STORE_OK);
    assert_int_equal(look.view.clear, 0);
    assert_int_equal(store_transact(store, STORE_READ, read_work, &look), STORE_OK);
    assert_int_equal(look.count, 1);
    assert_true(slice_equal(look.entries[0].action, SLICE("personal.read")));
    assert_true(slice_equal(look.entries[0].subject, SLICE("customer/1")));
    assert_true(slice_equal(look.entries[0].after, SLICE("{\"shown\":[\"phone\",\"account\"]}")));
    arena_release(&look.arena);
    store_close(store);
    database_remove(&database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_with_every_role),
        cmocka_unit_test(the_forms_of_masks),
        cmocka_unit_test(no_mask_shows_it_all),
        cmocka_unit_test(members_are_written_as_the_view_says),
        cmocka_unit_test(a_token_with_scopes_needs_one_for_the_clear),
        cmocka_unit_test(a_role_counts_only_where_its_post_sees),
        {"what is shown in the clear is recorded, on SQLite",
         what_is_shown_in_the_clear_is_recorded, NULL, NULL, NULL},
        {"what is shown in the clear is recorded, on PostgreSQL",
         what_is_shown_in_the_clear_is_recorded, NULL, NULL, (void *)"postgresql"},
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
