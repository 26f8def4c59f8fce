/* Inside of the room: what the mappings of processes are judged by. */
#ifndef HEADROOM_PACK_PACK_MAPPING_H
#define HEADROOM_PACK_PACK_MAPPING_H

#include "pack/pack.h"

/** Reports, behind pack_personal_read, mappings to `escalation` of a role that roles.csv has not
 *  (an error), and such that give a name without a class to what a form says is personal data (a
 *  warning, as an expression may tell less than what it reads). Names that an expression
 *  computes are not judged. */
void pack_mappings_judge(struct pack *pack);
/** Whether roles.csv has a role. */
bool pack_role_known(struct pack *pack, struct slice role);

#endif
