#include "credit/group_rule.h"

#include "credit/credit_internal.h"

enum credit_status group_rules_read(struct store *store, struct group_rule **ret_rules,
                                    size_t *ret_count, struct arena *arena, struct slice group)
{
    const struct store_value values[] = {store_text(group)};
    struct store_rows rows;

    TRY(credit_from_store(store_select(store, &rows, arena, QUERY_GROUP_RULES, values)));
    struct group_rule *list = arena_take_array(arena, rows.count + 1, sizeof(*list));
    REQUIRE(list != NULL, CREDIT_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        list[i] = (struct group_rule){.id = row[0].bytes,
                                      .number = row[1].number,
                                      .rule = row[2].bytes,
                                      .types = row[3].bytes,
                                      .currency = currency_from_code(row[4].bytes),
                                      .cap_minor = row[5].number,
                                      .mode = row[6].bytes,
                                      .above_total = row[7].number != 0,
                                      .closed = slice_equal(row[8].bytes, SLICE("closed"))};
    }
    *ret_rules = list;
    *ret_count = rows.count;
    return CREDIT_OK;
}

enum credit_status group_rule_put(struct store *store, struct slice group,
                                  const struct group_rule *rule)
{
    const struct store_value values[] = {
        store_text(rule->id),
        store_text(group),
        store_integer(rule->number),
        store_text(rule->rule),
        store_text(rule->types),
        store_text(currency_code(rule->currency)),
        store_integer(rule->cap_minor),
        store_text(rule->mode),
        store_integer(rule->above_total ? 1 : 0),
        store_text(rule->closed ? SLICE("closed") : SLICE("open"))};

    return credit_from_store(store_change(store, NULL, QUERY_GROUP_RULE_PUT, values));
}
