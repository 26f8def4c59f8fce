#include "credit/pack_rules.h"

enum { PRODUCT_DEPTH_MAX = 32 };

static bool list_has(struct slice list, struct slice word)
{
    struct slice part;

    while (pack_list_next(&list, &part)) {
        if (slice_equal(part, word)) {
            return true;
        }
    }
    return false;
}

bool credit_types_have(struct slice types, struct slice type)
{
    return types.size == 0 || list_has(types, type);
}

/* Whether a limit of the pack counts the same drawings and lets no more through. */
static bool as_strict(const struct credit_rule *rule, const struct credit_rule *as)
{
    return !rule->of_group && rule->product_count == 0 && rule->currency == as->currency &&
           slice_equal(rule->measure, as->measure) && slice_equal(rule->mode, as->mode) &&
           rule->cap_minor <= as->cap_minor;
}

bool credit_rule_alone(const struct credit_rule *rules, size_t count, size_t index,
                       struct slice type)
{
    bool applies = credit_types_have(rules[index].types, type);

    for (size_t i = 0; applies && rules[index].of_group && i < count; i++) {
        applies = !credit_types_have(rules[i].types, type) || !as_strict(&rules[i], &rules[index]);
    }
    return applies;
}

bool credit_rule_own(const struct credit_rule *rules, size_t count, size_t index, struct slice type,
                     bool in_group)
{
    return rules[index].of_group ? !in_group && credit_rule_alone(rules, count, index, type)
                                 : credit_types_have(rules[index].types, type);
}

bool credit_limit_is(const struct credit_limit *limit, struct slice legal_entity,
                     const struct credit_rule *rule)
{
    return slice_equal(limit->kind, SLICE("rule")) && slice_equal(limit->clause, rule->id) &&
           slice_equal(limit->legal_entity, legal_entity) && limit->currency == rule->currency;
}

/* Whether a product, or one that it stands in, is in a list of products. */
static bool product_within(const struct pack *pack, const struct pack_row *product,
                           struct slice list)
{
    const struct pack_table *table = &pack->tables[PACK_PRODUCTS];

    for (unsigned depth = 0; product != NULL && depth < PRODUCT_DEPTH_MAX; depth++) {
        if (list_has(list, pack_cell(table, product, "id"))) {
            return true;
        }
        const struct slice parent = pack_cell(table, product, "parent");
        product = parent.size == 0 ? NULL : pack_row_find(table, parent);
    }
    return false;
}

static enum credit_status products_take(struct credit_rule *rule, struct arena *arena,
                                        const struct pack *pack, struct slice list)
{
    const struct pack_table *table = &pack->tables[PACK_PRODUCTS];

    if (list.size == 0) {
        return CREDIT_OK;
    }
    struct slice *products = arena_take_array(arena, table->count + 1, sizeof(*products));
    REQUIRE(products != NULL, CREDIT_NO_MEMORY);
    for (uint32_t i = 0; i < table->count; i++) {
        if (product_within(pack, &table->rows[i], list)) {
            products[rule->product_count++] = pack_cell(table, &table->rows[i], "id");
        }
    }
    rule->products = products;
    return CREDIT_OK;
}

/* Major units to minor units, rounded down. */
static bool minor_units(struct decimal amount, enum currency currency, int64_t *ret_minor)
{
    int64_t scale = 1;
    struct decimal scaled;

    for (unsigned i = 0; i < currency_digits(currency); i++) {
        scale *= 10;
    }
    return !decimal_is_negative(amount) &&
           decimal_multiply(amount, decimal_from_i64(scale), &scaled) &&
           decimal_truncate_i64(scaled, ret_minor) && *ret_minor <= AMOUNT_MAX;
}

static enum credit_status rule_take(struct credit_rule *rule, struct arena *arena,
                                    const struct pack *pack, const struct pack_row *row,
                                    date_days day)
{
    const struct pack_table *table = &pack->tables[PACK_LIMITS];
    struct buffer reason = {0};
    struct decimal amount;

    *rule = (struct credit_rule){
        .id = pack_cell(table, row, "id"),
        .currency = currency_from_code(pack_cell(table, row, "currency")),
        .measure = slice_equal(pack_cell(table, row, "measure"), SLICE("loan")) ? SLICE("nominal")
                                                                                : SLICE("exposure"),
        .mode = pack_cell(table, row, "control"),
        .of_group = slice_equal(pack_cell(table, row, "scope"), SLICE("group")),
        .types = pack_cell(table, row, "customer_types"),
        .zh = pack_cell(table, row, "zh"),
        .en = pack_cell(table, row, "en")};
    const bool known = rule->currency != CURRENCY_NONE &&
                       pack_limit_amount(pack, row, day, &amount, &reason) &&
                       minor_units(amount, rule->currency, &rule->cap_minor);
    buffer_release(&reason);
    /* What stands over a group counts the totals of its members. */
    REQUIRE(known && !(rule->of_group && pack_cell(table, row, "products").size > 0),
            CREDIT_NO_RULES);
    return products_take(rule, arena, pack, pack_cell(table, row, "products"));
}

