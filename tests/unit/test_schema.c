#include "build.h"

#include <stdio.h>
#include <stdlib.h>

#include "neutral/schema.h"
#include "request_cases.h"

static struct request_case	c;

static int
setup(void **state)
{
	(void)state;
	case_start(&c, DIALECT_MESSAGES, DIALECT_RESPONSES);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	case_end(&c);
	return 0;
}

/* NULL: stays as it is. */
static void
becomes(enum schema_top top, const char *from, const char *to, bool loses)
{
	struct json_write	w;
	bool			changed = false;

	buf_clear(&c.text);
	json_write_start(&w, &c.text);
	schema_put_parameters(&w, case_value(&c, from), top, &changed);
	assert_int_equal(json_write_finish(&w), 0);
	wrote(&c, to != NULL ? to : from);
	assert_int_equal(changed, loses);
}

static void
patterns_are_left_out_at_every_depth(void **state)
{
	static const enum schema_top	tops[] = { SCHEMA_PLAIN, SCHEMA_ANY,
	    SCHEMA_TYPED };
	size_t				i;

	(void)state;
	for (i = 0; i < 3; i++) {
		becomes(tops[i], "{'type':'object','properties':{'a':{'type':"
		    "'string','pattern':'^(?!x)y$','minLength':1},'b':{'items'"
		    ":{'anyOf':[{'pattern':'\\\\p{L}'},{'pattern':'a'}]}}},"
		    "'$defs':{'d':{'not':{'pattern':'\\\\cA'}}}}",
		    "{'type':'object','properties':{'a':{'type':'string',"
		    "'minLength':1},'b':{'items':{'anyOf':[{},{'pattern':'a'}"
		    "]}}},'$defs':{'d':{'not':{}}}}", true);
		becomes(tops[i], "{'type':'object','properties':{},"
		    "'patternProperties':{'^(?=x)':{},'y':{'pattern':"
		    "'(?<n>x)'}},'additionalProperties':false}",
		    "{'type':'object','properties':{},'patternProperties':"
		    "{'y':{}}}", true);
	}
}

static void
patterns_stay_where_they_are_none(void **state)
{
	static const enum schema_top	tops[] = { SCHEMA_PLAIN, SCHEMA_ANY,
	    SCHEMA_TYPED, SCHEMA_NO_UNION, SCHEMA_OBJECT };
	size_t				i;

	(void)state;
	for (i = 0; i < 5; i++) {
		becomes(tops[i], "{'type':'object', 'properties':{'pattern':"
		    "{'type':'string','pattern':'^\\\\w+$','default':"
		    "'(?=a)'}, '(?=a)':{}},'additionalProperties':false}",
		    NULL, false);
		becomes(tops[i], "{'type':'object','properties':{'a':{'enum':["
		    "{'pattern':'(?=a)'}],'const':{'pattern':'(?=a)'},"
		    "'examples':[{'pattern':'(?=a)'}]}}, 'required':[]}",
		    NULL, false);
		becomes(tops[i], "{'type':'object','properties':{},"
		    "'patternProperties':{'^x': {}},'additionalProperties':"
		    "false}", NULL, false);
	}
}

static void
others_keep_their_patterns(void **state)
{
	static const char *const	schema = "{'type':'object','properties'"
	    ":{'a':{'pattern':'(?=a)'}}}";

	(void)state;
	becomes(SCHEMA_NO_UNION, schema, NULL, false);
	becomes(SCHEMA_OBJECT, schema, NULL, false);
}

static void
patterns_go_where_the_top_is_rewritten(void **state)
{
	(void)state;
	becomes(SCHEMA_PLAIN, "{'properties':{'a':{'pattern':'(?=a)'}}}",
	    "{'type':'object','properties':{'a':{}}}", true);
	becomes(SCHEMA_TYPED, "{'properties':{'a':{'pattern':'(?=a)'}}}",
	    "{'type':'object','properties':{'a':{}}}", true);
	becomes(SCHEMA_PLAIN, "{'patternProperties':{'(?=a)':{}},"
	    "'additionalProperties':false}",
	    "{'type':'object','patternProperties':{},'properties':{}}", true);
	becomes(SCHEMA_ANY, "{'anyOf':[{'pattern':'(?=a)'}]}",
	    "{'anyOf':[{}]}", true);
	becomes(SCHEMA_ANY, "{'anyOf':[ {}]}", NULL, false);
	becomes(SCHEMA_TYPED, "{'properties':null}",
	    "{'type':'object','properties':null}", false);
	becomes(SCHEMA_ANY, "{'required':null,'items':{'type':'array'},"
	    "'pattern':'(?=a)'}", "{'required':null,'items':{'type':'array'}}",
	    true);
}

