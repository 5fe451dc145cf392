#!/bin/bash
# files.sh: the project's files, one a line: those that git knows, and where there is
# no git, or no repository, all that stand there but what is built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

git ls-files 2>/dev/null | grep . || find . -type d \( -path './build*' -o \
    -path ./autom4te.cache -o -path ./deb -o -name node_modules -o -name .git \) \
    -prune -o -type f -printf '%P\n'
