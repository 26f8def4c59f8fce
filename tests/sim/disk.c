#include "disk_internal.h"

#include <stdlib.h>

uint64_t disk_random(uint64_t *state, uint64_t bound)
{
    /* splitmix64. Source: S. Vigna, public domain reference. */
    uint64_t z = (*state += 0x9e3779b97f4a7c15ULL);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return (z ^ (z >> 31)) % bound;
}

struct disk_faults *disk_faults(void)
{
    static struct disk_faults faults;

    return &faults;
}

uint64_t draw(struct disk *disk, uint64_t bound)
{
    return disk_random(&disk->random, bound);
}

void *need(void *memory)
{
    check(memory != NULL);
    return memory;
}

/* Names and inodes. */

int names_find(const struct names *names, const char *text)
{
    for (unsigned i = 0; i < names->count; i++) {
        if (strcmp(names->list[i].text, text) == 0) {
            return (int)i;
        }
    }
    return -1;
}

void names_set(struct names *names, const char *text, int inode)
{
    int at = names_find(names, text);

    if (at < 0) {
        check(names->count < NAMES_MAX && strlen(text) < sizeof(names->list[0].text));
        at = (int)names->count++;
        memcpy(names->list[at].text, text, strlen(text) + 1);
    }
    names->list[at].inode = inode;
}

void names_drop(struct names *names, const char *text)
{
    const int at = names_find(names, text);

    check(at >= 0);
    names->list[at] = names->list[--names->count];
}

int inode_of(const struct disk *disk, const char *name)
{
    const int at = names_find(&disk->names, name);

    return at < 0 ? -1 : disk->names.list[at].inode;
}

static struct inode *inode_named(const struct disk *disk, const char *name)
{
    const int inode = inode_of(disk, name);

    check(inode >= 0);
    return (struct inode *)&disk->inodes[inode];
}

void inode_room(struct inode *inode, uint64_t size)
{
    const uint64_t room = (size + DISK_SECTOR - 1) / DISK_SECTOR * DISK_SECTOR;

    if (room <= inode->room) {
        return;
    }
    inode->bytes = need(realloc(inode->bytes, room));
    inode->stored = need(realloc(inode->stored, room));
    inode->dirty = need(realloc(inode->dirty, room / DISK_SECTOR * sizeof(bool)));
    memset(inode->bytes + inode->room, 0, room - inode->room);
    memset(inode->stored + inode->room, 0, room - inode->room);
    memset(inode->dirty + inode->room / DISK_SECTOR, 0,
           (room - inode->room) / DISK_SECTOR * sizeof(bool));
    inode->room = room;
}

static void inode_release(struct inode *inode)
{
    free(inode->bytes);
    free(inode->stored);
    free(inode->dirty);
    memset(inode, 0, sizeof(*inode));
}

int inode_new(struct disk *disk)
{
    for (int i = 0; i < NAMES_MAX; i++) {
        if (!disk->inode_used[i]) {
            disk->inode_used[i] = true;
            return i;
        }
    }
    check(false);
}

/* When many have gathered, one that was made and removed again is forgotten. */
static void ops_tidy(struct disk *disk)
{
    for (unsigned i = 1; disk->op_count > NAME_OPS_MAX / 2 && i < disk->op_count; i++) {
        const struct name_op *before = &disk->ops[i - 1];
        const struct name_op *op = &disk->ops[i];

        if (before->kind == OP_MADE && op->kind == OP_REMOVED &&
            strcmp(before->from, op->from) == 0) {
            memmove(&disk->ops[i - 1], &disk->ops[i + 1],
                    (disk->op_count - i - 1) * sizeof(disk->ops[0]));
            disk->op_count -= 2;
        }
    }
}

void op_add(struct disk *disk, enum name_op_kind kind, const char *from, const char *to, int inode)
{
    struct name_op *op;

    ops_tidy(disk);
    check(disk->op_count < NAME_OPS_MAX && strlen(from) < sizeof(op->from));
    op = &disk->ops[disk->op_count++];
    memset(op, 0, sizeof(*op));
    op->kind = kind;
    memcpy(op->from, from, strlen(from) + 1);
    if (to != NULL) {
        memcpy(op->to, to, strlen(to) + 1);
    }
    op->inode = inode;
}

