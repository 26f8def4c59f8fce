#include "os/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool os_terminal_is(int fd)
{
    return isatty(fd) == 1;
}

unsigned os_terminal_width(int fd)
{
    struct winsize size;

    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

struct slice os_environment(const char *name)
{
    return slice_from_cstr(getenv(name));
}
