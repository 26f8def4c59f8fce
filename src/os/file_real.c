/* The file system of this machine: Linux, with direct synced writes where the file system takes
 * them and buffered synced ones where it does not. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/arena.h"
#include "os/file.h"

enum {
    ZERO_PIECE =
        256 << 10,       /* bytes a write while zeroing: a synced append waits behind one piece */
    READ_MOST = 1 << 30, /* bytes a call; the kernel takes no more than 2 GiB */
};

/* A file being filled with zeros by a thread. */
struct zeroing {
    pthread_t thread;
    bool active;
    int fd;
    uint64_t size;
    char name[FILE_NAME_MAX + 1];
    atomic_bool done;
    atomic_bool hurry; /* somebody waits for it: make no pauses */
    atomic_bool stop;
    struct file_result result; /* set before done */
};

struct directory_real {
    struct directory base;
    int fd;
    int lock_fd; /* -1 while not locked */
    DIR *list;   /* NULL while not listed */
    struct zeroing zeroing;
};

struct file_real {
    struct file base;
    int fd;
    bool direct;
    bool durable;      /* opened FILE_DURABLE */
    bool dsync_lacked; /* this system syncs no single write */
    uint32_t alignment;
    aio_context_t aio; /* 0 until the first write in two steps */
    bool aio_refused;  /* this system has none */
    bool in_flight;
    struct iocb pending; /* what file_write_begin was given */
    const char *pending_data;
};

static struct file_result fine(void)
{
    return (struct file_result){OS_OK, 0};
}

static struct file_result failure(void)
{
    return (struct file_result){os_status_from_errno(), errno};
}

static struct file_result no_memory(void)
{
    return (struct file_result){OS_EXHAUSTED, ENOMEM};
}

static struct directory_real *as_directory(struct directory *directory)
{
    return (struct directory_real *)directory;
}

static struct file_real *as_file(struct file *file)
{
    return (struct file_real *)file;
}

/* Directories. */

static struct file_result real_directory_create(struct files *files, const char *path)
{
    char parent[PATH_MAX];
    size_t size = strlen(path);
    int fd;

    (void)files;
    while (size > 1 && path[size - 1] == '/') {
        size--;
    }
    while (size > 0 && path[size - 1] != '/') {
        size--;
    }
    if (size + 2 > sizeof(parent)) {
        return (struct file_result){OS_INVALID, ENAMETOOLONG};
    }
    (void)snprintf(parent, sizeof(parent), "%.*s.", (int)size, path);
    if (mkdir(path, 0700) != 0) {
        return failure();
    }
    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return failure();
    }
    if (fsync(fd) != 0) {
        const struct file_result result = failure();

        close(fd);
        return result;
    }
    close(fd);
    return fine();
}

static struct file_result real_directory_open(struct files *files, const char *path,
                                              struct directory **ret_directory)
{
    struct directory_real *directory = memory_allocate(sizeof(*directory));

    if (directory == NULL) {
        return no_memory();
    }
    memset(directory, 0, sizeof(*directory));
    directory->base.operations = files->operations;
    directory->lock_fd = -1;
    directory->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory->fd < 0) {
        const struct file_result result = failure();

        memory_free(directory);
        return result;
    }
    *ret_directory = &directory->base;
    return fine();
}

static void real_directory_close(struct directory *base)
{
    struct directory_real *directory = as_directory(base);

    if (directory->zeroing.active) {
        atomic_store(&directory->zeroing.stop, true);
        pthread_join(directory->zeroing.thread, NULL);
    }
    if (directory->list != NULL) {
        closedir(directory->list);
    }
    if (directory->lock_fd >= 0) {
        close(directory->lock_fd);
    }
    close(directory->fd);
    memory_free(directory);
}

static struct file_result real_directory_sync(struct directory *directory)
{
    return fsync(as_directory(directory)->fd) == 0 ? fine() : failure();
}

