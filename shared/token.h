#ifndef TOKEN_H
#define TOKEN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

/*
 * The token file: the contract between tokend, which writes it, and the
 * responders, which read it.
 *
 * Written as a new file in the same folder (0640, exclusive flock), fsync'ed,
 * renamed over token.json, and the folder fsync'ed. Readers never wait for a
 * writer: a name leads to the old or to the new file, both whole. A reader keeps
 * the descriptor of the version it holds, so that its inode can't be given to a
 * successor, looks by fstatat() whether the name leads elsewhere, and then reads
 * under a shared flock. `generation` never goes backwards; a file with a lower
 * one than seen is refused.
 *
 *	{ "version": 1, "generation": 7, "updated_at": 1760000000,
 *	  "accounts": [ { "id": "user_01H...", "access_token": "eyJ...",
 *	    "expires_at": 1760028800, "organization_id": "org_..." } ],
 *	  "keys": [ { "id": "vertex", "access_token": "ya29...",
 *	    "expires_at": 0 } ] }
 *
 * Accounts are Factory's. A key is that of the endpoint it is named for, printed
 * by its command, and goes nowhere else.
 *
 * "pending": true says that tokend has a login whose first token it is fetching,
 * so that a responder without any waits a moment; "keys_pending" the same of keys.
 * "lost": why there is none and will be none before somebody logs in.
 *
 * It never holds a refresh token. The organization is Factory's, as the token
 * itself tells it (claim external_org_id), not WorkOS's.
 */
#define TOKEN_ACCOUNTS_MAX	64
#define TOKEN_KEYS_MAX		32
#define TOKEN_FILE_MAX		(1024 * 1024)	/* bytes */

struct account {
	char		*id;			/* stable name, not a secret; of a
						 * key its endpoint's */
	char		*access_token;		/* wiped on release */
	int64_t		 expires_at;		/* unix seconds, 0: unknown */
	char		*organization_id;	/* or NULL */
	uint64_t	 hash;			/* of access_token; names it in
						 * the scoreboard and to tokend */
};

/* An immutable, reference-counted snapshot. */
struct tokens {
	atomic_uint	references;	/* private */
	int64_t		generation;
	int64_t		updated_at;
	bool		pending;	/* the first token is on its way */
	bool		keys_pending;	/* the first of a key is */
	char		*lost;		/* why the login is over, or NULL */
	size_t		count, keys_count;
	struct account	accounts[TOKEN_ACCOUNTS_MAX];
	struct account	keys[TOKEN_KEYS_MAX];
};

struct tokens	*tokens_new(void);		/* empty, one reference */
struct tokens	*tokens_hold(struct tokens *);
void		 tokens_release(struct tokens *); /* NULL is fine */

/* Copies in. 0 or -1 (full, or out of memory). For the writer. */
int	tokens_add(struct tokens *, const char *id, const char *access_token,
	    int64_t expires_at, const char *organization_id);
int	tokens_add_key(struct tokens *, const char *endpoint,
	    const char *access_token, int64_t expires_at);

/* The key of that endpoint, or NULL; also of NULL. */
const struct account *tokens_key(const struct tokens *, const char *endpoint);

/* The first 64 bits of a secret's SHA-256, 1 for 0: the same in all processes. */
uint64_t token_hash(const char *, size_t length);

/* Publishes durably as told above. 0 or -1; the old file stays on failure. */
int	token_write(const char *path, const struct tokens *, struct problem *);

/* Reads and checks the text of a token file: a snapshot, or NULL. */
struct tokens *token_parse(const char *text, size_t length, struct problem *);

/*
 * The reader. token_current() costs one fstatat() when nothing changed, is safe
 * from any thread, and returns a snapshot to be released; NULL when there is no
 * (usable) file, which is logged once. A file that becomes unreadable keeps the
 * last good snapshot.
 */
struct token_reader;
struct token_reader	*token_reader_new(const char *path);
struct tokens		*token_current(struct token_reader *);
void			 token_reader_free(struct token_reader *);

/*
 * Ask for refresh: one datagram to tokend's socket that names the hash of the
 * token that an upstream refused. 0 when sent, -1 if nobody listens. The answer
 * is a new token file, or, when there will be none soon, one byte in the socket
 * whose other end goes with the datagram: `answer_fd`, or -1 for none.
 */
struct token_request {
	uint32_t	magic;		/* TOKEN_REQUEST_MAGIC */
	uint32_t	version;	/* 1 */
	uint64_t	hash;		/* of the refused access token */
};
#define TOKEN_REQUEST_MAGIC	0x64326174u

/* In place of a hash, which it never is: nothing is wrong, there is traffic. */
#define TOKEN_TRAFFIC		0

int	token_ask(const char *socket_path, uint64_t hash, int answer_fd);

/* Which token is meant: that of an account, or of an endpoint's command. */
struct token_name {
	const char	*id;
	bool		 is_key;
};

/*
 * Asks, then waits until what is named has another token than `hash`, tokend
 * says that it will not have one now, or `timeout_ms` is over (polling the file,
 * bounded). Returns the new snapshot or NULL. Blocks.
 */
struct tokens *token_await(struct token_reader *, const char *socket_path,
	    const struct token_name *, uint64_t hash, int timeout_ms);

/*
 * token_current(), but while there is no account and tokend is fetching the
 * first token, waits for it, at most `timeout_ms`; of the key of `endpoint`
 * unless that is NULL. What has been pending for longer than TOKEN_PENDING_S
 * is so no more: its tokend is gone. Blocks.
 */
#define TOKEN_PENDING_S	60
struct tokens *token_await_first(struct token_reader *, const char *endpoint,
	    int timeout_ms);

#endif
