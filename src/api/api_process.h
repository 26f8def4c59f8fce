/* What the resources of cases share. */
#ifndef HEADROOM_API_API_PROCESS_H
#define HEADROOM_API_API_PROCESS_H

#include "api/api_task.h"
#include "process/process.h"

/** Writes a case as an object, without its tasks and incidents. */
void api_case_write(struct json_writer *writer, const struct process_case *row);
/** Makes what a transaction came to the reply of a task where it is no success; true when it is
 *  one. In: status  of the store: STORE_REFUSED when `process` tells more */
bool api_task_process(struct api_task *task, enum store_status status, enum process_status process);

#endif
