#include "build.h"

#include "json_text.h"
#include "messages_convert.h"

/*
 * A stream begins with an empty input, a whole reply has it here; some servers say
 * it here and in pieces, or as text.
 */
int
messages_begin_call(struct blocks *blocks, struct messages_call *call,
    struct json_value block)
{
	struct json_value	input = json_get(block, "input");
	struct text		raw = json_raw(input);

	if (blocks_call(blocks, call->index,
	    blocks_decode(blocks, json_get(block, "id")),
	    blocks_decode(blocks, json_get(block, "name"))) == -1)
		return -1;
	if (json_is(input, JSON_STRING))
		raw = blocks_decode(blocks, input);
	else if (json_count(input) == 0)
		return 0;
	call->arguments = text_escape(blocks->arena,
	    blocks_keep(blocks, raw));
	return 0;
}

int
messages_add_input(struct blocks *blocks, struct messages_call *call,
    struct json_value input)
{
	call->pieces = call->pieces || json_is(input, JSON_OBJECT) ||
	    json_escaped(input).length > 0;
	return blocks_read_arguments(blocks, call->index, input);
}

int
messages_end_call(struct blocks *blocks, const struct messages_call *call)
{
	if (!call->pieces && blocks_arguments(blocks, call->index,
	    call->arguments) == -1)
		return -1;
	return blocks_call_end(blocks, call->index);
}

int
messages_wait_call(struct blocks *blocks, struct messages_call **waiting,
    const struct messages_call *call)
{
	struct messages_call	*copy;

	copy = arena_alloc(blocks->arena, sizeof(*copy));
	if (copy == NULL)
		return blocks_no_memory(blocks);
	*copy = *call;
	copy->next = *waiting;
	*waiting = copy;
	return 0;
}

struct messages_call **
messages_waiting_call(struct messages_call **waiting, const int64_t *index)
{
	while (index != NULL && *waiting != NULL && (*waiting)->index != *index)
		waiting = &(*waiting)->next;
	return waiting;
}

int
messages_end_waiting(struct blocks *blocks, struct messages_call **waiting,
    const int64_t *index)
{
	struct messages_call	**at, *call;

	while (*(at = messages_waiting_call(waiting, index)) != NULL) {
		call = *at;
		*at = call->next;
		if (messages_end_call(blocks, call) == -1)
			return -1;
	}
	return 0;
}
