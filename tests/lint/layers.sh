#!/bin/bash
# The layers of the source: the README's table of folders is their order, and a
# file includes only headers of its own folder and of those further down. A
# dialect includes no other dialect. No two units (a .c with its .h) include each
# other, and no two files call each other, not even by way of others.
# usage: layers.sh ROOT BUILD
set -euo pipefail
cd "$1"
build=$2

# The folders of the source tour, top first: | `fcgi/server/` | ... |
# shellcheck disable=SC2016 # Markdown's
mapfile -t layers < <(sed -n \
    '/^## The source/,/^## /s/^| `\([a-z/]*\)\/` |.*/\1/p' README.md)
[ ${#layers[@]} -ge 8 ] || {
	echo "README.md: no table of the source's folders"
	exit 1
}

# "FILE HEADER" for each include of a header of the project, as paths.
includes() {
	local file header folder
	while IFS=: read -r file header; do
		for folder in "${file%/*}" fcgi shared tokend; do
			[ ! -e "$folder/$header" ] || {
				echo "$file $folder/$header"
				break
			}
		done
	done < <(find fcgi shared tokend -name '*.[ch]' -print0 |
	    xargs -0 sed -n 's/^#include "\([^"]*\)".*/\1/;T;F;p' |
	    paste -d: - -)
}

# "FILE FILE" for each function of the other file that a file calls: what its
# code asks the linker for, which leaves out what stands in tables.
calls() {
	local libraries=("$build"/lib{gateway,shared,tokend}.a)
	{
		nm -A --defined-only "${libraries[@]}" 2>/dev/null
		objdump -r "${libraries[@]}"
	} | awk '
	NF > 2 && $(NF - 1) == "T" { split($1, path, ":"); home[$NF] = path[2] }
	/file format/ { file = $1; sub(/:$/, "", file) }
	/^RELOCATION RECORDS/ { code = /\[\.text/ }
	code && NF == 3 { sub(/[-+]0x[0-9a-f]+$/, "", $3); calls[file " " $3] = 1 }
	END {
		for (call in calls) {
			split(call, of, " ")
			if (of[2] in home && home[of[2]] != of[1])
				print of[1], home[of[2]]
		}
	}' | sort -u
}

found=$(includes | awk -v layers="${layers[*]}" '
function layer(path,	i, part) {	# its row; main.c is above all
	for (i = 1; i <= count; i++)
		if (index(path, order[i] "/") == 1)
			return i
	return split(path, part, "/") == 2 ? 0 : -1
}
function dialect(path,	part) {
	return split(path, part, "/") == 4 ? part[3] : ""
}
BEGIN { count = split(layers, order, " ") }
{
	from = layer($1)
	to = layer($2)
	if (from < 0 || to < 0)
		print $1 " is in no folder of the table, or " $2
	else if (to < from)
		print $1 " includes " $2 ", which is above it"
	else if (dialect($1) != "" && dialect($2) != "" &&
	    dialect($1) != dialect($2) &&
	    dialect($2) != "openai")
		print $1 " includes " $2 ": another dialect"
}')
units=$(includes | sed 's/\.[ch]\>//g' | awk '$1 != $2' | tsort 2>&1 >/dev/null |
    sed -n 's/^tsort: \([^ ]*\/[^ ]*\)$/\1/p' || true)
circles=$(calls | tsort 2>&1 >/dev/null | sed -n 's/^tsort: \([a-z_0-9]*\.o\)$/\1/p' ||
    true)
[ -z "$found" ] || printf '%s\n' "$found"
[ -z "$units" ] || printf 'units that include each other:\n%s\n' "$units"
[ -z "$circles" ] || printf 'files that call each other:\n%s\n' "$circles"
[ -z "$found$units$circles" ]
