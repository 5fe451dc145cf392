#include "build.h"

#include <sys/types.h>

#include <ctype.h>
#include <curl/curl.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "http_trust.h"

static const char *const folders[] = {
	"/etc/ssl/certs",			/* Debian, Alpine, Arch, SUSE */
};

static const char *const files[] = {
	"/etc/ssl/certs/ca-certificates.crt",	/* Debian, Alpine, OpenWrt */
	"/etc/pki/tls/certs/ca-bundle.crt",	/* Fedora, RHEL and its kin */
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",	/* RHEL 10 */
	"/etc/ssl/ca-bundle.pem",		/* SUSE */
	"/etc/pki/tls/cert.pem",
	"/etc/ssl/cert.pem",			/* Alpine */
};

/* As OpenSSL looks for them: 8 hexadecimal digits, a dot, a number. */
static bool
is_hashed(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' &&
	    isdigit((unsigned char)name[9]);
}

/* A folder of this name may hold nothing but a bundle, which is no use as one. */
static bool
has_hashes(int root, const char *path)
{
	struct dirent	*entry;
	DIR		*dir;
	int		 fd = openat(root, path + 1,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool		 found = false;

	if (fd == -1)
		return false;
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return false;
	}
	while (!found && (entry = readdir(dir)) != NULL)
		found = is_hashed(entry->d_name);
	closedir(dir);
	return found;
}

static bool
is_readable(int root, const char *path)
{
	return faccessat(root, path + 1, R_OK, 0) == 0;
}

static const char *
first(bool (*is_good)(int, const char *), int root, const char *preferred,
    const char *const *paths, size_t count)
{
	size_t	i;

	if (preferred != NULL && *preferred == '/' && is_good(root, preferred))
		return preferred;
	for (i = 0; i < count; i++)
		if (is_good(root, paths[i]))
			return paths[i];
	return NULL;
}

struct http_trust
http_trust_find(const char *root)
{
	const curl_version_info_data	*curl = curl_version_info(
					    CURLVERSION_NOW);
	struct http_trust		 trust = { NULL, NULL };
	/* By its path alone: behind a guard the root is not to be read. */
	int				 fd = open(root, O_PATH |
					    O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return trust;
	trust.folder = first(has_hashes, fd, curl->capath, folders,
	    sizeof(folders) / sizeof(*folders));
	if (trust.folder == NULL)
		trust.file = first(is_readable, fd, curl->cainfo, files,
		    sizeof(files) / sizeof(*files));
	close(fd);
	return trust;
}
