# shellcheck shell=bash disable=SC2154 # the variable of those that source this
# Machines that have nothing: a minimal Debian or Ubuntu in a folder, and commands
# run in it, in namespaces of their own. Sourced by those that must be root and have
# mmdebstrap, and set `roots`, where the roots are kept as archives.

# The mirror that this machine takes Debian from.
debian_mirror() {
	# shellcheck disable=SC2016 # for apt-get
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
	    grep -m 1 '/debian/*$' || echo http://deb.debian.org/debian
}

# Where a suite is had, as a line for apt; nothing, and says why, if it can't be.
suite_source() {	# SUITE
	local keys=/usr/share/keyrings/ubuntu-archive-keyring.gpg
	[ -e $keys ] || keys=$roots/${keys##*/}
	case $1 in
	jammy | noble)
		if [ -e "$keys" ]; then
			echo "deb [signed-by=$keys]" \
			    "http://archive.ubuntu.com/ubuntu $1 main universe"
		else
			echo "no $keys: install ubuntu-archive-keyring" >&2
			return 1
		fi ;;
	*) echo "deb $(debian_mirror) $1 main" ;;
	esac
}

# The archive of a bare root, made the first time.
root_archive() {	# SUITE ARCHITECTURE
	local archive=$roots/$1-$2.tar source
	if [ ! -s "$archive" ]; then
		mkdir -p "$roots"
		source=$(suite_source "$1") || return 1
		mmdebstrap --quiet --format=tar --variant=minbase \
		    --architectures="$2" --aptopt='Acquire::Languages "none"' \
		    --dpkgopt=force-unsafe-io --include=apt,ca-certificates \
		    "$1" "$archive.new" "$source" >"$archive.log" 2>&1 || {
			tail -n 5 "$archive.log" >&2
			return 1
		}
		mv "$archive.new" "$archive"
	fi
	echo "$archive"
}

make_root() {	# SUITE ARCHITECTURE FOLDER
	local archive file
	archive=$(root_archive "$1" "$2") || return 1
	remove_root "$3"
	mkdir -p "$3"
	tar -C "$3" -xf "$archive"
	for file in /etc/resolv.conf /etc/hosts /etc/npmrc /root/.npmrc \
	    /etc/ssl/certs/ca-certificates.crt; do
		[ ! -e "$file" ] || cp -L "$file" "$3$file"
	done
	# It has the keys at its own place.
	sed -i 's/ \[signed-by=[^]]*\]//' "$3/etc/apt/sources.list"
	printf '#!/bin/sh\nexit 101\n' >"$3/usr/sbin/policy-rc.d"
	chmod 755 "$3/usr/sbin/policy-rc.d"
}

remove_root() { rm -rf --one-file-system "$1"; }

# The files that git knows, or those of an unpacked source archive.
copy_project() {	# FROM TO
	mkdir -p "$2"
	(
		cd "$1" || exit 1
		if git ls-files --error-unmatch Makefile.am >/dev/null 2>&1; then
			git ls-files -z --cached --others --exclude-standard
		else
			find . -type d -name 'build*' ! -name build-aux -prune \
			    -o -type f -print0
		fi | tar --null --ignore-failed-read -T - -cf - 2>/dev/null
	) | tar -C "$2" -xf - --no-same-owner
}

# Runs a command with the root as its /; all that it leaves running ends with it.
in_root() {	# ROOT COMMAND...
	local root=$1
	shift
	# shellcheck disable=SC2016 # for the shell in there
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    HOME=/root TERM=dumb LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
	    unshare -m -p --fork --kill-child --mount-proc bash -c '
		mount -t proc proc "$0/proc"
		mount -t sysfs sysfs "$0/sys"
		mount --rbind /dev "$0/dev" && mount --make-rslave "$0/dev"
		mount -t tmpfs tmpfs "$0/run"
		mount -t tmpfs -o mode=1777 tmpfs "$0/tmp"
		exec chroot "$0" "$@"' "$root" "$@" </dev/null
}