/* What the keys say is found out once for each object. */
static void
many_members_take_no_longer_each(void **state)
{
	const unsigned	count = 20000;
	char		*schema = malloc(count * 40 + 100);
	size_t		 at;
	unsigned	 i;

	(void)state;
	at = (size_t)sprintf(schema, "{'patternProperties':{");
	for (i = 0; i < count; i++)
		at += (size_t)sprintf(schema + at, "'k%u':{},", i);
	at += (size_t)sprintf(schema + at, "'z':{}}");
	for (i = 0; i < count; i++)
		at += (size_t)sprintf(schema + at,
		    ",'additionalProperties':0");
	sprintf(schema + at, "}");
	becomes(SCHEMA_ANY, schema, NULL, false);
	free(schema);
}

static void
an_array_among_types_has_items(void **state)
{
	(void)state;
	becomes(SCHEMA_PLAIN, "{'type':'object','properties':{'a':{'type':["
	    "'array','null']}}}", "{'type':'object','properties':{'a':{'type'"
	    ":['array','null'],'items':{}}}}", false);
	becomes(SCHEMA_PLAIN, "{'type':'object','properties':{'a':{'anyOf':[{"
	    "'type':['string','array']}]}}}", "{'type':'object','properties'"
	    ":{'a':{'anyOf':[{'type':['string','array'],'items':{}}]}}}",
	    false);
	becomes(SCHEMA_PLAIN, "{'type':'object','properties':{'a':{'type':["
	    "'array'], 'items':{}},'type':{'enum':['array']}}}", NULL, false);
	becomes(SCHEMA_ANY, "{'type':'array'}", NULL, false);
}

/* Of a tool and of an answer, in both of OpenAI's dialects. */
static void
a_pattern_that_goes_is_reported(void **state)
{
	static const char *const	schema = "{'type':'object','properties'"
	    ":{'a':{'pattern':'%s'}}}";
	static const char *const	patterns[] = { "a", "(?=a)" };
	char				text[128];
	unsigned			i;

	(void)state;
	for (i = 0; i < 8; i++) {
		case_end(&c);
		case_start(&c, DIALECT_MESSAGES, i & 1 ? DIALECT_CHAT :
		    DIALECT_RESPONSES);
		say(&c, ROLE_USER, "hi");
		snprintf(text, sizeof(text), schema, patterns[i >> 1 & 1]);
		if (i & 4) {
			declare(&c, TOOL_FUNCTION, "f")->schema =
			    case_value(&c, text);
		} else {
			c.request.format.kind = FORMAT_SCHEMA;
			c.request.format.schema = case_value(&c, text);
		}
		assert_int_equal(case_write(&c), 0);
		holds(&c, i & 2 ? "'properties':{'a':{}}" :
		    "'properties':{'a':{'pattern':'a'}}");
		assert_string_equal(case_losses(&c),
		    i & 2 ? "schema_keywords" : "");
	}
}

#define CLOSED(property)	"{'type':'object','properties':{'a':" property	\
    "},'required':['a'],'additionalProperties':false}"

static void
what_openai_takes_strictly(void **state)
{
	static const char *const	schemas[] = {
		"{'type':'object','properties':{},'additionalProperties':"
		    "false,'$schema':'x','description':'d'}",
		CLOSED("{'type':'string','pattern':'x','format':'uuid'}"),
		CLOSED("{'type':['array','null'],'items':{'type':'integer',"
		    "'minimum':1},'minItems':2}"),
		CLOSED("{'$ref':'#'}"),
		CLOSED("{'anyOf':[{'type':'null'},{'$ref':'#'}],'title':'t'}"),
		CLOSED(CLOSED("{'type':'string','enum':['b']}")),
		CLOSED("{'type':'string','default':{'not':1}}"),
		"{'type':'object','properties':{'not':{'type':'null'}},"
		    "'required':['not'],'additionalProperties':false}",
	};
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
		if (!schema_is_strict(case_value(&c, schemas[i])))
			fail_msg("not strict: %s", schemas[i]);
}

static void
what_openai_does_not(void **state)
{
	static const char *const	schemas[] = {
		"", "true", "[]", "{}",
		"{'type':'object','properties':{}}",
		"{'type':'object','properties':{'a':{'type':'null'}},"
		    "'additionalProperties':false}",
		CLOSED("{'type':['object','null']}"),
		CLOSED("{'type':'object','additionalProperties':{}}"),
		CLOSED("{'type':'string','format':'uri'}"),
		CLOSED("{'type':'string','format':''}"),
		CLOSED("{'$ref':'#','description':'d'}"),
		CLOSED("{}"), CLOSED("true"),
		CLOSED("{'type':'array'}"), CLOSED("{'type':['array','null']}"),
		CLOSED("{'type':'array','items':{}}"),
		CLOSED("{'type':'array','items':{'type':'string','format':"
		    "'uri'}}"),
		CLOSED("{'anyOf':[{'type':'null','not':{'type':'null'}}]}"),
	};
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
		if (schema_is_strict(case_value(&c, schemas[i])))
			fail_msg("strict: %s", schemas[i]);
}

