/* What a journal on a simulated disk must hold, kept beside it, and a driver that lives through
 * crashes and faults: whatever happens, what was answered is there and nothing else but, at most,
 * the one record that was on its way. */
#ifndef HEADROOM_TESTS_SIM_MODEL_H
#define HEADROOM_TESTS_SIM_MODEL_H

#include "disk.h"
#include "journal/journal_reader.h"
#include "journal/snapshot.h"

enum { MODEL_RECORDS_MAX = 4096, MODEL_SNAPSHOTS_MAX = 64 };

struct model {
    uint64_t seed;
    uint64_t random;
    struct journal_options options;
    uint64_t answered;                     /* records 1 to this were answered */
    uint64_t nonce[MODEL_RECORDS_MAX + 2]; /* of each, from which all its values follow */
    bool underway;                         /* record answered + 1 may or may not be there */
    uint64_t opens;
    uint64_t snapshots[MODEL_SNAPSHOTS_MAX]; /* finished: must be there, or pruned by later ones */
    unsigned snapshot_count;
    bool failed;     /* a write of this life has failed */
    char wrong[256]; /* what is not as it must be; empty while all is well */
};

/** A model of a new journal on `disk`. The options but for files are drawn from the seed. */
void model_init(struct model *model, struct disk *disk, uint64_t seed);
/** Opens the journal and compares all that it holds with the model. JOURNAL_OK sets ret_journal;
 *  otherwise it is for the caller to judge whether that may be. False when model->wrong was set. */
bool model_open(struct model *model, struct disk *disk, struct journal **ret_journal,
                enum journal_status *ret_status);
/** Appends a record of `size` bytes, or of random size for 0. */
enum journal_status model_append(struct model *model, struct journal *journal, uint32_t size);
/** Takes a snapshot at the last record. */
enum journal_status model_snapshot(struct model *model, struct journal *journal);
/** Reads everything and compares: records, snapshots, places. No fault comes about meanwhile. */
bool model_verify(struct model *model, struct disk *disk, struct journal *journal);
/** One random step: mostly an append. False when model->wrong was set. */
bool model_step(struct model *model, struct journal *journal);
/** The process is gone: what was answered is settled, what was underway may be either. */
void model_ended(struct model *model);

#endif
