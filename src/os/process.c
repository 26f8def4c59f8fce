#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_PIPE_FD = 3, CHILD_DIED = 128 };

/* Closes every socket from descriptor `first` on. */
static void sockets_close(int first)
{
    struct rlimit limit;
    struct stat status;

    check(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    const int end = limit.rlim_cur > INT_MAX ? INT_MAX : (int)limit.rlim_cur;
    for (int fd = first; fd < end; fd++) {
        if (fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode)) {
            (void)close(fd);
        }
    }
}

static _Noreturn void child_main(int pipe_fd, int parent, bool sharing, os_child_work work,
                                 void *context)
{
    sigset_t none;

    for (int signal_number = 1; signal_number < NSIG; signal_number++) {
        (void)signal(signal_number, SIG_DFL); /* fails for SIGKILL and SIGSTOP */
    }
    check(sigemptyset(&none) == 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0);
    check(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
    if (getppid() != parent) {
        _exit(CHILD_DIED - 1);
    }
    os_sigpipe_ignore();
    if (sharing) {
        sockets_close(CHILD_PIPE_FD);
        _exit(work(pipe_fd, context) & (CHILD_DIED - 1));
    }
    check(pipe_fd == CHILD_PIPE_FD || dup2(pipe_fd, CHILD_PIPE_FD) == CHILD_PIPE_FD);
    check(close_range(CHILD_PIPE_FD + 1, ~0U, 0) == 0);
    _exit(work(CHILD_PIPE_FD, context) & (CHILD_DIED - 1));
}

static enum os_status child_start(struct os_child *ret_child, bool sharing, os_child_work work,
                                  void *context)
{
    int ends[2];
    const int parent = getpid();

    REQUIRE(pipe2(ends, O_CLOEXEC) == 0, os_status_from_errno());
    const pid_t pid = fork();
    if (pid == 0) {
        child_main(ends[1], parent, sharing, work, context);
    }
    const int pid_fd = pid > 0 ? pidfd_open(pid, 0) : -1;
    (void)close(ends[1]);
    if (pid_fd < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
        const enum os_status status = os_status_from_errno();
        struct os_child child = {.pid = pid, .pipe_fd = ends[0], .pid_fd = pid_fd};

        (void)os_child_end(&child);
        return status == OS_OK || status == OS_AGAIN ? OS_EXHAUSTED : status;
    }
    *ret_child = (struct os_child){.pid = pid, .pipe_fd = ends[0], .pid_fd = pid_fd};
    return OS_OK;
}

enum os_status os_child_start(struct os_child *ret_child, os_child_work work, void *context)
{
    return child_start(ret_child, false, work, context);
}

enum os_status os_child_start_sharing(struct os_child *ret_child, os_child_work work, void *context)
{
    return child_start(ret_child, true, work, context);
}

enum os_status os_child_read(struct os_child *child, char *ret_bytes, size_t size, size_t *ret_size)
{
    for (;;) {
        const ssize_t got = read(child->pipe_fd, ret_bytes, size);

        if (got > 0) {
            *ret_size = (size_t)got;
            return OS_OK;
        }
        if (got == 0) {
            return OS_ENDED;
        }
        if (errno != EINTR) {
            return os_status_from_errno();
        }
    }
}

bool os_child_write(int pipe_fd, struct slice text)
{
    while (text.size > 0) {
        const ssize_t written = write(pipe_fd, text.data, text.size);

        if (written < 0 && errno != EINTR) {
            return false;
        }
        if (written > 0) {
            text = slice_of(text.data + written, text.size - (size_t)written);
        }
    }
    return true;
}

int os_child_end(struct os_child *child)
{
    int status = 0;

    if (child->pid > 0) {
        (void)kill(child->pid, SIGKILL); /* a child that has ended keeps its own exit status */
        while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
        }
    }
    (void)close(child->pipe_fd);
    if (child->pid_fd >= 0) {
        (void)close(child->pid_fd);
    }
    *child = (struct os_child){.pid = -1, .pipe_fd = -1, .pid_fd = -1};
    return WIFEXITED(status) ? WEXITSTATUS(status) : CHILD_DIED;
}

/* In the child: the pipe becomes standard output and standard error, and the program begins. */
static int program_begin(int pipe_fd, void *context)
{
    char *const *arguments = context;

    if (dup2(pipe_fd, STDOUT_FILENO) == STDOUT_FILENO &&
        dup2(pipe_fd, STDERR_FILENO) == STDERR_FILENO) {
        (void)close(pipe_fd);
        (void)signal(SIGPIPE, SIG_DFL);
        (void)execv("/proc/self/exe", arguments);
    }
    return CHILD_DIED - 1;
}

enum os_status os_program_start(struct os_child *ret_child, char *const *arguments)
{
    return os_child_start(ret_child, program_begin, (void *)arguments);
}

/* Reads a small file of /proc whole; false when it is not there. */
static bool proc_read(char *ret_text, size_t size, int pid, const char *name)
{
    char path[64];
    size_t have = 0;
    ssize_t got = 1;

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    while (got > 0 && have < size - 1) {
        got = read(fd, ret_text + have, size - 1 - have);
        have += got > 0 ? (size_t)got : 0;
    }
    (void)close(fd);
    ret_text[have] = '\0';
    return have > 0;
}

/* The number in the `field`-th place, counted from 0, of words with a space between. */
static bool proc_number(struct slice text, unsigned field, uint64_t *ret_value)
{
    struct slice word = {NULL, 0};

    for (unsigned i = 0; i <= field; i++) {
        REQUIRE(slice_split(&text, ' ', &word), false);
    }
    return slice_to_u64(word, UINT64_MAX, ret_value);
}

enum os_status os_process_usage(struct os_process_usage *ret_usage, int pid)
{
    char text[1024];
    uint64_t user;
    uint64_t kernel;
    uint64_t pages;

    REQUIRE(proc_read(text, sizeof(text), pid, "stat"), OS_MISSING);
    /* The name, in brackets, may hold anything; of the fields behind it, utime is the 12th and
     * stime the 13th (proc(5)). */
    const char *behind = strrchr(text, ')');
    REQUIRE(behind != NULL && behind[1] == ' ', OS_INVALID);
    REQUIRE(proc_number(slice_from_cstr(behind + 2), 11, &user) &&
                proc_number(slice_from_cstr(behind + 2), 12, &kernel),
            OS_INVALID);
    REQUIRE(proc_read(text, sizeof(text), pid, "statm"), OS_MISSING);
    REQUIRE(proc_number(slice_from_cstr(text), 1, &pages), OS_INVALID);
    *ret_usage = (struct os_process_usage){
        .cpu_ns = (user + kernel) * (1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK)),
        .resident_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE)};
    return OS_OK;
}

static volatile sig_atomic_t interrupted;

static void interrupt_note(int number)
{
    interrupted = 1;
    (void)signal(number, SIG_DFL);
}

void os_interrupt_watch(void)
{
    interrupted = 0;
    check(signal(SIGINT, interrupt_note) != SIG_ERR && signal(SIGTERM, interrupt_note) != SIG_ERR);
}

bool os_interrupted(void)
{
    return interrupted != 0;
}

int os_process_id(void)
{
    return getpid();
}

uint64_t os_descriptors_allow(uint64_t wanted)
{
    struct rlimit limit;

    check(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (limit.rlim_cur < wanted) {
        const rlim_t before = limit.rlim_cur;

        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
            return before;
        }
    }
    return limit.rlim_cur;
}

void os_sigpipe_ignore(void)
{
    check(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
}
