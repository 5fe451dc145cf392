# shellcheck shell=bash disable=SC2034,SC2154 # variables of start.sh
# Two users where root starts it, so that the one who reads what clients send can't
# reach the login. Their names, and what is whose, stand in conf/systemd/sysusers
# and conf/systemd/tmpfiles. Sourced by start.sh.

# What setpriv is told to become each; empty: nobody is changed. Why not, and who it is.
gateway_is=() tokend_is=()
one_user_because='' gateway_user='' tokend_user=''

users_file=$root/conf/systemd/sysusers/droid2api.conf.in
folders_file=$root/conf/systemd/tmpfiles/droid2api.conf.in
packaged_state=/var/lib/droid2api

as_gateway() {	# COMMAND...
	[ ${#gateway_is[@]} = 0 ] || set -- setpriv "${gateway_is[@]}" "$@"
	"$@"
}

owner_of() {	# FOLDER: whose it is to be
	sed -n "s|^d .*/$1 [0-7]* \([a-z0-9]*\) .*|\1|p" "$folders_file"
}

# How setpriv becomes a user; who isn't there yet is tried as one who owns nothing.
becoming() {	# USER
	if id -u "$1" >/dev/null 2>&1; then
		echo "--reuid=$1 --regid=$(id -g "$1") --init-groups"
	else
		echo '--reuid=65534 --regid=65534 --clear-groups'
	fi
}

# The first of these paths that this user can't use.
out_of_reach() {	# USER PATH...
	local how
	read -ra how <<<"$(becoming "$1")"
	# shellcheck disable=SC2016 # for the shell in there
	setpriv "${how[@]}" sh -c 'for path; do
		use=-r
		[ ! -d "$path" ] || use=-x
		[ $use "$path" ] || { echo "$path"; exit; }
	done' sh "${@:2}"
}

# The nearest folder above, that is there.
nearest_folder() {	# PATH
	local path=$1
	until [ -d "$path" ]; do
		path=$(dirname "$path")
	done
	echo "$path"
}

can_append() {	# USER FILE
	local how
	read -ra how <<<"$(becoming "$1")"
	# shellcheck disable=SC2016 # for the shell in there
	setpriv "${how[@]}" sh -c '[ -w "$1" ] ||
	    [ ! -e "$1" ] && [ -w "$(dirname "$1")" ]' sh "$2"
}

make_users() {
	local kind name group
	while read -r kind name group _; do
		case $kind in
		g) getent group "$name" || groupadd --system "$name" ||
		    getent group "$name" || return 1 ;;
		u) id "$name" || useradd --system --gid "${group#*:}" \
		    --no-create-home --home-dir / \
		    --shell /usr/sbin/nologin "$name" || id "$name" ||
		    return 1 ;;
		esac
	done <"$users_file"
}

# Root's tokend stays root's where it needs what is root's own: the commands that
# print keys have their settings at home, and so has Factory's program its login.
needs_home() {
	! grep -q '"api_key_command"' "$config" || return 0
	[ -z "$refresh_key$refresh_key_file" ] && { [ -e ~/.factory/auth.json ] ||
	    [ -e ~/.factory/auth.v2.file ]; }
}

# Sets one_user_because when it can't be, in words.
find_obstacle() {	# STATE
	local path log
	local needed=("$build/fcgi/droid2api.fcgi" "$root/conf/lighttpd/errors"
		"$config" "$(nearest_folder "$1")")
	[ "${DROID2API_SEPARATE:-}" != no ] || {
		one_user_because='DROID2API_SEPARATE=no says so'
		return
	}
	setpriv --pdeathsig TERM --reuid 65534 --regid 65534 --clear-groups \
	    true 2>/dev/null || {
		one_user_because='setpriv may not change users here'
		return
	}
	[ "$(stat -c %u "$(nearest_folder "$1")")" = 0 ] || {
		one_user_because="$(nearest_folder "$1") is not root's"
		return
	}
	[ -z "${FACTORY_API_KEY_FILE:-}" ] || needed+=("$FACTORY_API_KEY_FILE")
	path=$(out_of_reach "$gateway_user" "${needed[@]}")
	! runs_tokend || [ -n "$path" ] || [ "$tokend_user" = root ] ||
	    path=$(out_of_reach "$tokend_user" "$build/tokend/tokend" \
		"$root/conf/start/keep-tokend.sh" "$config" \
		${refresh_key_file:+"$refresh_key_file"})
	[ -z "$path" ] || {
		one_user_because="$path is out of reach for other users"
		return
	}
	log=$(print_key log_file)
	[ -z "$log" ] || can_append "$gateway_user" "$log" ||
	    one_user_because="other users can't write to $log"
}

