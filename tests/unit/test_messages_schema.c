#include "build.h"

#include <stdio.h>

#include "messages_cases.h"
#include "neutral/schema.h"

static struct arena	arena;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 24, NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static void
put_input_schema(struct json_write *w, struct json_value schema, bool *changed)
{
	schema_put_parameters(w, schema, SCHEMA_NO_UNION, changed);
}

static void
put_plain_schema(struct json_write *w, struct json_value schema, bool *changed)
{
	schema_put_parameters(w, schema, SCHEMA_PLAIN, changed);
}

static void
becomes(void (*put)(struct json_write *, struct json_value, bool *),
    const char *from, const char *to, bool loses)
{
	struct json_value	schema;
	struct json_write	out;
	struct buf		text;
	bool			changed = false;

	schema = json_scan_into(&arena, text_of(json_of(&arena, from)));
	buf_init(&text, 1 << 22, NULL);
	json_write_start(&out, &text);
	put(&out, schema, &changed);
	assert_int_equal(json_write_finish(&out), 0);
	assert_string_equal(text.at, json_of(&arena, to));
	assert_int_equal(changed, loses);
	buf_release(&text);
}

static void
objects_are_closed_at_every_depth(void **state)
{
	(void)state;
	becomes(messages_put_closed_schema,
	    "{'type':'object','$schema':'x','properties':{'a':{'type':'array',"
	    "'items':{'properties':{}}},'b':{'anyOf':[{'type':['object',"
	    "'null']},{'type':'string','format':'date'}]}},'required':['a'],"
	    "'$defs':{'d':{'type':'object','additionalProperties':false}}}",
	    "{'type':'object','properties':{'a':{'type':'array','items':"
	    "{'properties':{},'additionalProperties':false}},'b':{'anyOf':["
	    "{'type':['object','null'],'additionalProperties':false},"
	    "{'type':'string','format':'date'}]}},'required':['a'],'$defs':"
	    "{'d':{'type':'object','additionalProperties':false}},"
	    "'additionalProperties':false}", false);
}

static void
what_the_api_refuses_is_left_out(void **state)
{
	(void)state;
	becomes(messages_put_closed_schema,
	    "{'type':'integer','minimum':1,'maximum':9}",
	    "{'type':'integer'}", true);
	becomes(messages_put_closed_schema,
	    "{'type':'string','minLength':1,'pattern':'x','format':'ssn'}",
	    "{'type':'string'}", true);
	becomes(messages_put_closed_schema,
	    "{'type':'array','minItems':3,'items':true}",
	    "{'type':'array','minItems':1}", true);
	becomes(messages_put_closed_schema,
	    "{'type':'array','minItems':1,'items':{}}",
	    "{'type':'array','minItems':1,'items':{}}", false);
	becomes(messages_put_closed_schema,
	    "{'oneOf':[{'type':'null'}]}", "{'anyOf':[{'type':'null'}]}",
	    false);
	becomes(messages_put_closed_schema,
	    "{'anyOf':[true],'oneOf':[{}]}", "{'anyOf':[{}]}", true);
	becomes(messages_put_closed_schema,
	    "{'type':'object','additionalProperties':{'type':'string'}}",
	    "{'type':'object','additionalProperties':false}", true);
}

static void
numbers_and_names_keep_their_spelling(void **state)
{
	(void)state;
	becomes(messages_put_closed_schema,
	    "{'enum':[9007199254740991,1.50],'default':-0,'title':'\\u00e9'}",
	    "{'enum':[9007199254740991,1.50],'default':-0,'title':'\\u00e9'}",
	    false);
	becomes(put_input_schema,
	    "{'type':'object','properties':{'a/\\u00e9':{'minimum':"
	    "-9007199254740991}}}",
	    "{'type':'object','properties':{'a/\\u00e9':{'minimum':"
	    "-9007199254740991}}}", false);
}

static void
the_top_of_a_tools_input_is_an_object(void **state)
{
	(void)state;
	becomes(put_input_schema, "",
	    "{'type':'object','properties':{}}", false);
	becomes(put_input_schema, "true",
	    "{'type':'object','properties':{}}", false);
	becomes(put_input_schema, "{'properties':{'a':{}}}",
	    "{'type':'object','properties':{'a':{}}}", false);
	becomes(put_input_schema,
	    "{'type':['object','null'],'anyOf':[{}],'properties':{'b':"
	    "{'oneOf':[]}}}",
	    "{'type':'object','properties':{'b':{'oneOf':[]}}}", true);
}

