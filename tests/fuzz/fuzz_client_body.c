/*
 * A gzip body of any bytes, in pieces: within its ceiling, the same however it
 * arrives. The first byte says how large the pieces are.
 */
#include "build.h"

#include <string.h>

#include "client/client.h"
#include "fuzz.h"

#define BODY_MAX	((size_t)256 * 1024)

struct input {
	const char	*at;
	size_t		 length, piece;
};

static ssize_t
read_input(struct client *client, char *to, size_t max)
{
	struct input	*input = client->handle;

	if (max > input->length)
		max = input->length;
	if (max > input->piece)
		max = input->piece;
	memcpy(to, input->at, max);
	input->at += max;
	input->length -= max;
	return (ssize_t)max;
}

static const struct client_transport	transport = { .read = read_input };

static int
read_body(const uint8_t *bytes, size_t length, size_t piece, struct buf *body)
{
	char		method[] = "REQUEST_METHOD=POST";
	char		target[] = "REQUEST_URI=/";
	char		coding[] = "HTTP_CONTENT_ENCODING=gzip";
	char		*params[] = { method, target, coding, NULL };
	struct input	input = { (const char *)bytes, length, piece };
	struct client	client;
	struct problem	problem;
	int		result;

	buf_init(body, BODY_MAX, NULL);
	FUZZ_ASSERT(client_init(&client, &transport, &input, params, -1) == 0);
	problem_clear(&problem);
	result = client_read_body(&client, body, &problem);
	FUZZ_ASSERT(body->length <= BODY_MAX);
	FUZZ_ASSERT((result == -1) == (problem.kind != PROBLEM_NONE));
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct buf	whole, pieces;
	int		result;

	if (length == 0)
		return 0;
	result = read_body(bytes + 1, length - 1, SIZE_MAX, &whole);
	FUZZ_ASSERT(read_body(bytes + 1, length - 1, (size_t)bytes[0] + 1,
	    &pieces) == result);
	if (result == 0)
		FUZZ_ASSERT(whole.length == pieces.length &&
		    memcmp(whole.at, pieces.at, whole.length) == 0);
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
