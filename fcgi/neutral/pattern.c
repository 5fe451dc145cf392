#include "build.h"

#include <ctype.h>
#include <string.h>

#include "json_text.h"
#include "pattern.h"

#define PATTERN_MAX	((size_t)64 * 1024)

/* What Python knows behind a backslash; other letters are refused. */
#define ESCAPES_OF_CLASSES	"bdDsSwWafnrtvxuUN"
#define ESCAPES			ESCAPES_OF_CLASSES "ABZ"

/* What Python knows behind `(?`, but for what looks: OpenAI has no = and !. */
#define GROUPS			":P#>(aiLmsux-"

static const struct {
	char	letter;
	size_t	digits;		/* as many must follow */
} coded[] = { { 'x', 2 }, { 'u', 4 }, { 'U', 8 } };

static bool
are_digits(struct text pattern, size_t at, size_t count)
{
	size_t	i;

	if (pattern.length - at < count)
		return false;
	for (i = at; i < at + count; i++)
		if (!isxdigit((unsigned char)pattern.at[i]))
			return false;
	return true;
}

/* `at` is behind the backslash. */
static bool
is_escape(struct text pattern, size_t at, bool in_class)
{
	size_t	i;
	char	c;

	if (at >= pattern.length)
		return false;
	c = pattern.at[at];
	if (!isalpha((unsigned char)c))
		return true;
	if (strchr(in_class ? ESCAPES_OF_CLASSES : ESCAPES, c) == NULL)
		return false;
	for (i = 0; i < sizeof(coded) / sizeof(coded[0]); i++)
		if (coded[i].letter == c)
			return are_digits(pattern, at + 1, coded[i].digits);
	return true;
}

/* `at` is behind the parenthesis. */
static bool
is_group(struct text pattern, size_t at)
{
	if (at >= pattern.length || pattern.at[at] != '?')
		return true;
	return at + 1 < pattern.length && pattern.at[at + 1] != '\0' &&
	    strchr(GROUPS, pattern.at[at + 1]) != NULL;
}

/* Where the first thing of a class stands, which ] may be. */
static size_t
class_begin(struct text pattern, size_t at)
{
	return at + 1 < pattern.length && pattern.at[at + 1] == '^' ?
	    at + 2 : at + 1;
}

bool
pattern_is_portable(struct text pattern)
{
	size_t	at, first = 0;
	bool	in_class = false;

	for (at = 0; at < pattern.length; at++) {
		switch (pattern.at[at]) {
		case '\\':
			if (!is_escape(pattern, ++at, in_class))
				return false;
			break;
		case '[':
			if (!in_class)
				first = class_begin(pattern, at);
			in_class = true;
			break;
		case ']':
			in_class = in_class && at <= first;
			break;
		case '(':
			if (!in_class && !is_group(pattern, at + 1))
				return false;
			break;
		default:
			break;
		}
	}
	return !in_class;
}

/* What is too long to look at isn't taken. */
bool
pattern_escaped_is_portable(struct escaped pattern)
{
	struct buf	decoded;
	bool		portable;

	if (memchr(pattern.at, '\\', pattern.length) == NULL)
		return pattern_is_portable((struct text){ pattern.at,
		    pattern.length });
	buf_init(&decoded, PATTERN_MAX, NULL);
	portable = text_decode_into(&decoded, pattern, NULL) == 0 &&
	    pattern_is_portable((struct text){ decoded.at, decoded.length });
	buf_release(&decoded);
	return portable;
}
