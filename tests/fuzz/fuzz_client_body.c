/*
 * A body of any bytes, in pieces: within its ceiling, the same however it arrives.
 * The first byte says how large the pieces are, from 128 on that it is not gzip
 * and which length its head says, and, where its last bits are 7, that there
 * is little memory.
 */
#include "build.h"

#include <stdio.h>
#include <string.h>

#include "client/client.h"
#include "fuzz.h"

#define BODY_MAX	((size_t)256 * 1024)

static bool
has_little(uint8_t choice)
{
	return choice % 8 == 7;
}

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

/* A plain body's length as its head may say it. */
static void
say_length(char *to, size_t size, uint8_t choice, size_t length)
{
	static const char *const	odd[] = { "", "-1", "7x",
	    "99999999999999999999", "18446744073709551615", "262144", "0" };

	if (choice / 8 % 8 < 7)
		snprintf(to, size, "CONTENT_LENGTH=%s", odd[choice / 8 % 8]);
	else
		snprintf(to, size, "CONTENT_LENGTH=%zu", length);
}

static int
read_body(const uint8_t *bytes, size_t length, uint8_t choice, size_t piece,
    struct buf *body, struct budget *budget)
{
	char		method[] = "REQUEST_METHOD=POST";
	char		target[] = "REQUEST_URI=/";
	char		coding[64] = "HTTP_CONTENT_ENCODING=gzip";
	char		*params[] = { method, target, coding, NULL };
	struct input	input = { (const char *)bytes, length, piece };
	struct client	client;
	struct problem	problem;
	int		result;

	if (choice >= 128)
		say_length(coding, sizeof(coding), choice, length);
	budget_init(budget, has_little(choice) ? choice / 8 * 4096 : SIZE_MAX);
	buf_init(body, BODY_MAX, budget);
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
	struct budget	budgets[2];
	struct buf	whole, pieces;
	int		result, other;

	if (length == 0)
		return 0;
	result = read_body(bytes + 1, length - 1, bytes[0], SIZE_MAX, &whole,
	    &budgets[0]);
	other = read_body(bytes + 1, length - 1, bytes[0],
	    (size_t)bytes[0] + 1, &pieces, &budgets[1]);
	FUZZ_ASSERT(result == other || has_little(bytes[0]));
	if (result == 0 && other == 0)
		FUZZ_ASSERT(whole.length == pieces.length &&
		    memcmp(whole.at, pieces.at, whole.length) == 0);
	buf_release(&whole);
	buf_release(&pieces);
	FUZZ_ASSERT(budgets[0].used == 0 && budgets[1].used == 0);
	return 0;
}
