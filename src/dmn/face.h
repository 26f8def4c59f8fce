/* What the files of the library's face share; nobody else includes this. */
#ifndef HEADROOM_DMN_FACE_H
#define HEADROOM_DMN_FACE_H

#include "dmn/answer.h"
#include "headroom/dmn.h"

struct hr_dmn_model {
    struct dmn_model *model;
};

/* Moves a buffer into a text of the caller, and empties it. */
enum hr_dmn_status face_give(struct hr_dmn_text *ret_text, struct buffer *buffer);
/* The moment that now() answers; 0 is that of the clock. */
struct feel_moment face_moment(int64_t now_us);
/* Bytes that an evaluation may take. */
size_t face_memory(const struct hr_dmn_limits *limits);

#endif
