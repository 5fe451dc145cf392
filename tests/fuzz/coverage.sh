#!/bin/bash
# coverage.sh [FILE...]: how many lines of each reader the fuzzers reach with their
# corpora, the driver's mutations of these, and what seeds.mjs makes; no fuzzing, so
# that the figures are the same each time. Writes the table into README.md, or
# prints the lines of these files that are not reached. Builds in build-coverage
# with clang; ends with 1 when a reader is below 90 %.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
build=$root/build-coverage
here=$root/tests/fuzz
least=90

# Each allocation is one of its own, as under sanitizers, so that any may fail.
build_fuzzers() {
	mkdir -p "$build"
	cd "$build"
	[ -x "$root/configure" ] || (cd "$root" && ./autogen.sh) >&2
	[ -f Makefile ] || "$root/configure" -q CC=clang \
	    CFLAGS='-O1 -g -DSANITIZED=1 -fprofile-instr-generate -fcoverage-mapping' \
	    LDFLAGS=-fprofile-instr-generate
	mapfile -t fuzzers < <(cd "$root" && find tests/fuzz -name 'fuzz_*.c' |
	    sed 's/\.c$//' | sort)
	make -s -j "$(nproc)" "${fuzzers[@]}" >&2
}

run_fuzzers() {
	local fuzzer name
	rm -rf seeds ./*.profraw
	node "$here/seeds.mjs" seeds
	for fuzzer in "${fuzzers[@]}"; do
		name=${fuzzer##*/fuzz_}
		srcdir=$root LLVM_PROFILE_FILE=$name.profraw "$fuzzer" >/dev/null
		[ ! -d "seeds/$name" ] || LLVM_PROFILE_FILE=$name-seeds.profraw \
		    "$fuzzer" "seeds/$name" >/dev/null
	done
	llvm-profdata merge -o all.profdata ./*.profraw
}

# FILE LINE REACHED, for each line that has code; reached by any fuzzer.
lines() {
	local objects=()
	for fuzzer in "${fuzzers[@]:1}"; do
		objects+=(-object "$fuzzer")
	done
	llvm-cov export -format=lcov -instr-profile=all.profdata \
	    "${fuzzers[0]}" "${objects[@]}" 2>/dev/null | awk -F'[:,]' '
		/^SF:/ { file = $2; sub(".*/", "", file) }
		/^DA:/ { reached[file " " $2] += $3 }
		END { for (line in reached) print line, (reached[line] > 0) }'
}

readers() {	# "FUZZER FILE", a line each
	local fuzzer patterns
	while read -r fuzzer patterns; do
		[[ $fuzzer != \#* ]] || continue
		# shellcheck disable=SC2086 # patterns
		(cd "$root" && printf "$fuzzer %s\n" $patterns)
	done <"$here/readers.txt"
}

table() {
	echo '| reader | fuzzer | lines | reached |'
	echo '|---|---|---:|---:|'
	while read -r fuzzer file; do
		awk -v name="${file##*/}" -v file="$file" -v fuzzer="$fuzzer" '
			$1 == name { all++; some += $3 }
			END { printf "| `%s` | %s | %d | %.1f %% |\n", file,
			    fuzzer, all, all ? 100 * some / all : 0 }' lines.txt
	done < <(readers)
}

print_missing() {	# FILE
	awk -v name="${1##*/}" '$1 == name && !$3 { print $2 }' lines.txt |
	    sort -n | while read -r line; do
		printf '%s:%s: %s\n' "$1" "$line" "$(sed -n "${line}p" "$root/$1")"
	done | grep -vE ':[0-9]+:\s*[{}]*$' || true
}

build_fuzzers
run_fuzzers
lines >lines.txt
if [ $# -gt 0 ]; then
	for file; do print_missing "$file"; done
	exit 0
fi
table >table.md
awk -v table=table.md '
	/<!-- coverage -->/ { print; while ((getline row < table) > 0) print row
		skip = 1 }
	/<!-- \/coverage -->/ { skip = 0 }
	!skip' "$here/README.md" >README.new
cp README.new "$here/README.md"
awk -F'|' -v least=$least '$5 ~ /%/ { sub(" %", "", $5)
	if ($5 + 0 < least) { print "below " least " %:" $2 $5; low = 1 } }
	END { exit low }' table.md
