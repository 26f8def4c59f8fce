#include "pack/pack_table.h"

#include <stdlib.h>

#define LEVELS "head;branch;sub_branch"
#define ON_OFF "on;off"
#define YES_NO "yes;no"
#define KEY(column)                                                                                \
    {                                                                                              \
        .name = (column), .cell = PACK_CELL_ID, .is_key = true                                     \
    }
#define TEXT(column)                                                                               \
    {                                                                                              \
        .name = (column), .cell = PACK_CELL_TEXT                                                   \
    }
#define WORD(column, words)                                                                        \
    {                                                                                              \
        .name = (column), .cell = PACK_CELL_WORD, .detail = (words)                                \
    }
#define NOTE                                                                                       \
    {                                                                                              \
        .name = "note", .cell = PACK_CELL_TEXT, .is_optional = true                                \
    }

static const struct pack_column customer_types[] = {
    {.name = "id",
     .cell = PACK_CELL_WORD,
     .is_key = true,
     .detail = "corporate;small;individual;interbank;government_platform;partner"},
    TEXT("zh"),
    TEXT("en"),
    WORD("status", ON_OFF),
    NOTE,
};

static const struct pack_column application_types[] = {
    KEY("id"),
    TEXT("zh"),
    TEXT("en"),
    WORD("effect", "open;renew;raise;lower;conditions;temporary;extend;restructure;review;"
                   "reconsider;freeze;unfreeze;close;unlock;move"),
    WORD("raises_exposure", YES_NO),
    WORD("status", ON_OFF),
    NOTE,
};

static const struct pack_column organisations[] = {
    KEY("id"),
    {.name = "parent", .cell = PACK_CELL_REF, .is_optional = true, .detail = "organisations"},
    {.name = "legal_entity", .cell = PACK_CELL_ID},
    WORD("level", LEVELS),
    TEXT("zh"),
    TEXT("en"),
};

static const struct pack_column roles[] = {
    KEY("id"),
    {.name = "role", .cell = PACK_CELL_ROLE},
    WORD("level", "any;" LEVELS),
    TEXT("zh"),
    TEXT("en"),
    NOTE,
};

static const struct pack_column products[] = {
    KEY("id"),
    {.name = "parent", .cell = PACK_CELL_REF, .is_optional = true, .detail = "products"},
    WORD("kind", "group;product"),
    WORD("revolving", "yes;no;either"),
    WORD("exposure", "on_balance;off_balance;commitment;counterparty;none"),
    {.name = "tenor_months", .cell = PACK_CELL_WHOLE, .is_optional = true},
    {.name = "customer_types", .cell = PACK_CELL_REFS, .detail = "customer_types"},
    WORD("status", ON_OFF),
    TEXT("zh"),
    TEXT("en"),
    NOTE,
};

static const struct pack_column trees[] = {
    KEY("tree"),
    KEY("node"),
    {.name = "parent", .cell = PACK_CELL_ID, .is_optional = true},
    {.name = "product", .cell = PACK_CELL_REF, .is_optional = true, .detail = "products"},
    WORD("control", "hard;soft;warn"),
    TEXT("zh"),
    TEXT("en"),
};

static const struct pack_column parameters[] = {
    KEY("id"),
    {.name = "from", .cell = PACK_CELL_DATE, .is_key = true},
    {.name = "value", .cell = PACK_CELL_TEXT},
    WORD("type", "number;text;date"),
    {.name = "unit", .cell = PACK_CELL_TEXT, .is_optional = true},
    WORD("status", ON_OFF),
    TEXT("zh"),
    TEXT("en"),
    TEXT("source"),
    NOTE,
};

