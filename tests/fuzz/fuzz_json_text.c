/* Both spellings of text: any bytes, there and back. */
#include "build.h"

#include <string.h>

#include "fuzz.h"
#include "json_text.h"

/* Text of any bytes: what is escaped is JSON and decodes to the valid text. */
static void
check_escape(struct arena *arena, struct text text)
{
	struct escaped		escaped = text_escape(arena, text);
	struct json_document	document;
	struct text		back;
	struct buf		buf;
	bool			lone = false;

	buf_init(&buf, SIZE_MAX, NULL);
	buf_putc(&buf, '"');
	text_encode(&buf, text);
	buf_putc(&buf, '"');
	FUZZ_ASSERT(buf.length == escaped.length + 2);
	FUZZ_ASSERT(memcmp(buf.at + 1, escaped.at, escaped.length) == 0);
	json_init(&document, NULL);
	FUZZ_ASSERT(json_scan(&document, buf.at, buf.length, NULL) == 0);
	back = text_decode(arena, escaped, &lone);
	FUZZ_ASSERT(!lone);
	FUZZ_ASSERT(utf8_valid(back.at, back.length) == back.length);
	if (utf8_valid(text.at, text.length) == text.length)
		FUZZ_ASSERT(back.length == text.length &&
		    memcmp(back.at, text.at, text.length) == 0);
	if (memchr(back.at, '\0', back.length) == NULL)
		FUZZ_ASSERT(json_equals(json_root(&document),
		    arena_memdup(arena, back.at, back.length)));
	json_release(&document);
	buf_release(&buf);
}

/* The bytes as an escaped span, which they may not be: all ways agree. */
static void
check_decode(struct arena *arena, struct escaped escaped)
{
	struct text	text, prefix;
	struct buf	buf;
	char		*string;
	bool		lone = false, lone_too = false;

	text = text_decode(arena, escaped, &lone);
	FUZZ_ASSERT(text.length <= escaped.length);
	buf_init(&buf, SIZE_MAX, NULL);
	text_decode_into(&buf, escaped, &lone_too);
	FUZZ_ASSERT(lone == lone_too && buf.length == text.length);
	FUZZ_ASSERT(memcmp(buf.at, text.at, text.length) == 0);
	string = text_decode_string(arena, escaped);
	FUZZ_ASSERT((string == NULL) == (strlen(buf.at) != buf.length));
	FUZZ_ASSERT(escaped_is_blank(escaped) == text_is_blank(text));
	prefix = text;
	prefix.length /= 2;
	FUZZ_ASSERT(escaped_starts_with(escaped, prefix));
	if (utf8_valid(escaped.at, escaped.length) == escaped.length)
		FUZZ_ASSERT(utf8_valid(text.at, text.length) == text.length);
	buf_release(&buf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct text	text = { (const char *)bytes, length };
	struct escaped	escaped = { (const char *)bytes, length };
	struct arena	arena;

	arena_init(&arena, 64 * 1024 * 1024, NULL);
	check_escape(&arena, text);
	check_decode(&arena, escaped);
	FUZZ_ASSERT(!arena.failed);
	arena_release(&arena);
	return 0;
}
