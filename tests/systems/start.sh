#!/bin/bash
# start.sh: ./start.sh as a newcomer runs it, until it answers; then it is to end well
# when it is told to. In a root of its own, from the project's folder.
set -u
# None that the tests beside it take (freePort in gateway.mjs).
export PORT=$((4000 + RANDOM % 5000))
said=$(mktemp)

./start.sh </dev/null >"$said" 2>&1 &
pid=$!
models() {
	exec 3<>"/dev/tcp/127.0.0.1/$PORT" &&
	    printf 'GET /v1/models HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3 &&
	    cat <&3
}
until answer=$(models 2>/dev/null) && [[ $answer == *'"list"'* ]]; do
	kill -0 $pid 2>/dev/null || break
	sleep 1
done
until grep -q '^other programs' "$said" || ! kill -0 $pid 2>/dev/null; do
	sleep 0.2
done
kill -TERM $pid 2>/dev/null
wait $pid
status=$?
cat "$said"
echo "start.sh ended with $status after $SECONDS s"
[[ $answer == *'"list"'* && $status == 0 ]]