void op_apply(struct names *names, const struct name_op *op)
{
    if (op->kind == OP_MADE) {
        names_set(names, op->from, op->inode);
        return;
    }
    if (names_find(names, op->from) >= 0) {
        names_drop(names, op->from);
    }
    if (op->kind == OP_RENAMED) {
        names_set(names, op->to, op->inode);
    }
}

/* Stores a sector as it is seen now. */
void sector_store(struct inode *inode, uint64_t sector)
{
    memcpy(inode->stored + sector * DISK_SECTOR, inode->bytes + sector * DISK_SECTOR, DISK_SECTOR);
    inode->dirty[sector] = false;
}

static bool sector_unsure(const struct inode *inode, uint64_t sector)
{
    return inode->dirty[sector] && memcmp(inode->stored + sector * DISK_SECTOR,
                                          inode->bytes + sector * DISK_SECTOR, DISK_SECTOR) != 0;
}

static void sector_tear(struct disk *disk, struct inode *inode, uint64_t sector)
{
    uint8_t *stored = inode->stored + sector * DISK_SECTOR;
    const uint8_t *bytes = inode->bytes + sector * DISK_SECTOR;

    switch (draw(disk, 3)) {
    case 0:
        memcpy(stored, bytes, DISK_SECTOR / 2);
        break;
    case 1:
        memcpy(stored + DISK_SECTOR / 2, bytes + DISK_SECTOR / 2, DISK_SECTOR / 2);
        break;
    default:
        for (unsigned i = 0; i < DISK_SECTOR; i++) {
            stored[i] = (uint8_t)draw(disk, 256);
        }
    }
}

void inode_sync(struct inode *inode)
{
    for (uint64_t i = 0; i < inode->room / DISK_SECTOR; i++) {
        if (inode->dirty[i]) {
            sector_store(inode, i);
        }
    }
    inode->stored_size = inode->size;
}

uint64_t used_bytes(const struct disk *disk)
{
    uint64_t used = 0;

    for (int i = 0; i < NAMES_MAX; i++) {
        used += disk->inode_used[i] ? disk->inodes[i].room : 0;
    }
    return used;
}

/* The disk itself. */

struct disk *disk_new(const struct disk_options *options)
{
    struct disk *disk = need(calloc(1, sizeof(*disk)));

    disk->files.operations = &disk_operations;
    disk->options = *options;
    disk->random = options->seed;
    disk->generation = 1;
    return disk;
}

static uint8_t *bytes_clone(const void *bytes, size_t size)
{
    uint8_t *copy = need(malloc(size + 1));

    memcpy(copy, bytes, size);
    return copy;
}

static void inode_clone(struct inode *to, const struct inode *from)
{
    *to = *from;
    to->bytes = NULL;
    to->stored = NULL;
    to->dirty = NULL;
    if (from->room > 0) {
        to->bytes = bytes_clone(from->bytes, from->room);
        to->stored = bytes_clone(from->stored, from->room);
        to->dirty = (bool *)bytes_clone(from->dirty, from->room / DISK_SECTOR * sizeof(bool));
    }
}

struct disk *disk_clone(const struct disk *disk)
{
    struct disk *clone = need(malloc(sizeof(*clone)));

    *clone = *disk;
    for (int i = 0; i < NAMES_MAX; i++) {
        if (disk->inode_used[i]) {
            inode_clone(&clone->inodes[i], &disk->inodes[i]);
        }
    }
    return clone;
}

void disk_free(struct disk *disk)
{
    if (disk == NULL) {
        return;
    }
    for (int i = 0; i < NAMES_MAX; i++) {
        inode_release(&disk->inodes[i]);
    }
    free(disk);
}

struct files *disk_files(struct disk *disk)
{
    return &disk->files;
}

uint64_t disk_calls(const struct disk *disk)
{
    return disk->calls;
}

void disk_stop_at(struct disk *disk, uint64_t call)
{
    disk->stop_at = call;
}

bool disk_stopped(const struct disk *disk)
{
    return disk->stop_at != 0 && disk->calls >= disk->stop_at;
}

void disk_fail_at(struct disk *disk, uint64_t call, enum os_status status, bool for_good)
{
    disk->fail_at = call;
    disk->fail_status = status;
    disk->fail_for_good = for_good;
    disk->failed = false;
}

