/* What a person asks of a group's move, from JSON. */
#include "base/amount.h"
#include "credit/group_move_internal.h"

/* X of GROUP_MOVE_LIST gives names and actions. */
static const char *const kind_names[] = {
#define X(identifier, name, action) name,
    GROUP_MOVE_LIST(X)
#undef X
};

struct slice group_move_kind_name(enum group_move_kind kind)
{
    return slice_from_cstr(kind_names[kind]);
}

/* Members of the body by the kinds that may have them (a bit each), and those that need them. */
#define ON(kind) (1U << GROUP_MOVE_##kind)
#define ALL ((1U << GROUP_MOVE_COUNT) - 1)

static const struct member {
    const char *name;
    unsigned may, must;
} members[] = {
    {"kind", ALL, ALL},
    {"group", ALL, ALL},
    {"reason", ALL, 0},
    {"target", ON(MERGE), ON(MERGE)},
    {"customers", ON(JOIN) | ON(LEAVE) | ON(SPLIT), ON(JOIN) | ON(LEAVE) | ON(SPLIT)},
    {"cap", ON(LIMIT) | ON(SPLIT), ON(LIMIT)},
    {"currency", ON(LIMIT) | ON(SPLIT), ON(LIMIT)},
    {"cap_moves", ON(MERGE) | ON(SPLIT), 0},
    {"name", ON(SPLIT), ON(SPLIT)},
    {"organisation", ON(SPLIT), ON(SPLIT)},
    {"lead", ON(SPLIT), ON(SPLIT)},
};

static struct slice text_of(const struct json_value *body, const char *name)
{
    const struct json_value *member = json_member(body, slice_from_cstr(name));

    return member != NULL && member->type == JSON_STRING ? member->text : SLICE("");
}

static bool kind_read(const struct json_value *body, enum group_move_kind *ret_kind)
{
    const struct slice name = text_of(body, "kind");

    for (unsigned kind = 0; kind < GROUP_MOVE_COUNT; kind++) {
        if (slice_equal(name, slice_from_cstr(kind_names[kind]))) {
            *ret_kind = (enum group_move_kind)kind;
            return true;
        }
    }
    return false;
}

static const struct member *member_of(struct slice name)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (slice_equal(name, slice_from_cstr(members[i].name))) {
            return &members[i];
        }
    }
    return NULL;
}

/* Each member is one of the kind's, a text but for two, and none that is needed is missing. */
static bool members_judge(const struct json_value *body, enum group_move_kind kind)
{
    for (const struct json_value *given = body->first; given != NULL; given = given->next) {
        const struct member *member = member_of(given->name);
        const bool list = slice_equal(given->name, SLICE("customers"));
        const bool flag = slice_equal(given->name, SLICE("cap_moves"));
        const bool typed = list   ? given->type == JSON_ARRAY
                           : flag ? given->type == JSON_TRUE || given->type == JSON_FALSE
                                  : given->type == JSON_STRING && given->text.size > 0;
        if (member == NULL || (member->may >> kind & 1) == 0 || !typed) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if ((members[i].must >> kind & 1) != 0 &&
            json_member(body, slice_from_cstr(members[i].name)) == NULL) {
            return false;
        }
    }
    return (json_member(body, SLICE("cap")) == NULL) ==
           (json_member(body, SLICE("currency")) == NULL);
}

static bool given_before(const struct group_move_request *request, struct slice id)
{
    for (size_t i = 0; i < request->customer_count; i++) {
        if (slice_equal(request->customers[i], id)) {
            return true;
        }
    }
    return false;
}

/* At least one customer, each once. */
static enum credit_status customers_read(struct group_move_request *request, struct arena *arena,
                                         const struct json_value *list)
{
    REQUIRE(list->count > 0 && list->count <= GROUP_MEMBERS_MAX, CREDIT_BAD_GROUP_MOVE);
    request->customers = arena_take_array(arena, list->count, sizeof(*request->customers));
    REQUIRE(request->customers != NULL, CREDIT_NO_MEMORY);
    for (const struct json_value *item = list->first; item != NULL; item = item->next) {
        REQUIRE(item->type == JSON_STRING && people_id_valid(item->text) &&
                    !given_before(request, item->text),
                CREDIT_BAD_GROUP_MOVE);
        request->customers[request->customer_count++] = item->text;
    }
    return CREDIT_OK;
}

enum credit_status group_move_request_read(struct group_move_request *ret_request,
                                           struct arena *arena, const struct json_value *value)
{
    struct group_move_request request = {.customer_count = 0};
    const struct json_value *customers;
    const struct json_value *cap_moves;

    REQUIRE(value != NULL && value->type == JSON_OBJECT && kind_read(value, &request.kind) &&
                members_judge(value, request.kind),
            CREDIT_BAD_GROUP_MOVE);
    request.group = text_of(value, "group");
    request.target = text_of(value, "target");
    request.name = text_of(value, "name");
    request.organisation = text_of(value, "organisation");
    request.lead = text_of(value, "lead");
    cap_moves = json_member(value, SLICE("cap_moves"));
    request.cap_moves = cap_moves != NULL && cap_moves->type == JSON_TRUE;
    customers = json_member(value, SLICE("customers"));
    if (customers != NULL) {
        TRY(customers_read(&request, arena, customers));
    }
    if (json_member(value, SLICE("cap")) != NULL) {
        request.has_cap = true;
        request.currency = currency_from_code(text_of(value, "currency"));
        REQUIRE(request.currency != CURRENCY_NONE &&
                    amount_parse(text_of(value, "cap"), request.currency, &request.cap_minor) &&
                    request.cap_minor > 0,
                CREDIT_BAD_GROUP_MOVE);
    }
    *ret_request = request;
    return CREDIT_OK;
}
