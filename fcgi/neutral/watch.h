#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"
#include "json.h"

/*
 * What a side reader notes of a reply that passes through untouched: for the
 * log, for counters, and so that an event of our own (keep-alive, error) fits
 * behind the upstream's. It never changes a byte. All of it is a guess until
 * `ended`.
 */
struct watch {
	struct usage	usage;
	enum stop	stop;		/* STOP_NONE until known */
	bool		began;		/* first event of the dialect was seen */
	bool		ended;		/* its terminal event was seen */
	bool		failed;		/* ... and that was an error */
	int64_t		sequence;	/* responses: last sequence_number, -1 */
	char		id[128];	/* responses: the response's id */
	char		model[128];	/* responses: for response.failed */
	int64_t		created_at;	/* responses: unix seconds, first ours */
};

void	watch_init(struct watch *);

/*
 * For the dialects' side readers. They look at most events only with memmem:
 * inside a JSON string the quotes of a key would be escaped.
 */

/* Whether a member of that name stands somewhere whose value isn't null or []. */
bool	watch_mentions(struct text json, const char *key);

/* Scans an event's data or a reply to that depth; missing if it can't. */
struct json_value watch_scan(struct json_document *, struct text json,
	    uint32_t depth);

/* A token count of 0 to 2^53, so that sums of some fit; else leaves *out alone. */
void	watch_count(int64_t *out, struct json_value);

/* The numbers in an object, if it is one, that a dialect reads. */
void	watch_usage(struct watch *, struct json_value,
	    void (*read)(struct usage *, struct json_value));

/* A string of plain text into a NUL-terminated field, cut to it. */
void	watch_copy(char *out, size_t size, struct json_value);

/*
 * What a word for the end of a reply means: in the table, or in that of words
 * that other servers say; else `unknown`, STOP_NONE when it is empty. Escaped or
 * decoded, as such words need no escaping.
 */
struct stop_word {
	const char	*word;
	enum stop	 stop;
};
enum stop	stop_of_word(const struct stop_word *, size_t count,
		    struct json_value word, enum stop unknown);

/*
 * Splits `input`, all of it, into what is cached and what is not; a negative
 * part is taken for 0, and what doesn't add up for uncached.
 */
void	usage_split(struct usage *, int64_t input);

#endif
