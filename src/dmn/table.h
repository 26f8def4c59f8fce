/* Decision tables. Source: DMN 1.5, clause 8 and 10.3.2.10. */
#ifndef HEADROOM_DMN_TABLE_H
#define HEADROOM_DMN_TABLE_H

#include "dmn/evaluate.h"

enum dmn_hit_policy {
    DMN_UNIQUE,
    DMN_ANY,
    DMN_PRIORITY,
    DMN_FIRST,
    DMN_COLLECT,
    DMN_RULE_ORDER,
    DMN_OUTPUT_ORDER,
};

enum dmn_aggregation { DMN_LIST, DMN_SUM, DMN_COUNT, DMN_MIN, DMN_MAX };

struct dmn_column {
    struct slice name; /* the text of an input expression, or the name of an output */
    const struct feel_type *type;
    const struct feel_node *expression; /* of an input */
    const struct feel_node *allowed;    /* tests over slot; NULL: none given */
    const struct feel_node *fallback;   /* default of an output; NULL: none */
    uint16_t slot;                      /* where the tested value lies */
    const struct dmn_index *index;      /* of an input column; NULL: cells are asked one by one */
};

struct dmn_rule {
    const struct feel_node **inputs; /* NULL in a place: any value */
    const struct feel_node **outputs;
    const struct feel_source **sources; /* of the inputs */
    uint32_t line;
};

struct dmn_table {
    struct slice name; /* of the element that holds it */
    const struct xml_element *xml;
    enum dmn_hit_policy policy;
    enum dmn_aggregation aggregation;
    struct dmn_column *inputs;
    struct dmn_column *outputs;
    struct dmn_rule *rules;
    uint32_t input_count;
    uint32_t output_count;
    uint32_t rule_count;
    struct dmn_table *next;
};

/** The value of a table in a frame of its decision. */
struct feel_value dmn_table_run(struct feel_eval *eval, const struct feel_host *host,
                                struct feel_value *frame);

/* The index of one input column: for a value, the set of rules whose cell it satisfies. */
struct dmn_index;

/** Builds the index of a column where its cells are constants; NULL where they are not, or memory
 *  does not suffice. */
const struct dmn_index *dmn_index_build(struct dmn_model *model, const struct dmn_table *table,
                                        uint32_t column);
/** The rules, one bit each, that a value satisfies in a column; NULL when the index cannot tell. */
const uint64_t *dmn_index_find(const struct dmn_index *index, struct feel_value value);

#endif
