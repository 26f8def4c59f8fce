#include "os/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE_MAX = 1024 };

struct reading {
    struct arena *arena;
    const struct tree_bounds *bounds;
    struct buffer *error;
    struct tree tree;
    uint64_t size;
    const char *skip;
    char path[PATH_SIZE_MAX]; /* of what is being read, below the folder */
};

static enum os_status refuse(struct reading *reading, enum os_status status, const char *what)
{
    buffer_append_cstr(reading->error, reading->path[0] == '\0' ? "" : "/");
    buffer_append_cstr(reading->error, reading->path);
    buffer_append_cstr(reading->error, ": ");
    buffer_append_cstr(reading->error, what);
    return status;
}

static enum os_status refuse_errno(struct reading *reading)
{
    const int number = errno;
    const enum os_status status = os_status_from_errno();

    if (number == ELOOP) {
        return refuse(reading, OS_INVALID, "a symbolic link, which is not followed");
    }
    return refuse(reading, status, os_status_text(status).data);
}

static enum os_status read_bytes(struct reading *reading, int fd, char *data, size_t size)
{
    size_t got = 0;

    while (got < size) {
        const ssize_t part = read(fd, data + got, size - got);
        if (part < 0 && errno == EINTR) {
            continue;
        }
        if (part < 0) {
            return refuse_errno(reading);
        }
        if (part == 0) {
            return refuse(reading, OS_FAILED, "the file became shorter while it was read");
        }
        got += (size_t)part;
    }
    return OS_OK;
}

static enum os_status read_file(struct reading *reading, int fd, const struct stat *facts)
{
    const struct tree_bounds *bounds = reading->bounds;
    const uint64_t size = (uint64_t)facts->st_size;

    if (reading->tree.count == bounds->files_max) {
        return refuse(reading, OS_INVALID, "more files than allowed");
    }
    if (size > bounds->file_size_max || size > bounds->size_max - reading->size) {
        return refuse(reading, OS_INVALID,
                      "the file, or all files together, are larger than allowed");
    }
    char *data = arena_take(reading->arena, (size_t)size + 1);
    const struct slice path = arena_copy(reading->arena, slice_from_cstr(reading->path));
    if (data == NULL || path.data == NULL) {
        return refuse(reading, OS_EXHAUSTED, "memory is exhausted");
    }
    const enum os_status status = read_bytes(reading, fd, data, (size_t)size);
    if (status == OS_OK) {
        reading->size += size;
        reading->tree.files[reading->tree.count++] =
            (struct tree_file){.path = path, .text = slice_of(data, (size_t)size)};
    }
    return status;
}

static enum os_status read_folder(struct reading *reading, int fd, uint32_t depth);

static enum os_status read_entry(struct reading *reading, int folder, const char *name,
                                 uint32_t depth)
{
    struct stat facts;
    /* Not blocking: a pipe without a writer must not hold the reader up. */
    const int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

    if (fd < 0) {
        return refuse_errno(reading);
    }
    enum os_status status = OS_OK;
    if (fstat(fd, &facts) != 0) {
        status = refuse_errno(reading);
    } else if (S_ISREG(facts.st_mode)) {
        status = read_file(reading, fd, &facts);
    } else if (!S_ISDIR(facts.st_mode)) {
        status = refuse(reading, OS_INVALID, "neither a file nor a folder");
    } else if (depth == 0) {
        status = refuse(reading, OS_INVALID, "folders lie deeper than allowed");
    } else {
        return read_folder(reading, fd, depth - 1); /* which closes it */
    }
    (void)close(fd);
    return status;
}

static enum os_status read_names(struct reading *reading, DIR *list, uint32_t depth)
{
    const size_t size = strlen(reading->path);
    const struct dirent *entry = NULL;
    enum os_status status = OS_OK;

    for (errno = 0; status == OS_OK && (entry = readdir(list)) != NULL; errno = 0) {
        const char *name = entry->d_name;
        const size_t length = strlen(name);
        if (name[0] == '.' ||
            (size == 0 && reading->skip != NULL && strcmp(name, reading->skip) == 0)) {
            continue;
        }
        if (size + length + 2 > sizeof(reading->path)) {
            return refuse(reading, OS_INVALID, "a path longer than allowed");
        }
        if (size > 0) {
            reading->path[size] = '/';
        }
        memcpy(reading->path + size + (size > 0), name, length + 1);
        status = read_entry(reading, dirfd(list), name, depth);
        reading->path[size] = '\0';
    }
    return status == OS_OK && errno != 0 ? refuse_errno(reading) : status;
}

static enum os_status read_folder(struct reading *reading, int fd, uint32_t depth)
{
    DIR *list = fdopendir(fd);

    if (list == NULL) {
        const enum os_status status = refuse_errno(reading);
        (void)close(fd);
        return status;
    }
    const enum os_status status = read_names(reading, list, depth);
    (void)closedir(list);
    return status;
}

static int compare_files(const void *a, const void *b)
{
    return slice_compare(((const struct tree_file *)a)->path, ((const struct tree_file *)b)->path);
}

enum os_status tree_read(struct tree *ret_tree, struct arena *arena, const char *path,
                         const char *skip, const struct tree_bounds *bounds,
                         struct buffer *reterr_text)
{
    struct reading reading = {.arena = arena, .bounds = bounds, .error = reterr_text, .skip = skip};

    reading.tree.files = arena_take_array(arena, bounds->files_max, sizeof *reading.tree.files);
    if (reading.tree.files == NULL) {
        return refuse(&reading, OS_EXHAUSTED, "memory is exhausted");
    }
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return refuse_errno(&reading);
    }
    const enum os_status status = read_folder(&reading, fd, bounds->depth_max);
    if (status == OS_OK) {
        qsort(reading.tree.files, reading.tree.count, sizeof *reading.tree.files, compare_files);
        *ret_tree = reading.tree;
    }
    return status;
}