static struct file_result real_directory_next(struct directory *base, bool first,
                                              char ret_name[FILE_NAME_MAX + 1], bool *ret_end)
{
    struct directory_real *directory = as_directory(base);
    const struct dirent *entry;

    if (first) {
        const int fd = openat(directory->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (directory->list != NULL) {
            closedir(directory->list);
            directory->list = NULL;
        }
        if (fd < 0) {
            return failure();
        }
        directory->list = fdopendir(fd);
        if (directory->list == NULL) {
            const struct file_result result = failure();

            close(fd);
            return result;
        }
    }
    check(directory->list != NULL);
    do {
        errno = 0;
        entry = readdir(directory->list);
    } while (entry != NULL && (slice_equal(slice_from_cstr(entry->d_name), SLICE(".")) ||
                               slice_equal(slice_from_cstr(entry->d_name), SLICE(".."))));
    if (entry == NULL && errno != 0) {
        return failure();
    }
    if (entry != NULL) {
        const size_t size = strlen(entry->d_name);

        check(size <= FILE_NAME_MAX);
        memcpy(ret_name, entry->d_name, size + 1);
    }
    *ret_end = entry == NULL;
    return fine();
}

/* A record lock of POSIX: it is the process's own, so a forked child neither holds it nor keeps it
 * alive, and the kernel names its holder. Closing any descriptor of the file would drop it, hence
 * nothing else opens it. */
static struct file_result real_directory_lock(struct directory *base, const char *name,
                                              int64_t *reterr_pid)
{
    struct directory_real *directory = as_directory(base);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const int fd = openat(directory->fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct file_result result;
    char text[24];
    int size;

    check(directory->lock_fd < 0);
    if (fd < 0) {
        return failure();
    }
    if (fcntl(fd, F_SETLK, &lock) != 0) {
        result = failure();
        if (result.number == EAGAIN || result.number == EACCES) {
            result.status = OS_IN_USE;
            *reterr_pid = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0
                              ? lock.l_pid
                              : 0;
        }
        close(fd);
        return result;
    }
    size = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)size, 0) != size) {
        /* The number is for people and the lock holds without it, as on a full disk. */
        errno = 0;
    }
    directory->lock_fd = fd;
    return fine();
}

static struct file_result real_directory_rename(struct directory *directory, const char *from,
                                                const char *to)
{
    const int fd = as_directory(directory)->fd;

    return renameat(fd, from, fd, to) == 0 ? fine() : failure();
}

static struct file_result real_directory_remove(struct directory *directory, const char *name)
{
    return unlinkat(as_directory(directory)->fd, name, 0) == 0 ? fine() : failure();
}

/* Files. */

/* The physical sector: a drive that takes smaller writes than it stores rewrites the neighbours. */
static uint32_t physical_sector(const struct statx *status)
{
    /* A whole disk has its queue below it, a partition beside it. */
    static const char *const places[] = {"", "/.."};
    char path[96];
    char text[16];

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        uint64_t sector = 0;
        ssize_t size;
        int fd;

        snprintf(path, sizeof(path), "/sys/dev/block/%u:%u%s/queue/physical_block_size",
                 status->stx_dev_major, status->stx_dev_minor, places[i]);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            continue;
        }
        size = read(fd, text, sizeof(text));
        close(fd);
        if (size > 0 && slice_to_u64(slice_trim(slice_of(text, (size_t)size)), 1U << 20, &sector)) {
            return (uint32_t)sector;
        }
    }
    return 0;
}

/* Not known, or beyond what the formats allow for: the page, in which buffered writes go out. */
static uint32_t alignment_of(int fd, bool direct)
{
    uint32_t alignment = FILE_ALIGNMENT_MAX;
    struct statx status;

#ifdef STATX_DIOALIGN
    if (direct && statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) == 0 &&
        (status.stx_mask & STATX_DIOALIGN) != 0) {
        const uint32_t offset = status.stx_dio_offset_align;
        const uint32_t sector = physical_sector(&status);

        alignment = offset > sector ? offset : sector;
        if (sector == 0 || offset == 0 || alignment > FILE_ALIGNMENT_MAX ||
            (alignment & (alignment - 1)) != 0) {
            alignment = FILE_ALIGNMENT_MAX;
        } else if (alignment < FILE_ALIGNMENT_MIN) {
            alignment = FILE_ALIGNMENT_MIN;
        }
    }
