#include "os/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 16 };

enum os_status os_scratch_make(char ret_path[OS_PATH_MAX], const char *parent, const char *prefix)
{
    char path[OS_PATH_MAX];
    const int size = snprintf(path, sizeof(path), "%s/%sXXXXXX", parent, prefix);

    REQUIRE(size > 0 && size < (int)sizeof(path), OS_INVALID);
    REQUIRE(mkdtemp(path) != NULL, os_status_from_errno());
    memcpy(ret_path, path, (size_t)size + 1);
    return OS_OK;
}

static int entry_remove(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
    (void)facts;
    (void)kind;
    (void)place;
    return remove(path);
}

enum os_status os_scratch_remove(const char *path)
{
    REQUIRE(nftw(path, entry_remove, DESCRIPTORS_MAX, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0,
            os_status_from_errno());
    return OS_OK;
}

enum os_status os_directory_begin(const char *path)
{
    unsigned count = 0;

    if (mkdir(path, 0700) == 0) {
        return OS_OK;
    }
    REQUIRE(errno == EEXIST, os_status_from_errno());
    DIR *directory = opendir(path);
    REQUIRE(directory != NULL, os_status_from_errno());
    while (count < 3 && readdir(directory) != NULL) {
        count++; /* "." and ".." are two */
    }
    (void)closedir(directory);
    return count < 3 ? OS_OK : OS_EXISTS;
}

bool os_path_in_memory(const char *path)
{
    struct statfs facts;

    return statfs(path, &facts) == 0 &&
           (facts.f_type == TMPFS_MAGIC || facts.f_type == RAMFS_MAGIC);
}
