#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config_cases.h"
#include "guard.h"
#include "guard_calls.h"
#include "guard_files.h"
#include "http_trust.h"

#ifndef SYS_landlock_create_ruleset	/* headers before Linux 5.13 */
#define SYS_landlock_create_ruleset	444
#endif

/*
 * What the guard forbids is tried, each in a process of its own that shuts it
 * first: in `folder`, own/ may be written, shown/ read, and foreign/ is neither.
 */
static char	folder[] = "/tmp/test_guard.XXXXXX";
static bool	has_files, has_calls, has_trust;

static const char *
in(const char *name)
{
	static char	paths[4][128];
	static int	next;
	char		*path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static int
put(const char *name)
{
	int	fd = open(in(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd == -1 || close(fd) == -1 ? errno : 0;
}

static int
start(void **unused)
{
	static const char *const folders[] = { "own", "shown", "foreign" };
	size_t	i;
	int	rules;

	(void)unused;
	if (mkdtemp(folder) == NULL)
		return -1;
	for (i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		assert_int_equal(mkdir(in(folders[i]), 0700), 0);
	assert_int_equal(put("own/a") | put("shown/a") | put("foreign/a"), 0);
	rules = guard_files_open();
	has_files = rules != -1;
	has_trust = http_trust_find("/").folder != NULL ||
	    http_trust_find("/").file != NULL;
	has_calls = guard_calls_known();
	if (has_files)
		close(rules);
	return 0;
}

static int
clean(void **unused)
{
	char	command[256];

	(void)unused;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* ---- what is tried: 0 or errno ---- */

static int
tried(long result)
{
	return result == -1 ? errno : 0;
}

static int
read_file(const char *name)
{
	return tried(open(in(name), O_RDONLY | O_CLOEXEC));
}

static int
read_foreign(void)
{
	return read_file("foreign/a");
}

static int
list_foreign(void)
{
	return tried(open(in("foreign"), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int
make_foreign(void)
{
	return put("foreign/new");
}

static int
write_shown(void)
{
	return tried(open(in("shown/a"), O_WRONLY | O_CLOEXEC));
}

static int
remove_shown(void)
{
	return tried(unlink(in("shown/a")));
}

static int
read_shown(void)
{
	return read_file("shown/a");
}

static int
replace_own(void)
{
	return put("own/new") != 0 ? errno :
	    tried(rename(in("own/new"), in("own/a"))) != 0 ? errno :
	    tried(mkdir(in("own/sub"), 0700)) != 0 ? errno :
	    tried(rmdir(in("own/sub"))) != 0 ? errno : read_file("own/a");
}

static int
read_made_later(void)
{
	return read_file("later/a");
}

static int
run_program(void)
{
	char	*arguments[] = { (char *)(uintptr_t)"true", NULL };

	return tried(execv("/bin/true", arguments));
}

static int
run_by_number(void)
{
	return tried(syscall(SYS_execveat, AT_FDCWD, "/bin/true", NULL, NULL,
	    0));
}

static int
fork_one(void)
{
	pid_t	pid = fork();

	if (pid == 0)
		_exit(0);
	return tried(pid);
}

static int
look_into_itself(void)
{
	return tried(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
look_into_parent(void)
{
	char		byte;
	struct iovec	here = { &byte, 1 }, there = { folder, 1 };

	return tried(process_vm_readv(getppid(), &here, 1, &there, 1, 0));
}

/* Near some address: musl takes EPERM for a lack of memory otherwise. */
static int
write_and_run_memory(void)
{
	void	*near = (void *)(uintptr_t)0x10000000;

	return mmap(near, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

static int
run_written_memory(void)
{
	void	*page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? 0 :
	    tried(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int
leave_namespace(void)
{
	return tried(syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */));
}

static int
become_another(void)
{
	return tried(setuid(65534));
}

#ifndef SYS_socketcall
static int
watch_the_wire(void)
{
	return tried(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}
#endif

static int
call_unknown(void)
{
	return tried(syscall(SYS_sched_rr_get_interval, 0, NULL));
}

static int
listen_elsewhere(void)
{
	struct sockaddr_in	any = { .sin_family = AF_INET };
	int			fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC,
				    0);

	return fd == -1 ? 0 : tried(bind(fd, (struct sockaddr *)&any,
	    sizeof(any)));
}

static int
signal_parent(void)
{
	return tried(kill(getppid(), 0));
}

static void *
nothing(void *of)
{
	return of;
}

/* What the programs need; each number is of the first that failed. */
static int
work(void)
{
	struct addrinfo		*found, hints = { .ai_socktype = SOCK_STREAM };
	struct http_trust	 trust;
	pthread_t		 thread;
	int			 pair[2];

	if (pthread_create(&thread, NULL, nothing, NULL) != 0 ||
	    pthread_join(thread, NULL) != 0)
		return 1;
	if (getaddrinfo("localhost", "80", &hints, &found) != 0)
		return 2;
	freeaddrinfo(found);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return 3;
	if (kill(getpid(), 0) != 0)
		return 4;
	if (raise(0) != 0)
		return 5;
	trust = http_trust_find("/");
	return has_trust && trust.folder == NULL && trust.file == NULL ? 6 : 0;
}

static int
run_shell(void)
{
	return system("exit 0");
}

/* ---- trying ---- */

/* A process with a shut guard tries it. Its answer. */
static int
guarded(const char *config, int (*attempt)(void))
{
	struct guard	 guard;
	struct config	*c = must_read(config);
	int		 status;
	pid_t		 pid = fork();

	if (pid == 0) {
		guard_begin(&guard, c);
		guard_allow(&guard, in("own"), GUARD_WRITE);
		guard_allow(&guard, in("shown"), GUARD_READ);
		_exit(guard_shut(&guard, &problem) == 0 ? attempt() : 255);
	}
	config_release(c);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 255);
	return WEXITSTATUS(status);
}

struct attempt {
	const char	*what;
	int		(*attempt)(void);
	int		 wanted;
};

static void
try_all(const struct attempt *attempts, size_t count)
{
	size_t	i;
	int	result;

	for (i = 0; i < count; i++) {
		result = guarded("{}", attempts[i].attempt);
		if (result != attempts[i].wanted)
			fail_msg("%s: %s, not %s", attempts[i].what,
			    strerror(result), strerror(attempts[i].wanted));
	}
}

#define TRY(attempts)							\
	try_all(attempts, sizeof(attempts) / sizeof(*attempts))

static void
other_files_are_out_of_reach(void **unused)
{
	static const struct attempt	attempts[] = {
		{ "read", read_foreign, EACCES },
		{ "list", list_foreign, EACCES },
		{ "make", make_foreign, EACCES },
		{ "write what is to be read", write_shown, EACCES },
		{ "remove what is to be read", remove_shown, EACCES },
		{ "read what is to be read", read_shown, 0 },
		{ "all with its own", replace_own, 0 },
	};

	(void)unused;
	if (!has_files)
		skip();
	TRY(attempts);
}

static void
other_calls_are_refused(void **unused)
{
	static const struct attempt	attempts[] = {
		{ "execve", run_program, EPERM },
		{ "execveat", run_by_number, EPERM },
		{ "fork", fork_one, EPERM },
		{ "ptrace", look_into_itself, EPERM },
		{ "process_vm_readv", look_into_parent, EPERM },
		{ "mmap", write_and_run_memory, EPERM },
		{ "mprotect", run_written_memory, EPERM },
		{ "unshare", leave_namespace, EPERM },
		{ "setuid", become_another, EPERM },
#ifndef SYS_socketcall	/* its arguments are in memory, which no filter sees */
		{ "a packet socket", watch_the_wire, ENOSYS },
#endif
		{ "a call that nobody needs", call_unknown, ENOSYS },
	};

	(void)unused;
	if (!has_calls)
		skip();
	TRY(attempts);
}

/* Without Landlock's rules for them both succeed. */
static void
neither_ports_nor_signals_go_beyond(void **unused)
{
	long	version = syscall(SYS_landlock_create_ruleset, NULL,
		    (size_t)0, 1u);

	(void)unused;
	if (!has_files)
		skip();
	assert_int_equal(guarded("{}", listen_elsewhere),
	    version >= 4 ? EACCES : 0);
	assert_int_equal(guarded("{}", signal_parent),
	    version >= 6 ? EPERM : 0);
}

static void
programs_go_on_working(void **unused)
{
	(void)unused;
	assert_int_equal(guarded("{}", work), 0);
}

static void
it_can_be_switched_off(void **unused)
{
	(void)unused;
	assert_int_equal(guarded("{\"guard\":false}", read_foreign), 0);
	assert_int_equal(guarded("{\"guard\":false}", run_shell), 0);
	setenv("DROID2API_GUARD", "0", 1);
	assert_int_equal(guarded("{}", read_foreign), 0);
	setenv("DROID2API_GUARD", "1", 1);
	assert_int_equal(guarded("{\"guard\":false}", read_foreign),
	    has_files ? EACCES : 0);
	unsetenv("DROID2API_GUARD");
}

/* A folder that is made later is found when the one above it was there. */
static void
what_comes_later_is_within_what_is_there(void **unused)
{
	struct guard	 guard;
	struct config	*c = must_read("{}");
	int		 status;
	pid_t		 pid = fork();

	(void)unused;
	if (pid == 0) {
		guard_begin(&guard, c);
		guard_allow(&guard, in("later/deeper"), GUARD_WRITE);
		guard_allow(&guard, "/nonexistent/below/root", GUARD_READ);
		if (guard_shut(&guard, &problem) != 0 ||
		    mkdir(in("later"), 0700) != 0 || put("later/a") != 0)
			_exit(255);
		_exit(read_made_later() != 0 ? 254 :
		    tried(open("/var/lib/dpkg", O_RDONLY | O_CLOEXEC)));
	}
	config_release(c);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), !has_files ? 0 :
	    access("/var/lib/dpkg", F_OK) == 0 ? EACCES : ENOENT);
}

/* No home, one that is the root, a variable that is set to nothing. */
static void
what_is_named_nowhere_opens_nothing(void **unused)
{
	static const char *const	paths[] = {
		"", "//.factory/auth.json", "/./.factory/auth.json",
		"/../.factory/auth.json",
	};
	struct guard	 guard;
	struct config	*c;
	int		 status;
	size_t		 i;
	pid_t		 pid;

	(void)unused;
	if (!has_files)
		skip();
	c = config_read_text("{}", 2, in("shown/config.json"), NULL, NULL,
	    &problem);
	for (i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		pid = fork();
		if (pid == 0) {
			setenv("FACTORY_API_KEY_FILE", "", 1);
			if (chdir(in("foreign")) != 0)
				_exit(255);
			guard_begin(&guard, c);
			guard_allow(&guard, paths[i], GUARD_WRITE);
			guard_allow_beside(&guard, paths[i], GUARD_WRITE);
			_exit(guard_shut(&guard, &problem) == 0 ?
			    read_foreign() : 255);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(WEXITSTATUS(status), EACCES);
	}
	config_release(c);
}

/* An editor writes a new file and renames it. */
static int
read_edited_config(void)
{
	return read_file("shown/config.json");
}

static void
an_edited_configuration_is_read(void **unused)
{
	struct guard	 guard;
	struct config	*c;
	int		 status, pipe_fds[2];
	char		 byte;
	pid_t		 pid;

	(void)unused;
	assert_int_equal(put("foreign/config.json"), 0);
	assert_int_equal(truncate(in("foreign/config.json"), 0), 0);
	assert_int_equal(symlink(in("foreign/config.json"),
	    in("shown/config.json")), 0);
	assert_int_equal(pipe(pipe_fds), 0);
	c = config_read_text("{}", 2, in("shown/config.json"), NULL, NULL,
	    &problem);
	pid = fork();
	if (pid == 0) {
		close(pipe_fds[1]);
		guard_begin(&guard, c);
		if (guard_shut(&guard, &problem) != 0)
			_exit(255);
		_exit(read(pipe_fds[0], &byte, 1) == 1 ?
		    read_edited_config() : 254);
	}
	config_release(c);
	assert_int_equal(put("foreign/config.new"), 0);
	assert_int_equal(rename(in("foreign/config.new"),
	    in("foreign/config.json")), 0);
	assert_int_equal(write(pipe_fds[1], "", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(other_files_are_out_of_reach),
		cmocka_unit_test(other_calls_are_refused),
		cmocka_unit_test(neither_ports_nor_signals_go_beyond),
		cmocka_unit_test(programs_go_on_working),
		cmocka_unit_test(it_can_be_switched_off),
		cmocka_unit_test(what_comes_later_is_within_what_is_there),
		cmocka_unit_test(what_is_named_nowhere_opens_nothing),
		cmocka_unit_test(an_edited_configuration_is_read),
	};

#ifdef SANITIZED	/* their own looking is what a guard refuses */
	return 77;
#endif
	return cmocka_run_group_tests(tests, start, clean);
}