# What is in use is not taken away.
refuse_in_use() {	# STATE
	[ ! -e "$1/login/tokend.lock" ] ||
	    flock -n "$1/login/tokend.lock" true ||
	    die "another tokend looks after $1: end it first"
}

# What root kept at its own place, before there were two users. The folder may have
# been made by others, for a login to come.
move_state() {	# FROM TO
	[ -e "$1/login/store.json" ] && [ ! -e "$2/login/store.json" ] ||
	    return 0
	refuse_in_use "$1"
	refuse_in_use "$2"
	say "moving the state from $1 to $2, for two users"
	mkdir -p "$2/login"
	find "$1/login" -mindepth 1 -maxdepth 1 -exec mv -t "$2/login" {} +
	rmdir "$1/login"
	[ ! -e "$1/run" ] || [ -e "$2/run" ] || mv "$1/run" "$2/run"
}

# The login that the start before this one kept for two users must not be forgotten
# because of a file's mode.
refuse_to_forget() {	# OWN STATE
	runs_tokend && [ "${DROID2API_SEPARATE:-}" != no ] &&
	    [ -z "${FACTORY_API_KEY:-}${FACTORY_API_KEY_FILE:-}" ] &&
	    [ "$1" != "$2" ] &&
	    [ -e "$2/login/store.json" ] &&
	    [ "$(sed -n 2p "$1/last-start" 2>/dev/null)" = "$2" ] || return 0
	die "$one_user_because, who had the login in $2 until now: mend that (a" \
	    "file: chgrp $gateway_user FILE && chmod g+r FILE), or say" \
	    "DROID2API_SEPARATE=no to go on without that login"
}

# What is there changes hands as it is; links are not followed.
make_folders() {	# STATE
	local kind path mode user group
	while read -r kind path mode user group _; do
		[ "$kind" = d ] || continue
		path=$1${path#*/lib/droid2api}
		if [[ $path == */login || $path == */token ]]; then
			runs_tokend || continue
			user=$tokend_user
		fi
		if [ -e "$path" ] && [ "$path" != "$1" ] &&
		    [ "$(stat -c %U "$path")" != "$user" ]; then
			refuse_in_use "$1"
			chown -hR "$user:$group" "$path" || return 1
		fi
		install -d -m "$mode" -o "$user" -g "$group" "$path" || return 1
	done <"$folders_file"
}

# Decides, and then makes users and folders and sets DROID2API_STATE.
separate_users() {
	local state own
	[ "$(id -u)" = 0 ] || return 0
	gateway_user=$(owner_of run)
	tokend_user=$(owner_of login)
	! needs_home || tokend_user=root
	own=$(print_key state_dir)
	state=$own
	[ "$own" != ~/.local/state/droid2api ] || state=$packaged_state
	find_obstacle "$state"
	[ -n "$one_user_because" ] || make_users >/dev/null 2>&1 ||
	    one_user_because='users cannot be made here'
	[ -z "$one_user_because" ] || {
		refuse_to_forget "$own" "$state"
		return 0
	}
	[ "$own" = "$state" ] || move_state "$own" "$state"
	make_folders "$state" || {
		one_user_because="folders cannot be made in $state"
		return 0
	}
	export DROID2API_STATE=$state
	read -ra gateway_is <<<"$(becoming "$gateway_user")"
	# A port below 1024 takes a right of its own.
	[ "$port" -ge 1024 ] || gateway_is+=(--inh-caps=+net_bind_service
	    --ambient-caps=+net_bind_service)
	gateway_is+=(env "HOME=$state")
	[ "$tokend_user" = root ] || {
		read -ra tokend_is <<<"$(becoming "$tokend_user")"
		tokend_is+=(env "HOME=$state")
	}
}

users_said() {
	if [ ${#gateway_is[@]} -gt 0 ]; then
		printf ' (the responders run as %s' "$gateway_user"
		! runs_tokend || printf ', tokend as %s' "$tokend_user"
		printf ')'
	elif runs_tokend; then
		printf ' (tokend and the responders run as one user%s)' \
		    "${one_user_because:+: $one_user_because}"
	fi
}
