/* What the resources of people share. */
#ifndef HEADROOM_API_API_PEOPLE_H
#define HEADROOM_API_API_PEOPLE_H

#include "api/api_task.h"
#include "auth/people.h"

/** Within a task: reads a body that is an object of texts: the first `required` of `names` must be
 *  there, no other may. Refuses and returns false when it is none. `ret_texts` keep what is not
 *  given. */
bool api_task_texts(struct api_task *task, const char *const *names, size_t required,
                    struct slice *ret_texts) MUST_USE;
/** Makes a status the reply of a task; OK leaves it as it is. */
void api_task_people(struct api_task *task, enum people_status status);

/** True when the user or organisation stands where who asks may act; what does not exist is
 * answered alike to those who could not see it. Refuses otherwise. */
bool api_task_reaches(struct api_task *task, struct slice user, struct slice organisation) MUST_USE;
/** "posts": [...] */
void api_posts_member(struct json_writer *writer, const struct people_post *posts, size_t count);
/** Answers a sign-in: the session that has begun, whose secret is wiped, or why there is none. */
void api_session_reply(struct api_task *task, struct session_begun *begun,
                       enum people_status status);

#endif
