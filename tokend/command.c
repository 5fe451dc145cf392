#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"

/* As shells have it. */
#define EXIT_NOT_RUN	126
#define EXIT_NOT_FOUND	127

#define FD_FIRST	(STDERR_FILENO + 1)
#define FDS_MAX		1024

enum ending {
	ENDING_EXITED,		/* `value` is the status, */
	ENDING_SIGNAL,		/* ... the signal, */
	ENDING_TIMEOUT,
	ENDING_TOO_LONG,
	ENDING_NOT_STARTED,	/* ... errno */
};

/* The datagram, in front of what was printed. */
struct outcome {
	enum ending	ending;
	int		value;
};

/* What the program may know of us: nothing that is a secret of another. */
static const char *const passed[] = {
	"DBUS_SESSION_BUS_ADDRESS", "HOME", "HTTPS_PROXY", "HTTP_PROXY", "LANG",
	"LC_ALL", "LC_CTYPE", "LOGNAME", "NO_PROXY", "PATH", "SHELL",
	"SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR", "TZ", "USER",
	"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR",
	"http_proxy", "https_proxy", "no_proxy",
};
#define PASSED	(sizeof(passed) / sizeof(passed[0]))

/* ---- in the program's process ---- */

/* The strings of the environment that are passed. */
static void
trim_environment(char *out[PASSED + 1])
{
	size_t	i;
	char	*value;

	for (i = 0; i < PASSED; i++) {
		value = getenv(passed[i]);
		if (value != NULL)
			*out++ = value - strlen(passed[i]) - 1;
	}
	*out = NULL;
}

static _Noreturn void
become(char *const words[], int output, pid_t keeper)
{
	char		*kept[PASSED + 1];
	sigset_t	 none;
	int		 null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* Should the keeper be killed, too. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != keeper || null < 0 || setsid() < 0 ||
	    dup2(null, STDIN_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
	    dup2(output, STDOUT_FILENO) < 0)
		_exit(EXIT_NOT_RUN);
	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	trim_environment(kept);
	execvpe(words[0], words, kept);
	_exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN);
}

/* ---- in the keeper: nothing that takes memory or a lock ---- */

struct keeper {
	int	 tokend;	/* the socket */
	int	 output;	/* reads what the program prints */
	int	 ends;		/* readable when it has ended */
	pid_t	 program;
	int64_t	 until_ms;
	size_t	 length;
	char	*text;		/* COMMAND_OUTPUT_MAX + 1 bytes */
};

/* A lock that the keeper had would keep the next tokend out. */
static void
close_others(int socket)
{
	int	fd;

	for (fd = FD_FIRST; fd < FDS_MAX; fd++)
		if (fd != socket)
			close(fd);
}

static int
launch(struct keeper *keeper, char *const words[])
{
	pid_t		own = getpid();
	sigset_t	child;
	int		ends[2];

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &child, NULL) != 0 ||
	    pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	keeper->output = ends[0];
	keeper->ends = signalfd(-1, &child, SFD_CLOEXEC);
	if (keeper->ends < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
		return -1;
	keeper->program = fork();
	if (keeper->program == 0)
		become(words, ends[1], own);
	close(ends[1]);
	return keeper->program < 0 ? -1 : 0;
}

