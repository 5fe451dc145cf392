#ifndef SEAL_H
#define SEAL_H

#include "arena.h"
#include "buf.h"
#include "config.h"
#include "json_write.h"

/*
 * A seal is an opaque thing that a provider attaches to its thinking or to a
 * call (messages: signature, redacted data; responses: encrypted_content and
 * the item's id; generate: thoughtSignature) and wants back unchanged. It goes
 * back only to the dialect and the upstream model it came from; once that refuses
 * one, as another account of its provider's may have sealed it, none goes
 * (policy.h).
 *
 * Through a client of another dialect a seal rides packed in a field of that
 * client's own that it will echo: a prefix, dialect, place, model, id and the
 * bytes, so that the whole has only [A-Za-z0-9_.+/=-]; where the field is bytes
 * in base64 (generate) that is what it is in, once more. Generate seals calls and
 * text as well as thinking: in neutral form such a seal is a block (or part) of
 * redacted thinking before the call, or where the text was, with its place.
 */
enum seal_place {
	SEAL_THINKING,		/* the thinking it stands on */
	SEAL_REDACTED,		/* messages: redacted thinking, all there is */
	SEAL_CALL,		/* generate: on the call behind it */
	SEAL_TEXT,		/* generate: on a text part of its own */
};

struct seal {
	enum dialect_kind	dialect;	/* who sealed it */
	enum seal_place		place;
	struct text		model;		/* the upstream's model */
	struct text		id;		/* of the item, may be empty */
	struct text		bytes;		/* opaque, decoded */
};

/* Appends the packed form. 0 or -1. */
int	seal_pack(struct buf *, const struct seal *);

/*
 * Writes a seal as a string, for a client of that dialect: as it is where the
 * dialect made it, else packed.
 */
void	seal_put(struct json_write *, const struct seal *, enum dialect_kind);

/*
 * Whether a string of a client's is packed: never one that the client's own API
 * gave out, as those are given as they are.
 */
bool	seal_is_packed(struct json_value string);

/* Reads a packed form: true, or false when it isn't one of ours. */
bool	seal_unpack(struct arena *, struct text packed, struct seal *);

/* Whether it may be given back to that dialect and model. */
bool	seal_fits(const struct seal *, enum dialect_kind, struct text model);

#endif
