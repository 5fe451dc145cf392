#include "build.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "buf.h"
#include "config_reader.h"
#include "file.h"
#include "program.h"

#define CGROUPS	"/sys/fs/cgroup"

/* A group's limit: a number; 0 for "max", and where there is no such file. */
static size_t
group_memory(const char *group)
{
	char			 path[PATH_MAX + sizeof("/memory.max")];
	char			 text[32];
	unsigned long long	 bytes = 0;
	FILE			*file;

	snprintf(path, sizeof(path), "%s/memory.max", group);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fgets(text, sizeof(text), file) != NULL)
		bytes = strtoull(text, NULL, 10);
	fclose(file);
	return bytes > SIZE_MAX ? SIZE_MAX : (size_t)bytes;
}

/* Our own group, "0::/system.slice/droid2api.service"; a container's is "/". */
static void
find_group(char path[PATH_MAX])
{
	char	 line[PATH_MAX - sizeof(CGROUPS)];
	FILE	*file = fopen("/proc/self/cgroup", "re");

	snprintf(path, PATH_MAX, CGROUPS);
	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "0::/", 4) == 0)
			snprintf(path, PATH_MAX, CGROUPS "%.*s",
			    (int)strcspn(line + 3, "\n"), line + 3);
	fclose(file);
}

/* The least of what our group and those that it is in may use; 0: no limit. */
static size_t
limited_memory(void)
{
	char	group[PATH_MAX];
	size_t	least = 0, bytes;

	find_group(group);
	for (;;) {
		bytes = group_memory(group);
		if (bytes > 0 && (least == 0 || bytes < least))
			least = bytes;
		if (strlen(group) < sizeof(CGROUPS))
			return least;
		*strrchr(group, '/') = '\0';
	}
}

/*
 * A quarter of the memory, at least 256 MiB. Found once, by the first
 * configuration, as the guard leaves nothing of /proc.
 */
static size_t
default_memory(void)
{
	static size_t	found;
	long		pages = sysconf(_SC_PHYS_PAGES);
	long		page = sysconf(_SC_PAGESIZE);
	size_t		bytes = 0, limit;

	if (found > 0)
		return found;
	limit = limited_memory();
	if (pages > 0 && page > 0)
		bytes = (size_t)pages < SIZE_MAX / (size_t)page ?
		    (size_t)pages * (size_t)page : SIZE_MAX;
	if (limit > 0 && (bytes == 0 || limit < bytes))
		bytes = limit;
	bytes = bytes / 4 / MEBIBYTE * MEBIBYTE;
	found = bytes > 256 * MEBIBYTE ? bytes : 256 * MEBIBYTE;
	return found;
}

/* Who may use the credential without showing anything, but from here. */
static void
warn_of_access(struct config_reader *r)
{
	if (r->config->access == ACCESS_OPEN)
		config_warning(r, "access", "is \"open\": whoever reaches this "
		    "gateway may use its credential");
	if (r->config->access == ACCESS_LOOPBACK &&
	    r->config->local_peers_count > 0)
		config_warning(r, "local_peers", "counts as this machine: "
		    "whoever comes from there may use the credential without a "
		    "key; behind Docker publish the port on 127.0.0.1 only, or "
		    "set DROID2API_CLIENT_KEYS");
}

/* What one key means for another. */
static int
finish(struct config_reader *r)
{
	struct config	*config = r->config;

	if ((int)config->access == -1)
		config->access = config->client_keys_count > 0 ? ACCESS_KEYS :
		    ACCESS_LOOPBACK;
	if (config->access == ACCESS_KEYS && config->client_keys_count == 0)
		return config_wrong(r, "access",
		    "is \"keys\", but there are no client_keys");
	warn_of_access(r);
	config_check_fallbacks(r);
	if (config->memory_max == 0)
		config->memory_max = default_memory();
	if (config->models_count == 0)
		config_warning(r, "models", "is empty: no request will find "
		    "its model");
	return 0;
}

static int
read_tree(struct config_reader *r, struct json_object *root)
{
	if (config_read_object(r, SCOPE_TOP, root, r->config) != 0)
		return -1;
	if (config_read_environment(r) != 0)
		return -1;
	return finish(r);
}

struct config *
config_read_text(const char *text, size_t length, const char *path,
    config_warn warn, void *context, struct problem *problem)
{
	struct config_reader	 r = {
		.where = "",
		.warn = warn,
		.warn_context = context,
		.problem = problem,
	};
	struct json_object	*root;

	root = config_parse(text, length, path, problem);
	if (root == NULL)
		return NULL;
	r.config = calloc(1, sizeof(*r.config));
	if (r.config != NULL) {
		arena_init(&r.config->arena, CONFIG_MEMORY_MAX, NULL);
		atomic_init(&r.config->references, 1);
		r.config->path = arena_strdup(&r.config->arena, path);
	}
	if (r.config == NULL || r.config->path == NULL)
		problem_set(problem, PROBLEM_OVERLOADED, "%s: out of memory",
		    path);
	if (r.config != NULL &&
	    (r.config->path == NULL || read_tree(&r, root) != 0)) {
		config_release(r.config);
		r.config = NULL;
	}
	config_wipe(root);
	return r.config;
}

struct config *
config_read(const char *path, config_warn warn, void *context,
    struct problem *problem)
{
	struct config	*config = NULL;
	struct buf	 text;

	buf_init(&text, CONFIG_FILE_MAX, NULL);
	if (file_read(path, &text, problem) == 0)
		config = config_read_text(text.at, text.length, path, warn,
		    context, problem);
	else if (problem->kind == PROBLEM_MISSING && !program_is_installed() &&
	    strcmp(path, CONFIG_OF_SYSTEM) == 0)
		problem_add(problem, "this user has started no gateway by "
		    "start.sh: what another one runs, as by sudo, is asked "
		    "for in the same way");
	if (text.length > 0)
		explicit_bzero(text.at, text.length);
	buf_release(&text);
	return config;
}
