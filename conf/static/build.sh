#!/bin/bash
# build.sh [ARCHITECTURE...]: makes both programs as static ones, which run on any
# Linux of x86_64 or aarch64 (both, if none is named), and an archive of each with
# configurations, man pages and checksums: build-static/droid2api-*.tar.gz.
#
# On a Debian (Ubuntu has its aarch64 elsewhere), from its source packages of the
# libraries, which apt verifies, with musl as libc: the programs ask nothing of a
# machine but /etc/passwd, /etc/resolv.conf and certificates. The unit tests are made
# and run, too, those of the other architecture where qemu-user-static is. What is
# there in the same version is not made again. What is missing is installed, as root
# or by sudo.
#
# PARTS in the archive says what it was made from. From the same parts comes the same
# archive, byte for byte, wherever and whenever; its files are of SOURCE_DATE_EPOCH,
# which is else the date of the newest version in CHANGELOG.md.
# STATIC_FOLDER is another place than build-static; CHECK=no leaves the tests out.
set -euo pipefail
export LC_ALL=C
umask 022

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
work=$(realpath -m "${STATIC_FOLDER:-$root/build-static}")
jobs=$(nproc)

needs='command gcc-x86-64-linux-gnu x86_64-linux-gnu-gcc
command gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc
command dpkg-dev dpkg-source
command make make
command cmake cmake
command autoconf autoreconf
command automake automake
command libtool libtoolize
command pkg-config pkg-config
command tcl tclsh
command gperf gperf'

# Debian's source packages, how each is built, and words for that; in this order.
build_libraries() {
	library zlib zlib --static
	library libzstd make -C lib
	library openssl openssl no-shared no-dso no-engine no-legacy no-tests
	library nghttp2 configure --enable-lib-only
	library sqlite3 sqlite --disable-tcl --disable-load-extension
	library json-c cmake -DBUILD_APPS=OFF -DBUILD_TESTING=OFF
	library libfcgi fcgi
	library libseccomp configure
	library cmocka cmocka -DWITH_EXAMPLES=OFF
	library curl configure --with-openssl --with-nghttp2 --with-zlib \
	    --without-zstd --without-brotli --without-libpsl --without-libidn2 \
	    --without-libssh2 --without-librtmp --disable-ldap --disable-dict \
	    --disable-file --disable-ftp --disable-gopher --disable-imap \
	    --disable-mqtt --disable-pop3 --disable-rtsp --disable-smb \
	    --disable-smtp --disable-telnet --disable-tftp --disable-ntlm \
	    --disable-manual --with-ca-path=/etc/ssl/certs \
	    --with-ca-bundle=/etc/ssl/certs/ca-certificates.crt
}

say() { printf 'build.sh: %4ss %s\n' "$SECONDS" "$*"; }
die() {
	printf 'build.sh: %s\n' "$*" >&2
	exit 1
}
# shellcheck source=conf/start/packages.sh
. "$root/conf/start/packages.sh"

quietly() {	# LOG COMMAND...
	local log=$1
	shift
	"$@" >"$log" 2>&1 || {
		tail -n 30 "$log" >&2
		die "$1 ${2:-} failed; more of it in $log"
	}
}

# ---- sources -----------------------------------------------------------------------

# The machine's own Debian, with sources and both architectures, and no word of it in
# the machine's settings.
open_apt() {
	local from
	mkdir -p "$work"/apt/{lists/partial,cache/archives/partial,own} \
	    "$work"/source
	for from in /etc/apt/sources.list.d/{debian,ubuntu}.sources; do
		[ ! -e "$from" ] || sed 's/^Types:.*/Types: deb deb-src/' \
		    "$from" >"$work/apt/own/own.sources"
	done
	[ ! -s /etc/apt/sources.list ] || sed -n 's/^deb \(.*\)/&\ndeb-src \1/p' \
	    /etc/apt/sources.list >"$work/apt/own/own.list"
	apt=(-o Dir::Etc::SourceList=/dev/null
	    -o Dir::Etc::SourceParts="$work/apt/own"
	    -o Dir::State::lists="$work/apt/lists"
	    -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User=root
	    -o APT::Architectures::=amd64 -o APT::Architectures::=arm64)
	quietly "$work/apt/log" apt-get "${apt[@]}" update
}