static void
keywords_of_no_strict_schema(void **state)
{
	static const char *const	words[] = { "oneOf", "allOf", "not",
	    "if", "then", "else", "patternProperties", "propertyNames",
	    "unevaluatedProperties", "minProperties", "maxProperties",
	    "dependentRequired", "dependentSchemas", "dependencies",
	    "prefixItems", "additionalItems", "unevaluatedItems", "contains",
	    "minContains", "maxContains", "uniqueItems", "minLength",
	    "maxLength" };
	char				schema[512];
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(schema, sizeof(schema), CLOSED("{'type':'string',"
		    "'%s':[]}"), words[i]);
		if (schema_is_strict(case_value(&c, schema)))
			fail_msg("strict: %s", words[i]);
		snprintf(schema, sizeof(schema), "{'type':'object',"
		    "'properties':{},'additionalProperties':false,'$defs':{"
		    "'d':{'type':'string','%s':[]}}}", words[i]);
		if (schema_is_strict(case_value(&c, schema)))
			fail_msg("strict: %s", words[i]);
	}
}

static void
strictness_that_goes_is_reported(void **state)
{
	struct tool	*tool;
	unsigned	 i;

	(void)state;
	for (i = 0; i < 4; i++) {
		case_end(&c);
		case_start(&c, DIALECT_MESSAGES, i & 1 ? DIALECT_CHAT :
		    DIALECT_RESPONSES);
		say(&c, ROLE_USER, "hi");
		tool = declare(&c, TOOL_FUNCTION, "f");
		tool->strict = 1;
		tool->schema = case_value(&c, i & 2 ?
		    CLOSED("{'type':'string','format':'uri'}") :
		    CLOSED("{'type':'string','format':'date'}"));
		assert_int_equal(case_write(&c), 0);
		holds(&c, i & 2 ? "'strict':false" : "'strict':true");
		assert_string_equal(case_losses(&c),
		    i & 2 ? "tool_strict" : "");
	}
}

static void
anthropic_has_names_of_its_own(void **state)
{
	static const char *const	longest = "a234567890123456789012345678"
	    "901234567890123456789012345678901234";
	char				schema[256];

	(void)state;
	becomes(SCHEMA_NAMED, "{'type':'object','properties':{'a_.-9Z': {},"
	    "'b':{'properties':{'$top':{}}}}, 'additionalProperties':false}",
	    NULL, false);
	becomes(SCHEMA_NAMED, "{'type':'object','properties':{'$top':{'type':"
	    "'integer'},'filter[name]':{},'b':{'properties':{'$c':{}}},'':{},"
	    "'\\u0061':{}},'required':['b'],'additionalProperties':false}",
	    "{'type':'object','properties':{'b':{'properties':{'$c':{}}}},"
	    "'required':['b']}", true);
	snprintf(schema, sizeof(schema), "{'type':'object','properties':{"
	    "'%s':{}}}", longest);
	becomes(SCHEMA_NAMED, schema, NULL, false);
	snprintf(schema, sizeof(schema), "{'type':'object','properties':{"
	    "'%s5':{}}}", longest);
	becomes(SCHEMA_NAMED, schema, "{'type':'object','properties':{}}",
	    true);
	becomes(SCHEMA_NO_UNION, "{'type':'object','properties':{'$top':{}}}",
	    NULL, false);
	becomes(SCHEMA_PLAIN, "{'type':'object','properties':{'$top':{}}}",
	    NULL, false);
	becomes(SCHEMA_NAMED, "{'anyOf':[{}]}", "{'type':'object'}", true);
}

#define CASE(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		CASE(patterns_are_left_out_at_every_depth),
		CASE(patterns_stay_where_they_are_none),
		CASE(others_keep_their_patterns),
		CASE(patterns_go_where_the_top_is_rewritten),
		CASE(many_members_take_no_longer_each),
		CASE(an_array_among_types_has_items),
		CASE(a_pattern_that_goes_is_reported),
		CASE(anthropic_has_names_of_its_own),
		CASE(what_openai_takes_strictly),
		CASE(what_openai_does_not),
		CASE(keywords_of_no_strict_schema),
		CASE(strictness_that_goes_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
