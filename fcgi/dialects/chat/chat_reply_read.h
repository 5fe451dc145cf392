#ifndef CHAT_REPLY_READ_H
#define CHAT_REPLY_READ_H

#include "neutral/blocks.h"
#include "neutral/repeats.h"

/* What the reader remembers of a reply (blocks_own()). */
struct chat_reader {
	bool			 whole;		/* it is none in events */
	struct repeats		 text, thinking;	/* of the events */
	struct known_call	*calls;		/* newest first */
	int64_t			 keys;		/* given so far */
	int64_t			 unknown_calls;	/* of no type we know, said */
	struct text		 unread;	/* type of a call without text */
	bool			 sources;	/* were told */
	bool			 spoken;	/* text was said, by ... */
	int64_t			 speaker;	/* ... this choice */
};

/* How a message is said: in a delta, alone, or behind all deltas. */
enum saying {
	SAID_IN_PIECES, SAID_WHOLE, SAID_AGAIN,
};

/*
 * chat_calls_read.c: the calls of a message of that choice. The second says what
 * was held back, of text and of arguments.
 */
int	chat_read_calls(struct blocks *, struct json_value message,
	    int64_t choice, enum saying);
int	chat_settle(struct blocks *);

/*
 * chat_content_read.c: what a message, or a stream's delta, says beside calls.
 * Each 0 or -1, as blocks has it.
 */

/* `content`: a string, or a list of texts, thoughts and images. */
int	chat_read_content(struct blocks *, struct json_value content,
	    struct text logprobs);

/* What was thought, in whichever of its members, and how it is sealed. */
int	chat_read_thoughts(struct blocks *, struct json_value message);

/*
 * Behind the events of a stream a whole message: what they left out of text and
 * thinking is said. The second says what was held back of them (repeats.h).
 */
int	chat_read_rest(struct blocks *, struct json_value message);
int	chat_settle_content(struct blocks *);

/* Names what a message or delta holds and nobody reads. */
void	chat_note_unknown(struct blocks *, struct json_value message);

/* What a reply, or a stream's last event, says of sources beside its choices. */
int	chat_read_sources(struct blocks *, struct json_value reply);

/* Citations of the text before; images that the model made. */
int	chat_read_annotations(struct blocks *, struct json_value message);
int	chat_read_images(struct blocks *, struct json_value message);

/* The seal of a call, of servers that pass Gemini's through. */
int	chat_seal_call(struct blocks *, struct json_value call);

#endif