# Sets `source`: where the newest version that is to be had is unpacked. A mirror may
# list one that it has not yet got, or no more.
fetch() {	# PACKAGE
	local version
	cd "$work/source"
	for version in $(apt-cache "${apt[@]}" showsrc "$1" |
	    sed -n 's/^Version: //p' | sort -Vru); do
		source=$work/source/$1_${version#*:}
		[ ! -d "$source" ] || return 0
		if apt-get "${apt[@]}" source -qq --download-only "$1=$version" \
		    >"$work/apt/log" 2>&1; then
			quietly "$source.log" dpkg-source -x "$source.dsc" "$source"
			return 0
		fi
		say "$1 $version is not to be had; the one before it, then"
	done
	die "no source of $1; see $work/apt/log"
}

# Sets `target`, `prefix` and `cc`, which with musl and the kernel's headers makes
# static programs that are loaded at random addresses.
open_architecture() {	# ARCHITECTURE
	local system debian=amd64 package
	[ "$1" = x86_64 ] || debian=arm64
	target=$1-linux-gnu
	prefix=$work/$1
	system=$prefix/system/usr
	mkdir -p "$prefix"/{packages,trees,licenses}
	cd "$prefix/packages"
	rm -f ./*.deb
	quietly "$work/apt/log" apt-get "${apt[@]}" download \
	    "musl-dev:$debian" "linux-libc-dev:$debian"
	for package in *.deb; do
		dpkg -x "$package" "$prefix/system"
	done
	sha256sum ./*.deb | sed 's|\./||' >parts
	cp "$system/share/doc/musl-dev/copyright" "$prefix/licenses/musl"
	ln -sfn "$system"/include/{linux,asm-generic,"$target/asm"} \
	    "$system/include/$1-linux-musl"
	sed -e "s|/usr/|$system/|g" -e 's|Scrt1\.o|rcrt1.o|' \
	    -e 's|^-dynamic-linker.*|-static -pie --no-dynamic-linker -z text|' \
	    "$system/lib/$1-linux-musl/musl-gcc.specs" >"$prefix/musl.specs"
	# A name without a path, as some libraries keep their compiler's words.
	cc=$target-static-gcc
	flags='-fstack-protector-strong -ffunction-sections -fdata-sections'
	mkdir -p "$prefix/bin"
	cat >"$prefix/bin/$cc" <<-END
		#!/bin/sh
		exec $target-gcc -specs=$prefix/musl.specs $flags \
		    -ffile-prefix-map=$work=. -ffile-prefix-map=$root=. "\$@"
	END
	chmod 755 "$prefix/bin/$cc"
	PATH=$prefix/bin:$PATH
	export PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig
}

# ---- libraries ---------------------------------------------------------------------

build_zlib() {
	CC=$cc ./configure --prefix="$prefix" "$@" && make -j "$jobs" install
}

build_make() {
	make -j "$jobs" CC="$cc" prefix="$prefix" "$@" install-static \
	    install-includes install-pc
}

# It keeps the folder that its modules would be in.
build_openssl() {
	CC=$cc ./Configure "linux-${target%-linux-gnu}" --prefix=/usr \
	    --libdir=lib --openssldir=/etc/ssl "$@" &&
	    make -j "$jobs" build_generated libcrypto.a libssl.a &&
	    make install_dev INSTALLTOP="$prefix"
}

build_cmake() {
	CC=$cc cmake -B build-static -DCMAKE_INSTALL_PREFIX="$prefix" \
	    -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_SYSTEM_NAME=Linux \
	    -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF "$@" &&
	    make -C build-static -j "$jobs" install
}

# Its own way to a static library differs from version to version, and its header
# takes uintptr_t for missing with musl, and for one of 32 bits.
has_uintptr=-D_UINTPTR_T
build_cmocka() {
	build_cmake -DCMAKE_C_FLAGS=$has_uintptr "$@" && rm -f "$prefix"/lib/libcmocka.so* &&
	    find build-static -path '*/cmocka.dir/*.o' -exec \
		ar rcs "$prefix/lib/libcmocka.a" {} +
}

# Its Makefile runs a program of the target while it makes the one file of source
# that this compiles.
build_sqlite() {
	./configure --prefix="$prefix" "$@" && make sqlite3.c sqlite3.h &&
	    $cc -O2 -D_HAVE_SQLITE_CONFIG_H -DSQLITE_THREADSAFE=1 \
		-DSQLITE_OMIT_LOAD_EXTENSION -I. -c -o static.o sqlite3.c &&
	    ar rcs "$prefix/lib/libsqlite3.a" static.o &&
	    install -m 644 -t "$prefix/include" sqlite3.h &&
	    install -m 644 -t "$prefix/lib/pkgconfig" sqlite3.pc
}

configure_tree() {
	{ [ -x configure ] || autoreconf -fi; } &&
	    ./configure --host="$target" --prefix="$prefix" --disable-shared \
		--enable-static CC="$cc" CPPFLAGS="-I$prefix/include" \
		LDFLAGS="-L$prefix/lib" PKG_CONFIG='pkg-config --static' "$@"
}

build_configure() { configure_tree "$@" && make -j "$jobs" install; }

# Without what is in C++.
build_fcgi() {
	configure_tree "$@" && make -C include install &&
	    make -C libfcgi lib_LTLIBRARIES=libfcgi.la install
}

library() {	# PACKAGE HOW WORD...
	local package=$1 how=$2 source tree made
	shift 2
	fetch "$package"
	tree=$prefix/trees/$package
	made="${source##*/} $how $flags $*"
	[ "$made" != "$(cat "$tree.made" 2>/dev/null)" ] || return 0
	say "${source##*/} for $target"
	rm -rf "$tree" "$tree.made"
	cp -a "$source" "$tree"
	cd "$tree"
	quietly "$tree.log" "build_$how" "$@"
	cp debian/copyright "$prefix/licenses/$package"
	echo "$made" >"$tree.made"
}

