/*
 * How fast the scanner is next to json-c's parser on the same text: ratios in
 * one run. `bench_json [FILE]`; without a file a body like an agent's, 400 KB.
 * `bench_json FILE scan` scans once, for callgrind.
 */
#include "build.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "buf.h"
#include "json.h"
#include "json_text.h"
#include "json_write.h"

#define ROUNDS		50
#define BODY_BYTES	(400 * 1024)

static double
now_ms(void)
{
	struct timespec	now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int
load(struct buf *body, const char *path)
{
	FILE	*file = fopen(path, "r");
	char	*room;

	if (file == NULL) {
		perror(path);
		return -1;
	}
	while ((room = buf_room(body, 65536)) != NULL && !feof(file))
		buf_filled(body, fread(room, 1, 65536, file));
	fclose(file);
	return 0;
}

static void
put_turn(struct json_write *w, int turn)
{
	static const char	code[] =
	    "static int\nread_line(struct file *file, char *to)\n{\n"
	    "\treturn file->next(\"%s\", to); /* caf\xc3\xa9 */\n}\n";
	int			i;

	json_put_object(w);
	json_member_string(w, "role", turn % 2 ? "assistant" : "user");
	json_put_key(w, "content");
	json_put_array(w);
	json_put_object(w);
	json_member_string(w, "type", turn % 2 ? "text" : "tool_result");
	json_put_key(w, "text");
	json_put_string_start(w);
	for (i = 0; i < 20; i++)
		json_add_text(w, text_of(code));
	json_put_string_end(w);
	json_member_int(w, "index", turn);
	json_put_end(w);
	json_put_end(w);
	json_put_end(w);
}

static void
make_body(struct buf *body)
{
	struct json_write	w;
	int			turn;

	json_write_start(&w, body);
	json_put_object(&w);
	json_member_string(&w, "model", "claude-opus");
	json_put_key(&w, "messages");
	json_put_array(&w);
	for (turn = 0; body->length < BODY_BYTES; turn++)
		put_turn(&w, turn);
	json_put_end(&w);
	json_put_end(&w);
	json_write_finish(&w);
}

static double
time_scan(struct json_document *document, const struct buf *body,
    const struct json_limits *limits)
{
	double	start = now_ms(), took;
	int	round;

	for (round = 0; round < ROUNDS; round++)
		if (json_scan(document, body->at, body->length, limits) == -1)
			fprintf(stderr, "%s at %zu\n", document->reason,
			    document->offset);
	took = (now_ms() - start) / ROUNDS;
	printf("  json_scan  %8.3f ms %7.0f MB/s  %u tokens\n", took,
	    (double)body->length / took / 1e3, document->count);
	return took;
}

static double
time_json_c(const struct buf *body)
{
	double			 start = now_ms(), took;
	struct json_tokener	*tokener = json_tokener_new();
	int			 round;

	for (round = 0; round < ROUNDS; round++) {
		json_object_put(json_tokener_parse_ex(tokener, body->at,
		    (int)body->length));
		json_tokener_reset(tokener);
	}
	json_tokener_free(tokener);
	took = (now_ms() - start) / ROUNDS;
	printf("  json-c     %8.3f ms %7.0f MB/s\n", took,
	    (double)body->length / took / 1e3);
	return took;
}

int
main(int argc, char **argv)
{
	const struct json_limits	shallow = { 0, 1, 0 };
	struct json_document		document;
	struct buf			body;
	double				scan, json_c;

	buf_init(&body, 1u << 30, NULL);
	json_init(&document, NULL);
	if (argc < 2)
		make_body(&body);
	else if (load(&body, argv[1]) == -1)
		return 1;
	if (argc > 2)
		return json_scan(&document, body.at, body.length, NULL) == -1;
	printf("%zu bytes\n", body.length);
	time_scan(&document, &body, &shallow);
	scan = time_scan(&document, &body, NULL);
	json_c = time_json_c(&body);
	printf("  json-c takes %.1f times as long\n", json_c / scan);
	json_release(&document);
	buf_release(&body);
	return 0;
}
