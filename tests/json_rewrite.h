/* Writes a value that was read with the writer of base/json.h, compactly; for round trips. */
#ifndef HEADROOM_TESTS_JSON_REWRITE_H
#define HEADROOM_TESTS_JSON_REWRITE_H

#include "base/json.h"

static inline void json_rewrite(struct json_writer *writer, const struct json_value *value)
{
    switch (value->type) {
    case JSON_NULL:
        json_null(writer);
        return;
    case JSON_FALSE:
    case JSON_TRUE:
        json_bool(writer, value->type == JSON_TRUE);
        return;
    case JSON_NUMBER:
        json_raw(writer, value->text);
        return;
    case JSON_STRING:
        json_string(writer, value->text);
        return;
    case JSON_ARRAY:
        json_array_begin(writer);
        break;
    case JSON_OBJECT:
        json_object_begin(writer);
        break;
    }
    for (const struct json_value *child = value->first; child != NULL; child = child->next) {
        if (value->type == JSON_OBJECT) {
            json_name(writer, child->name);
        }
        json_rewrite(writer, child);
    }
    if (value->type == JSON_OBJECT) {
        json_object_end(writer);
    } else {
        json_array_end(writer);
    }
}

#endif
