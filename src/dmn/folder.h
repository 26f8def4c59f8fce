/* Models in files: a model with the models that it imports from the same folder. */
#ifndef HEADROOM_DMN_FOLDER_H
#define HEADROOM_DMN_FOLDER_H

#include "dmn/model.h"
#include "os/file.h"

enum { DMN_FILE_SIZE_MAX = 64 << 20 };

/** Reads a file into the arena. False, with `reterr_result`, when that fails. */
bool dmn_file_read(struct arena *arena, const char *path, struct slice *ret_text,
                   struct file_result *reterr_result) MUST_USE;
/** Loads and compiles the model in a file; imported models are looked for in its folder by their
 *  namespace. NULL, with what is wrong appended to `reterr_text`, when the file is no model. */
struct dmn_model *dmn_model_load(const char *path, struct buffer *reterr_text) MUST_USE;
/** Appends `folder`/`name`. */
void dmn_path_join(struct buffer *path, struct slice folder, struct slice name);
/** The folder of a path: all in front of its last slash, "." without one. */
struct slice dmn_path_folder(const char *path);
bool dmn_path_ends(const char *path, const char *ending);

#endif
