/* The calls of os/file.h on the simulated disk. */
#include "disk_internal.h"

#include <errno.h>
#include <stdlib.h>

enum { ZERO_STEPS = 4 };

struct sim_zeroing {
    bool active;
    int inode;
    uint64_t size;
    uint64_t done;
    char name[64];
    unsigned generation;
};

struct sim_directory {
    struct directory base;
    struct disk *disk;
    unsigned generation;
    bool locker;
    unsigned next;
    struct sim_zeroing zeroing;
};

struct sim_file {
    struct file base;
    struct disk *disk;
    unsigned generation;
    int inode;
    enum file_mode mode;
    uint64_t begun_offset;
    const void *begun_data;
    size_t begun_size;
};

static const struct file_result fine = {OS_OK, 0};
static const struct file_result gone = {OS_FAILED, EIO};

/* What happens to a call. */

enum verdict {
    GO,     /* it does what it should */
    HALF,   /* the machine stops within it */
    FAILS,  /* it fails, with any effect */
    NOTHING /* the machine is gone */
};

static enum verdict call_judge(struct disk *disk, unsigned generation, struct file_result *ret)
{
    *ret = gone;
    if (generation != disk->generation) {
        return NOTHING;
    }
    if (disk->truce) {
        *ret = fine;
        return GO;
    }
    disk->calls++;
    if (disk->stop_at != 0 && disk->calls >= disk->stop_at) {
        disk_faults()->stopped_calls += disk->calls == disk->stop_at;
        return disk->calls == disk->stop_at ? HALF : NOTHING;
    }
    if (disk->fail_at != 0 &&
        (disk->calls == disk->fail_at || (disk->fail_for_good && disk->calls > disk->fail_at))) {
        disk->failed = true;
        disk_faults()->failed_calls[disk->fail_status]++;
        ret->status = disk->fail_status;
        ret->number = disk->fail_status == OS_FULL        ? ENOSPC
                      : disk->fail_status == OS_EXHAUSTED ? ENOMEM
                                                          : EIO;
        return FAILS;
    }
    *ret = fine;
    return GO;
}

/* A sync that fails stores a part, and the rest is forgotten: seen, but never stored. */
static void inode_sync_badly(struct disk *disk, struct inode *inode)
{
    for (uint64_t i = 0; i < inode->room / DISK_SECTOR; i++) {
        if (inode->dirty[i] && draw(disk, 2) == 0) {
            sector_store(inode, i);
        }
        inode->dirty[i] = false;
    }
    if (draw(disk, 2) == 0) {
        inode->stored_size = inode->size;
    }
}

/* Writes as much as the capacity lets it. */
static struct file_result inode_write(struct disk *disk, struct inode *inode, uint64_t offset,
                                      const void *data, size_t size)
{
    struct file_result result = fine;
    const uint64_t end = offset + size;
    size_t fits = size;

    if (disk->options.capacity != 0 && end > inode->room) {
        const uint64_t left =
            disk->options.capacity > used_bytes(disk)
                ? (disk->options.capacity - used_bytes(disk)) / DISK_SECTOR * DISK_SECTOR
                : 0;

        if (inode->room + left < end) {
            fits = inode->room + left > offset ? (size_t)(inode->room + left - offset) : 0;
            result = (struct file_result){OS_FULL, ENOSPC};
            disk_faults()->full++;
        }
    }
    if (fits == 0) {
        return result;
    }
    inode_room(inode, offset + fits);
    memcpy(inode->bytes + offset, data, fits);
    for (uint64_t i = offset / DISK_SECTOR; i <= (offset + fits - 1) / DISK_SECTOR; i++) {
        inode->dirty[i] = true;
    }
    inode->size = inode->size > offset + fits ? inode->size : offset + fits;
    return result;
}

/* Directories. */

static struct sim_directory *as_directory(struct directory *directory)
{
    return (struct sim_directory *)directory;
}

static struct file_result sim_directory_create(struct files *files, const char *path)
{
    (void)files;
    (void)path;
    return (struct file_result){OS_EXISTS, EEXIST};
}

static struct file_result sim_directory_open(struct files *files, const char *path,
                                             struct directory **ret_directory)
{
    struct disk *disk = (struct disk *)files;
    struct sim_directory *directory;
    struct file_result result;

    (void)path;
    if (call_judge(disk, disk->generation, &result) != GO) {
        return result;
    }
    directory = need(calloc(1, sizeof(*directory)));
    directory->base.operations = files->operations;
    directory->disk = disk;
    directory->generation = disk->generation;
    *ret_directory = &directory->base;
    return fine;
}

