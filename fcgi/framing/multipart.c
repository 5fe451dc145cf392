#include "build.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "json_text.h"
#include "multipart.h"

#define TYPE		"multipart/form-data"
#define BOUNDARY_MAX	70	/* RFC 2046 section 5.1.1 */
#define FIELDS_MAX	(16u * 1024)	/* of a part's header */

/* What is looked for, and where one is. */
struct form {
	char		 delimiter[2 + BOUNDARY_MAX];	/* "--" and the boundary */
	size_t		 length;
	const char	*at, *end;	/* what is left of the body */
	const char	*name;
	struct text	*value;
	struct problem	*problem;
};

/* What a part's header says. */
struct part {
	struct text	name;
	bool		named;		/* by a Content-Disposition */
	bool		file;		/* it has a file's name, too */
	bool		coded;		/* base64 or the like */
};

/* A name and value of "; name=value", unquoted but for what quotes it. */
struct parameter {
	struct text	name, value;
};

static int
refuse(struct form *form, const char *why)
{
	return problem_set(form->problem, PROBLEM_INVALID,
	    "the body is no valid " TYPE ": %s", why);
}

/* RFC 9110 section 5.6.2 */
static bool
is_token(int c)
{
	return isalnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static struct text
take_token(struct text *from)
{
	struct text	token = { from->at, 0 };

	while (token.length < from->length &&
	    is_token((unsigned char)token.at[token.length]))
		token.length++;
	from->at += token.length;
	from->length -= token.length;
	return token;
}

static void
skip_blank(struct text *from)
{
	while (from->length > 0 && (*from->at == ' ' || *from->at == '\t')) {
		from->at++;
		from->length--;
	}
}

/* The inside of "quoted \" text", from its second byte on. False: unended. */
static bool
take_quoted(struct text *from, struct text *value)
{
	size_t	i;

	value->at = from->at + 1;
	for (i = 1; i < from->length && from->at[i] != '"'; i++)
		if (from->at[i] == '\\')
			i++;
	if (i >= from->length)
		return false;
	value->length = i - 1;
	from->at += i + 1;
	from->length -= i + 1;
	return true;
}

/* 1: one was taken, 0: nothing is left, -1: it is none. */
static int
take_parameter(struct text *from, struct parameter *parameter)
{
	skip_blank(from);
	if (from->length == 0)
		return 0;
	if (*from->at != ';')
		return -1;
	from->at++;
	from->length--;
	skip_blank(from);
	parameter->name = take_token(from);
	if (parameter->name.length == 0 || from->length < 2 || *from->at != '=')
		return -1;
	from->at++;
	from->length--;
	if (*from->at == '"')
		return take_quoted(from, &parameter->value) ? 1 : -1;
	parameter->value = take_token(from);
	return parameter->value.length > 0 ? 1 : -1;
}

static bool
is_word(struct text text, const char *word)
{
	return text.length == strlen(word) &&
	    strncasecmp(text.at, word, text.length) == 0;
}

bool
multipart_is(const char *type)
{
	size_t	length = sizeof(TYPE) - 1;

	return type != NULL && strncasecmp(type, TYPE, length) == 0 &&
	    (type[length] == '\0' || strchr("; \t", type[length]) != NULL);
}

/* RFC 2046 section 5.1.1: bchars, of which the last is no space. */
static bool
is_boundary(struct text text)
{
	size_t	i;

	for (i = 0; i < text.length; i++)
		if (!isalnum((unsigned char)text.at[i]) &&
		    (text.at[i] == '\0' ||
		    strchr("'()+_,-./:=? ", text.at[i]) == NULL))
			return false;
	return text.length > 0 && text.length <= BOUNDARY_MAX &&
	    text.at[text.length - 1] != ' ';
}

static int
read_boundary(struct form *form, const char *type)
{
	struct text		rest = text_of(type + sizeof(TYPE) - 1);
	struct parameter	one, found = { { NULL, 0 }, { NULL, 0 } };
	int			more;

	while ((more = take_parameter(&rest, &one)) == 1) {
		if (!is_word(one.name, "boundary"))
			continue;
		if (found.name.at != NULL)
			return refuse(form, "its type names two boundaries");
		found = one;
	}
	if (more == -1 || !is_boundary(found.value))
		return refuse(form, "its type names no boundary");
	memcpy(form->delimiter, "--", 2);
	memcpy(form->delimiter + 2, found.value.at, found.value.length);
	form->length = 2 + found.value.length;
	return 0;
}

/* "form-data; name=...; filename=...": each once, and nothing else. */
static int
read_disposition(struct form *form, struct text value, struct part *part)
{
	static const char	*const known[] = { "name", "filename",
				    "filename*" };
	struct parameter	 one;
	unsigned		 seen = 0;
	size_t			 i;
	int			 more;

	if (part->named || !is_word(take_token(&value), "form-data"))
		return refuse(form, "a part is not named once, as form-data");
	while ((more = take_parameter(&value, &one)) == 1) {
		for (i = 0; i < 3 && !is_word(one.name, known[i]); i++)
			;
		if (i == 3 || (seen & 1u << i) != 0)
			return refuse(form, "a part's name is not plain");
		seen |= 1u << i;
		if (i == 0)
			part->name = one.value;
	}
	if (more == -1 || (seen & 1) == 0 ||
	    memchr(part->name.at, '\\', part->name.length) != NULL)
		return refuse(form, "a part's name is not plain");
	part->named = true;
	part->file = seen > 1;
	return 0;
}

static int
read_field(struct form *form, struct text line, struct part *part)
{
	struct text	name = take_token(&line);
	size_t		i;

	for (i = 0; i < line.length; i++)
		if (iscntrl((unsigned char)line.at[i]) && line.at[i] != '\t')
			return refuse(form, "a part's header holds a control "
			    "byte");
	if (name.length == 0 || line.length == 0 || *line.at != ':')
		return refuse(form, "a part's header can't be read");
	line.at++;
	line.length--;
	skip_blank(&line);
	if (is_word(name, "content-disposition"))
		return read_disposition(form, line, part);
	if (is_word(name, "content-transfer-encoding"))
		part->coded = true;
	return 0;
}

/* The lines of a part's header, each with its end. */
static int
read_fields(struct form *form, struct text lines, struct part *part)
{
	while (lines.length > 0) {
		const char	*end = memmem(lines.at, lines.length, "\r\n", 2);
		struct text	 line = { lines.at, (size_t)(end - lines.at) };

		if (read_field(form, line, part) == -1)
			return -1;
		lines.at += line.length + 2;
		lines.length -= line.length + 2;
	}
	return part->named ? 0 : refuse(form, "a part has no name");
}

static int
read_part(struct form *form, struct text bytes)
{
	struct part	 part = { .named = false };
	const char	*end = memmem(bytes.at, bytes.length < FIELDS_MAX ?
			    bytes.length : FIELDS_MAX, "\r\n\r\n", 4);

	if (end == NULL)
		return refuse(form, "a part has no header, or one that is too "
		    "long");
	if (read_fields(form, (struct text){ bytes.at,
	    (size_t)(end + 2 - bytes.at) }, &part) == -1)
		return -1;
	if (!text_equals(part.name, form->name))
		return 0;
	if (form->value->at != NULL || part.file || part.coded)
		return problem_field(form->problem, PROBLEM_INVALID, form->name,
		    "%s must stand once in the form, as plain text",
		    form->name);
	form->value->at = end + 4;
	form->value->length = (size_t)(bytes.at + bytes.length - (end + 4));
	return 0;
}

static bool
takes(struct form *form, const char *word, size_t length)
{
	if ((size_t)(form->end - form->at) < length ||
	    memcmp(form->at, word, length) != 0)
		return false;
	form->at += length;
	return true;
}

/* 1: a part was read, 0: behind the last one, -1. */
static int
next_part(struct form *form)
{
	const char	*next;
	struct text	 bytes;

	if (takes(form, "--", 2)) {
		(void)takes(form, "\r\n", 2);
		return form->at == form->end ? 0 : refuse(form,
		    "something stands behind its last boundary");
	}
	if (!takes(form, "\r\n", 2))
		return refuse(form, "a boundary is not alone in its line");
	next = memmem(form->at, (size_t)(form->end - form->at),
	    form->delimiter, form->length);
	if (next == NULL)
		return refuse(form, "its last boundary is missing");
	if (next - form->at < 2 || memcmp(next - 2, "\r\n", 2) != 0)
		return refuse(form, "a boundary is not alone in its line");
	bytes = (struct text){ form->at, (size_t)(next - 2 - form->at) };
	form->at = next + form->length;
	return read_part(form, bytes) == -1 ? -1 : 1;
}

int
multipart_find(const char *type, struct text body, const char *name,
    struct text *value, struct problem *problem)
{
	struct form	form = {
		.at = body.at,
		.end = body.at + body.length,
		.name = name,
		.value = value,
		.problem = problem,
	};
	int		more;

	*value = (struct text){ NULL, 0 };
	if (read_boundary(&form, type) == -1)
		return -1;
	if (!takes(&form, form.delimiter, form.length))
		return refuse(&form, "it does not begin with its boundary");
	while ((more = next_part(&form)) == 1)
		;
	return more;
}
