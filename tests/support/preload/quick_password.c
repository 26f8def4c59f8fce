/* Put before a server by LD_PRELOAD, so that the people of a suite have their passwords at once:
 * the program under test stays what it is. */
#include "quick_password.h"