static void sim_directory_close(struct directory *base)
{
    struct sim_directory *directory = as_directory(base);

    if (directory->locker && directory->generation == directory->disk->generation) {
        directory->disk->locked = false;
    }
    free(directory);
}

static struct file_result sim_directory_sync(struct directory *base)
{
    struct disk *disk = as_directory(base)->disk;
    struct file_result result;

    switch (call_judge(disk, as_directory(base)->generation, &result)) {
    case GO:
        disk->stored_names = disk->names;
        disk->op_count = 0;
        break;
    case FAILS:
        /* A part was stored, the rest never will be. */
        for (unsigned i = 0; i < disk->op_count; i++) {
            if (draw(disk, 2) == 0) {
                op_apply(&disk->stored_names, &disk->ops[i]);
            }
        }
        disk->op_count = 0;
        break;
    case HALF:
    case NOTHING:
        break;
    }
    return result;
}

static struct file_result sim_directory_next(struct directory *base, bool first,
                                             char ret_name[FILE_NAME_MAX + 1], bool *ret_end)
{
    struct sim_directory *directory = as_directory(base);
    const struct names *names = &directory->disk->names;
    struct file_result result;

    if (call_judge(directory->disk, directory->generation, &result) != GO) {
        return result;
    }
    if (first) {
        directory->next = names->count;
    }
    if (directory->next > names->count) {
        directory->next = names->count;
    }
    *ret_end = directory->next == 0;
    if (directory->next > 0) {
        /* From the back: removing the one that was just given moves none that is yet to come. */
        const char *text = names->list[--directory->next].text;

        memcpy(ret_name, text, strlen(text) + 1);
    }
    return fine;
}

static struct file_result sim_directory_lock(struct directory *base, const char *name,
                                             int64_t *reterr_pid)
{
    struct sim_directory *directory = as_directory(base);
    struct file_result result;

    (void)name;
    if (call_judge(directory->disk, directory->generation, &result) != GO) {
        return result;
    }
    if (directory->disk->locked) {
        *reterr_pid = 4711;
        return (struct file_result){OS_IN_USE, EAGAIN};
    }
    directory->disk->locked = true;
    directory->locker = true;
    return fine;
}

static struct file_result sim_directory_rename(struct directory *base, const char *from,
                                               const char *to)
{
    struct disk *disk = as_directory(base)->disk;
    struct file_result result;
    const enum verdict verdict = call_judge(disk, as_directory(base)->generation, &result);
    const int inode = inode_of(disk, from);

    if (verdict == NOTHING || (verdict != GO && draw(disk, 2) == 0)) {
        return result;
    }
    if (inode < 0) {
        return (struct file_result){OS_MISSING, ENOENT};
    }
    op_add(disk, OP_RENAMED, from, to, inode);
    op_apply(&disk->names, &disk->ops[disk->op_count - 1]);
    return result;
}

static struct file_result sim_directory_remove(struct directory *base, const char *name)
{
    struct disk *disk = as_directory(base)->disk;
    struct file_result result;
    const enum verdict verdict = call_judge(disk, as_directory(base)->generation, &result);

    if (verdict == NOTHING || (verdict != GO && draw(disk, 2) == 0)) {
        return result;
    }
    if (inode_of(disk, name) < 0) {
        return (struct file_result){OS_MISSING, ENOENT};
    }
    op_add(disk, OP_REMOVED, name, NULL, -1);
    op_apply(&disk->names, &disk->ops[disk->op_count - 1]);
    return result;
}

/* Files. */

static struct sim_file *as_file(struct file *file)
{
    return (struct sim_file *)file;
}

static struct inode *inode_at(struct file *file)
{
    return &as_file(file)->disk->inodes[as_file(file)->inode];
}

static struct file_result sim_file_open(struct directory *base, const char *name,
                                        enum file_mode mode, struct file **ret_file)
{
    struct sim_directory *directory = as_directory(base);
    const bool make = mode == FILE_CREATE || mode == FILE_BULK;
    struct disk *disk = directory->disk;
    int inode = inode_of(disk, name);
    struct file_result result;
    struct sim_file *file;

    if (call_judge(disk, directory->generation, &result) != GO) {
        return result;
    }
    if (!make && inode < 0) {
        return (struct file_result){OS_MISSING, ENOENT};
    }
    if (make && inode >= 0) {
        return (struct file_result){OS_EXISTS, EEXIST};
    }
    if (make) {
        inode = inode_new(disk);
        op_add(disk, OP_MADE, name, NULL, inode);
        names_set(&disk->names, name, inode);
    }
    file = need(calloc(1, sizeof(*file)));
    file->base.operations = base->operations;
    file->disk = disk;
    file->generation = disk->generation;
    file->inode = inode;
    file->mode = mode;
    *ret_file = &file->base;
    return fine;
}

