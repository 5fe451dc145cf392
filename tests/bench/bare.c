/*
 * The least that a gateway of this shape can do: libfcgi's threads, each with
 * one kept curl handle, no JSON, no policy, no log. What it costs is the
 * shape's; what our gateway costs beyond it is ours.
 *
 *	bare SOCKET THREADS URL
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>
#include <fcgiapp.h>

static const char *url;
static int listener;

/* The reply leaves as it comes; its head with its first bytes. */
static size_t
take(char *bytes, size_t size, size_t count, void *context)
{
	FCGX_Request *request = context;

	if (request->appStatus == 0) {
		FCGX_PutS("Status: 200 OK\r\nContent-Type: application/json"
		    "\r\n\r\n", request->out);
		request->appStatus = 1;
	}
	FCGX_PutStr(bytes, (int)(size * count), request->out);
	return size * count;
}

static void
serve(FCGX_Request *request, CURL *easy)
{
	const char *given = FCGX_GetParam("CONTENT_LENGTH", request->envp);
	int length = given == NULL ? 0 : atoi(given);
	char *body = malloc((size_t)length + 1);

	if (body == NULL)
		return;
	length = FCGX_GetStr(body, length, request->in);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)length);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	if (curl_easy_perform(easy) != CURLE_OK)
		FCGX_PutS("Status: 502 Bad Gateway\r\n\r\n", request->out);
	request->appStatus = 0;
	free(body);
}

static void *
work(void *context)
{
	struct curl_slist *fields = curl_slist_append(NULL, "Expect:");
	CURL *easy = curl_easy_init();
	FCGX_Request request;

	fields = curl_slist_append(fields, "Content-Type: application/json");
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
	FCGX_InitRequest(&request, listener, 0);
	while (FCGX_Accept_r(&request) == 0) {
		serve(&request, easy);
		FCGX_Finish_r(&request);
	}
	return context;
}

int
main(int argc, char **argv)
{
	pthread_t thread;
	int i;

	if (argc != 4 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0 ||
	    FCGX_Init() != 0)
		return 2;
	url = argv[3];
	listener = FCGX_OpenSocket(argv[1], 4096);
	for (i = 1; i < atoi(argv[2]); i++)
		if (pthread_create(&thread, NULL, work, NULL) != 0)
			return 1;
	work(NULL);
	return 0;
}
