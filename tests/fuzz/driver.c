/*
 * Runs a fuzzer without libFuzzer: `fuzz_NAME FILE...` these files, and those in
 * these folders; without arguments the corpus of that name under $srcdir, each
 * file as it is and then mutated, always in the same way. Exit 0, or an abort in
 * between.
 */
#include "build.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "fuzz.h"

#define INPUT_MAX	((size_t)1024 * 1024)
#define MUTATED_MAX	((size_t)8 * 1024)	/* larger ones run only as is */
#define MUTATIONS	300			/* of each file */

static uint32_t	seed = 1;

static uint32_t
next_random(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

/* A copy that ends where its memory does, so that overruns are seen. */
static void
run(const char *at, size_t length)
{
	uint8_t	*copy = malloc(length > 0 ? length : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, at, length);
	LLVMFuzzerTestOneInput(copy, length);
	free(copy);
}

static void
mutate(struct buf *input)
{
	static const char	bytes[] = "\"\\{}[],:0-.eutfn \n\r\xff\xc3\xed\x80";
	char			odd = bytes[next_random(sizeof(bytes))];
	uint32_t		at, length;

	if (input->length == 0)
		buf_putc(input, odd);
	at = next_random((uint32_t)input->length);
	length = 1 + next_random((uint32_t)input->length - at);
	switch (next_random(6)) {
	case 0:
		input->at[at] ^= (char)(1 << next_random(8));
		break;
	case 1:
	case 2:
		input->at[at] = odd;
		break;
	case 3:
		input->length = at;
		break;
	case 4:
		length = length < 16 ? length : 16;
		memmove(input->at + at, input->at + at + length,
		    input->length - at - length);
		input->length -= length;
		break;
	case 5:
		if (length < 512 && buf_room(input, length) != NULL)
			buf_add(input, input->at + at, length);
		break;
	}
}

static int
run_file(const char *path, uint32_t mutations)
{
	struct buf	input, mutant;
	FILE		*file = fopen(path, "r");
	char		*room;
	uint32_t	 i, more;
	size_t		 length;

	if (file == NULL) {
		perror(path);
		return -1;
	}
	buf_init(&input, INPUT_MAX, NULL);
	buf_init(&mutant, INPUT_MAX, NULL);
	do {
		room = buf_room(&input, 4096);
		length = room == NULL ? 0 : fread(room, 1, 4096, file);
		buf_filled(&input, length);
	} while (length > 0);
	fclose(file);
	run(input.at, input.length);
	for (i = 0; i < mutations && input.length <= MUTATED_MAX; i++) {
		buf_clear(&mutant);
		buf_add(&mutant, input.at, input.length);
		for (more = next_random(4) + 1; more > 0; more--)
			mutate(&mutant);
		run(mutant.at, mutant.length);
	}
	buf_release(&mutant);
	buf_release(&input);
	return 0;
}

static int
by_name(const struct dirent **one, const struct dirent **other)
{
	return strcmp((*one)->d_name, (*other)->d_name);
}

/* A file, or the files of a folder but for hidden ones; how many, or -1. */
static int
run_path(const char *path, uint32_t mutations)
{
	struct dirent	**entries;
	char		 inner[4096];
	int		 count, i, files = 0;

	count = scandir(path, &entries, NULL, by_name);
	if (count < 0)
		return run_file(path, mutations) == -1 ? -1 : 1;
	for (i = 0; i < count; i++) {
		snprintf(inner, sizeof(inner), "%s/%s", path,
		    entries[i]->d_name);
		if (entries[i]->d_name[0] != '.' && files != -1)
			files = run_file(inner, mutations) == -1 ? -1 :
			    files + 1;
		free(entries[i]);
	}
	free(entries);
	return files;
}

static int
run_corpus(const char *name)
{
	const char	*srcdir = getenv("srcdir");
	char		 folder[2048];
	int		 files;

	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
	    srcdir != NULL ? srcdir : ".", name);
	files = run_path(folder, MUTATIONS);
	printf("%s: %d files\n", name, files);
	return files > 0 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	const char	*name = strstr(argv[0], "fuzz_");
	int		 i, result = 0;

	for (i = 1; i < argc; i++)
		if (run_path(argv[i], 0) == -1)
			result = -1;
	while (name != NULL && strstr(name + 1, "fuzz_") != NULL)
		name = strstr(name + 1, "fuzz_");
	if (argc == 1)
		result = name != NULL ? run_corpus(name + strlen("fuzz_")) : -1;
	return result == 0 ? 0 : 1;
}
