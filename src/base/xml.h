/* XML documents as a tree in an arena. Untrusted input: document type declarations are refused (so
 * there are no entities to expand), depth and size are bounded, the encoding is UTF-8 or UTF-16. */
#ifndef HEADROOM_BASE_XML_H
#define HEADROOM_BASE_XML_H

#include "base/arena.h"

struct xml_attribute {
    struct slice space; /* namespace, empty when there is none */
    struct slice name;  /* local name */
    struct slice value;
    const struct xml_attribute *next;
};

struct xml_prefix {
    struct slice prefix; /* empty for the default namespace */
    struct slice space;
    const struct xml_prefix *next;
};

struct xml_element {
    struct slice space; /* namespace */
    struct slice name;  /* local name */
    struct slice text;  /* the character data directly inside, joined */
    uint32_t line;      /* of the start tag, from 1 */
    const struct xml_attribute *attributes;
    const struct xml_prefix *prefixes; /* declared here */
    struct xml_element *parent;
    struct xml_element *first; /* first child element */
    struct xml_element *last;
    struct xml_element *next; /* next sibling element */
};

enum { XML_DEPTH_MAX = 256 };

struct xml_error {
    uint32_t line;
    uint32_t column;
    const char *message; /* in English, static */
};

/** Reads one document. Returns its root element, or NULL with `reterr_error` set. All slices live
 * in the arena. */
struct xml_element *xml_parse(struct arena *arena, struct xml_error *reterr_error,
                              struct slice text) MUST_USE;
/** The value of an attribute without namespace; data is NULL when there is none. */
struct slice xml_attribute(const struct xml_element *element, const char *name);
/** The value of an attribute of a namespace; data is NULL when there is none. */
struct slice xml_attribute_of(const struct xml_element *element, const char *space,
                              const char *name);
/** The first child with a local name, in the namespace of `element`; NULL when there is none. */
struct xml_element *xml_child(const struct xml_element *element, const char *name);
/** The next sibling with the name and namespace of `element`; NULL when there is none. */
struct xml_element *xml_next(const struct xml_element *element);
bool xml_is(const struct xml_element *element, const char *name);
/** The namespace that a prefix stands for at an element; data is NULL when it is not declared. */
struct slice xml_prefix_space(const struct xml_element *element, struct slice prefix);

#endif
