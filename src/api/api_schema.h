/* What bodies look like, as data: from these tables the OpenAPI document is written. */
#ifndef HEADROOM_API_API_SCHEMA_H
#define HEADROOM_API_API_SCHEMA_H

#include "base/json.h"

enum api_type {
    API_TEXT,
    API_ID,     /* of ledger.md, "Values" */
    API_AMOUNT, /* a string with the currency's decimals, may be negative */
    API_CURRENCY,
    API_RATE,
    API_DATE,
    API_TIME,
    API_INTEGER,
    API_BOOLEAN,
    API_WORD,  /* one of `detail`, separated by '|' */
    API_WORDS, /* a list of such */
    API_IDS,   /* a list of ids */
    API_TEXTS, /* a list of texts */
    API_INTEGERS,
    API_OBJECT,  /* the schema named `detail` */
    API_OBJECTS, /* a list of such */
    API_ANY,     /* any value */
};

struct api_property {
    const char *name; /* NULL ends a table */
    enum api_type type;
    bool required;
    const char *detail;
    const char *description;
};

struct api_schema {
    const char *name; /* NULL ends the table */
    const char *description;
    const struct api_property *properties;
};

/** Schemas of one part, each in its own file. */
extern const struct api_schema api_schemas_people[];
extern const struct api_schema api_schemas_customer[];
extern const struct api_schema api_schemas_credit[];
extern const struct api_schema api_schemas_group[];
extern const struct api_schema api_schemas_pack[];
extern const struct api_schema api_schemas_process[];

/** Writes the value of "components": every schema, those of the commands included. */
void api_components_write(struct json_writer *writer);
/** Writes the schema of one property's value. */
void api_type_write(struct json_writer *writer, enum api_type type, const char *detail,
                    const char *description);
/** Writes {"$ref": ...} to a schema. */
void api_reference_write(struct json_writer *writer, const char *name);

#endif
