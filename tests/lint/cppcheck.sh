#!/bin/bash
# usage: cppcheck.sh ROOT BUILD
set -euo pipefail
# Suppressed is what it gets wrong here: mmap(-1) of anonymous memory is legal
# and fails with MAP_FAILED, memory is kept behind other pointers, and out
# parameters are set by callees.
cd "$1"
folders=()
for folder in fcgi shared tokend; do
	[ ! -d "$folder" ] || folders+=("$folder")
done
mkdir -p "$2/cppcheck"
cppcheck --quiet --std=c11 --enable=warning,performance \
    --inline-suppr --error-exitcode=1 --library=posix \
    --suppress=invalidFunctionArg:shared/scoreboard.c \
    --suppress=nullPointerOutOfMemory:shared/scoreboard.c \
    --suppress=memleak:shared/scoreboard.c --suppress=uninitvar \
    --suppress=normalCheckLevelMaxBranches \
    --suppress=missingIncludeSystem --cppcheck-build-dir="$2/cppcheck" \
    -D__GNUC__ -j "$(nproc)" -I"$2" -Ishared -Ifcgi -Itokend \
    "${folders[@]}"