bool disk_failed(const struct disk *disk)
{
    return disk->failed;
}

void disk_lose_at(struct disk *disk, uint64_t call)
{
    disk->lose_at = call;
    disk->lied = false;
}

void disk_misdirect_at(struct disk *disk, uint64_t call)
{
    disk->misdirect_at = call;
    disk->lied = false;
}

bool disk_lied(const struct disk *disk)
{
    return disk->lied;
}

void disk_truce(struct disk *disk, bool on)
{
    disk->truce = on;
}

void disk_capacity_set(struct disk *disk, uint64_t capacity)
{
    disk->options.capacity = capacity;
}

uint64_t disk_used(const struct disk *disk)
{
    return used_bytes(disk);
}

/* Drops the inodes that have no name. */
static void inodes_sweep(struct disk *disk)
{
    for (int i = 0; i < NAMES_MAX; i++) {
        bool named = false;

        for (unsigned j = 0; j < disk->names.count; j++) {
            named = named || disk->names.list[j].inode == i;
        }
        for (unsigned j = 0; j < disk->stored_names.count; j++) {
            named = named || disk->stored_names.list[j].inode == i;
        }
        if (disk->inode_used[i] && !named) {
            inode_release(&disk->inodes[i]);
            disk->inode_used[i] = false;
        }
    }
}

void disk_kill(struct disk *disk)
{
    disk_faults()->kills++;
    disk->generation++;
    disk->locked = false;
    disk->stop_at = 0;
    disk->fail_at = 0;
    inodes_sweep(disk);
}

/* Goes over everything that is not synced, in a fixed order. `fates` NULL only counts. */
static unsigned unsure_walk(struct disk *disk, const enum disk_fate *fates, bool *ret_sector)
{
    unsigned count = 0;

    for (int i = 0; i < NAMES_MAX; i++) {
        struct inode *inode = &disk->inodes[i];
        uint64_t end = inode->stored_size;

        for (uint64_t j = 0; disk->inode_used[i] && j < inode->room / DISK_SECTOR; j++) {
            if (!sector_unsure(inode, j)) {
                continue;
            }
            if (ret_sector != NULL && count < DISK_UNSURE_MAX) {
                ret_sector[count] = true;
            }
            if (fates != NULL && fates[count] != DISK_LOST) {
                if (fates[count] == DISK_KEPT) {
                    sector_store(inode, j);
                } else {
                    sector_tear(disk, inode, j);
                }
                end = end > (j + 1) * DISK_SECTOR ? end : (j + 1) * DISK_SECTOR;
            }
            count++;
        }
        if (disk->inode_used[i] && inode->stored_size != inode->size) {
            if (ret_sector != NULL && count < DISK_UNSURE_MAX) {
                ret_sector[count] = false;
            }
            if (fates != NULL) {
                end = end < inode->size ? end : inode->size;
                inode->stored_size = fates[count] == DISK_LOST ? end : inode->size;
            }
            count++;
        }
    }
    for (unsigned i = 0; i < disk->op_count; i++) {
        if (ret_sector != NULL && count < DISK_UNSURE_MAX) {
            ret_sector[count] = false;
        }
        if (fates != NULL && fates[count] != DISK_LOST) {
            op_apply(&disk->stored_names, &disk->ops[i]);
        }
        count++;
    }
    return count;
}

unsigned disk_unsure(const struct disk *disk, bool ret_sector[DISK_UNSURE_MAX])
{
    return unsure_walk((struct disk *)disk, NULL, ret_sector);
}

static void fates_count(struct disk *disk, const enum disk_fate *fates)
{
    struct disk_faults *faults = disk_faults();
    bool sector[DISK_UNSURE_MAX] = {false};
    const unsigned count = unsure_walk(disk, NULL, sector);
    bool lost = false;
    bool reordered = false;

    for (unsigned i = 0; i < count; i++) {
        const bool is_sector = i >= DISK_UNSURE_MAX || sector[i];

        faults->sectors_lost += is_sector && fates[i] == DISK_LOST;
        faults->sectors_kept += is_sector && fates[i] == DISK_KEPT;
        faults->sectors_torn += fates[i] == DISK_TORN;
        faults->names_lost += !is_sector && fates[i] == DISK_LOST;
        reordered = reordered || (lost && fates[i] != DISK_LOST);
        lost = lost || fates[i] == DISK_LOST;
    }
    faults->cuts_reordered += reordered;
}

