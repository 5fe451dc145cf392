#include "build.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

bool
program_is_installed(void)
{
	static const char *const folders[] = { LIBEXECDIR, SBINDIR };
	char			 program[PATH_MAX], folder[PATH_MAX], *slash;
	ssize_t			 length;
	size_t			 i;

	length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (length <= 0)
		return false;
	program[length] = '\0';
	slash = strrchr(program, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (realpath(folders[i], folder) != NULL &&
		    strcmp(folder, program) == 0)
			return true;
	}
	return false;
}
