/* Functions that are easy to misuse do not compile. Each has a safe form: buffer.h for building
 * text, slice.h for comparing it, amount.h and date.h for reading it, os/ for processes and time.
 */
#ifndef HEADROOM_BASE_BANNED_H
#define HEADROOM_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok strtok_r
#pragma GCC poison atoi atol atoll atof gets gmtime localtime asctime ctime mktemp tmpnam
#pragma GCC poison system popen

#endif