static void sim_file_close(struct file *file)
{
    free(file);
}

static struct file_result sim_file_size(struct file *file, uint64_t *ret_size)
{
    struct file_result result;

    if (call_judge(as_file(file)->disk, as_file(file)->generation, &result) != GO) {
        return result;
    }
    *ret_size = inode_at(file)->size;
    return fine;
}

static uint32_t sim_file_alignment(struct file *file)
{
    const struct disk_options *options = &as_file(file)->disk->options;

    return options->alignment == 0 ? DISK_SECTOR : options->alignment;
}

static struct file_result sim_file_read(struct file *file, uint64_t offset, void *data, size_t size,
                                        size_t *ret_got)
{
    const struct inode *inode = inode_at(file);
    const uint64_t rest = offset < inode->size ? inode->size - offset : 0;
    struct file_result result;

    if (call_judge(as_file(file)->disk, as_file(file)->generation, &result) != GO) {
        return result;
    }
    *ret_got = size < rest ? size : (size_t)rest;
    if (*ret_got > 0) {
        memcpy(data, inode->bytes + offset, *ret_got);
    }
    return fine;
}

/* A write that is reported as done and was lost, or went to another place. */
static bool write_lies(struct sim_file *file, uint64_t offset, const void *data, size_t size)
{
    struct disk *disk = file->disk;
    const bool lose = disk->lose_at != 0 && disk->calls >= disk->lose_at;
    const bool misdirect = disk->misdirect_at != 0 && disk->calls >= disk->misdirect_at;

    if (disk->lied || (!lose && !misdirect)) {
        return false;
    }
    disk->lied = true;
    *(misdirect ? &disk_faults()->misdirected_writes : &disk_faults()->lost_writes) += 1;
    if (misdirect) {
        int inode = file->inode;
        uint64_t to;

        if (draw(disk, 2) == 0) {
            inode = disk->names.list[draw(disk, disk->names.count)].inode;
        }
        if (disk->inodes[inode].size < size) {
            return true; /* it went where nothing is */
        }
        to = draw(disk, (disk->inodes[inode].size - size) / DISK_SECTOR + 1) * DISK_SECTOR;
        if (inode == file->inode && to == offset) {
            to = to >= DISK_SECTOR ? to - DISK_SECTOR : to + DISK_SECTOR;
        }
        if (to + size > disk->inodes[inode].size) {
            return true;
        }
        memcpy(disk->inodes[inode].bytes + to, data, size);
        memcpy(disk->inodes[inode].stored + to, data, size);
    }
    return true;
}

static struct file_result sim_file_write(struct file *base, uint64_t offset, const void *data,
                                         size_t size)
{
    struct sim_file *file = as_file(base);
    const bool durable = file->mode == FILE_DURABLE;
    const bool direct = durable && !file->disk->options.cached;
    struct inode *inode = inode_at(base);
    struct file_result result;
    enum verdict verdict;

    check(file->mode != FILE_READ && size > 0);
    if (durable || file->mode == FILE_BULK) {
        check((uintptr_t)data % FILE_ALIGNMENT_MAX == 0);
        check(offset % sim_file_alignment(base) == 0 && size % sim_file_alignment(base) == 0);
    }
    verdict = call_judge(file->disk, file->generation, &result);
    if (verdict == NOTHING) {
        return result;
    }
    if (verdict == GO) {
        if (write_lies(file, offset, data, size)) {
            return fine;
        }
        result = inode_write(file->disk, inode, offset, data, size);
        if (result.status == OS_OK && durable) {
            inode_sync(inode);
        } else if (durable && direct) {
            inode_sync(inode); /* what fitted is there */
        }
        return result;
    }
    /* All of it is on its way, or the first part only. */
    if (!file->disk->options.whole_writes && draw(file->disk, 2) == 0 && size >= 2 * DISK_SECTOR) {
        size = (draw(file->disk, size / DISK_SECTOR - 1) + 1) * DISK_SECTOR;
    }
    if (verdict == FAILS && result.status == OS_FULL) {
        size = (size - 1) / DISK_SECTOR * DISK_SECTOR; /* the last of it found no room */
    }
    if (size > 0) {
        (void)inode_write(file->disk, inode, offset, data, size);
    }
    if (verdict == FAILS && durable) {
        inode_sync_badly(file->disk, inode);
        if (direct) {
            memcpy(inode->bytes, inode->stored, inode->room);
        }
    }
    return result;
}

