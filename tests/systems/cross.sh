#!/bin/bash
# cross.sh build|check ARCHITECTURE: builds for another machine, with the libraries that
# Debian has for it, or runs the unit tests by an emulator. In a root of its own, from
# the project's folder.
set -euo pipefail

[ "$2" = arm64 ]
machine=aarch64-linux-gnu
emulator=qemu-aarch64-static

say() { printf 'cross.sh: %s\n' "$*"; }
die() { say "$*"; exit 1; }
# shellcheck source=conf/start/packages.sh
. conf/start/packages.sh

build() {
	local libraries
	# shellcheck disable=SC2154 # of packages.sh
	libraries=$(printf '%s\n' "$build_needs" "$build_wants" \
	    'library libcmocka-dev cmocka' |
	    sed -n "s/^\(library\|header\) \([^ ]*\) .*/\2:$1/p")
	dpkg --add-architecture "$1"
	apt-get update
	# shellcheck disable=SC2086 # words
	apt-get install -y --no-install-recommends "gcc-$machine" \
	    "libc6-dev:$1" autoconf automake make pkg-config qemu-user-static \
	    $libraries
	[ -x configure ] || ./autogen.sh
	mkdir -p build-cross
	cd build-cross
	PKG_CONFIG_LIBDIR=/usr/lib/$machine/pkgconfig:/usr/share/pkgconfig \
	    ../configure -q --host=$machine --enable-werror
	make -s -j "$(nproc)"
}

# What each program said, and at last whether all of them passed. The emulator has
# neither Landlock nor seccomp: test_guard skips what needs them.
check() {
	local status=0
	cd build-cross
	CMOCKA_MESSAGE_OUTPUT=TAP make -s -k -j "$(nproc)" check \
	    LOG_COMPILER=$emulator || status=1
	cat tests/unit/*.log
	[ $status = 0 ] && echo 'all passed'
}

"$1" "$2"
