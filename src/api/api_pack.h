/* What the resources of configuration packs share. */
#ifndef HEADROOM_API_API_PACK_H
#define HEADROOM_API_API_PACK_H

#include "api/api_task.h"
#include "pack/pack_store.h"

/** Makes a status the reply of a task; OK leaves it as it is. */
void api_task_pack(struct api_task *task, enum pack_status status);
/** The member "changes": what leads from one pack to another; `before` NULL: from nothing. Refuses
 *  and returns false when memory is short. */
bool api_pack_difference_member(struct api_task *task, struct json_writer *writer,
                                const struct pack *before, const struct pack *after) MUST_USE;

#endif