#endif
    return alignment;
}

static int file_flags(enum file_mode mode, bool direct)
{
    const int flags = O_CLOEXEC | O_NOFOLLOW | (direct ? O_DIRECT : 0);

    switch (mode) {
    case FILE_READ:
        return flags | O_RDONLY;
    case FILE_DURABLE:
        return flags | O_RDWR;
    case FILE_UPDATE:
        return flags | O_RDWR;
    case FILE_CREATE:
    case FILE_BULK:
        return flags | O_RDWR | O_CREAT | O_EXCL;
    }
    check(false);
}

static struct file_result real_file_open(struct directory *base, const char *name,
                                         enum file_mode mode, struct file **ret_file)
{
    struct directory_real *directory = as_directory(base);
    struct file_real *file = memory_allocate(sizeof(*file));
    bool direct = mode == FILE_DURABLE || mode == FILE_BULK;
    int fd;

    if (file == NULL) {
        return no_memory();
    }
    fd = openat(directory->fd, name, file_flags(mode, direct), 0600);
    if (fd < 0 && direct && errno == EINVAL) {
        if (mode == FILE_BULK) {
            (void)unlinkat(directory->fd, name, 0); /* some systems leave it there */
        }
        direct = false;
        fd = openat(directory->fd, name, file_flags(mode, direct), 0600);
    }
    if (fd < 0) {
        const struct file_result result = failure();

        memory_free(file);
        return result;
    }
    memset(file, 0, sizeof(*file));
    file->base.operations = base->operations;
    file->fd = fd;
    file->direct = direct;
    file->durable = mode == FILE_DURABLE;
    file->alignment = alignment_of(fd, direct);
    *ret_file = &file->base;
    return fine();
}

static void real_file_close(struct file *base)
{
    struct file_real *file = as_file(base);

    check(!file->in_flight);
    if (file->aio != 0) {
        syscall(SYS_io_destroy, file->aio);
    }
    close(file->fd);
    memory_free(file);
}

static struct file_result real_file_size(struct file *file, uint64_t *ret_size)
{
    struct stat status;

    if (fstat(as_file(file)->fd, &status) != 0) {
        return failure();
    }
    *ret_size = (uint64_t)status.st_size;
    return fine();
}

static uint32_t real_file_alignment(struct file *file)
{
    return as_file(file)->alignment;
}

static struct file_result real_file_read(struct file *file, uint64_t offset, void *data,
                                         size_t size, size_t *ret_got)
{
    size_t got = 0;

    while (got < size) {
        const size_t piece = size - got < READ_MOST ? size - got : READ_MOST;
        const ssize_t result =
            pread(as_file(file)->fd, (char *)data + got, piece, (off_t)(offset + got));

        if (result < 0 && errno == EINTR) {
            continue;
        }
        if (result < 0) {
            return failure();
        }
        if (result == 0) {
            break;
        }
        got += (size_t)result;
    }
    *ret_got = got;
    return fine();
}

/* Some file systems take O_DIRECT when opening and refuse it when writing. */
static bool direct_given_up(struct file_real *file)
{
    const int flags = fcntl(file->fd, F_GETFL);

    if (!file->direct || flags < 0 || fcntl(file->fd, F_SETFL, flags & ~O_DIRECT) != 0) {
        return false;
    }
    file->direct = false;
    return true;
}

/* One call for a write and its sync, where the system has it. */
static ssize_t write_some(struct file_real *file, const char *data, size_t size, off_t offset)
{
    const struct iovec piece = {(void *)(uintptr_t)data, size};

    if (file->durable && !file->dsync_lacked) {
        const ssize_t result = pwritev2(file->fd, &piece, 1, offset, RWF_DSYNC);

        if (result >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS)) {
            return result;
        }
        file->dsync_lacked = true;
    }
    return pwrite(file->fd, data, size, offset);
}

