#include "build.h"

#include "guard_calls.h"

#ifdef HAVE_SECCOMP

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>

/*
 * What the programs and their libraries do. Not every machine has each name;
 * those with 32 or 64 behind are a 32-bit machine's.
 */
static const char *const allowed[] = {
	/* memory */
	"brk", "madvise", "membarrier", "mremap", "munmap",
	/* threads, signals, the end */
	"exit", "exit_group", "futex", "futex_time64", "get_robust_list",
	"getpid", "getppid", "gettid", "kill", "pause", "restart_syscall",
	"rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
	"rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
	"rt_sigtimedwait_time64", "sched_getaffinity", "sched_getparam",
	"sched_getscheduler", "sched_yield", "set_robust_list",
	"set_tid_address", "sigaltstack", "signalfd4", "sigreturn", "tgkill",
	"tkill", "wait4", "waitid", "waitpid",
	/* time */
	"clock_getres", "clock_getres_time64", "clock_gettime",
	"clock_gettime64", "clock_nanosleep", "clock_nanosleep_time64",
	"getrusage", "gettimeofday", "nanosleep", "time", "timerfd_create",
	"timerfd_gettime", "timerfd_gettime64", "timerfd_settime",
	"timerfd_settime64", "times",
	/* files */
	"_llseek", "access", "chdir", "chmod", "close", "close_range", "dup",
	"dup2", "dup3", "faccessat", "faccessat2", "fadvise64",
	"fadvise64_64", "fallocate", "fchmod", "fchmodat", "fchown",
	"fchown32", "fcntl", "fcntl64", "fdatasync", "flock", "fstat",
	"fstat64", "fstatat64", "fstatfs", "fstatfs64", "fsync", "ftruncate",
	"ftruncate64", "getcwd", "getdents", "getdents64", "link", "linkat",
	"lseek", "lstat", "lstat64", "mkdir", "mkdirat", "newfstatat", "open",
	"openat", "pread64", "preadv", "preadv2", "pwrite64", "pwritev",
	"pwritev2", "read", "readlink", "readlinkat", "readv", "rename",
	"renameat", "renameat2", "rmdir", "stat", "stat64", "statfs",
	"statfs64", "statx", "umask", "unlink", "unlinkat", "utimensat",
	"utimensat_time64", "utimes", "write", "writev",
	/* sockets; which ones is below, but for those that socketcall makes */
	"accept", "accept4", "bind", "connect", "getpeername", "getsockname",
	"getsockopt", "listen", "recv", "recvfrom", "recvmmsg",
	"recvmmsg_time64", "recvmsg", "send", "sendmmsg", "sendmsg", "sendto",
	"setsockopt", "shutdown", "socketcall", "socketpair",
	/* waiting */
	"_newselect", "epoll_create", "epoll_create1", "epoll_ctl",
	"epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd2", "pipe",
	"pipe2", "poll", "ppoll", "ppoll_time64", "pselect6",
	"pselect6_time64", "select",
	/* about itself */
	"arch_prctl", "getegid", "getegid32", "geteuid", "geteuid32",
	"getcpu", "getgid", "getgid32", "getgroups", "getgroups32", "getpgrp",
	"getrandom", "getresgid", "getresgid32", "getresuid", "getresuid32",
	"getrlimit", "getuid", "getuid32", "prctl", "prlimit64", "setrlimit",
	"sysinfo", "ugetrlimit", "uname",
};

/* Refused as such, so that the log shows it. */
static const char *const refused[] = {
	/* other processes */
	"kcmp", "pidfd_getfd", "process_madvise", "process_vm_readv",
	"process_vm_writev", "ptrace",
	/* other views of the machine */
	"chroot", "fsconfig", "fsmount", "fsopen", "fspick", "mount",
	"mount_setattr", "move_mount", "name_to_handle_at",
	"open_by_handle_at", "open_tree", "pivot_root", "setns", "umount",
	"umount2", "unshare",
	/* the kernel */
	"acct", "add_key", "adjtimex", "bpf", "clock_adjtime",
	"clock_adjtime64", "clock_settime", "clock_settime64",
	"delete_module", "finit_module", "init_module", "io_uring_enter",
	"io_uring_register", "io_uring_setup", "ioperm", "iopl",
	"kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mbind",
	"migrate_pages", "move_pages", "perf_event_open", "quotactl",
	"quotactl_fd", "reboot", "request_key", "set_mempolicy",
	"setdomainname", "sethostname", "settimeofday", "stime", "swapoff",
	"swapon", "syslog", "userfaultfd", "vhangup",
	/* another program, another user */
	"execve", "execveat", "fork", "memfd_create", "mknod", "mknodat",
	"personality", "setfsgid", "setfsgid32", "setfsuid", "setfsuid32",
	"setgid", "setgid32", "setgroups", "setgroups32", "setregid",
	"setregid32", "setresgid", "setresgid32", "setresuid", "setresuid32",
	"setreuid", "setreuid32", "setuid", "setuid32", "vfork",
};

