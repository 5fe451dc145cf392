#ifndef CA_PATH_H
#define CA_PATH_H

#include "problem.h"

/*
 * A bundle of CA certificates as a hashed directory, which costs a handle a
 * fraction of what the bundle does: OpenSSL loads only what it needs.
 *
 * Splits `ca_file` (PEM) into `folder`/ca-HASH/, HASH being of the file's bytes,
 * unless that is there already: then it and all in it must be this user's own,
 * or another user would decide whom we trust. Returns the directory's name, to
 * be freed, or NULL with the problem set.
 */
char	*ca_path_make(const char *ca_file, const char *folder,
	    struct problem *);

#endif
