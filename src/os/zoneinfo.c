#include "os/zoneinfo.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_SIZE = 64, FILE_MAX_SIZE = 1 << 20 };

static const char directory[] = "/usr/share/zoneinfo/";

/* Names of the database: letters, digits, _ + - in parts between single slashes. Nothing else may
 * reach the file system. */
static bool name_valid(struct slice name)
{
    if (name.size == 0 || name.size > NAME_MAX_SIZE) {
        return false;
    }
    char last = '/';
    for (size_t i = 0; i < name.size; i++) {
        const char c = name.data[i];
        const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        const bool other = (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-';
        if (!(letter || (other && last != '/') || (c == '/' && last != '/'))) {
            return false;
        }
        last = c;
    }
    return last != '/';
}

static bool file_read(int file, char *data, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t got = read(file, data + done, size - done);
        if (got <= 0) {
            return false;
        }
        done += (size_t)got;
    }
    return true;
}

static const struct zone *zone_from_file(struct arena *arena, struct slice name, int file)
{
    struct stat status;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0 ||
        status.st_size > FILE_MAX_SIZE) {
        return NULL;
    }
    const size_t size = (size_t)status.st_size;
    char *data = memory_allocate(size);
    const struct zone *zone = NULL;
    if (data != NULL && file_read(file, data, size)) {
        zone = zone_parse(arena, name, slice_of(data, size));
    }
    memory_free(data);
    return zone;
}

const struct zone *zoneinfo_load(struct arena *arena, struct slice name)
{
    if (!name_valid(name)) {
        return NULL;
    }
    char path[sizeof directory + NAME_MAX_SIZE];
    memcpy(path, directory, sizeof directory - 1);
    memcpy(path + sizeof directory - 1, name.data, name.size);
    path[sizeof directory - 1 + name.size] = '\0';
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return NULL;
    }
    const struct zone *zone = zone_from_file(arena, name, file);
    (void)close(file);
    return zone;
}