# ---- the programs -------------------------------------------------------------------

build_programs() {
	say "droid2api for $target"
	mkdir -p "$prefix/droid2api"
	cd "$prefix/droid2api"
	quietly configure.log "$root/configure" --host="$target" CC="$cc" \
	    CPPFLAGS="-I$prefix/include $has_uintptr" \
	    LDFLAGS="-L$prefix/lib -Wl,--gc-sections" \
	    PKG_CONFIG='pkg-config --static' --prefix=/usr --sysconfdir=/etc \
	    --localstatedir=/var --libexecdir=/usr/libexec
	quietly make.log make -j "$jobs"
}

check_programs() {
	local runner=''
	tokend/tokend --version >/dev/null 2>&1 ||
	    runner=$(command -v "qemu-${target%%-*}-static") || {
		say "no unit tests: this machine can't run what is for $target"
		return 0
	}
	quietly check.log make -k -j "$jobs" check LOG_COMPILER="$runner"
	say "unit tests for $target: $(grep '^# PASS' check.log)"
}

# Each source package with the files that Debian's signed list has it of.
write_parts() {
	local made package
	echo "$1, by $("$target-gcc" --version | sed -n 1p)"
	echo 'packages of the C library and the kernel:'
	sed 's/^/  /' "$prefix/packages/parts"
	echo 'source packages:'
	for made in "$prefix"/trees/*.made; do
		package=$(cut -d ' ' -f 1 "$made")
		echo "  $(sha256sum <"$work/source/$package.dsc" |
		    cut -d ' ' -f 1)  $package.dsc"
		sed -n '/^Checksums-Sha256:/,/^[^ ]/s/^ \([^ ]*\) [^ ]* /    \1  /p' \
		    "$work/source/$package.dsc"
	done
}

# What lies in the archive is as it will lie on a shared host; the rest of
# make install is in its share/ and man/.
build_archive() {	# ARCHITECTURE
	local made=$prefix/archive name
	name=$("$root/configure" --version | sed -n '1s/ configure /-/p')-$1
	rm -rf "$made" "$prefix/installed"
	quietly install.log make install-strip DESTDIR="$prefix/installed"
	mkdir -p "$made/droid2api/man"
	cd "$prefix/installed/usr"
	mv share/droid2api/shared-hosting/* libexec/droid2api.fcgi sbin/tokend \
	    "$made/droid2api"
	rmdir share/droid2api/shared-hosting
	mv share/droid2api "$made/droid2api/share"
	mv share/man/man?/* "$made/droid2api/man"
	cp -R "$prefix/licenses" "$root/LICENSE" "$made/droid2api"
	write_parts "$name" >"$made/droid2api/PARTS"
	cd "$made/droid2api"
	find . -type f -printf '%P\0' | sort -z |
	    xargs -0 sha256sum >"$made/SHA256SUMS"
	mv "$made/SHA256SUMS" .
	tar -C "$made" --sort=name --owner=0 --group=0 --numeric-owner \
	    --mode=go-w --mtime="@$SOURCE_DATE_EPOCH" -cf - droid2api |
	    gzip -9n >"$work/$name.tar.gz"
	cd "$work"
	sha256sum "$name.tar.gz" >"$name.tar.gz.sha256"
	say "$(du -k "$name.tar.gz" | cut -f1) KiB: $work/$name.tar.gz"
}

[ $# -gt 0 ] || set -- x86_64 aarch64
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date -ud "$(sed -n \
    's/^## .* (\([0-9-]*\))$/\1/p' "$root/CHANGELOG.md" | sed -n 1p)" +%s)}
install_missing "$needs"
open_apt
[ "$root/configure" -nt "$root/configure.ac" ] ||
    (cd "$root" && quietly "$work/autogen.log" ./autogen.sh)
for architecture; do
	case $architecture in
	x86_64 | aarch64) ;;
	*) die "not an architecture: $architecture" ;;
	esac
	open_architecture "$architecture"
	build_libraries
	build_programs
	[ "${CHECK:-yes}" = no ] || check_programs
	build_archive "$architecture"
done
