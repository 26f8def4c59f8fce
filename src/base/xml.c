#include "base/xml.h"

#include "base/buffer.h"

#include <expat.h>

/* Expat joins namespace and local name with this byte, which no XML text can contain. */
#define SEPARATOR '\1'

struct xml_reader {
    struct arena *arena;
    XML_Parser parser;
    struct xml_element *root;
    struct xml_element *open;
    const struct xml_prefix *prefixes; /* declared for the next element */
    struct buffer text;                /* character data of the open elements, innermost last */
    size_t text_start[XML_DEPTH_MAX];  /* where the text of each open element begins */
    unsigned depth;
    const char *message; /* the first error of ours; NULL while there is none */
};

static void reader_stop(struct xml_reader *reader, const char *message)
{
    if (reader->message == NULL) {
        reader->message = message;
        (void)XML_StopParser(reader->parser, XML_FALSE);
    }
}

static struct slice reader_copy(struct xml_reader *reader, const char *text, size_t size)
{
    const struct slice copy = arena_copy(reader->arena, slice_of(text, size));
    if (copy.data == NULL) {
        reader_stop(reader, "the document takes more memory than allowed");
    }
    return copy;
}

static void split_name(struct xml_reader *reader, const char *joined, struct slice *ret_space,
                       struct slice *ret_name)
{
    const char *separator = strchr(joined, SEPARATOR);
    if (separator == NULL) {
        *ret_space = SLICE("");
        *ret_name = reader_copy(reader, joined, strlen(joined));
    } else {
        *ret_space = reader_copy(reader, joined, (size_t)(separator - joined));
        *ret_name = reader_copy(reader, separator + 1, strlen(separator + 1));
    }
}

static void read_attributes(struct xml_reader *reader, struct xml_element *element,
                            const XML_Char **pairs)
{
    const struct xml_attribute **end = &element->attributes;
    for (size_t i = 0; pairs[i] != NULL; i += 2) {
        struct xml_attribute *attribute = arena_take(reader->arena, sizeof *attribute);
        if (attribute == NULL) {
            reader_stop(reader, "the document takes more memory than allowed");
            return;
        }
        split_name(reader, pairs[i], &attribute->space, &attribute->name);
        attribute->value = reader_copy(reader, pairs[i + 1], strlen(pairs[i + 1]));
        *end = attribute;
        end = &attribute->next;
    }
}

static void on_start(void *data, const XML_Char *name, const XML_Char **pairs)
{
    struct xml_reader *reader = data;
    if (reader->message != NULL) {
        return;
    }
    if (reader->depth == XML_DEPTH_MAX) {
        reader_stop(reader, "elements are nested too deeply");
        return;
    }
    struct xml_element *element = arena_take(reader->arena, sizeof *element);
    if (element == NULL) {
        reader_stop(reader, "the document takes more memory than allowed");
        return;
    }
    split_name(reader, name, &element->space, &element->name);
    element->line = (uint32_t)XML_GetCurrentLineNumber(reader->parser);
    element->prefixes = reader->prefixes;
    reader->prefixes = NULL;
    read_attributes(reader, element, pairs);
    element->parent = reader->open;
    if (reader->open == NULL) {
        reader->root = element;
    } else if (reader->open->first == NULL) {
        reader->open->first = element;
    } else {
        reader->open->last->next = element;
    }
    if (reader->open != NULL) {
        reader->open->last = element;
    }
    reader->open = element;
    reader->text_start[reader->depth++] = reader->text.size;
}

static void on_end(void *data, const XML_Char *name)
{
    (void)name;
    struct xml_reader *reader = data;
    if (reader->message != NULL) {
        return;
    }
    const size_t start = reader->text_start[--reader->depth];
    const size_t size = reader->text.size - start;
    if (size > 0) {
        reader->open->text = reader_copy(reader, reader->text.data + start, size);
        reader->text.size = start;
    }
    reader->open = reader->open->parent;
}

static void on_text(void *data, const XML_Char *text, int size)
{
    struct xml_reader *reader = data;
    buffer_append(&reader->text, slice_of(text, (size_t)size));
    if (buffer_failed(&reader->text)) {
        reader_stop(reader, "the document takes more memory than allowed");
    }
}

