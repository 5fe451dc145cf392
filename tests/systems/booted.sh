#!/bin/bash
# booted.sh: what package_systemd.sh tries in its machine, as root, with both versions
# of the package beside it. A line for each thing; the last one says whether all holds.
set -u
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
here=$(dirname "$0")
state=/var/lib/droid2api
config=/etc/droid2api/config.json
units=(droid2api.socket droid2api.service tokend.service)
failed=0

check() {	# WHAT COMMAND...
	local what=$1
	shift
	if "$@" >"$here/said" 2>&1; then
		echo "ok $what"
	else
		echo "FAILED $what"
		tail -n 20 "$here/said" | sed 's/^/    /'
		failed=$((failed + 1))
	fi
}
soon() {	# COMMAND...: within a minute
	local end=$((SECONDS + 60))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

active() {	# UNIT...
	[ "$(systemctl is-active "$@" | sort -u)" = active ]
}
dead() {	# UNIT...: neither running nor tried again
	! systemctl is-active "$@" | grep -qv -e inactive -e unknown
}
serves() {
	[[ $(curl -s -m 20 http://localhost/v1/models) == *'"data"'* ]]
}
main_pid() { systemctl show -p MainPID --value "$1"; }
another_pid() {	# UNIT PID
	active "$1" && [ "$(main_pid "$1")" != "$2" ]
}
said() {	# UNIT PRIORITIES TEXT: the journal has it
	journalctl --sync
	journalctl -u "$1" -p "$2" -o cat | grep -qF -- "$3"
}

kills_heal() {	# UNIT
	local pid
	for _ in 1 2 3 4 5 6 7 8; do
		pid=$(main_pid "$1")
		systemctl kill -s KILL "$1"
		soon another_pid "$1" "$pid" || {
			systemctl status "$1"
			return 1
		}
	done
}

# Clients go on asking while it can't start.
broken_heals() {
	local client status=0
	cp -p $config "$here/good.json"
	echo '{ "port": ' >$config
	systemctl kill -s KILL droid2api.service tokend.service
	while :; do curl -s -m 1 http://localhost/v1/models; done \
	    >/dev/null 2>&1 &
	client=$!
	sleep 20
	for unit in "${units[@]}"; do
		[ "$(systemctl is-failed "$unit")" != failed ] || status=1
	done
	! active droid2api.service || status=1
	cp -p "$here/good.json" $config
	soon active droid2api.service tokend.service || status=1
	kill $client
	wait $client
	soon serves || status=1
	[ $status = 0 ] || systemctl --no-pager status "${units[@]}"
	return $status
}

no_second_time() {
	journalctl --sync
	! journalctl -u droid2api.service -u tokend.service -o cat |
	    grep -E '^[0-9]{4}-[0-9]{2}-[0-9]{2}T'
}

removed() {
	dead "${units[@]}" || { systemctl --no-pager status "${units[@]}"; return 1; }
	! pgrep -l -u droid2api,tokend &&
	    [ ! -e "$(systemctl show -p FragmentPath --value tokend)" ]
}
purged() {
	[ ! -e $state ] && [ ! -e /etc/droid2api ] &&
	    [ -z "$(find /etc/systemd /run/systemd/transient \
		-name '*droid2api*' -o -name 'tokend*')" ]
}

install() {
	timeout 600 apt-get install -y "$1" && return
	systemctl --no-pager list-jobs
	return 1
}

check 'install' install "$here/first.deb"
[ $failed = 0 ] || exit
check 'nothing runs by itself' dead "${units[@]}"
ln -s /usr/share/droid2api/lighttpd/external.conf \
    /etc/lighttpd/conf-enabled/50-droid2api.conf
check 'enable and start' systemctl enable --now "${units[@]}"
check 'the web server' systemctl restart lighttpd
check 'runs' active "${units[@]}"
check 'serves' soon serves
check 'Type=notify' sh -c 'systemctl show -p Type droid2api tokend |
    sort -u | grep . | grep -qx Type=notify'
check 'tokend says its state' sh -c \
    'systemctl show -p StatusText --value tokend | grep -q login'
check 'reload of tokend' systemctl reload tokend
check 'it reads everything again' soon said tokend 6..6 'SIGHUP'
check 'reload of the gateway' systemctl reload droid2api
check 'eight kills of the gateway heal' kills_heal droid2api.service
check 'serves after them' soon serves
check 'eight kills of tokend heal' kills_heal tokend.service
check 'a broken configuration heals once it is repaired' broken_heals
check 'why it could not start is an error of the journal' \
    said droid2api.service err "$config"
check 'and of tokend' said tokend.service err "$config"
check 'no second time in the journal' no_second_time
echo secret >$state/login/kept
pid=$(main_pid droid2api)
check 'upgrade' install "$here/second.deb"
check 'the gateway is the new one' another_pid droid2api.service "$pid"
check 'serves after the upgrade' soon serves
check 'the login is kept' grep -q secret $state/login/kept
check 'remove' apt-get remove -y droid2api
check 'nothing runs any more' removed
check 'the login is still kept' grep -q secret $state/login/kept
check 'purge' apt-get purge -y droid2api
check 'nothing is left' purged
[ $failed = 0 ] && echo 'all holds' || echo "$failed failed"
