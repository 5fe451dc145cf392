# shellcheck shell=bash disable=SC2034 # for those that source this
# What must be on the machine, and how it comes there (Debian and Ubuntu, by
# apt-get). Sourced by start.sh and tests/install.sh, which have say() and die().

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# How it is looked for, the package that has it, what is looked for. A package
# written @NAME is what the function NAME says.
build_needs='command gcc cc
links libc6-dev cc
command make make
command autoconf autoreconf
command automake automake
command pkg-config pkg-config
library libcurl4-openssl-dev libcurl
library libjson-c-dev json-c
library libsqlite3-dev sqlite3
library zlib1g-dev zlib
library libssl-dev libcrypto
header libfcgi-dev fcgiapp.h'
# What the build takes where it is there: no reason to ask for a password.
build_wants='library libseccomp-dev libseccomp
library libzstd-dev libzstd'
run_needs='command lighttpd lighttpd
folder ca-certificates /etc/ssl/certs'

# Whether a program can be made by this compiler with these options: a command
# may be there without its libraries. libFuzzer brings a main() of its own.
links() {	# COMPILER [OPTION...]
	local program status=0
	program=$(mktemp)
	"$@" -x c -o "$program" - >/dev/null 2>&1 <<-'END' || status=1
		#include <stdio.h>
		int LLVMFuzzerTestOneInput(void) { return 0; }
		__attribute__((weak)) int main(void) { return 0; }
	END
	rm -f "$program"
	return $status
}

have() {	# KIND WHAT...
	case $1 in
	command) command -v "$2" >/dev/null ;;
	library) pkg-config --exists "$2" 2>/dev/null ;;
	header) echo "#include <$2>" | cc -E -x c - >/dev/null 2>&1 ;;
	folder) [ -n "$(ls -A "$2" 2>/dev/null)" ] ;;
	*) "$@" ;;
	esac
}

missing_packages() {	# NEEDS
	local kind package what
	while read -r -u 3 kind package what; do
		# shellcheck disable=SC2086 # words
		if ! have "$kind" $what; then
			[[ $package != @* ]] || package=$("${package#@}")
			[ -z "$package" ] || echo "$package"
		fi
	done 3<<<"$1" | sort -u
}

# Sets `as`, by which a command runs as root.
find_root() {	# PACKAGE...
	as=''
	[ "$(id -u)" != 0 ] || return 0
	as=sudo
	command -v sudo >/dev/null ||
	    die "missing packages; as root: apt-get install $*"
	! sudo -n true 2>/dev/null || return 0
	(: </dev/tty) 2>/dev/null ||
	    die "missing packages, and sudo has no terminal to ask for a password;" \
		"as root: apt-get install $*"
	sudo -v || die "missing packages; as root: apt-get install $*"
}

# Servers would start themselves on port 80 when they are installed: policy-rc.d
# says no to that meanwhile. One of ours may have been left by a run that was killed.
policy=/usr/sbin/policy-rc.d
policy_is_ours() { grep -qs '^# of droid2api' $policy; }
set_policy() {
	policy_is_ours || [ ! -e $policy ] || $as mv $policy $policy.droid2api
	printf '#!/bin/sh\n# of droid2api, while it installs\nexit 101\n' |
	    $as tee $policy >/dev/null
	$as chmod 755 $policy
}
restore_policy() {
	! policy_is_ours || $as rm -f $policy
	[ ! -e $policy.droid2api ] || $as mv $policy.droid2api $policy
}

install_packages() (	# PACKAGE...
	find_root "$@"
	say "installing $*"
	log=$(mktemp)
	trap 'restore_policy; rm -f "$log"' EXIT
	set_policy
	$as apt-get update >"$log" 2>&1 || true
	$as env DEBIAN_FRONTEND=noninteractive apt-get install -y \
	    --no-install-recommends "$@" >>"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "apt-get could not install $*"
	}
)

# Twice, since what is missing may depend on what has just come. What is only wanted
# comes along; where it can't, the rest does.
install_missing() {	# NEEDS [WANTS]
	local packages before='' file
	file=$(mktemp) || die "no file can be made in ${TMPDIR:-/tmp}"
	rm "$file"
	while mapfile -t packages < <(missing_packages "$1${2:+$'\n'$2}") &&
	    [ ${#packages[@]} -gt 0 ]; do
		[ "${packages[*]}" != "$before" ] ||
		    die "still missing after their installation: ${packages[*]}"
		before=${packages[*]}
		command -v apt-get >/dev/null ||
		    die "missing (by their Debian names): ${packages[*]}"
		install_packages "${packages[@]}" && continue
		[ -n "${2:-}" ] && [ -n "$(missing_packages "$2")" ] || exit 1
		say 'going on without what may be missing'
		set -- "$1"
	done
}