static void
closes(const char *from, const char *to, bool loses)
{
	becomes(messages_put_closed_schema, from, to != NULL ? to : from,
	    loses);
}

static void
references_that_end_stay(void **state)
{
	(void)state;
	closes("{'$defs':{'a':{'$ref':'#/$defs/b'},'b':{'type':'null'}},"
	    "'anyOf':[{'$ref':'#/$defs/a'},{'$ref':'#/$defs/a'},{'$ref':"
	    "'#/$defs/b'}]}", NULL, false);
	closes("{'anyOf':[{'$ref':'#/$defs/none'},{'$ref':'http://x/#'},"
	    "{'$ref':'#name'},{'$ref':''},{'$ref':'#/anyOf/9'},{'$ref':"
	    "'#/anyOf/x'}]}", NULL, false);
	closes("{'$defs':{'a':{'type':'null'}},'properties':{'$ref':{'$ref':"
	    "'#/$defs/a'}},'additionalProperties':false}", NULL, false);
}

static void
references_to_themselves_are_open(void **state)
{
	(void)state;
	closes("{'items':{'$ref':'#'}}", "{'items':{}}", true);
	closes("{'items':{'$ref':'#','title':'t'}}", "{'items':{'title':'t'}}",
	    true);
	closes("{'$ref':'#/$defs/n','$defs':{'n':{'anyOf':[{'type':'null'},"
	    "{'items':{'$ref':'#/$defs/n'}}]}}}",
	    "{'$ref':'#/$defs/n','$defs':{'n':{'anyOf':[{'type':'null'},"
	    "{'items':{}}]}}}", true);
	closes("{'$defs':{'n':{'items':{'$ref':'#/$defs/n'}}},'$ref':"
	    "'#/$defs/n'}", "{'$defs':{'n':{'items':{}}},'$ref':"
	    "'#/$defs/n'}", true);
	closes("{'anyOf':[{'items':{'$ref':'#/anyOf/0'}}]}",
	    "{'anyOf':[{'items':{}}]}", true);
	closes("{'$defs':{'a/~ \\u0022':{'items':{'$ref':"
	    "'#/$defs/a~1~0%20\\u0022'}}}}", "{'$defs':{'a/~ \\u0022':"
	    "{'items':{}}}}", true);
}

static void
one_reference_of_a_circle_is_open(void **state)
{
	(void)state;
	closes("{'$ref':'#/$defs/a','$defs':{'a':{'items':{'$ref':'#/$defs/b'"
	    "}},'b':{'items':{'$ref':'#/$defs/c'}},'c':{'items':{'$ref':"
	    "'#/$defs/a'}}}}",
	    "{'$ref':'#/$defs/a','$defs':{'a':{'items':{'$ref':'#/$defs/b'"
	    "}},'b':{'items':{'$ref':'#/$defs/c'}},'c':{'items':{}}}}", true);
	closes("{'$defs':{'a':{'$ref':'#/$defs/b'},'b':{'anyOf':[{'$ref':"
	    "'#/$defs/a'},{'$ref':'#/$defs/b'},{'$ref':'#/$defs/c'}]},"
	    "'c':{'type':'null'}}}",
	    "{'$defs':{'a':{'$ref':'#/$defs/b'},'b':{'anyOf':[{},{},{'$ref':"
	    "'#/$defs/c'}]},'c':{'type':'null'}}}", true);
}

/* A chain, and one reference more than are looked at. */
static void
references_have_a_ceiling(void **state)
{
	char		*end;
	struct buf	 from, to;
	int		 i, more;

	(void)state;
	for (more = 0; more < 2; more++) {
		buf_init(&from, 1 << 20, NULL);
		buf_init(&to, 1 << 20, NULL);
		for (i = 0; i < 256 + more; i++)
			buf_printf(&from, "%s'd%d':{'$ref':'#/$defs/d%d'}",
			    i == 0 ? "{'$defs':{" : ",", i, i + 1);
		buf_puts(&from, "}}");
		buf_puts(&to, from.at);
		if (more) {
			end = strstr(to.at, "'$ref':'#/$defs/d257'");
			buf_cut(&to, (size_t)(end - to.at));
			buf_puts(&to, "}}}");
		}
		closes(from.at, to.at, more);
		buf_release(&from);
		buf_release(&to);
	}
}