static void on_prefix(void *data, const XML_Char *prefix, const XML_Char *space)
{
    struct xml_reader *reader = data;
    struct xml_prefix *declared = arena_take(reader->arena, sizeof *declared);
    if (declared == NULL) {
        reader_stop(reader, "the document takes more memory than allowed");
        return;
    }
    declared->prefix = prefix == NULL ? SLICE("") : reader_copy(reader, prefix, strlen(prefix));
    declared->space = space == NULL ? SLICE("") : reader_copy(reader, space, strlen(space));
    declared->next = reader->prefixes;
    reader->prefixes = declared;
}

static void on_doctype(void *data, const XML_Char *name, const XML_Char *system_id,
                       const XML_Char *public_id, int has_internal_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    reader_stop(data, "document type declarations are not accepted");
}

static bool reader_run(struct xml_reader *reader, struct xml_error *reterr_error, struct slice text)
{
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetStartNamespaceDeclHandler(reader->parser, on_prefix);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    if (text.size > INT32_MAX) {
        *reterr_error = (struct xml_error){.message = "the document is too large"};
        return false;
    }
    if (XML_Parse(reader->parser, text.data, (int)text.size, XML_TRUE) == XML_STATUS_OK &&
        reader->message == NULL && reader->root != NULL) {
        return true;
    }
    *reterr_error = (struct xml_error){
        .line = (uint32_t)XML_GetCurrentLineNumber(reader->parser),
        .column = (uint32_t)XML_GetCurrentColumnNumber(reader->parser) + 1,
        .message = reader->message,
    };
    if (reader->message == NULL) {
        reterr_error->message = XML_ErrorString(XML_GetErrorCode(reader->parser));
    }
    return false;
}

struct xml_element *xml_parse(struct arena *arena, struct xml_error *reterr_error,
                              struct slice text)
{
    struct xml_reader *reader = memory_allocate(sizeof *reader);
    if (reader == NULL) {
        *reterr_error = (struct xml_error){.message = "memory is exhausted"};
        return NULL;
    }
    *reader = (struct xml_reader){.arena = arena};
    buffer_init(&reader->text);
    static const XML_Memory_Handling_Suite memory = {
        .malloc_fcn = memory_allocate,
        .realloc_fcn = memory_resize,
        .free_fcn = memory_free,
    };
    static const XML_Char separator[] = {SEPARATOR, '\0'};
    reader->parser = XML_ParserCreate_MM(NULL, &memory, separator);
    struct xml_element *root = NULL;
    if (reader->parser == NULL) {
        *reterr_error = (struct xml_error){.message = "memory is exhausted"};
    } else {
        if (reader_run(reader, reterr_error, text)) {
            root = reader->root;
        }
        XML_ParserFree(reader->parser);
    }
    buffer_release(&reader->text);
    memory_free(reader);
    return root;
}

struct slice xml_attribute_of(const struct xml_element *element, const char *space,
                              const char *name)
{
    for (const struct xml_attribute *at = element->attributes; at != NULL; at = at->next) {
        if (slice_equal(at->name, slice_from_cstr(name)) &&
            slice_equal(at->space, slice_from_cstr(space))) {
            return at->value;
        }
    }
    return slice_of(NULL, 0);
}

struct slice xml_attribute(const struct xml_element *element, const char *name)
{
    return xml_attribute_of(element, "", name);
}

bool xml_is(const struct xml_element *element, const char *name)
{
    return slice_equal(element->name, slice_from_cstr(name));
}

struct xml_element *xml_child(const struct xml_element *element, const char *name)
{
    for (struct xml_element *child = element->first; child != NULL; child = child->next) {
        if (xml_is(child, name) && slice_equal(child->space, element->space)) {
            return child;
        }
    }
    return NULL;
}

struct xml_element *xml_next(const struct xml_element *element)
{
    for (struct xml_element *next = element->next; next != NULL; next = next->next) {
        if (slice_equal(next->name, element->name) && slice_equal(next->space, element->space)) {
            return next;
        }
    }
    return NULL;
}

struct slice xml_prefix_space(const struct xml_element *element, struct slice prefix)
{
    for (; element != NULL; element = element->parent) {
        for (const struct xml_prefix *at = element->prefixes; at != NULL; at = at->next) {
            if (slice_equal(at->prefix, prefix)) {
                return at->space;
            }
        }
    }
    return slice_of(NULL, 0);
}
