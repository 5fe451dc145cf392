#include "build.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "ca_path.h"
#include "token.h"

#define NAMES_MAX	1024	/* "HASH.N" in one directory */

/* Writes one certificate under its subject's hash, as c_rehash names it. */
static int
write_one(const char *folder, X509 *certificate)
{
	char path[1024];
	unsigned long hash = X509_subject_name_hash(certificate);
	FILE *file = NULL;
	int i, result;

	for (i = 0; i < NAMES_MAX && file == NULL; i++) {
		if (snprintf(path, sizeof(path), "%s/%08lx.%d", folder, hash,
		    i) >= (int)sizeof(path))
			return -1;
		file = fopen(path, "wxe");
		if (file == NULL && errno != EEXIST)
			return -1;
	}
	if (file == NULL)
		return -1;
	result = PEM_write_X509(file, certificate) == 1 ? 0 : -1;
	return fclose(file) == 0 ? result : -1;
}

static int
write_all(const char *folder, FILE *bundle)
{
	X509 *certificate;
	int count = 0, result = 0;

	while (result == 0 && (certificate = PEM_read_X509(bundle, NULL, NULL,
	    NULL)) != NULL) {
		result = write_one(folder, certificate);
		X509_free(certificate);
		count++;
	}
	return result == 0 && count > 0 ? 0 : -1;
}

static uint64_t
hash_file(FILE *file)
{
	uint64_t hash[2] = { 0, 0 };
	char block[65536];
	size_t length;

	do {
		length = fread(block, 1, sizeof(block), file);
		hash[1] = token_hash(block, length);
		hash[0] = token_hash((const char *)hash, sizeof(hash));
	} while (length == sizeof(block));
	return fseek(file, 0, SEEK_SET) == 0 ? hash[0] : 0;
}

static void
remove_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int fd = dir != NULL ? dirfd(dir) : -1;

	while (fd != -1 && (entry = readdir(dir)) != NULL)
		(void)unlinkat(fd, entry->d_name, 0);
	if (dir != NULL)
		(void)closedir(dir);
	(void)rmdir(folder);
}

static bool
is_own_file(int folder, const char *name)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
	    status.st_nlink == 1;
}

/* Whether nobody but this user can have put in what is in it. */
static bool
is_own(DIR *dir, int fd)
{
	struct stat status;
	struct dirent *entry;
	bool own = fstat(fd, &status) == 0 &&
	    status.st_uid == geteuid() && (status.st_mode & 077) == 0;

	while (own && (entry = readdir(dir)) != NULL)
		own = strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    is_own_file(fd, entry->d_name);
	return own;
}

/* Whether it is there: 1, 0, or -1 with the reason why it is not to be used. */
static int
find(const char *name, struct problem *problem)
{
	int fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir;
	bool own;

	if (fd == -1 && errno == ENOENT)
		return 0;
	dir = fd == -1 ? NULL : fdopendir(fd);
	if (dir == NULL && fd != -1)
		(void)close(fd);
	own = dir != NULL && is_own(dir, fd);
	if (dir != NULL)
		(void)closedir(dir);
	return own ? 1 : problem_set(problem, PROBLEM_FORBIDDEN,
	    "%s is not a folder of this user's alone, so that its "
	    "certificates are not trusted: remove it", name);
}

/* Unless another process was faster. */
static int
give_name(const char *fresh, const char *name, struct problem *problem)
{
	int error, found;

	if (rename(fresh, name) == 0)
		return 0;
	error = errno;
	remove_folder(fresh);
	found = find(name, problem);
	if (found == 0)
		problem_set(problem, PROBLEM_SERVER, "can't make %s: %s", name,
		    strerror(error));
	return found == 1 ? 0 : -1;
}

/* Fills a directory of its own and gives it its name when it is whole. */
static int
make(FILE *bundle, const char *name, struct problem *problem)
{
	char fresh[1024];
	int found = find(name, problem);

	if (found != 0)
		return found == 1 ? 0 : -1;
	if (snprintf(fresh, sizeof(fresh), "%s.XXXXXX", name) >=
	    (int)sizeof(fresh) || mkdtemp(fresh) == NULL)
		return problem_set(problem, PROBLEM_SERVER, "%s: %s", fresh,
		    strerror(errno));
	if (write_all(fresh, bundle) == 0)
		return give_name(fresh, name, problem);
	remove_folder(fresh);
	return problem_set(problem, PROBLEM_INVALID,
	    "ca_file holds no certificates that can be read");
}

char *
ca_path_make(const char *ca_file, const char *folder, struct problem *problem)
{
	FILE *bundle = fopen(ca_file, "re");
	char *name = NULL;

	if (bundle == NULL) {
		problem_set(problem, PROBLEM_INVALID, "ca_file %s: %s",
		    ca_file, strerror(errno));
		return NULL;
	}
	if (asprintf(&name, "%s/ca-%016llx", folder,
	    (unsigned long long)hash_file(bundle)) == -1)
		name = NULL;
	if (name == NULL || make(bundle, name, problem) == -1) {
		free(name);
		name = NULL;
	}
	(void)fclose(bundle);
	return name;
}