/* All there is to read now. False when that is too much. */
static bool
read_output(struct keeper *keeper)
{
	ssize_t	got;

	while (keeper->output >= 0 && keeper->length <= COMMAND_OUTPUT_MAX) {
		got = read(keeper->output, keeper->text + keeper->length,
		    COMMAND_OUTPUT_MAX + 1 - keeper->length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return true;
		if (got == 0)
			keeper->output = -1;
		keeper->length += (size_t)got;
	}
	return keeper->length <= COMMAND_OUTPUT_MAX;
}

/* Whether the program has ended; its number is kept until we end. */
static bool
has_ended(const struct keeper *keeper, struct outcome *outcome)
{
	siginfo_t	info = { .si_pid = 0 };

	if (waitid(P_PID, (id_t)keeper->program, &info, WEXITED | WNOHANG |
	    WNOWAIT) != 0 || info.si_pid == 0)
		return false;
	outcome->ending = info.si_code == CLD_EXITED ? ENDING_EXITED :
	    ENDING_SIGNAL;
	outcome->value = info.si_status;
	return true;
}

/* Until it has ended, by itself or by what it did. */
static enum ending
watch(struct keeper *keeper, struct outcome *outcome)
{
	struct pollfd	fds[3];
	int64_t		left_ms;
	bool		ended = false;

	while (!ended) {
		left_ms = keeper->until_ms - now_ms();
		fds[0] = (struct pollfd){ .fd = keeper->tokend };
		fds[1] = (struct pollfd){ keeper->ends, POLLIN, 0 };
		fds[2] = (struct pollfd){ keeper->output, POLLIN, 0 };
		if (left_ms <= 0 || (poll(fds, 3, (int)left_ms) > 0 &&
		    fds[0].revents != 0))
			return ENDING_TIMEOUT;
		/* What it printed was there before its end. */
		ended = has_ended(keeper, outcome);
		if (!read_output(keeper))
			return ENDING_TOO_LONG;
	}
	return outcome->ending;
}

/* What it left behind in its group ends with it. */
static void
end_program(const struct keeper *keeper)
{
	kill(-keeper->program, SIGKILL);
	kill(keeper->program, SIGKILL);
}

static _Noreturn void
keep(int socket, char *const words[])
{
	static char	text[COMMAND_OUTPUT_MAX + 1];
	struct keeper	keeper = { .tokend = socket, .text = text,
			    .until_ms = now_ms() + COMMAND_TIMEOUT_MS };
	struct outcome	outcome = { ENDING_NOT_STARTED, 0 };
	struct iovec	parts[2] = { { &outcome, sizeof(outcome) },
			    { text, 0 } };

	/* A terminal's Ctrl-C is for tokend, which then ends us. */
	setsid();
	close_others(socket);
	if (chdir("/") != 0 || launch(&keeper, words) != 0) {
		outcome.value = errno;
	} else {
		outcome.ending = watch(&keeper, &outcome);
		end_program(&keeper);
	}
	if (outcome.ending == ENDING_EXITED && outcome.value == 0)
		parts[1].iov_len = keeper.length;
	_exit(writev(socket, parts, 2) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* ---- in tokend ---- */

static int
explain_start(int error, struct problem *problem)
{
	/* The first command of a configuration that had none before. */
	if (error == EPERM || error == ENOSYS)
		return problem_set(problem, PROBLEM_SERVER,
		    "needs tokend's restart: its guard is shut");
	return problem_set(problem, PROBLEM_SERVER, "can't be started: %s",
	    strerror(error));
}

int
command_start(struct command *command, const struct strings *words,
    struct problem *problem)
{
	char	**list = calloc(words->count + 1, sizeof(*list));
	int	  ends[2], error;

	command->fd = -1;
	if (list == NULL)
		return problem_set(problem, PROBLEM_SERVER, "no memory");
	memcpy(list, words->at, words->count * sizeof(*list));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		free(list);
		return explain_start(errno, problem);
	}
	command->keeper = fork();
	if (command->keeper == 0)
		keep(ends[1], list);
	error = errno;
	close(ends[1]);
	free(list);
	if (command->keeper < 0) {
		close(ends[0]);
		return explain_start(error, problem);
	}
	command->fd = ends[0];
	return 0;
}

static void
reap(struct command *command)
{
	close(command->fd);
	command->fd = -1;
	while (waitpid(command->keeper, NULL, 0) < 0 && errno == EINTR)
		continue;
}

static int
explain(const struct outcome *outcome, struct problem *problem)
{
	switch (outcome->ending) {
	case ENDING_EXITED:
		if (outcome->value == 0)
			return 0;
		return problem_set(problem, PROBLEM_UPSTREAM,
		    "exited with %d%s", outcome->value,
		    outcome->value == EXIT_NOT_FOUND ? " (not found)" :
		    outcome->value == EXIT_NOT_RUN ? " (can't be run)" : "");
	case ENDING_SIGNAL:
		return problem_set(problem, PROBLEM_UPSTREAM,
		    "ended by signal %d", outcome->value);
	case ENDING_TIMEOUT:
		return problem_set(problem, PROBLEM_TIMEOUT,
		    "did not end within %d s", COMMAND_TIMEOUT_MS / 1000);
	case ENDING_TOO_LONG:
		return problem_set(problem, PROBLEM_UPSTREAM,
		    "printed more than %d bytes", COMMAND_OUTPUT_MAX);
	case ENDING_NOT_STARTED:
		break;
	}
	return explain_start(outcome->value, problem);
}

int
command_take(struct command *command, struct buf *out, struct problem *problem)
{
	struct outcome	outcome;
	char		*text = buf_room(out, COMMAND_OUTPUT_MAX);
	struct iovec	parts[2] = { { &outcome, sizeof(outcome) },
			    { text, COMMAND_OUTPUT_MAX } };
	ssize_t		got = -1;

	if (text != NULL)
		do {
			got = readv(command->fd, parts, 2);
		} while (got < 0 && errno == EINTR);
	reap(command);
	if (got < (ssize_t)sizeof(outcome))
		return problem_set(problem, PROBLEM_SERVER, "was killed");
	buf_filled(out, (size_t)got - sizeof(outcome));
	return explain(&outcome, problem);
}

void
command_stop(struct command *command)
{
	if (command->fd >= 0)
		reap(command);
}
