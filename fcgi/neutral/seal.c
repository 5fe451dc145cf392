#include "build.h"

#include <string.h>

#include "encoding.h"
#include "json_text.h"
#include "seal.h"

/*
 * "d2a1." dialect place form "." model "." id "." bytes: model and id always in
 * base64url (RFC 4648 section 5, unpadded), the bytes too unless the form says
 * that they stand as they came.
 */
#define PREFIX		"d2a1."
#define PREFIX_LENGTH	5
#define PREFIX_BASE64	"ZDJhMS5"	/* as base64 begins, in any alphabet */
#define FORM_PLAIN	'p'
#define FORM_BASE64	'b'

static const char	places[] = { 't', 'r', 'k', 'x' };	/* of enum seal_place */

static bool
is_plain(struct text text)
{
	size_t	i;

	for (i = 0; i < text.length; i++)
		if (text.at[i] == '\0' ||
		    strchr("+/=.", text.at[i]) == NULL) {
			if (memchr(base64url_digits, text.at[i], 64) == NULL)
				return false;
		}
	return true;
}

int
seal_pack(struct buf *buf, const struct seal *seal)
{
	char	head[PREFIX_LENGTH + 5];
	bool	plain = is_plain(seal->bytes);

	memcpy(head, PREFIX, PREFIX_LENGTH);
	head[PREFIX_LENGTH] = dialect_letter(seal->dialect);
	head[PREFIX_LENGTH + 1] = places[seal->place];
	head[PREFIX_LENGTH + 2] = plain ? FORM_PLAIN : FORM_BASE64;
	head[PREFIX_LENGTH + 3] = '.';
	buf_add(buf, head, PREFIX_LENGTH + 4);
	base64url_add(buf, seal->model.at, seal->model.length);
	buf_putc(buf, '.');
	base64url_add(buf, seal->id.at, seal->id.length);
	buf_putc(buf, '.');
	if (plain)
		buf_add(buf, seal->bytes.at, seal->bytes.length);
	else
		base64url_add(buf, seal->bytes.at, seal->bytes.length);
	return buf->failed ? -1 : 0;
}

/*
 * What the buf holds from `start` on becomes base64 (RFC 4648 section 4), from
 * the end on, so that it is read before it is written over.
 */
static void
encode_from(struct buf *buf, size_t start)
{
	size_t		 length = buf->length - start, i, n;
	size_t		 encoded = (length + 2) / 3 * 4;
	unsigned char	*at;

	if (buf->failed || buf_room(buf, encoded - length) == NULL)
		return;
	buf_filled(buf, encoded - length);
	at = (unsigned char *)buf->at + start;
	for (i = (length + 2) / 3; i-- > 0; ) {
		n = length - i * 3 < 3 ? length - i * 3 : 3;
		base64_quad((char *)at + i * 4, at + i * 3, n);
	}
}

void
seal_put(struct json_write *w, const struct seal *seal,
    enum dialect_kind dialect)
{
	size_t	start;

	json_put_string_start(w);
	start = w->out->length;
	if (seal->dialect == dialect)
		json_add_text(w, seal->bytes);
	else
		seal_pack(w->out, seal);	/* needs no escaping */
	if (seal->dialect != dialect && dialect == DIALECT_GENERATE)
		encode_from(w->out, start);
	json_put_string_end(w);
}

bool
seal_is_packed(struct json_value string)
{
	struct escaped	text = json_escaped(string);

	return escaped_starts_with(text, text_of(PREFIX)) ||
	    escaped_starts_with(text, text_of(PREFIX_BASE64));
}

/* False when it is base64 of neither alphabet, or the arena is full. */
static bool
base64_read(struct arena *arena, struct text text, struct text *out)
{
	char	*to = arena_alloc(arena, text.length / 4 * 3 + 3);
	ssize_t	 length;

	length = to == NULL ? -1 : base64_decode(to, text.at, text.length);
	*out = (struct text){ to, length < 0 ? 0 : (size_t)length };
	return length >= 0;
}

/* Cuts what stands before the next '.' off `rest`. */
static bool
next_field(struct text *rest, struct text *field)
{
	const char	*dot;

	dot = memchr(rest->at, '.', rest->length);
	if (dot == NULL)
		return false;
	*field = (struct text){ rest->at, (size_t)(dot - rest->at) };
	rest->length -= field->length + 1;
	rest->at = dot + 1;
	return true;
}

static bool
read_kind(struct text head, struct seal *seal, bool *plain)
{
	const char	*place;
	int		 dialect;

	if (head.length != 3)
		return false;
	dialect = dialect_of_letter(head.at[0]);
	place = memchr(places, head.at[1], sizeof(places));
	*plain = head.at[2] == FORM_PLAIN;
	if (dialect == -1 || place == NULL ||
	    (!*plain && head.at[2] != FORM_BASE64))
		return false;
	seal->dialect = (enum dialect_kind)dialect;
	seal->place = (enum seal_place)(place - places);
	return true;
}

bool
seal_unpack(struct arena *arena, struct text packed, struct seal *seal)
{
	struct text	head, model, id;
	bool		plain;

	if (packed.length > sizeof(PREFIX_BASE64) && memcmp(packed.at,
	    PREFIX_BASE64, sizeof(PREFIX_BASE64) - 1) == 0 &&
	    !base64_read(arena, packed, &packed))
		return false;
	if (packed.length <= PREFIX_LENGTH ||
	    memcmp(packed.at, PREFIX, PREFIX_LENGTH) != 0)
		return false;
	packed.at += PREFIX_LENGTH;
	packed.length -= PREFIX_LENGTH;
	if (!next_field(&packed, &head) || !next_field(&packed, &model) ||
	    !next_field(&packed, &id) || !read_kind(head, seal, &plain) ||
	    !base64_read(arena, model, &seal->model) ||
	    !base64_read(arena, id, &seal->id))
		return false;
	if (!plain)
		return base64_read(arena, packed, &seal->bytes);
	seal->bytes = packed;
	return is_plain(packed);
}

bool
seal_fits(const struct seal *seal, enum dialect_kind dialect,
    struct text model)
{
	return seal->dialect == dialect && text_same(seal->model, model);
}
