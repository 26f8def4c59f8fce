/* Files and directories, behind a seam: everything that the journal asks of a file system goes
 * through `struct files`, so that a simulated disk can stand in for the real one and lose, tear,
 * reorder, corrupt or refuse what a real one may.
 *
 * Names are within a directory and contain no '/'. Every call may fail; a failed call leaves its
 * outputs as they were. Calls are retried on EINTR and continued when they were short. */
#ifndef HEADROOM_OS_FILE_H
#define HEADROOM_OS_FILE_H

#include "os/os_status.h"

enum {
    FILE_NAME_MAX = 255,
    FILE_ALIGNMENT_MIN = 512,
    FILE_ALIGNMENT_MAX = 4096, /* buffers and offsets with this alignment suit every file */
};

/** Result of a call: what happened, and the errno for a person; 0 when there was none. */
struct file_result {
    enum os_status status;
    int number;
};

enum file_mode {
    FILE_READ,    /* must exist */
    FILE_DURABLE, /* must exist; read and write; a write returns when it is durable */
    FILE_CREATE,  /* must not exist; read and write; writes are durable after file_sync */
    FILE_UPDATE,  /* must exist; read and write; writes are durable after file_sync */
    FILE_BULK,    /* as FILE_CREATE, for much: past the page cache where the system can */
};

struct files;
struct directory;
struct file;

/* The operations; see the functions of the same names below. */
struct files_operations {
    struct file_result (*directory_create)(struct files *files, const char *path);
    struct file_result (*directory_open)(struct files *files, const char *path,
                                         struct directory **ret_directory);
    void (*directory_close)(struct directory *directory);
    struct file_result (*directory_sync)(struct directory *directory);
    struct file_result (*directory_next)(struct directory *directory, bool first,
                                         char ret_name[FILE_NAME_MAX + 1], bool *ret_end);
    struct file_result (*directory_lock)(struct directory *directory, const char *name,
                                         int64_t *reterr_pid);
    struct file_result (*directory_rename)(struct directory *directory, const char *from,
                                           const char *to);
    struct file_result (*directory_remove)(struct directory *directory, const char *name);
    struct file_result (*file_open)(struct directory *directory, const char *name,
                                    enum file_mode mode, struct file **ret_file);
    void (*file_close)(struct file *file);
    struct file_result (*file_size)(struct file *file, uint64_t *ret_size);
    uint32_t (*file_alignment)(struct file *file);
    struct file_result (*file_read)(struct file *file, uint64_t offset, void *data, size_t size,
                                    size_t *ret_got);
    struct file_result (*file_write)(struct file *file, uint64_t offset, const void *data,
                                     size_t size);
    struct file_result (*file_write_begin)(struct file *file, uint64_t offset, const void *data,
                                           size_t size);
    struct file_result (*file_write_end)(struct file *file);
    struct file_result (*file_sync)(struct file *file);
    struct file_result (*file_zero_begin)(struct directory *directory, const char *name,
                                          uint64_t size);
    struct file_result (*file_zero_end)(struct directory *directory, bool wait, bool *ret_done);
};

/* A file system, a directory, a file: implementations put their own fields behind it. */
struct files {
    const struct files_operations *operations;
};
struct directory {
    const struct files_operations *operations;
};
struct file {
    const struct files_operations *operations;
};

/** The file system of this machine. */
struct files *files_real(void);

/** Makes a directory for this user alone, durable in its parent. OS_EXISTS when there is one. */
struct file_result directory_create(struct files *files, const char *path) MUST_USE;
struct file_result directory_open(struct files *files, const char *path,
                                  struct directory **ret_directory) MUST_USE;
/** Ends a zeroing under way, releases the lock. NULL-safe. */
void directory_close(struct directory *directory);
/** Makes names created, renamed and removed so far durable. */
struct file_result directory_sync(struct directory *directory) MUST_USE;
/** Names one after another, in no order, without "." and "..". `first` begins anew. */
struct file_result directory_next(struct directory *directory, bool first,
                                  char ret_name[FILE_NAME_MAX + 1], bool *ret_end) MUST_USE;
/** Holds `name` locked until the directory is closed or the process ends, however it ends; children
 *  do not hold it. Writes the own process number into it for people. OS_IN_USE sets reterr_pid to
 *  the process that holds it, 0 when that is not known. */
struct file_result directory_lock(struct directory *directory, const char *name,
                                  int64_t *reterr_pid) MUST_USE;
/** Replaces `to` where it exists. */
struct file_result directory_rename(struct directory *directory, const char *from,
                                    const char *to) MUST_USE;
struct file_result directory_remove(struct directory *directory, const char *name) MUST_USE;

struct file_result file_open(struct directory *directory, const char *name, enum file_mode mode,
                             struct file **ret_file) MUST_USE;
/** NULL-safe. */
void file_close(struct file *file);
struct file_result file_size(struct file *file, uint64_t *ret_size) MUST_USE;
/** What a write's offset must be a multiple of so that it rewrites no byte outside itself: a power
 *  of two from FILE_ALIGNMENT_MIN to FILE_ALIGNMENT_MAX. */
uint32_t file_alignment(struct file *file);
/** Reads up to `size` bytes; fewer only at the end of the file. */
struct file_result file_read(struct file *file, uint64_t offset, void *data, size_t size,
                             size_t *ret_got) MUST_USE;
/** Writes all. For FILE_DURABLE and FILE_BULK `data` is aligned to FILE_ALIGNMENT_MAX, `offset` and
 *  `size` are multiples of the file's alignment; for FILE_DURABLE the bytes are durable on FILE_OK.
 * FILE_NO_SPACE: some may have been written. Otherwise it is unknown what is stored. */
struct file_result file_write(struct file *file, uint64_t offset, const void *data,
                              size_t size) MUST_USE;
/** The same in two steps: `data` must stay until file_write_end, which gives the result. One at a
 *  time a file. */
struct file_result file_write_begin(struct file *file, uint64_t offset, const void *data,
                                    size_t size) MUST_USE;
struct file_result file_write_end(struct file *file) MUST_USE;
struct file_result file_sync(struct file *file) MUST_USE;

/** Makes a file of `size` zero bytes, written out and durable, beside other work. One at a time a
 *  directory. The name is there from the start, durable only after directory_sync. */
struct file_result file_zero_begin(struct directory *directory, const char *name,
                                   uint64_t size) MUST_USE;
/** Whether it is done, or its failure, after which a new one may begin. */
struct file_result file_zero_end(struct directory *directory, bool wait, bool *ret_done) MUST_USE;

#endif
