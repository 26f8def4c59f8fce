/* Decision tables judged by themselves. */
#ifndef HEADROOM_DMN_JUDGE_H
#define HEADROOM_DMN_JUDGE_H

#include "dmn/region.h"

/** Appends what is wrong with a table, a line each: gaps, overlaps and rules that cannot be
 * reached, with an example; and notes, which are no findings, on what could not be judged. The
 * arena of `eval` takes all memory. Returns the number of findings. Cost: bounded; a table of 1,000
 * rules and 10 columns takes less than a second */
uint32_t dmn_judge(const struct dmn_table *table, struct feel_eval *eval, struct buffer *out);

#endif
