#!/bin/bash
# root.sh BUILD FOLDER: makes FOLDER the root of the image: the programs of the build
# folder BUILD, the scripts that run them and, of the Debian that this runs on, the
# files that they use, with the libraries of each and with what dpkg says of their
# packages. No other part of Debian is in it, so that it is small and has little
# that could need a mend. As root. usr/share/doc/droid2api/PARTS lists what is in it.
set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
build=$(realpath "$1")
to=$(realpath -m "$2")
own=$to/opt/droid2api
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# What the scripts call, and what a recipe or a person may want besides.
commands='bash cat chown dirname env flock getent grep id install lighttpd ln ls mkdir
mktemp mv paste printenv realpath rm sed setpriv sleep sort stat tail tr true'

die() {
	printf 'root.sh: %s\n' "$*" >&2
	exit 1
}

taken=()
take() {	# PATH...
	local path
	for path; do
		path=$(realpath "$(dirname "$path")")/${path##*/}
		[ ! -e "$to$path" ] || continue
		mkdir -p "$to$(dirname "$path")"
		cp -L --preserve=mode,timestamps "$path" "$to$path"
		taken+=("$path")
	done
}

libraries_of() {	# PROGRAM...
	local said
	said=$(ldd "$@")
	! grep 'not found' <<<"$said" >&2 || die 'a library is missing'
	sed -n 's/^\t\(.* => \)\?\(\/[^ ]*\) (0x.*/\2/p' <<<"$said"
}

take_debian() {
	local name folder programs=()
	for folder in bin sbin lib lib64; do
		[ ! -L "/$folder" ] || cp -P "/$folder" "$to"
	done
	for name in $commands; do
		programs+=("$(type -P "$name")") || die "there is no $name"
	done
	# lighttpd opens its modules by name, the C library this one.
	programs+=(/usr/lib/lighttpd/mod_dirlisting.so
	    "$(dpkg -L libgcc-s1 | grep '/libgcc_s\.so\.1$')")
	take "${programs[@]}" /usr/lib/os-release /etc/debian_version
	# shellcheck disable=SC2046 # paths of libraries, without spaces
	take $(libraries_of "${programs[@]}" "$own/build"/*/* | sort -u)
	ln -s bash "$to/usr/bin/sh"
	ln -s ../usr/lib/os-release "$to/etc/os-release"
	install -D -m 644 -t "$to/etc/ssl/certs" /etc/ssl/certs/ca-certificates.crt
}

# Of which packages it is. dpkg knows a file by its path from before /bin became
# /usr/bin, or by that of today.
packages_taken() {
	local of paths path
	of=$(dpkg -S "${taken[@]}" "${taken[@]#/usr}" 2>/dev/null) || true
	paths=$(sed -n '/^diversion /!s/.*: //p' <<<"$of")
	for path in "${taken[@]}"; do
		grep -qxF -e "$path" -e "${path#/usr}" <<<"$paths" ||
		    die "$path is of no package"
	done
	echo ca-certificates
	sed -n '/^diversion /!s/[:,].*//p' <<<"$of"
}

# Of the packages: as scanners of images look for it, and the licences.
write_packages() {	# PACKAGE...
	local package folder
	mkdir -p "$to/var/lib/dpkg/status.d"
	for package; do
		dpkg-query -s "$package" >"$to/var/lib/dpkg/status.d/$package"
		folder=/usr/share/doc/$package
		[ ! -e "$folder/copyright" ] ||
		    install -D -m 644 -t "$to$folder" "$folder/copyright"
	done
}

# With the checksums of packages from Debian's signed list, where that still has them.
list_packages() {	# PACKAGE...
	awk '/^(Package|Version|SHA256):/ { it[$1] = $2 }
	    /^SHA256:/ { sum[it["Package:"] " " it["Version:"]] = " sha256 " $2 }
	    /^= / { print "  " $2, $3, $4, "of", $5, $6 sum[$2 " " $3] }' \
	    <(apt-cache show "$@" 2>/dev/null) <(dpkg-query -W -f \
		'= ${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\n' "$@")
}

write_parts() {	# PACKAGE...
	local parts=$to/usr/share/doc/droid2api/PARTS
	install -D -m 644 "$source/LICENSE" "${parts%/*}/copyright"
	{
		"$own/build/fcgi/droid2api.fcgi" --version
		(cd "$to" && find opt -type f -print0 | sort -z |
		    xargs -0 sha256sum | sed 's/^/  /')
		echo "Debian $(cat /etc/debian_version), of its packages what is used"
		list_packages "$@"
	} >"$parts"
}

take_own() {
	install -D -s -t "$own/build/fcgi" "$build/fcgi/droid2api.fcgi"
	[ ! -e "$build/tokend/tokend" ] ||
	    install -D -s -t "$own/build/tokend" "$build/tokend/tokend"
	install -D -t "$own" "$source/start.sh" "$source/conf/docker/entry.sh"
	install -D -t "$own/conf/start" "$source"/conf/start/*.sh
	cd "$source"
	for file in conf/config.json conf/lighttpd/standalone.conf.in \
	    conf/lighttpd/errors/* conf/systemd/{sysusers,tmpfiles}/*; do
		install -D -m 644 "$file" "$own/$file"
	done
}

# tokend is 901 and keeps the login, droid2api is 902.
make_users() {
	mkdir -p "$to/etc"
	cat >"$to/etc/passwd" <<-'END'
		root:x:0:0::/:/bin/bash
		tokend:x:901:900::/nonexistent:/bin/false
		droid2api:x:902:900::/nonexistent:/bin/false
		nobody:x:65534:65534::/nonexistent:/bin/false
	END
	printf '%s\n' root:x:0: droid2api:x:900: nogroup:x:65534: >"$to/etc/group"
	printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' \
	    >"$to/etc/nsswitch.conf"
	install -d -m 1777 "$to/tmp"
	install -d "$to"/{dev,proc,sys,run}
	install -d -m 0775 -g 900 "$to/var/lib/droid2api"
	install -d -m 0700 -o 901 -g 900 "$to/var/lib/droid2api/login"
	install -d -m 2750 -o 901 -g 900 "$to/var/lib/droid2api/token"
}

[ "$(id -u)" = 0 ] || die 'must be root'
[ ! -e "$to" ] || die "$to is there"
umask 022
mkdir -p "$to/usr"
take_own
take_debian
make_users
packages=$(packages_taken)
mapfile -t packages < <(sort -u <<<"$packages")
write_packages "${packages[@]}"
write_parts "${packages[@]}"
