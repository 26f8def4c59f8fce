/* The main of a fuzz target outside libFuzzer: runs the target once over every file named, or over
 * every file of every folder named, and prints how many there were. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long replayed;

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0;

    if (file == NULL) {
        perror(path);
        return 1;
    }
    if (fseek(file, 0, SEEK_END) == 0) {
        const long end = ftell(file);
        size = end > 0 ? (size_t)end : 0;
        rewind(file);
    }
    /* An exact allocation, so that a read past the end is seen by the sanitizer. */
    data = malloc(size == 0 ? 1 : size);
    if (data == NULL || fread(data, 1, size, file) != size) {
        fprintf(stderr, "%s: cannot be read\n", path);
        free(data);
        fclose(file);
        return 1;
    }
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    replayed++;
    return 0;
}

static int replay_folder(const char *path, DIR *folder)
{
    const struct dirent *entry;
    int failures = 0;

    while ((entry = readdir(folder)) != NULL) {
        char name[4096];
        if (entry->d_name[0] == '.') {
            continue;
        }
        const int size = snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        failures += size < 0 || (size_t)size >= sizeof(name) ? 1 : replay_file(name);
    }
    return failures;
}

int main(int argc, char **argv)
{
    int failures = 0;

    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        failures += folder == NULL ? replay_file(argv[i]) : replay_folder(argv[i], folder);
        if (folder != NULL) {
            closedir(folder);
        }
    }
    printf("%lu inputs replayed\n", replayed);
    return failures == 0 && replayed > 0 ? 0 : 1;
}
