#!/bin/bash
# What may stand where in the source.
# usage: rules.sh ROOT BUILD
set -euo pipefail
cd "$1"
build=$2
status=0
mapfile -t sources < <(find fcgi shared tokend -name '*.[ch]' 2>/dev/null | sort)

say() {		# RULE LINES
	[ -n "$2" ] || return 0
	printf '%s\n%s\n\n' "$1" "$2"
	status=1
}

# The code without comments and strings, with file and line.
code() {
	local file
	for file in "$@"; do
		gcc -fpreprocessed -dD -E -P "$file" 2>/dev/null |
		    sed -E 's/"([^"\\]|\\.)*"/""/g' |
		    awk -v file="$file" '{ print file ": " $0 }'
	done
}

plain=$(code "${sources[@]}")
say 'banned calls' "$(grep -E \
    '\b(strcpy|strcat|sprintf|vsprintf|strtok|gets|alloca|strncpy)\(' \
    <<<"$plain" || true)"
say 'the request path never ends the process' "$(grep -E \
    '\b(exit|_exit|abort)\(' <<<"$plain" |
    grep -vE '^fcgi/(main|server/(pool|processes)[a-z_]*)\.c:|^tokend/' ||
    true)"
say 'unfinished' "$(grep -nE '\b(TODO|FIXME|XXX|HACK)\b' "${sources[@]}" || true)"
say 'only http* and upstream* know curl' "$(grep -ln '#include <curl/' \
    "${sources[@]}" | grep -vE '^(shared/http[a-z_]*|fcgi/upstream/upstream[a-z_]*)\.[ch]$' || true)"
say 'only client_* and fcgi_* know FastCGI' "$(grep -lnE '(fcgiapp|fastcgi)\.h' \
    "${sources[@]}" | grep -vE '^fcgi/client/(client|fcgi)_[a-z_]*\.[ch]$' || true)"
say 'build.h comes first in each .c' "$(for file in "${sources[@]}"; do
	[[ $file != *.c ]] || [ "$(grep -m1 '^#include' "$file")" = \
	    '#include "build.h"' ] || echo "$file"
done)"
say 'names that say nothing' "$(printf '%s\n' "${sources[@]}" |
    grep -E '(util|common|helper|manager|data)[a-z_]*\.[ch]$' || true)"
say 'what lies outside the project' "$(tests/files.sh | grep -v '^tests/' |
    xargs grep -nE '\.\./shared/[a-z]*(recorded|requests|hooks|tools|\.md)|/work/|(design|dialects|original|webservers|clients|style)\.md' \
    2>/dev/null || true)"

# A dialect's object asks for nothing of another dialect's.
dialects='chat|responses|messages|generate'
for object in "$build"/fcgi/dialects/*/*.o; do
	[ -e "$object" ] || continue
	name=$(basename "$(dirname "$object")")
	[[ $name =~ ^($dialects)$ ]] || continue
	others=$(tr '|' '\n' <<<"$dialects" | grep -v "^$name$" | paste -sd'|')
	say "${object##*/} uses another dialect's symbols" \
	    "$(nm -u "$object" | awk '{ print $2 }' | grep -E "^($others)_" || true)"
done
for file in fcgi/dialects/*/*.[ch]; do
	name=$(basename "$(dirname "$file")")
	[[ $name =~ ^($dialects)$ ]] || continue
	others=$(tr '|' '\n' <<<"$dialects" | grep -v "^$name$" | paste -sd'|')
	say "$file includes another dialect" \
	    "$(grep -nE "#include \"(dialects/)?($others)" "$file" || true)"
done
exit $status