/* Whether a row counts customers of a type (empty: of any), or groups of them, is on, and is the
 * one of its id in force on the day. */
static bool row_counts(const struct pack *pack, const struct pack_row *row, struct slice type,
                       date_days day)
{
    const struct pack_table *table = &pack->tables[PACK_LIMITS];
    const struct slice scope = pack_cell(table, row, "scope");

    return (slice_equal(scope, SLICE("customer")) || slice_equal(scope, SLICE("group"))) &&
           slice_equal(pack_cell(table, row, "status"), SLICE("on")) &&
           (type.size == 0 || credit_types_have(pack_cell(table, row, "customer_types"), type)) &&
           pack_limit(pack, pack_cell(table, row, "id"), day) == row;
}

enum credit_status pack_rules(struct credit_rule **ret_rules, size_t *ret_count,
                              struct arena *arena, const struct pack *pack,
                              struct slice customer_type, date_days day)
{
    const struct pack_table *table = &pack->tables[PACK_LIMITS];
    const size_t most = customer_type.size == 0 ? CREDIT_PACK_RULES_MAX : CREDIT_RULES_MAX;
    struct credit_rule *rules = arena_take_array(arena, most, sizeof(*rules));
    size_t count = 0;

    REQUIRE(rules != NULL, CREDIT_NO_MEMORY);
    for (uint32_t i = 0; i < table->count; i++) {
        if (row_counts(pack, &table->rows[i], customer_type, day)) {
            REQUIRE(count < most, CREDIT_NO_RULES);
            TRY(rule_take(&rules[count], arena, pack, &table->rows[i], day));
            count++;
        }
    }
    *ret_rules = rules;
    *ret_count = count;
    return CREDIT_OK;
}

bool pack_products_known(const struct pack *pack, const struct proposal *proposal, char *ret_where)
{
    const struct pack_table *table = &pack->tables[PACK_PRODUCTS];

    for (size_t i = 0; i < proposal->line_count; i++) {
        const struct pack_row *row = pack_row_find(table, proposal->lines[i].product);
        if (row == NULL || !slice_equal(pack_cell(table, row, "status"), SLICE("on"))) {
            (void)snprintf(ret_where, PROPOSAL_WHERE_SIZE, "product of clause %s",
                           proposal->lines[i].clause);
            return false;
        }
    }
    return true;
}

/* ---- what an application stands on ---- */

enum credit_status credit_from_pack(enum pack_status status)
{
    return status == PACK_STATUS_OK          ? CREDIT_OK
           : status == PACK_STATUS_NOT_FOUND ? CREDIT_NO_PACK
           : status == PACK_STATUS_NO_MEMORY ? CREDIT_NO_MEMORY
                                             : CREDIT_STORE;
}

enum credit_status credit_ground_read(struct store *store, struct credit_ground *ret_ground,
                                      struct arena *arena, struct pack_shelf *shelf,
                                      const struct application *application)
{
    char where[PROPOSAL_WHERE_SIZE];
    struct json_error error;
    struct pack_activation activation;
    struct customer customer;

    const struct json_value *body = json_parse(arena, &error, application->body);
    REQUIRE(body != NULL, CREDIT_NO_MEMORY);
    TRY(proposal_read(&ret_ground->proposal, where, arena, body));
    const enum customer_status found =
        customer_read(store, &customer, arena, application->customer, NULL);
    REQUIRE(found != CUSTOMER_STORE, CREDIT_STORE);
    REQUIRE(found != CUSTOMER_NO_MEMORY, CREDIT_NO_MEMORY);
    REQUIRE(found == CUSTOMER_OK && customer.merged_into.size == 0, CREDIT_CUSTOMER_NOT_FOUND);
    TRY(credit_from_pack(pack_in_force(store, &activation, arena, application->path, INT64_MAX)));
    TRY(credit_from_pack(pack_shelf_take(shelf, &ret_ground->pack, store, activation.pack)));
    ret_ground->hash = activation.pack;
    ret_ground->customer_type = customer_type_name(customer.type);
    return CREDIT_OK;
}
