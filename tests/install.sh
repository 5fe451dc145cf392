#!/bin/bash
# install.sh [PART...]: installs what these parts of run.sh need, or all of them, and
# the machine lacks: on Debian 12 or 13, as others have no chromium or no Node.js 18.
set -euo pipefail

say() { printf 'install.sh: %s\n' "$*"; }
die() {
	printf 'install.sh: %s\n' "$*" >&2
	exit 1
}
# shellcheck source=conf/start/packages.sh
. "$(dirname "${BASH_SOURCE[0]}")/../conf/start/packages.sh"

# For which parts (those that run the gateway are `gateway`), and then as the tables
# of packages.sh. Looked for by what the tests do with it: a compiler comes without
# the libraries of its sanitizers.
test_needs='all library libcmocka-dev cmocka
gateway node_18 nodejs
gateway command tinyproxy tinyproxy
gateway command nginx-light nginx
gateway command apache2 apache2
gateway folder libapache2-mod-fcgid /usr/lib/apache2/modules/mod_fcgid.so
gateway folder apache2-suexec-custom /usr/lib/apache2/suexec-custom
gateway command haproxy haproxy
servers folder lighttpd-mod-openssl /usr/lib/lighttpd/mod_openssl.so
servers command pebble pebble
gateway command strace strace
gateway command curl curl
gateway command python3 python3
gateway command openssl openssl
gateway command prometheus promtool
gateway command chromium chromium
sanitize links gcc cc -fsanitize=address,undefined
sanitize links gcc cc -fsanitize=thread
fuzz node_18 nodejs
fuzz command clang clang
fuzz links @clang_runtime clang -fsanitize=fuzzer,address,undefined
lint command clang-tidy clang-tidy
lint command cppcheck cppcheck
lint command universal-ctags ctags
lint command shellcheck shellcheck
lint command binutils nm
bench command valgrind valgrind
distcheck command xz-utils xz
fresh command mmdebstrap mmdebstrap
clients command npm npm'

# The lines of the table for these parts, without their first word.
needs_of() {	# PART...
	local kinds=" all $* " part need
	case $kinds in
	*' integration '* | *' servers '* | *' sanitize '* | *' chaos '* | \
	    *' clients '*) kinds+='gateway ' ;;
	esac
	case $kinds in
	*' chaos '*) kinds+='sanitize ' ;;
	esac
	while read -r part need; do
		[[ $# -gt 0 && $kinds != *" $part "* ]] || echo "$need"
	done <<<"$test_needs"
}

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
install_missing "$build_needs"$'\n'"$build_wants"$'\n'"$run_needs"$'\n'"$(needs_of "$@")"
