#!/bin/bash
# Installs what the tests need and the machine lacks (Debian, Ubuntu).
set -euo pipefail

say() { printf 'install.sh: %s\n' "$*"; }
die() {
	printf 'install.sh: %s\n' "$*" >&2
	exit 1
}
# shellcheck source=conf/start/packages.sh
. "$(dirname "${BASH_SOURCE[0]}")/../conf/start/packages.sh"

# Looked for by what the tests do with it: a compiler comes without the libraries
# of its sanitizers.
test_needs='library libcmocka-dev cmocka
command tinyproxy tinyproxy
command nginx-light nginx
command apache2 apache2
folder libapache2-mod-fcgid /usr/lib/apache2/modules/mod_fcgid.so
folder apache2-suexec-custom /usr/lib/apache2/suexec-custom
command haproxy haproxy
links gcc cc -fsanitize=address,undefined
links gcc cc -fsanitize=thread
command clang clang
links @clang_runtime clang -fsanitize=fuzzer,address,undefined
command clang-tidy clang-tidy
command cppcheck cppcheck
command universal-ctags ctags
command valgrind valgrind
command shellcheck shellcheck
command strace strace
command curl curl
command openssl openssl
command xz-utils xz
command binutils nm
node_18 nodejs
command npm npm
command prometheus promtool
command chromium chromium'

node_18() {
	command -v node >/dev/null &&
	    [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ]
}

# The package that has them for the clang that is there.
clang_runtime() {
	local version
	version=$(clang -dumpversion 2>/dev/null | cut -d. -f1)
	[ -n "$version" ] || return 0
	if apt-cache show "libclang-rt-$version-dev" >/dev/null 2>&1; then
		echo "libclang-rt-$version-dev"
	else
		echo "libclang-common-$version-dev"
	fi
}

# shellcheck disable=SC2154 # of packages.sh
install_missing "$build_needs"$'\n'"$build_wants"$'\n'"$run_needs"$'\n'"$test_needs"
