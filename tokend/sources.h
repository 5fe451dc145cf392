#ifndef SOURCES_H
#define SOURCES_H

#include "buf.h"
#include "logins.h"
#include "problem.h"

/*
 * Where logins come from: the environment, and the files of Factory's own
 * command-line program, which has a say in them too.
 */

/*
 * DROID_REFRESH_KEY, else the file DROID_REFRESH_KEY_FILE names, else
 * $CREDENTIALS_DIRECTORY/droid_refresh_key (systemd): tokens, split at commas
 * and white space. What the environment held is kept in `environment` and
 * wiped there, so that nobody reads it in /proc. 0 or -1 with the reason.
 */
struct sources {
	char	*environment;		/* DROID_REFRESH_KEY's value */
	char	 file[4096];		/* auth.json; "": no home */
	char	 sealed[4096];		/* auth.v2.file */
	char	 key[4096];		/* auth.v2.key */
};

void	sources_init(struct sources *);
void	sources_release(struct sources *);
int	sources_read_seeds(const struct sources *, struct seeds *,
	    struct problem *);

/* A pair of a file, wiped on release. */
struct pair {
	char	*access_token;		/* NULL: none */
	char	*refresh_token;
};
void	pair_release(struct pair *);

/*
 * Reads auth.json: {"access_token", "refresh_token", ...}. 0; 1 when there is
 * none, or no refresh token in it; -1 with the reason.
 */
int	sources_read_file(const struct sources *, struct pair *,
	    struct problem *);

/*
 * Writes the new pair back into auth.json: the two values are replaced, and
 * last_updated if there is one; all else stays byte by byte, and so does the
 * mode. Only if the file still holds the login's origin, else (somebody logged
 * in meanwhile) it is left alone. 0, or -1 with the reason.
 */
int	sources_write_file(const struct sources *, const struct login *,
	    struct problem *);

/* Reads auth.v2.file, sealed by the key in auth.v2.key; as sources_read_file. */
int	sources_read_sealed(const struct sources *, struct pair *,
	    struct problem *);

/*
 * Opens "iv:tag:ciphertext", each in base64, by AES-256-GCM with a 32-byte key
 * in base64, into `out`. 0 or -1 with the reason.
 */
int	sealed_open(struct buf *out, const char *text, const char *key,
	    struct problem *);

#endif
