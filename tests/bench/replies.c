#include <string.h>

#include "replies.h"

#define WORDS	"The gateway reads what the client says and writes what the " \
    "upstream understands. Most of a call's time is spent waiting for the " \
    "model, so that what it adds must not be seen. This text is here for " \
    "the reply to have the size of a short answer. "
#define TEXT	WORDS WORDS

static const struct reply replies[] = { {
	.path = "messages",
	.whole = "{\"id\":\"msg_01\",\"type\":\"message\",\"role\":"
	    "\"assistant\",\"model\":\"bench\",\"content\":[{\"type\":\"text\","
	    "\"text\":\"" TEXT "\"}],\"stop_reason\":\"end_turn\","
	    "\"stop_sequence\":null,\"usage\":{\"input_tokens\":12,"
	    "\"output_tokens\":120}}",
	.start = "event: message_start\ndata: {\"type\":\"message_start\","
	    "\"message\":{\"id\":\"msg_01\",\"type\":\"message\",\"role\":"
	    "\"assistant\",\"model\":\"bench\",\"content\":[],\"stop_reason\":"
	    "null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":12,"
	    "\"output_tokens\":1}}}\n\nevent: content_block_start\ndata: {"
	    "\"type\":\"content_block_start\",\"index\":0,\"content_block\":{"
	    "\"type\":\"text\",\"text\":\"\"}}\n\n",
	.delta = "event: content_block_delta\ndata: {\"type\":"
	    "\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
	    "\"text_delta\",\"text\":\"@%016lld; and so on\"}}\n\n",
	.end = "event: content_block_stop\ndata: {\"type\":"
	    "\"content_block_stop\",\"index\":0}\n\nevent: message_delta\n"
	    "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
	    "\"end_turn\",\"stop_sequence\":null},\"usage\":{"
	    "\"output_tokens\":120}}\n\nevent: message_stop\ndata: {\"type\":"
	    "\"message_stop\"}\n\n",
}, {
	.path = "chat",
	.whole = "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\","
	    "\"created\":1,\"model\":\"bench\",\"choices\":[{\"index\":0,"
	    "\"message\":{\"role\":\"assistant\",\"content\":\"" TEXT "\"},"
	    "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":12,"
	    "\"completion_tokens\":120,\"total_tokens\":132}}",
	.start = "data: {\"id\":\"chatcmpl-1\",\"object\":"
	    "\"chat.completion.chunk\",\"created\":1,\"model\":\"bench\","
	    "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
	    "\"content\":\"\"},\"finish_reason\":null}]}\n\n",
	.delta = "data: {\"id\":\"chatcmpl-1\",\"object\":"
	    "\"chat.completion.chunk\",\"created\":1,\"model\":\"bench\","
	    "\"choices\":[{\"index\":0,\"delta\":{\"content\":"
	    "\"@%016lld; and so on\"},\"finish_reason\":null}]}\n\n",
	.end = "data: {\"id\":\"chatcmpl-1\",\"object\":"
	    "\"chat.completion.chunk\",\"created\":1,\"model\":\"bench\","
	    "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":"
	    "\"stop\"}]}\n\ndata: [DONE]\n\n",
}, {
	.path = "responses",
	.whole = "{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,"
	    "\"status\":\"completed\",\"model\":\"bench\",\"output\":[{\"id\":"
	    "\"msg_1\",\"type\":\"message\",\"status\":\"completed\",\"role\":"
	    "\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\""
	    TEXT "\",\"annotations\":[]}]}],\"usage\":{\"input_tokens\":12,"
	    "\"output_tokens\":120,\"total_tokens\":132}}",
	.start = "event: response.created\ndata: {\"type\":"
	    "\"response.created\",\"sequence_number\":0,\"response\":{\"id\":"
	    "\"resp_1\",\"object\":\"response\",\"created_at\":1,\"status\":"
	    "\"in_progress\",\"model\":\"bench\",\"output\":[]}}\n\n"
	    "event: response.output_item.added\ndata: {\"type\":"
	    "\"response.output_item.added\",\"sequence_number\":1,"
	    "\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":"
	    "\"message\",\"status\":\"in_progress\",\"role\":\"assistant\","
	    "\"content\":[]}}\n\nevent: response.content_part.added\ndata: {"
	    "\"type\":\"response.content_part.added\",\"sequence_number\":2,"
	    "\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,"
	    "\"part\":{\"type\":\"output_text\",\"text\":\"\","
	    "\"annotations\":[]}}\n\n",
	.delta = "event: response.output_text.delta\ndata: {\"type\":"
	    "\"response.output_text.delta\",\"sequence_number\":3,\"item_id\":"
	    "\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":"
	    "\"@%016lld; and so on\"}\n\n",
	.end = "event: response.output_text.done\ndata: {\"type\":"
	    "\"response.output_text.done\",\"sequence_number\":4,\"item_id\":"
	    "\"msg_1\",\"output_index\":0,\"content_index\":0,\"text\":\"x\"}"
	    "\n\nevent: response.output_item.done\ndata: {\"type\":"
	    "\"response.output_item.done\",\"sequence_number\":5,"
	    "\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":"
	    "\"message\",\"status\":\"completed\",\"role\":\"assistant\","
	    "\"content\":[{\"type\":\"output_text\",\"text\":\"x\","
	    "\"annotations\":[]}]}}\n\nevent: response.completed\ndata: {"
	    "\"type\":\"response.completed\",\"sequence_number\":6,"
	    "\"response\":{\"id\":\"resp_1\",\"object\":\"response\","
	    "\"created_at\":1,\"status\":\"completed\",\"model\":\"bench\","
	    "\"output\":[],\"usage\":{\"input_tokens\":12,\"output_tokens\":"
	    "120,\"total_tokens\":132}}}\n\n",
}, {
	.path = "generate",
	.whole = "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":"
	    "[{\"text\":\"" TEXT "\"}]},\"finishReason\":\"STOP\",\"index\":"
	    "0}],\"usageMetadata\":{\"promptTokenCount\":12,"
	    "\"candidatesTokenCount\":120,\"totalTokenCount\":132},"
	    "\"modelVersion\":\"bench\",\"responseId\":\"r1\"}",
	.start = "",
	.delta = "data: {\"candidates\":[{\"content\":{\"role\":\"model\","
	    "\"parts\":[{\"text\":\"@%016lld; and so on\"}]},\"index\":0}],"
	    "\"modelVersion\":\"bench\",\"responseId\":\"r1\"}\n\n",
	.end = "data: {\"candidates\":[{\"content\":{\"role\":\"model\","
	    "\"parts\":[{\"text\":\"\"}]},\"finishReason\":\"STOP\",\"index\":"
	    "0}],\"usageMetadata\":{\"promptTokenCount\":12,"
	    "\"candidatesTokenCount\":120,\"totalTokenCount\":132},"
	    "\"modelVersion\":\"bench\",\"responseId\":\"r1\"}\n\n",
} };

const struct reply *
reply_find(const char *path)
{
	size_t length, i;

	for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		length = strlen(replies[i].path);
		if (*path == '/' && strncmp(path + 1, replies[i].path,
		    length) == 0)
			return &replies[i];
	}
	return NULL;
}
