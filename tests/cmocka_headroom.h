/* What every cmocka program includes first: cmocka with the headers that it needs before it. */
#ifndef HEADROOM_TESTS_CMOCKA_HEADROOM_H
#define HEADROOM_TESTS_CMOCKA_HEADROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
