#include "build.h"

#include <string.h>

#include "allowed.h"
#include "file.h"

void
allowed_init(struct allowed *allowed, const char *path)
{
	struct problem	problem;
	struct buf	text;

	buf_init(&text, ALLOWANCE_FILE_MAX, NULL);
	if (file_read(path, &text, &problem) != 0 ||
	    allowances_read(&allowed->known, (struct text){ text.at,
	    text.length }) != 0)
		allowed->known.count = 0;
	buf_release(&text);
}

void
allowed_hurry(struct allowed *allowed)
{
	memset(allowed->due_boot_ms, 0, sizeof(allowed->due_boot_ms));
}

void
allowed_traffic(struct allowed *allowed, struct moment now)
{
	allowed->traffic_boot_ms = now.boot_ms;
	allowed->traffic = true;
}
