#!/bin/bash
# usage: cppcheck.sh ROOT BUILD
set -euo pipefail
# Suppressed: mmap(-1) of anonymous memory is legal, and taking an address reads
# nothing.
cd "$1"
folders=()
for folder in fcgi shared tokend; do
	[ ! -d "$folder" ] || folders+=("$folder")
done
mkdir -p "$2/cppcheck"
cppcheck --quiet --std=c11 --enable=warning,performance \
    --inline-suppr --error-exitcode=1 --library=posix \
    --suppress=invalidFunctionArg:shared/scoreboard.c \
    --suppress=uninitvar:fcgi/client_body.c \
    --suppress=missingIncludeSystem --cppcheck-build-dir="$2/cppcheck" \
    -D__GNUC__ -j "$(nproc)" -I"$2" -Ishared -Ifcgi -Itokend \
    "${folders[@]}"
