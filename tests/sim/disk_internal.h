/* The simulated disk's own: disk.c keeps what is stored, disk_files.c answers the calls. */
#ifndef HEADROOM_TESTS_SIM_DISK_INTERNAL_H
#define HEADROOM_TESTS_SIM_DISK_INTERNAL_H

#include "disk.h"

enum { NAMES_MAX = 256, NAME_OPS_MAX = 128 };

/* A file. `bytes` is what a reader sees, `stored` what the power leaves; a sector that is marked in
 * `dirty` would be stored by a sync. */
struct inode {
    uint8_t *bytes;
    uint8_t *stored;
    bool *dirty; /* a sector each */
    uint64_t size;
    uint64_t stored_size;
    uint64_t room; /* bytes allocated, whole sectors */
};

struct name {
    char text[64];
    int inode;
};

struct names {
    struct name list[NAMES_MAX];
    unsigned count;
};

/* A change of the directory that was not synced. */
enum name_op_kind { OP_MADE, OP_RENAMED, OP_REMOVED };
struct name_op {
    enum name_op_kind kind;
    char from[64];
    char to[64];
    int inode;
};

struct disk {
    struct files files;
    struct disk_options options;
    uint64_t random;
    struct inode inodes[NAMES_MAX];
    bool inode_used[NAMES_MAX];
    struct names names;
    struct names stored_names;
    struct name_op ops[NAME_OPS_MAX];
    unsigned op_count;
    unsigned generation; /* of the process: handles of an earlier one are dead */
    bool locked;
    uint64_t calls;
    uint64_t stop_at;
    uint64_t fail_at;
    enum os_status fail_status;
    bool fail_for_good;
    bool failed;
    bool truce;
    uint64_t lose_at;
    uint64_t misdirect_at;
    bool lied;
};

extern const struct files_operations disk_operations;

void *need(void *memory);
uint64_t draw(struct disk *disk, uint64_t bound);
int names_find(const struct names *names, const char *text);
void names_set(struct names *names, const char *text, int inode);
void names_drop(struct names *names, const char *text);
/** The inode of a name as it is seen now, or -1. */
int inode_of(const struct disk *disk, const char *name);
int inode_new(struct disk *disk);
/** Gives a file room for `size` bytes, zeroed. */
void inode_room(struct inode *inode, uint64_t size);
void inode_sync(struct inode *inode);
/** Stores a sector as it is seen now. */
void sector_store(struct inode *inode, uint64_t sector);
/** Notes a change of the directory that is not synced yet. */
void op_add(struct disk *disk, enum name_op_kind kind, const char *from, const char *to, int inode);
void op_apply(struct names *names, const struct name_op *op);
uint64_t used_bytes(const struct disk *disk);

#endif
