/* A simulated disk with one directory, behind the seam of os/file.h.
 *
 * The fault model: what it may do, and the journal has to live with or to notice.
 *   Power cut   The machine stops at any call. Of what was not synced, every sector (512 bytes)
 * that was written, every name that was made, renamed or removed, and every growth of a file is
 * kept or lost on its own, whatever the order; a sector may also be torn: half of it new, or
 * garbage. A write under way is not synced. Kill        The process stops at any call. What it
 * wrote is seen by the next one, though it is not durable. A write under way may have got half its
 * way. Failure     Any call fails, once or from then on, with any status. A failed write or sync
 * leaves any part of what it was to store; what a failed sync did not store is seen until the power
 * goes, and no later sync stores it. Full        The disk has a capacity. Writes beyond it fail,
 * and what was written stays. Rot         Bits of a file change, sectors are zeroed or change
 * places, a file is cut short, goes missing, or is the one of an earlier day. Lost write  A write
 * is reported as done and was not. Misdirected A write is reported as done and went to another
 * place, of this or another file. What it may not do: lose or change what was synced, but for rot
 * and the last two; lie twice.
 *
 * Beside it, in world.h, stand the clock, which jumps either way, and the network, which doubles,
 * delays, reorders and loses requests and answers.
 *
 * Everything random comes from the seed, so a run repeats. Calls are counted from 1. */
#ifndef HEADROOM_TESTS_SIM_DISK_H
#define HEADROOM_TESTS_SIM_DISK_H

#include "os/file.h"

enum { DISK_SECTOR = 512 };

struct disk;

/** What came about on all disks of this process. */
struct disk_faults {
    uint64_t cuts, kills;
    uint64_t cuts_reordered; /* kept some of what was not synced and lost something before it */
    uint64_t sectors_lost, sectors_kept, sectors_torn, names_lost;
    uint64_t stopped_calls; /* within which the machine or process stopped */
    uint64_t failed_calls[OS_STATUS_COUNT];
    uint64_t full, lost_writes, misdirected_writes;
};
struct disk_faults *disk_faults(void);

struct disk_options {
    uint64_t seed;
    uint64_t capacity;  /* bytes in all files together; 0 means no bound */
    uint32_t alignment; /* of files opened FILE_DURABLE; 0 means 512 */
    bool cached;        /* durable writes go through the page cache, as without direct I/O */
    bool whole_sectors; /* no sector is ever torn */
    bool whole_writes;  /* of a write under way every sector is, for trying all fates */
};

struct disk *disk_new(const struct disk_options *options);
struct disk *disk_clone(const struct disk *disk); /* handles stay with the original */
void disk_free(struct disk *disk);
struct files *disk_files(struct disk *disk);

/* Faults to come. A call number of 0 takes the fault back. */

uint64_t disk_calls(const struct disk *disk);
/** From this call on the machine or process is gone: this call gets half its way at most, and all
 *  later ones fail without effect, until disk_power_cut or disk_kill. */
void disk_stop_at(struct disk *disk, uint64_t call);
bool disk_stopped(const struct disk *disk);
void disk_fail_at(struct disk *disk, uint64_t call, enum os_status status, bool for_good);
bool disk_failed(const struct disk *disk); /* whether that has come about */
/** The first write from this call on is lost, or goes elsewhere. */
void disk_lose_at(struct disk *disk, uint64_t call);
void disk_misdirect_at(struct disk *disk, uint64_t call);
bool disk_lied(const struct disk *disk); /* whether that has come about */
/** While it lasts no call is counted and none is stopped or fails. */
void disk_truce(struct disk *disk, bool on);
void disk_capacity_set(struct disk *disk, uint64_t capacity);
uint64_t disk_used(const struct disk *disk); /* bytes in all files together */

/* The end of a process: all handles are dead, the lock is free. */

/** The process dies; what it wrote stays in the page cache. */
void disk_kill(struct disk *disk);
/** The power goes; fates of what was not synced are drawn from the seed. */
void disk_power_cut(struct disk *disk);

/* The same with chosen fates, to try all of them. */
enum disk_fate { DISK_LOST, DISK_KEPT, DISK_TORN, DISK_FATES };
enum { DISK_UNSURE_MAX = 64 };
/** How many things are not synced; `ret_sector` tells which of them are sectors. */
unsigned disk_unsure(const struct disk *disk, bool ret_sector[DISK_UNSURE_MAX]);
void disk_power_cut_with(struct disk *disk, const enum disk_fate *fates);

/* Rot, on a disk at rest. Names must exist. */

bool disk_exists(const struct disk *disk, const char *name);
uint64_t disk_size(const struct disk *disk, const char *name);
void disk_peek(const struct disk *disk, const char *name, uint64_t offset, void *ret_data,
               size_t size);
void disk_poke(struct disk *disk, const char *name, uint64_t offset, const void *data, size_t size);
void disk_cut(struct disk *disk, const char *name, uint64_t size);
void disk_remove(struct disk *disk, const char *name);
/** Puts a copy of a file of another disk in place of, or beside, what is here. */
void disk_graft(struct disk *disk, const char *to, const struct disk *other, const char *from);
/** The names in order, one after another: NULL begins, and NULL ends. */
const char *disk_name_after(const struct disk *disk, const char *name);

/** The generator that everything here draws from; for tests too. Below `bound`, which is not 0. */
uint64_t disk_random(uint64_t *state, uint64_t bound);

#endif
