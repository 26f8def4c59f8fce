/* Models in files: one BPMN document with the documents and decision models that it calls. */
#ifndef HEADROOM_BPMN_FOLDER_H
#define HEADROOM_BPMN_FOLDER_H

#include "bpmn/model.h"
#include "dmn/folder.h"

enum { BPMN_FILES_MAX = 256 };

struct bpmn_library {
    struct bpmn_model *model;
    struct dmn_model *rules[BPMN_FILES_MAX];
    uint32_t rules_count;
};

/** Reads files, decision models by the ending .dmn, the first document being the main one, and
 *  compiles them. False, with what is wrong appended to `reterr_text` a line each, when a file is
 *  not read or no model; then the library is empty. A model that compiles not is kept, with its
 *  problems and refused_count. */
bool bpmn_library_load(struct bpmn_library *ret_library, struct buffer *reterr_text,
                       const char *const *paths, size_t count) MUST_USE;
/** Safe on a library of zeroes. */
void bpmn_library_release(struct bpmn_library *library);

#endif