static struct file_result real_file_write(struct file *base, uint64_t offset, const void *data,
                                          size_t size)
{
    struct file_real *file = as_file(base);
    size_t done = 0;

    while (done < size) {
        const ssize_t result =
            write_some(file, (const char *)data + done, size - done, (off_t)(offset + done));

        if (result < 0 && (errno == EINTR || (errno == EINVAL && direct_given_up(file)))) {
            continue;
        }
        if (result < 0) {
            return failure();
        }
        if (result == 0) {
            return (struct file_result){OS_FAILED, EIO};
        }
        done += (size_t)result;
    }
    if (file->durable && file->dsync_lacked && fdatasync(file->fd) != 0) {
        return failure();
    }
    return fine();
}

/* Linux AIO: asynchronous for direct writes, and allowed where io_uring is not. Only the write is
 * asynchronous and file_write_end syncs: a sync asked for with it runs in a thread of the kernel,
 * which on a busy machine gets its turn after milliseconds. Where there is no AIO, file_write_end
 * does all. */
static struct file_result real_file_write_begin(struct file *base, uint64_t offset,
                                                const void *data, size_t size)
{
    struct file_real *file = as_file(base);
    struct iocb *iocb = &file->pending;

    check(file->pending.aio_nbytes == 0);
    memset(iocb, 0, sizeof(*iocb));
    iocb->aio_lio_opcode = IOCB_CMD_PWRITE;
    iocb->aio_fildes = (uint32_t)file->fd;
    iocb->aio_buf = (uint64_t)(uintptr_t)data;
    file->pending_data = data;
    iocb->aio_nbytes = size;
    iocb->aio_offset = (int64_t)offset;
    if (file->aio == 0 && !file->aio_refused && file->direct) {
        file->aio_refused = syscall(SYS_io_setup, 1, &file->aio) != 0;
    }
    if (file->aio != 0 && file->direct) {
        file->in_flight = syscall(SYS_io_submit, file->aio, 1, &iocb) == 1;
    }
    return fine();
}

static struct file_result real_file_write_end(struct file *base)
{
    struct file_real *file = as_file(base);
    const struct iocb iocb = file->pending;
    const char *data = file->pending_data;
    const bool begun = file->in_flight;
    uint64_t done = 0;

    check(iocb.aio_nbytes > 0);
    file->pending.aio_nbytes = 0;
    if (begun) {
        struct io_event event;
        long got;

        do {
            got = syscall(SYS_io_getevents, file->aio, 1, 1, &event, NULL);
        } while (got < 0 && errno == EINTR);
        check(got == 1);
        file->in_flight = false;
        if (event.res < 0 && event.res != -EINVAL) {
            errno = (int)-event.res;
            return failure();
        }
        done = event.res < 0 ? 0 : (uint64_t)event.res;
    }
    if (done < iocb.aio_nbytes) {
        const struct file_result result = real_file_write(
            base, (uint64_t)iocb.aio_offset + done, data + done, (size_t)(iocb.aio_nbytes - done));

        if (result.status != OS_OK) {
            return result;
        }
    }
    if (begun && file->durable && fdatasync(file->fd) != 0) {
        return failure();
    }
    return fine();
}

static struct file_result real_file_sync(struct file *file)
{
    return fsync(as_file(file)->fd) == 0 ? fine() : failure();
}

/* Zeroing. Blocks that were only allocated are marked as unwritten, and the first write to one is a
 * change of metadata that its sync has to commit; so they are allocated at once, for few extents,
 * and then written. */
static struct file_result zeroing_fill(struct zeroing *zeroing)
{
    static _Alignas(FILE_ALIGNMENT_MAX) const char zeros[ZERO_PIECE];
    const struct timespec pause = {.tv_nsec = 200000};