static struct file_result sim_file_write_begin(struct file *base, uint64_t offset, const void *data,
                                               size_t size)
{
    struct sim_file *file = as_file(base);

    file->begun_offset = offset;
    file->begun_data = data;
    file->begun_size = size;
    return fine;
}

static struct file_result sim_file_write_end(struct file *base)
{
    struct sim_file *file = as_file(base);

    return sim_file_write(base, file->begun_offset, file->begun_data, file->begun_size);
}

static struct file_result sim_file_sync(struct file *file)
{
    struct disk *disk = as_file(file)->disk;
    struct file_result result;

    switch (call_judge(disk, as_file(file)->generation, &result)) {
    case GO:
        inode_sync(inode_at(file));
        break;
    case FAILS:
        inode_sync_badly(disk, inode_at(file));
        break;
    case HALF:
    case NOTHING:
        break;
    }
    return result;
}

/* Zeroing, a part a call, so that a run can stop in the middle of it. */

static struct file_result sim_file_zero_begin(struct directory *base, const char *name,
                                              uint64_t size)
{
    struct sim_directory *directory = as_directory(base);
    struct file *file = NULL;
    const struct file_result result = sim_file_open(base, name, FILE_BULK, &file);

    check(!directory->zeroing.active);
    if (result.status != OS_OK) {
        return result;
    }
    directory->zeroing = (struct sim_zeroing){.active = true, .size = size};
    directory->zeroing.inode = as_file(file)->inode;
    memcpy(directory->zeroing.name, name, strlen(name) + 1);
    sim_file_close(file);
    return fine;
}

static struct file_result zero_step(struct sim_directory *directory)
{
    struct sim_zeroing *zeroing = &directory->zeroing;
    struct disk *disk = directory->disk;
    struct inode *inode = &disk->inodes[zeroing->inode];
    const uint64_t step = zeroing->size / ZERO_STEPS / DISK_SECTOR * DISK_SECTOR + DISK_SECTOR;
    const uint64_t rest = zeroing->size - zeroing->done;
    const uint64_t size = rest < step ? rest : step;
    void *zeros = need(calloc(1, size));
    struct file_result result;
    enum verdict verdict = call_judge(disk, directory->generation, &result);

    if (verdict == GO || verdict == HALF) {
        const struct file_result written =
            inode_write(disk, inode, zeroing->done, zeros, (size_t)size);

        result = verdict == GO ? written : result;
    }
    free(zeros);
    zeroing->done += size;
    return result;
}

static struct file_result sim_file_zero_end(struct directory *base, bool wait, bool *ret_done)
{
    struct sim_directory *directory = as_directory(base);
    struct sim_zeroing *zeroing = &directory->zeroing;
    struct inode *inode = &directory->disk->inodes[zeroing->inode];
    struct file_result result = fine;

    check(zeroing->active);
    do {
        result = zero_step(directory);
    } while (wait && result.status == OS_OK && zeroing->done < zeroing->size);
    if (result.status == OS_OK && zeroing->done < zeroing->size) {
        *ret_done = false;
        return fine;
    }
    if (result.status == OS_OK &&
        call_judge(directory->disk, directory->generation, &result) == GO) {
        inode_sync(inode);
        zeroing->active = false;
        *ret_done = true;
        return fine;
    }
    zeroing->active = false;
    if (directory->generation == directory->disk->generation &&
        inode_of(directory->disk, zeroing->name) >= 0 && !disk_stopped(directory->disk)) {
        op_add(directory->disk, OP_REMOVED, zeroing->name, NULL, -1);
        names_drop(&directory->disk->names, zeroing->name);
        inode_room(inode, 0);
        inode->size = 0;
        inode->room = 0;
    }
    return result;
}

const struct files_operations disk_operations = {
    .directory_create = sim_directory_create,
    .directory_open = sim_directory_open,
    .directory_close = sim_directory_close,
    .directory_sync = sim_directory_sync,
    .directory_next = sim_directory_next,
    .directory_lock = sim_directory_lock,
    .directory_rename = sim_directory_rename,
    .directory_remove = sim_directory_remove,
    .file_open = sim_file_open,
    .file_close = sim_file_close,
    .file_size = sim_file_size,
    .file_alignment = sim_file_alignment,
    .file_read = sim_file_read,
    .file_write = sim_file_write,
    .file_write_begin = sim_file_write_begin,
    .file_write_end = sim_file_write_end,
    .file_sync = sim_file_sync,
    .file_zero_begin = sim_file_zero_begin,
    .file_zero_end = sim_file_zero_end,
};
