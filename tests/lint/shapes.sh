#!/bin/bash
# Shapes of json_put(): as many arguments as slots, only slots that there are,
# quotes in pairs, and brackets that match as far as the shape goes.
# usage: shapes.sh ROOT
set -euo pipefail
cd "$1"

# shellcheck disable=SC2016 # awk's
tests/files.sh | grep '\.[ch]$' | grep -v '^shared/json_write\.' | xargs awk '
# Reads the call that begins at text[i], behind its parenthesis.
function check(text,	i, c, depth, quoted, shape, literal, args, slots, s,
    many) {
	depth = 1
	args = 0
	shape = ""
	many = 0
	for (i = 1; i <= length(text) && depth > 0; i++) {
		c = substr(text, i, 1)
		if (c == "\"") {
			literal = ""
			for (i++; (c = substr(text, i, 1)) != "\""; i++) {
				if (c == "\\")
					i++
				literal = literal c
			}
			if (args == 1 && depth == 1)
				shape = shape literal
		} else if (c == "(" || c == "{" || c == "[")
			depth++
		else if (c == ")" || c == "}" || c == "]")
			depth--
		else if (c == "," && depth == 1)
			args++
		else if (c == "?" && args == 1 && depth == 1)
			many = 1	# one of two shapes: not looked into
	}
	if (shape == "" || many)
		return
	calls++
	slots = 0
	s = shape
	while (match(s, /%./)) {
		slots++
		if (index("stendubrv", substr(s, RSTART + 1, 1)) == 0)
			complain("no slot " substr(s, RSTART, 2))
		s = substr(s, RSTART + 2)
	}
	if (slots != args - 1)
		complain(slots " slots and " args - 1 " arguments")
	nest(shape)
}
function nest(shape,	i, c, open, quoted, want) {
	open = ""
	for (i = 1; i <= length(shape); i++) {
		c = substr(shape, i, 1)
		if (c == quote)
			quoted = !quoted
		else if (quoted)
			continue
		else if (c == "{" || c == "[")
			open = open c
		else if (c == "}" || c == "]") {
			want = c == "}" ? "{" : "["
			if (open != "" && substr(open, length(open)) != want)
				complain("brackets do not match")
			open = substr(open, 1, length(open) - 1)
		}
	}
}
function complain(what) {
	print FILENAME ":" line ": json_put: " what
	bad = 1
}
function finish(	at) {
	while ((at = index(pending, "json_put(")) > 0) {
		pending = substr(pending, at + 9)
		check(pending)
	}
	pending = ""
}
BEGIN { quote = "\047" }
FNR == 1 { finish() }
/json_put\(/ && pending == "" { line = FNR }
/json_put\(/ || pending != "" { pending = pending $0 " " }
/;$/ { finish() }
END {
	finish()
	if (calls < 50) {
		print "only " calls " calls of json_put() found"
		bad = 1
	}
	exit bad
}'
