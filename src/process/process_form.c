/* What a task was completed with, against the fields of its form in the pack. */
#include "process/process_internal.h"

#include "base/amount.h"

static const struct json_value *field_find(const struct json_value *fields, struct slice name)
{
    for (const struct json_value *field = fields->first; field != NULL; field = field->next) {
        const struct json_value *its = json_member(field, SLICE("name"));
        if (its != NULL && slice_equal(its->text, name)) {
            return field;
        }
    }
    return NULL;
}

/* Whether a value is of the type of its field; null stands for none. */
static bool type_fits(struct slice type, const struct json_value *value)
{
    date_days day;

    if (value->type == JSON_NULL) {
        return true;
    }
    if (slice_equal(type, SLICE("number"))) {
        return value->type == JSON_NUMBER;
    }
    if (slice_equal(type, SLICE("boolean"))) {
        return value->type == JSON_TRUE || value->type == JSON_FALSE;
    }
    if (slice_equal(type, SLICE("date"))) {
        return value->type == JSON_STRING && date_parse(value->text, &day);
    }
    if (slice_equal(type, SLICE("amount"))) {
        struct decimal_text amount;
        return value->type == JSON_STRING && decimal_text_parse(value->text, &amount);
    }
    return value->type == JSON_STRING;
}

static bool value_fits(const struct json_value *field, const struct json_value *value)
{
    const struct json_value *values = json_member(field, SLICE("values"));
    const struct json_value *type = json_member(field, SLICE("type"));

    if (type != NULL && !type_fits(type->text, value)) {
        return false;
    }
    if (values == NULL || values->type != JSON_ARRAY) {
        return true;
    }
    for (const struct json_value *one = values->first; one != NULL; one = one->next) {
        if (value->type == JSON_STRING && slice_equal(one->text, value->text)) {
            return true;
        }
    }
    return false;
}

bool process_form_fits(const struct json_value *form, const struct json_value *outputs)
{
    const struct json_value *fields = json_member(form, SLICE("fields"));

    if (fields == NULL || fields->type != JSON_ARRAY) {
        return true;
    }
    for (const struct json_value *value = outputs->first; value != NULL; value = value->next) {
        const struct json_value *field = field_find(fields, value->name);
        if (field == NULL || !value_fits(field, value)) {
            return false;
        }
    }
    for (const struct json_value *field = fields->first; field != NULL; field = field->next) {
        const struct json_value *name = json_member(field, SLICE("name"));
        const struct json_value *required = json_member(field, SLICE("required"));
        const struct json_value *value = name == NULL ? NULL : json_member(outputs, name->text);
        if (required != NULL && required->type == JSON_TRUE &&
            (value == NULL || value->type == JSON_NULL)) {
            return false;
        }
    }
    return true;
}