    if (fallocate(zeroing->fd, 0, 0, (off_t)zeroing->size) != 0 && errno != EOPNOTSUPP &&
        errno != ENOSYS) {
        return failure();
    }
    for (uint64_t offset = 0; offset < zeroing->size;) {
        const uint64_t rest = zeroing->size - offset;
        const ssize_t result = pwrite(zeroing->fd, zeros,
                                      rest < ZERO_PIECE ? (size_t)rest : ZERO_PIECE, (off_t)offset);

        if (atomic_load(&zeroing->stop)) {
            return (struct file_result){OS_FAILED, ECANCELED};
        }
        if (result < 0 && errno == EINVAL) {
            const int flags = fcntl(zeroing->fd, F_GETFL);

            if (flags >= 0 && (flags & O_DIRECT) != 0 &&
                fcntl(zeroing->fd, F_SETFL, flags & ~O_DIRECT) == 0) {
                continue;
            }
            errno = EINVAL;
        }
        if (result < 0) {
            return failure();
        }
        offset += (uint64_t)result;
        if (!atomic_load(&zeroing->hurry)) {
            nanosleep(&pause, NULL);
        }
    }
    return fsync(zeroing->fd) == 0 ? fine() : failure();
}

static void *zeroing_run(void *context)
{
    struct zeroing *zeroing = context;

    zeroing->result = zeroing_fill(zeroing);
    close(zeroing->fd);
    atomic_store(&zeroing->done, true);
    return NULL;
}

static struct file_result real_file_zero_begin(struct directory *base, const char *name,
                                               uint64_t size)
{
    struct directory_real *directory = as_directory(base);
    struct zeroing *zeroing = &directory->zeroing;
    const size_t name_size = strlen(name);
    sigset_t all;
    sigset_t before;
    int created;

    check(!zeroing->active && size > 0 && name_size <= FILE_NAME_MAX);
    memcpy(zeroing->name, name, name_size + 1);
    zeroing->size = size;
    atomic_store(&zeroing->done, false);
    atomic_store(&zeroing->hurry, false);
    atomic_store(&zeroing->stop, false);
    zeroing->fd = openat(directory->fd, name, file_flags(FILE_BULK, true), 0600);
    if (zeroing->fd < 0 && errno == EINVAL) {
        (void)unlinkat(directory->fd, name, 0);
        zeroing->fd = openat(directory->fd, name, file_flags(FILE_BULK, false), 0600);
    }
    if (zeroing->fd < 0) {
        return failure();
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    created = pthread_create(&zeroing->thread, NULL, zeroing_run, zeroing);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (created != 0) {
        close(zeroing->fd);
        (void)unlinkat(directory->fd, name, 0);
        errno = created == EAGAIN ? ENOMEM : created;
        return failure();
    }
    zeroing->active = true;
    return fine();
}

static struct file_result real_file_zero_end(struct directory *base, bool wait, bool *ret_done)
{
    struct directory_real *directory = as_directory(base);
    struct zeroing *zeroing = &directory->zeroing;

    check(zeroing->active);
    if (!wait && !atomic_load(&zeroing->done)) {
        *ret_done = false;
        return fine();
    }
    atomic_store(&zeroing->hurry, true);
    pthread_join(zeroing->thread, NULL);
    zeroing->active = false;
    if (zeroing->result.status != OS_OK) {
        (void)unlinkat(directory->fd, zeroing->name, 0); /* so that the space is free again */
        return zeroing->result;
    }
    *ret_done = true;
    return fine();
}

static const struct files_operations operations = {
    .directory_create = real_directory_create,
    .directory_open = real_directory_open,
    .directory_close = real_directory_close,
    .directory_sync = real_directory_sync,
    .directory_next = real_directory_next,
    .directory_lock = real_directory_lock,
    .directory_rename = real_directory_rename,
    .directory_remove = real_directory_remove,
    .file_open = real_file_open,
    .file_close = real_file_close,
    .file_size = real_file_size,
    .file_alignment = real_file_alignment,
    .file_read = real_file_read,
    .file_write = real_file_write,
    .file_write_begin = real_file_write_begin,
    .file_write_end = real_file_write_end,
    .file_sync = real_file_sync,
    .file_zero_begin = real_file_zero_begin,
    .file_zero_end = real_file_zero_end,
};

struct files *files_real(void)
{
    static struct files files = {&operations};

    return &files;
}
