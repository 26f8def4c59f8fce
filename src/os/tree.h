/* A folder of untrusted files read whole into memory, within bounds: for configuration that people
 * hand in. Nothing outside the folder can be reached: no link is followed below it, and only
 * regular files are opened. */
#ifndef HEADROOM_OS_TREE_H
#define HEADROOM_OS_TREE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "os/os_status.h"

struct tree_bounds {
    uint32_t files_max;
    uint32_t depth_max; /* folders within one another; 0: the files of the folder alone */
    uint64_t file_size_max;
    uint64_t size_max; /* of all files together */
};

struct tree_file {
    struct slice path; /* below the folder, "processes/a.bpmn" */
    struct slice text;
};

struct tree {
    struct tree_file *files; /* ordered by path, as bytes */
    uint32_t count;
};

/** Reads all files at and below a folder. Names that begin with a point are passed over, and so is
 *  the folder `skip` at the top (NULL: none). All memory is the arena's.
 *  Returns OS_OK; INVALID when a bound is passed or something there is neither file nor folder;
 *  otherwise why a call failed. Unless OS_OK the reason, with the path, is appended to
 *  `reterr_text`, to stand behind the folder's name:
 *  "/sub/file: cause", or ": cause" of the folder itself. */
enum os_status tree_read(struct tree *ret_tree, struct arena *arena, const char *path,
                         const char *skip, const struct tree_bounds *bounds,
                         struct buffer *reterr_text) MUST_USE;

#endif
