#ifndef ROW_H
#define ROW_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What an exchange with a model leaves in the journal: numbers, and names that
 * are cut to their fields. No text of a conversation, no key, no header value
 * but the first word of the user agent.
 *
 * A row lies in one page of its file, so that it is there as a whole or not at
 * all, whatever is killed: the marks at its ends tell. A row of another version
 * is none.
 */
#define ROW_SIZE	1024
#define ROW_VERSION	1
#define ROW_MARK	(0xd201da97feed0000u | ROW_VERSION)
#define ROW_TOOLS	5

enum row_tokens {
	ROW_INPUT,		/* neither cached nor written to a cache */
	ROW_CACHED,
	ROW_CACHE_WRITE,
	ROW_OUTPUT,
	ROW_REASONING,		/* a part of the output */
	ROW_TOKENS
};

struct row_tool {
	char		name[44];
	uint32_t	bytes;		/* 0: none */
};

/* Texts end with a NUL, and are "" where nothing is known. */
struct row {
	uint64_t	mark;
	int64_t		began_us;	/* Unix time */
	char		id[40];		/* of the exchange, as in the log */
	char		key[48];	/* the client key's name */
	char		agent[32];	/* the client's program */
	char		asked[128];	/* model, as the client said */
	char		model[128];	/* ... and as it went upstream */
	char		upstream[48];	/* the endpoint's name */
	uint64_t	session;	/* a hash; 0: the client says none */
	uint64_t	losses;		/* bits, see neutral/lost.h */
	int64_t		tokens[ROW_TOKENS];	/* -1: not said */
	uint64_t	bytes_in, bytes_out;
	uint64_t	first_us, total_us;	/* first: 0 without an answer */
	double		cost;		/* -1: no price is known */
	uint32_t	system, tools, history, media;	/* bytes of the request */
	uint32_t	tools_count;
	struct row_tool	largest[ROW_TOOLS];
	uint16_t	status, attempts;
	uint8_t		dialect;	/* enum dialect_kind, the client's */
	uint8_t		stop;		/* enum stop */
	uint8_t		stream, failed, gone;
	char		tries[160];	/* "one:429,two:failed,two:200" */
	uint8_t		unused[51];	/* 0 */
	uint64_t	end_mark;	/* see row_end_mark() */
};

static_assert(sizeof(struct row) == ROW_SIZE, "a row has its size");

/* The marks of a row that is complete. */
void	row_seal(struct row *);
bool	row_is_whole(const struct row *);

/* Copies a text of that length, cut to the field, which was 0 before. */
void	row_text(char *field, size_t size, const char *text, size_t length);

#endif
