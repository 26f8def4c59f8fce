/* What surrounds a program that a person runs: its terminal and its environment. */
#ifndef HEADROOM_OS_TERMINAL_H
#define HEADROOM_OS_TERMINAL_H

#include "base/slice.h"

/** True when the stream is a terminal. */
bool os_terminal_is(int fd);
/** Columns of the terminal; 0 when it is none or does not say. */
unsigned os_terminal_width(int fd);
/** A variable of the environment; data NULL when it is not set. */
struct slice os_environment(const char *name);

#endif