#define COUNT(table)	(sizeof(table) / sizeof(*(table)))

#define ALLOW	SCMP_ACT_ALLOW
#define REFUSE	SCMP_ACT_ERRNO(EPERM)

#ifdef __s390__
#define CLONE_FLAGS	1
#else
#define CLONE_FLAGS	0
#endif

/* What one argument decides: where value & mask == wanted. */
static const struct {
	const char	*name;
	uint32_t	 action;
	unsigned	 argument;
	uint64_t	 mask, wanted;
} conditions[] = {
	/* Libraries may be loaded, but what is run is never written. */
	{ "mmap", ALLOW, 2, PROT_EXEC, 0 },
	{ "mmap", ALLOW, 2, PROT_WRITE, 0 },
	{ "mmap", REFUSE, 2, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC },
	{ "mmap2", ALLOW, 2, PROT_EXEC, 0 },
	{ "mmap2", ALLOW, 2, PROT_WRITE, 0 },
	{ "mmap2", REFUSE, 2, PROT_WRITE | PROT_EXEC,
	    PROT_WRITE | PROT_EXEC },
	{ "mprotect", ALLOW, 2, PROT_EXEC, 0 },
	{ "mprotect", REFUSE, 2, PROT_EXEC, PROT_EXEC },
	/* Threads. clone3, whose flags no filter sees, does not exist. */
	{ "clone", ALLOW, CLONE_FLAGS, CLONE_THREAD, CLONE_THREAD },
	{ "clone", REFUSE, CLONE_FLAGS, CLONE_THREAD, 0 },
	{ "socket", ALLOW, 0, UINT32_MAX, AF_UNIX },
	{ "socket", ALLOW, 0, UINT32_MAX, AF_INET },
	{ "socket", ALLOW, 0, UINT32_MAX, AF_INET6 },
	{ "socket", ALLOW, 0, UINT32_MAX, AF_NETLINK },
	{ "ioctl", ALLOW, 1, UINT32_MAX, FIONBIO },
	{ "ioctl", ALLOW, 1, UINT32_MAX, FIONREAD },
	{ "ioctl", ALLOW, 1, UINT32_MAX, TIOCOUTQ },
	{ "ioctl", ALLOW, 1, UINT32_MAX, TCGETS },
	{ "ioctl", REFUSE, 1, UINT32_MAX, TIOCSTI },
};

/* Adds a rule for a call that this machine knows. 0 or a negative errno. */
static int
add(scmp_filter_ctx filter, uint32_t action, const char *name,
    unsigned conditions_count, struct scmp_arg_cmp condition)
{
	int	number = seccomp_syscall_resolve_name(name);

	if (number == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add(filter, action, number, conditions_count,
	    condition);
}

static int
add_all(scmp_filter_ctx filter, uint32_t action, const char *const *names,
    size_t count)
{
	int	result = 0;
	size_t	i;

	for (i = 0; i < count && result == 0; i++)
		result = add(filter, action, names[i], 0,
		    (struct scmp_arg_cmp){ 0 });
	return result;
}

static int
add_conditions(scmp_filter_ctx filter)
{
	int	result = 0;
	size_t	i;

	for (i = 0; i < COUNT(conditions) && result == 0; i++)
		result = add(filter, conditions[i].action,
		    conditions[i].name, 1, SCMP_CMP(conditions[i].argument,
		    SCMP_CMP_MASKED_EQ, conditions[i].mask,
		    conditions[i].wanted));
	return result;
}

static int
fill(scmp_filter_ctx filter)
{
	int	result = add_all(filter, REFUSE, refused, COUNT(refused));

	if (result == 0)
		result = add_all(filter, ALLOW, allowed, COUNT(allowed));
	return result == 0 ? add_conditions(filter) : result;
}

bool
guard_calls_known(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != -1;
}

int
guard_calls_shut(struct problem *problem)
{
	scmp_filter_ctx	filter;
	int		result;

	filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	if (filter == NULL)
		return problem_set(problem, PROBLEM_SERVER,
		    "guard: no filter for system calls");
	/* Where library or kernel lacks these nothing is lost but comfort. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
	result = fill(filter);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	if (result == 0)
		return 0;
	return problem_set(problem, PROBLEM_SERVER,
	    "guard: system calls can't be restricted: %s", strerror(-result));
}

#else

bool
guard_calls_known(void)
{
	return false;
}

int
guard_calls_shut(struct problem *problem)
{
	(void)problem;
	return 0;
}

#endif
