/* A world around the engine, drawn from a seed: the simulated disk (disk.h, with its fault model),
 * a clock, a network, clients who do not always get their answers, and the auditor (audit.h), who
 * checks every answer that is given and the whole state after every recovery.
 *
 *   Clock    Goes on by up to a few seconds a step; now and then it jumps by up to a day, either
 * way. Network  The unit is a batch. A batch may be sent several times, be delayed, overtake others
 * or be lost; an answer may be lost, and the batch is then sent again. After a crash what was not
 *            answered is sent again, and some of what was.
 *   Disk     As in disk.h: in each life at most one of a stop at any call, a failing call (once or
 * for good, with EIO, ENOSPC, ENOMEM or EACCES), a full disk, a lost or misdirected write; between
 *            lives rot. After the last three the world goes back to a copy of the whole disk that
 * was taken before, as an operator would from a backup.
 *
 * What must hold: nothing answered is lost or has two effects, no answer and no sum differs from
 * the auditor's, nothing is answered after the engine has failed, and damage is named or without
 * effect. */
#ifndef HEADROOM_TESTS_SIM_WORLD_H
#define HEADROOM_TESTS_SIM_WORLD_H

#include "audit.h"
#include "disk.h"

/** What happened in all worlds of this process. */
struct world_counts {
    uint64_t seeds, lives, steps, answers, accepted;
    uint64_t kept;    /* times that an unanswered group was there after a crash */
    uint64_t dropped; /* times that it was not */
    uint64_t recoveries_stopped, from_snapshot, snapshots;
    uint64_t archived, archive_merges, archive_found; /* ids that left memory, and were asked for */
    uint64_t sent_again, delayed, answers_lost;
    uint64_t clock_jumps;
    uint64_t refused_full;
    uint64_t rots, damage_found, damage_harmless, restored;
    uint64_t failed_for_good; /* lives ended by ENGINE_FAILED */
    uint64_t tampered;        /* worlds in which something wrong was done on purpose */
};

/** What a world does wrong on purpose, so that the auditor is seen to notice. */
enum world_tamper {
    TAMPER_NONE,
    TAMPER_ANSWER, /* one answer is another one */
    TAMPER_LOSS,   /* the disk goes back to an earlier day and nobody is told */
    TAMPER_TWICE,  /* one effect comes about twice */
};

/** Runs the world of a seed. NULL when all held, else what did not, until the next call. */
const char *world_run(uint64_t seed, enum world_tamper tamper, struct world_counts *counts,
                      uint8_t ret_digest[32]);

#endif
