#!/bin/bash
# Functions of at most 60 lines, files of at most 500 (tests of 1000), lines of at
# most 90 columns (80 is the rule, for code and prose alike).
# usage: length.sh ROOT BUILD
set -euo pipefail
cd "$1"
mapfile -t sources < <(find fcgi shared tokend tests/unit tests/fuzz \
    tests/scenarios -name '*.[ch]' 2>/dev/null | sort)
mapfile -t scripts < <(find start.sh conf tests -name node_modules -prune -o \
    -name '*.sh' -print -o -name '*.mjs' -print | sort)

bad=$(ctags -f - --c-kinds=f --languages=C --fields=ne "${sources[@]}" |
    awk -F'\t' '{
	line = end = 0
	for (i = 4; i <= NF; i++) {
		if ($i ~ /^line:/) line = substr($i, 6)
		if ($i ~ /^end:/) end = substr($i, 5)
	}
	if (end - line + 1 > 60)
		printf "%s:%d: %s has %d lines\n", $2, line, $1, end - line + 1
    }'
    wc -l "${sources[@]}" "${scripts[@]}" |
	awk '$2 != "total" && $1 > ($2 ~ /^tests/ ? 1000 : 500) { print $2 ": " $1 " lines" }'
    for file in "${sources[@]}"; do
	expand -t8 "$file" | awk -v file="$file" 'length($0) > 90 {
		print file ":" NR ": " length($0) " columns" }'
    done)
[ -z "$bad" ] || { echo "$bad"; exit 1; }
