#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guard_files.h"

/*
 * The kernel's interface, of which the headers that are there may know only the
 * first version. Each later one added to the end of the structure.
 */
struct ruleset {
	uint64_t	files, ports, scopes;
};

struct path_rule {
	uint64_t	rights;
	int32_t		fd;
} __attribute__((packed));

#define RULE_PATH	1
#define ASK_VERSION	(1u << 0)

#define EXECUTE		(1u << 0)
#define WRITE_FILE	(1u << 1)
#define READ_FILE	(1u << 2)
#define READ_DIR	(1u << 3)
#define REMOVE_DIR	(1u << 4)
#define REMOVE_FILE	(1u << 5)
#define MAKE_CHAR	(1u << 6)
#define MAKE_DIR	(1u << 7)
#define MAKE_REG	(1u << 8)
#define MAKE_SOCK	(1u << 9)
#define MAKE_FIFO	(1u << 10)
#define MAKE_BLOCK	(1u << 11)
#define MAKE_SYM	(1u << 12)
#define TRUNCATE	(1u << 14)	/* since version 3 */
#define IOCTL_DEV	(1u << 15)	/* since version 5 */

#define BIND_TCP	(1u << 0)	/* since version 4 */
#define ABSTRACT_SOCKET	(1u << 0)	/* since version 6 */
#define SIGNAL		(1u << 1)

#define READ		(READ_FILE | READ_DIR)
#define WRITE		(READ | WRITE_FILE | TRUNCATE | REMOVE_DIR |	\
			    REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SOCK)
#define OF_A_FILE	(READ_FILE | WRITE_FILE | TRUNCATE)
#define ALL		(WRITE | EXECUTE | MAKE_CHAR | MAKE_FIFO |	\
			    MAKE_BLOCK | MAKE_SYM | IOCTL_DEV)

#ifdef SYS_landlock_create_ruleset

static int
version(void)
{
	long	found = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
		    ASK_VERSION);

	return found > 0 ? (int)found : 0;
}

/* Rights on files that this kernel can tell apart. */
static uint64_t
known(int version)
{
	return ALL & ~(uint64_t)(version < 3 ? TRUNCATE : 0) &
	    ~(uint64_t)(version < 5 ? IOCTL_DEV : 0);
}

int
guard_files_open(void)
{
	const char	*notify = getenv("NOTIFY_SOCKET");
	int		 now = version();
	struct ruleset	 ruleset = {
		.files = known(now),
		.ports = BIND_TCP,
		/* The service manager's may be such a one. */
		.scopes = SIGNAL | (notify != NULL && *notify == '@' ? 0 :
		    ABSTRACT_SOCKET),
	};
	size_t		 size = now < 4 ? 8 : now < 6 ? 16 : sizeof(ruleset);

	if (now == 0)
		return -1;
	return (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0u);
}

int
guard_files_allow(int rules, const char *path, enum guard_right right)
{
	struct path_rule	rule;
	struct stat		status;
	int			result = -1, error;

	rule.rights = (right == GUARD_READ ? READ : WRITE) & known(version());
	rule.fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.fd < 0)
		return -1;
	if (fstat(rule.fd, &status) == 0) {
		if (!S_ISDIR(status.st_mode))
			rule.rights &= OF_A_FILE;
		result = (int)syscall(SYS_landlock_add_rule, rules, RULE_PATH,
		    &rule, 0u);
	}
	error = errno;
	close(rule.fd);
	errno = error;
	return result;
}

int
guard_files_shut(int rules, struct problem *problem)
{
	if (rules == -1 ||
	    syscall(SYS_landlock_restrict_self, rules, 0u) == 0)
		return 0;
	return problem_set(problem, PROBLEM_SERVER,
	    "guard: files can't be restricted: %s", strerror(errno));
}

#else

int
guard_files_open(void)
{
	return -1;
}

int
guard_files_allow(int rules, const char *path, enum guard_right right)
{
	(void)rules;
	(void)path;
	(void)right;
	errno = ENOSYS;
	return -1;
}

int
guard_files_shut(int rules, struct problem *problem)
{
	(void)rules;
	(void)problem;
	return 0;
}

#endif
