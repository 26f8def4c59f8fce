/* Columns of a decision table cut into regions, for the check of tables: values that no cell tells
 * apart are one region, for which one example stands. Nobody but the check includes this. */
#ifndef HEADROOM_DMN_REGION_H
#define HEADROOM_DMN_REGION_H

#include "dmn/table.h"

enum { REGIONS_MAX = 5000 }; /* of one column */

struct region_column {
    struct feel_value *examples; /* one a region; null alone where any value will do */
    uint64_t *sets;              /* the rules that hold there, `words` a region */
    uint32_t count;
    bool partial; /* there may be regions without an example */
};

struct region_table {
    const struct dmn_table *table;
    struct region_column *columns;
    uint32_t words;
    bool opaque; /* a cell asks for more than the value of its column: the table is not judged */
};

/** Cuts the columns of a table. False when memory is exhausted or a bound of `eval` is passed. */
bool region_table_init(struct region_table *regions, struct feel_eval *eval,
                       const struct dmn_table *table) MUST_USE;

static inline const uint64_t *region_set(const struct region_table *regions, uint32_t column,
                                         uint32_t region)
{
    return regions->columns[column].sets + (size_t)region * regions->words;
}

#endif
