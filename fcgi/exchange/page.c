#include "build.h"

#include <string.h>

#include <openssl/evp.h>

#include "page.h"
#include "scoreboard_live.h"

#define PAGE_MAX	(1024u * 1024)
#define NOW		"<!--NOW-->"
#define LIVE_MAX	64

static void
put_text(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '<':
			buf_puts(out, "&lt;");
			break;
		case '&':
			buf_puts(out, "&amp;");
			break;
		default:
			buf_putc(out, *text);
			break;
		}
}

static void
put_figure(struct buf *out, const char *what, uint64_t value)
{
	buf_printf(out, "<div><dt>%s</dt><dd>%llu</dd></div>\n", what,
	    (unsigned long long)value);
}

static void
put_live(struct buf *out, const struct scoreboard *scoreboard)
{
	struct live_exchange	live[LIVE_MAX];
	size_t			i, count = scoreboard_live(scoreboard, live,
				    LIVE_MAX);

	buf_puts(out, "<table><caption>Under way with a model</caption>\n"
	    "<tr><th>model<th>key<th>upstream<th class=\"n\">bytes</tr>\n");
	for (i = 0; i < count; i++) {
		buf_puts(out, "<tr><td>");
		put_text(out, live[i].model);
		buf_puts(out, "<td>");
		put_text(out, live[i].key);
		buf_puts(out, "<td>");
		put_text(out, live[i].upstream);
		buf_printf(out, "<td class=\"n\">%llu</tr>\n",
		    (unsigned long long)live[i].bytes);
	}
	buf_puts(out, "</table>\n");
}

/* An upstream that is set aside or failed last. */
static void
put_trouble(struct buf *out, const struct scoreboard *scoreboard,
    const struct model *model, const struct model *upstream)
{
	struct upstream_health	health;

	scoreboard_upstream_read(scoreboard, upstream->hash, &health);
	if (health.failures == 0 && health.away_ms <= 0)
		return;
	buf_puts(out, "<p class=\"bad\">");
	put_text(out, model->id);
	buf_puts(out, " at ");
	put_text(out, upstream->endpoint->name);
	if (health.away_ms > 0)
		buf_printf(out, ", set aside for %lld s",
		    (long long)(health.away_ms + 999) / 1000);
	buf_puts(out, ": ");
	put_text(out, health.reason);
	buf_puts(out, "</p>\n");
}

static void
put_now(struct buf *out, const struct exchange *x)
{
	const struct scoreboard	*scoreboard = x->gateway->scoreboard;
	const struct model	*model = x->config->models;
	const struct model	*end = model + x->config->models_count;
	size_t			 i;

	/* The mark tells the script that it needs no key. */
	buf_puts(out, "<template id=\"open\"></template>\n<noscript><section>"
	    "<h2>Now</h2>\n<dl class=\"figures\">\n");
	/* Without this request. */
	put_figure(out, "under way", scoreboard_in_flight(scoreboard) - 1);
	put_figure(out, "exchanges", scoreboard_counter(scoreboard,
	    COUNT_EXCHANGES));
	put_figure(out, "failures", scoreboard_counter(scoreboard,
	    COUNT_FAILURES) + scoreboard_counter(scoreboard,
	    COUNT_UPSTREAM_ERRORS));
	put_figure(out, "overload", scoreboard_counter(scoreboard, COUNT_SHED));
	put_figure(out, "processes", scoreboard_processes(scoreboard));
	buf_puts(out, "</dl>\n");
	put_live(out, scoreboard);
	for (; model < end; model++) {
		for (i = 0; i < model->upstreams_count; i++)
			put_trouble(out, scoreboard, model,
			    &model->upstreams[i]);
		if (i == 0)
			put_trouble(out, scoreboard, model, model);
	}
	buf_puts(out, "</section></noscript>\n");
}

/* 'sha256-...' of what stands in the page's only element of that name. */
static int
add_hash(struct buf *out, const char *start, const char *end)
{
	const char	*from = strstr(page_html, start);
	const char	*to = from == NULL ? NULL : strstr(from, end);
	unsigned char	 digest[EVP_MAX_MD_SIZE], text[64];

	if (to == NULL)
		return -1;
	from += strlen(start);
	if (EVP_Digest(from, (size_t)(to - from), digest, NULL, EVP_sha256(),
	    NULL) != 1)
		return -1;
	EVP_EncodeBlock(text, digest, 32);
	return buf_printf(out, "'sha256-%s'", (char *)text);
}

/* Its own script and style and this gateway; nothing else, from nowhere. */
static int
add_policy(struct exchange *x)
{
	struct buf	value;
	int		result;

	buf_init(&value, 1024, &x->gateway->budget);
	buf_puts(&value, "default-src 'none'; connect-src 'self'; "
	    "img-src data:; base-uri 'none'; form-action 'none'; "
	    "frame-ancestors 'none'; script-src ");
	result = add_hash(&value, "<script>", "</script>");
	buf_puts(&value, "; style-src ");
	if (add_hash(&value, "<style>", "</style>") == -1 || value.failed)
		result = -1;
	if (result != -1)
		result = headers_printf(&x->answer.fields,
		    "content-security-policy", "%s", value.at);
	buf_release(&value);
	headers_add(&x->answer.fields, "x-content-type-options", "nosniff");
	headers_add(&x->answer.fields, "referrer-policy", "no-referrer");
	return result;
}

int
page_answer(struct exchange *x)
{
	const char	*now = strstr(page_html, NOW);
	struct problem	 refusal;
	struct buf	 body;
	int		 result = add_policy(x);

	if (now == NULL || result == -1)
		return problem_no_memory(&x->problem);
	buf_init(&body, PAGE_MAX, &x->gateway->budget);
	buf_add(&body, page_html, (size_t)(now - page_html));
	if (authorize_overseer(&x->caller, x->client, x->config, &x->reply,
	    &refusal) == 0)
		put_now(&body, x);
	else
		buf_puts(&body, "<noscript><p>What is shown here needs an "
		    "admin key, and scripts to send it.</p></noscript>\n");
	buf_puts(&body, now + strlen(NOW));
	result = body.failed ? problem_no_memory(&x->problem) :
	    answer_body(&x->answer, 200, "text/html; charset=utf-8",
	    (struct text){ body.at, body.length });
	buf_release(&body);
	return result;
}
