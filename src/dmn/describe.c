#include "dmn/answer.h"

static void write_text(struct json_writer *writer, const char *name, struct slice text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, text);
}

static void write_type(struct json_writer *writer, const struct feel_type *type)
{
    struct buffer text;
    buffer_init(&text);
    if (feel_type_is_any(type)) {
        buffer_append_cstr(&text, "Any");
    } else {
        feel_type_write(&text, type);
    }
    write_text(writer, "type", buffer_slice(&text));
    writer->buffer->failed |= text.failed;
    buffer_release(&text);
}

static void write_element(struct json_writer *writer, const struct dmn_element *element)
{
    static const char *const kinds[] = {
        [DMN_INPUT] = "input",
        [DMN_DECISION] = "decision",
        [DMN_BKM] = "knowledge model",
        [DMN_SERVICE] = "decision service",
    };
    json_object_begin(writer);
    write_text(writer, "name", element->name);
    write_text(writer, "id", element->id);
    if (element->kind != DMN_INPUT) {
        write_text(writer, "kind", slice_from_cstr(kinds[element->kind]));
    }
    write_type(writer, element->type);
    json_object_end(writer);
}

static void write_elements(struct json_writer *writer, const char *name,
                           const struct dmn_model *model, bool inputs)
{
    json_name(writer, slice_from_cstr(name));
    json_array_begin(writer);
    for (uint32_t i = 0; i < model->element_count; i++) {
        const struct dmn_element *element = &model->elements[i];
        if (element->document == model->first && (element->kind == DMN_INPUT) == inputs) {
            write_element(writer, element);
        }
    }
    json_array_end(writer);
}

void dmn_describe(const struct dmn_model *model, struct json_writer *writer)
{
    char hash[2 * SHA256_SIZE];
    hex_write(hash, model->first->hash, SHA256_SIZE);
    write_text(writer, "name", model->first->name);
    write_text(writer, "namespace", model->first->space);
    write_text(writer, "model_hash", slice_of(hash, sizeof hash));
    json_name(writer, SLICE("problems"));
    json_u64(writer, model->compiler.problem_count);
    write_elements(writer, "inputs", model, true);
    write_elements(writer, "decisions", model, false);
}
