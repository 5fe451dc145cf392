#!/bin/bash
# update.sh: every client of package.json, and the Node that runs them, in its newest
# version, pinned. What the tests say of them is then for people to read. The lock
# file is made without what is installed: npm would leave the packages of other
# machines out of it, and npm ci misses them.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp package.json "$folder"

raise() {	# SAVE MEMBER: that member of package.json
	local names
	mapfile -t names < <(node -p \
	    'Object.keys(require("./package.json")[process.argv[1]]).join("\n")' \
	    "$2")
	npm install --prefix "$folder" --package-lock-only --silent --no-audit \
	    --no-fund --save-exact "$1" "${names[@]/%/@latest}"
}

raise --save-prod dependencies
raise --save-optional optionalDependencies
cp "$folder"/package.json "$folder"/package-lock.json .
node -p 'const { dependencies, optionalDependencies } = require("./package.json");
    Object.entries({ ...dependencies, ...optionalDependencies })
    .map((one) => one.join(" ")).join("\n")'
