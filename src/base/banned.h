/* Functions that are easy to misuse do not compile. Each has a safe form: buffer.h for building
 * text, slice.h for comparing and splitting it, amount.h, date.h and slice_to_u64 for reading it,
 * os/ for processes, files and time. Unbounded writes, hidden state, the locale, a shell, and
 * conversions that cannot report an error are what the list is about. */
#ifndef HEADROOM_BASE_BANNED_H
#define HEADROOM_BASE_BANNED_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat stpcpy strncpy strncat sprintf vsprintf gets
#pragma GCC poison scanf fscanf sscanf vscanf vfscanf vsscanf
#pragma GCC poison strtok strtok_r strsep
#pragma GCC poison atoi atol atoll atof strtod strtof strtold strtol strtoll strtoul strtoull
#pragma GCC poison gmtime localtime asctime asctime_r ctime ctime_r
#pragma GCC poison mktemp tmpnam tempnam
#pragma GCC poison system popen wordexp

#endif