static void
references_of_a_long_schema_are_open(void **state)
{
	struct buf	from, to;
	int		more;

	(void)state;
	for (more = 0; more < 2; more++) {
		buf_init(&from, 1 << 22, NULL);
		buf_init(&to, 1 << 22, NULL);
		buf_printf(&from, "{'title':'%*s','$defs':{'a':{}},", more ?
		    1 << 20 : 1 << 19, "t");
		buf_puts(&to, from.at);
		buf_puts(&from, "'items':{'$ref':'#/$defs/a'}}");
		buf_puts(&to, more ? "'items':{}}" :
		    "'items':{'$ref':'#/$defs/a'}}");
		closes(from.at, to.at, more);
		buf_release(&from);
		buf_release(&to);
	}
}

static void
an_alternative_alone_is_said_by_its_parent(void **state)
{
	(void)state;
	closes("{'allOf':[{'$ref':'#/$defs/a'}],'description':'d','$defs':{"
	    "'a':{'type':'null'}}}", "{'$ref':'#/$defs/a','description':'d',"
	    "'$defs':{'a':{'type':'null'}}}", false);
	closes("{'title':'t','allOf':[{'properties':{'a':{'allOf':[{'type':"
	    "'null'}]}}}]}", "{'title':'t','properties':{'a':{'type':'null'}},"
	    "'additionalProperties':false}", false);
	closes("{'allOf':[{'pattern':'x','type':'string'}]}",
	    "{'type':'string'}", true);
	closes("{'allOf':[{'$ref':'#'}]}", "{}", true);
	closes("{'allOf':[{'type':'null'},{'title':'t'}]}", NULL, false);
	closes("{'anyOf':[{'allOf':[{'title':'a'}]},"
	    "{'$ref':'#/anyOf/0/allOf/0'}]}", NULL, false);
	closes("{'allOf':[{'title':'a'}],'title':'b'}", NULL, false);
	closes("{'allOf':[{'oneOf':[{}]}],'anyOf':[{}]}",
	    "{'allOf':[{'anyOf':[{}]}],'anyOf':[{}]}", false);
	closes("{'allOf':[{'allOf':[{'title':'a'}]}]}",
	    "{'allOf':[{'title':'a'}]}", false);
	closes("{'properties':{'allOf':{'type':'null'}},"
	    "'additionalProperties':false}", NULL, false);
	closes("{'allOf':[]}", NULL, false);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

static void
openai_wants_properties_and_no_alternatives(void **state)
{
	static const char *const	words[] = { "anyOf", "oneOf", "allOf",
	    "enum", "not" };
	char				schema[128];
	size_t				i;

	(void)state;
	becomes(put_plain_schema, "{'type':'object','title':'t'}",
	    "{'type':'object','title':'t','properties':{}}", false);
	becomes(put_plain_schema, "{'type':'object','properties':null}",
	    "{'type':'object','properties':{}}", false);
	becomes(put_plain_schema, "{'properties':{'a':{'anyOf':[{}]}}}",
	    "{'type':'object','properties':{'a':{'anyOf':[{}]}}}", false);
	for (i = 0; i < 5; i++) {
		snprintf(schema, sizeof(schema), "{'type':'object','%s':[{}],"
		    "'properties':{'a':{}}}", words[i]);
		becomes(put_plain_schema, schema,
		    "{'type':'object','properties':{'a':{}}}", true);
		snprintf(schema, sizeof(schema), "{'%s':[{}]}", words[i]);
		becomes(put_plain_schema, schema,
		    "{'type':'object','properties':{}}", true);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(objects_are_closed_at_every_depth),
		TEST(what_the_api_refuses_is_left_out),
		TEST(references_that_end_stay),
		TEST(references_to_themselves_are_open),
		TEST(one_reference_of_a_circle_is_open),
		TEST(references_have_a_ceiling),
		TEST(references_of_a_long_schema_are_open),
		TEST(an_alternative_alone_is_said_by_its_parent),
		TEST(numbers_and_names_keep_their_spelling),
		TEST(the_top_of_a_tools_input_is_an_object),
		cmocka_unit_test(openai_wants_properties_and_no_alternatives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