static const struct pack_column limits[] = {
    KEY("id"),
    WORD("kind", "regulatory;portfolio"),
    WORD("scope", "customer;group;related_party;related_group;related_all;portfolio"),
    WORD("measure", "loan;credit;exposure"),
    {.name = "customer_types",
     .cell = PACK_CELL_REFS,
     .is_optional = true,
     .detail = "customer_types"},
    {.name = "products", .cell = PACK_CELL_REFS, .is_optional = true, .detail = "products"},
    {.name = "currency", .cell = PACK_CELL_MONEY},
    {.name = "formula", .cell = PACK_CELL_FORMULA},
    {.name = "warning", .cell = PACK_CELL_NUMBER, .is_optional = true},
    WORD("control", "hard;soft;warn"),
    {.name = "from", .cell = PACK_CELL_DATE, .is_key = true},
    {.name = "until", .cell = PACK_CELL_DATE, .is_optional = true},
    WORD("status", ON_OFF),
    TEXT("zh"),
    TEXT("en"),
    TEXT("regulation"),
    {.name = "article", .cell = PACK_CELL_TEXT, .is_optional = true},
    NOTE,
};

#define COLUMNS_OF(identifier) COLUMNS_##identifier
#define COLUMNS_CUSTOMER_TYPES customer_types
#define COLUMNS_APPLICATION_TYPES application_types
#define COLUMNS_ORGANISATIONS organisations
#define COLUMNS_ROLES roles
#define COLUMNS_PRODUCTS products
#define COLUMNS_TREES trees
#define COLUMNS_PARAMETERS parameters
#define COLUMNS_LIMITS limits

static const struct pack_table_form forms[PACK_TABLE_COUNT] = {
#define X(identifier, table, called)                                                               \
    [PACK_##identifier] = {.name = (table),                                                        \
                           .row = (called),                                                        \
                           .columns = COLUMNS_OF(identifier),                                      \
                           .column_count = sizeof(COLUMNS_OF(identifier)) /                        \
                                           sizeof(COLUMNS_OF(identifier)[0])},
    PACK_TABLE_LIST(X)
#undef X
};

const struct pack_table_form *pack_table_form(enum pack_table_name name)
{
    check(name < PACK_TABLE_COUNT);
    return &forms[name];
}

enum pack_table_name pack_table_by_name(struct slice name)
{
    unsigned at = 0;
    while (at < PACK_TABLE_COUNT && !slice_equal(slice_from_cstr(forms[at].name), name)) {
        at++;
    }
    return (enum pack_table_name)at;
}

uint32_t pack_column_find(const struct pack_table_form *form, const char *name)
{
    uint32_t at = 0;
    while (at < form->column_count && strcmp(form->columns[at].name, name) != 0) {
        at++;
    }
    check(at < form->column_count);
    return at;
}

struct slice pack_cell(const struct pack_table *table, const struct pack_row *row,
                       const char *column)
{
    return row->cells[pack_column_find(table->form, column)];
}

/* The first key is the first column of every table. */
const struct pack_row *pack_row_find(const struct pack_table *table, struct slice key)
{
    uint32_t low = 0;
    uint32_t high = table->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (slice_compare(table->rows[middle].cells[0], key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < table->count && slice_equal(table->rows[low].cells[0], key) ? &table->rows[low]
                                                                             : NULL;
}

int pack_row_compare(const struct pack_table_form *form, const struct pack_row *a,
                     const struct pack_row *b)
{
    int order = 0;
    for (uint32_t i = 0; i < form->column_count && order == 0; i++) {
        if (form->columns[i].is_key) {
            order = slice_compare(a->cells[i], b->cells[i]);
        }
    }
    return order;
}

void pack_row_key_write(struct buffer *out, const struct pack_table_form *form,
                        const struct pack_row *row)
{
    bool first = true;
    for (uint32_t i = 0; i < form->column_count; i++) {
        if (form->columns[i].is_key) {
            buffer_append_cstr(out, first ? "" : " / ");
            buffer_append(out, row->cells[i]);
            first = false;
        }
    }
}

bool pack_list_next(struct slice *rest, struct slice *ret_part)
{
    struct slice part;
    while (slice_split(rest, ';', &part)) {
        part = slice_trim(part);
        if (part.size > 0) {
            *ret_part = part;
            return true;
        }
    }
    return false;
}
