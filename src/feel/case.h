/* Upper and lower case of Unicode characters, one for one, without any locale. Source: the Unicode
 * character database. */
#ifndef HEADROOM_FEEL_CASE_H
#define HEADROOM_FEEL_CASE_H

#include <stdint.h>

uint32_t case_upper(uint32_t point);
uint32_t case_lower(uint32_t point);

#endif
