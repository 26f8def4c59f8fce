#include "os/file.h"

struct file_result directory_create(struct files *files, const char *path)
{
    return files->operations->directory_create(files, path);
}

struct file_result directory_open(struct files *files, const char *path,
                                  struct directory **ret_directory)
{
    return files->operations->directory_open(files, path, ret_directory);
}

void directory_close(struct directory *directory)
{
    if (directory != NULL) {
        directory->operations->directory_close(directory);
    }
}

struct file_result directory_sync(struct directory *directory)
{
    return directory->operations->directory_sync(directory);
}

struct file_result directory_next(struct directory *directory, bool first,
                                  char ret_name[FILE_NAME_MAX + 1], bool *ret_end)
{
    return directory->operations->directory_next(directory, first, ret_name, ret_end);
}

struct file_result directory_lock(struct directory *directory, const char *name,
                                  int64_t *reterr_pid)
{
    return directory->operations->directory_lock(directory, name, reterr_pid);
}

struct file_result directory_rename(struct directory *directory, const char *from, const char *to)
{
    return directory->operations->directory_rename(directory, from, to);
}

struct file_result directory_remove(struct directory *directory, const char *name)
{
    return directory->operations->directory_remove(directory, name);
}

struct file_result file_open(struct directory *directory, const char *name, enum file_mode mode,
                             struct file **ret_file)
{
    check(strchr(name, '/') == NULL);
    return directory->operations->file_open(directory, name, mode, ret_file);
}

void file_close(struct file *file)
{
    if (file != NULL) {
        file->operations->file_close(file);
    }
}

struct file_result file_size(struct file *file, uint64_t *ret_size)
{
    return file->operations->file_size(file, ret_size);
}

uint32_t file_alignment(struct file *file)
{
    const uint32_t alignment = file->operations->file_alignment(file);

    check(alignment >= FILE_ALIGNMENT_MIN && alignment <= FILE_ALIGNMENT_MAX);
    check((alignment & (alignment - 1)) == 0);
    return alignment;
}

struct file_result file_read(struct file *file, uint64_t offset, void *data, size_t size,
                             size_t *ret_got)
{
    return file->operations->file_read(file, offset, data, size, ret_got);
}

struct file_result file_write(struct file *file, uint64_t offset, const void *data, size_t size)
{
    return file->operations->file_write(file, offset, data, size);
}

struct file_result file_write_begin(struct file *file, uint64_t offset, const void *data,
                                    size_t size)
{
    return file->operations->file_write_begin(file, offset, data, size);
}

struct file_result file_write_end(struct file *file)
{
    return file->operations->file_write_end(file);
}

struct file_result file_sync(struct file *file)
{
    return file->operations->file_sync(file);
}

struct file_result file_zero_begin(struct directory *directory, const char *name, uint64_t size)
{
    return directory->operations->file_zero_begin(directory, name, size);
}

struct file_result file_zero_end(struct directory *directory, bool wait, bool *ret_done)
{
    return directory->operations->file_zero_end(directory, wait, ret_done);
}