void disk_power_cut_with(struct disk *disk, const enum disk_fate *fates)
{
    fates_count(disk, fates);
    (void)unsure_walk(disk, fates, NULL);
    disk->op_count = 0;
    disk->names = disk->stored_names;
    for (int i = 0; i < NAMES_MAX; i++) {
        struct inode *inode = &disk->inodes[i];

        if (disk->inode_used[i] && inode->room > 0) {
            const uint64_t size = inode->stored_size;

            memset(inode->stored + size, 0, inode->room - size);
            memcpy(inode->bytes, inode->stored, inode->room);
            memset(inode->dirty, 0, inode->room / DISK_SECTOR * sizeof(bool));
        }
        inode->size = inode->stored_size;
    }
    disk_kill(disk);
    disk_faults()->kills--;
    disk_faults()->cuts++;
}

void disk_power_cut(struct disk *disk)
{
    const unsigned count = unsure_walk(disk, NULL, NULL);
    enum disk_fate *fates = need(calloc(count + 1, sizeof(*fates)));
    bool *sector = need(calloc(DISK_UNSURE_MAX, sizeof(*sector)));
    const uint64_t mood = draw(disk, 4); /* mostly lost, mostly kept, or anything */

    (void)unsure_walk(disk, NULL, sector);
    for (unsigned i = 0; i < count; i++) {
        const uint64_t dice = draw(disk, 8);

        if (mood == 0) {
            fates[i] = dice < 7 ? DISK_LOST : DISK_KEPT;
        } else if (mood == 1) {
            fates[i] = dice < 7 ? DISK_KEPT : DISK_LOST;
        } else {
            fates[i] = dice < 3 ? DISK_LOST : dice < 6 ? DISK_KEPT : DISK_TORN;
        }
        if (fates[i] == DISK_TORN &&
            (disk->options.whole_sectors || i >= DISK_UNSURE_MAX || !sector[i])) {
            fates[i] = DISK_KEPT;
        }
    }
    disk_power_cut_with(disk, fates);
    free(fates);
    free(sector);
}

/* Rot. */

bool disk_exists(const struct disk *disk, const char *name)
{
    return inode_of(disk, name) >= 0;
}

uint64_t disk_size(const struct disk *disk, const char *name)
{
    return inode_named(disk, name)->size;
}

void disk_peek(const struct disk *disk, const char *name, uint64_t offset, void *ret_data,
               size_t size)
{
    const struct inode *inode = inode_named(disk, name);

    check(offset + size <= inode->size);
    memcpy(ret_data, inode->bytes + offset, size);
}

void disk_poke(struct disk *disk, const char *name, uint64_t offset, const void *data, size_t size)
{
    struct inode *inode = inode_named(disk, name);

    check(offset + size <= inode->size);
    memcpy(inode->bytes + offset, data, size);
    memcpy(inode->stored + offset, data, size);
}

void disk_cut(struct disk *disk, const char *name, uint64_t size)
{
    struct inode *inode = inode_named(disk, name);

    check(size <= inode->size);
    memset(inode->bytes + size, 0, inode->room - size);
    memset(inode->stored + size, 0, inode->room - size);
    inode->size = size;
    inode->stored_size = size;
}

void disk_remove(struct disk *disk, const char *name)
{
    names_drop(&disk->names, name);
    disk->stored_names = disk->names;
    inodes_sweep(disk);
}

void disk_graft(struct disk *disk, const char *to, const struct disk *other, const char *from)
{
    const struct inode *source = inode_named(other, from);
    const int inode = inode_new(disk);

    inode_clone(&disk->inodes[inode], source);
    names_set(&disk->names, to, inode);
    disk->stored_names = disk->names;
    inodes_sweep(disk);
}

const char *disk_name_after(const struct disk *disk, const char *name)
{
    const char *next = NULL;

    for (unsigned i = 0; i < disk->names.count; i++) {
        const char *text = disk->names.list[i].text;

        if ((name == NULL || strcmp(text, name) > 0) && (next == NULL || strcmp(text, next) < 0)) {
            next = text;
        }
    }
    return next;
}
