#include "build.h"

#include <string.h>

#include "row.h"

/* Another one for each row: of two torn ones no whole one is made. */
static uint64_t
row_end_mark(const struct row *row)
{
	uint64_t	words[2];

	memcpy(words, row->id + 8, sizeof(words));
	return words[0] ^ words[1] ^ (uint64_t)row->began_us ^ ~row->mark;
}

void
row_seal(struct row *row)
{
	row->mark = ROW_MARK;
	row->end_mark = row_end_mark(row);
}

bool
row_is_whole(const struct row *row)
{
	return row->mark == ROW_MARK && row->end_mark == row_end_mark(row);
}

void
row_text(char *field, size_t size, const char *text, size_t length)
{
	memcpy(field, text, length < size ? length : size - 1);
}
