/* Results of the ledger as a RESULTS frame. */
#ifndef HEADROOM_WIRE_ENCODE_H
#define HEADROOM_WIRE_ENCODE_H

#include "ledger/ledger.h"
#include "wire/wire_format.h"

/** Detail records that the results need. Cost: 1 ns a result. */
uint32_t wire_details_count(const struct ledger_result *results, size_t count);
/** Writes a whole frame of wire_frame_size(WIRE_RESULTS, count, details) bytes, checksums included.
 *  In: details  what wire_details_count gave; tag  of the batch. Cost: 5 ns a result without
 *  details. */
void wire_results_write(uint8_t *ret_frame, const struct ledger *ledger,
                        const struct ledger_result *results, size_t count, uint32_t details,
                        uint64_t tag);

#endif
