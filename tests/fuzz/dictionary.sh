#!/bin/bash
# dictionary.sh FUZZER: a dictionary for it: the words that its readers know, as
# they stand in their source, and the marks of what they read.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

marks_client_fcgi='"\x01\x01\x00\x01\x00\x08\x00\x00"
"\x01\x04\x00\x01"
"\x01\x05\x00\x01"
"\x01\x02\x00\x01"
"\x01\x09\x00\x00"
"\x80\x00\x01\x00"'
marks_client_body='"\x1f\x8b\x08\x00"
"\x00\x00\x00\x00\x00\x03"
"\x00\x00\xff\xff"'
marks_sse='"data: "
"data:"
"event: "
"\x0a\x0a"
"\x0d\x0a\x0d\x0a"
": "
"\xef\xbb\xbf"
"[DONE]"'
marks_json='"{\""
"\":"
"\":{\""
"\":[{\""
"},{\""
"\\u0000"
"\\ud83d\\ude00"
"\\\""
"null"
"true"
"false"
"-1"
"1e99"
"9223372036854775808"'

case ${1-} in
client_body) echo "$marks_client_body" ;;
client_fcgi) echo "$marks_client_fcgi" ;;
sse) echo "$marks_sse" ;;
convert_reply | watch) echo "$marks_json" && echo "$marks_sse" ;;
*) echo "$marks_json" ;;
esac

grep "^${1:?which fuzzer?} " "$root/tests/fuzz/readers.txt" |
    while read -r _ patterns; do
	cd "$root"
	# shellcheck disable=SC2086 # patterns
	grep -ohE '"[A-Za-z0-9_./ :@-]{2,40}"' $patterns || true
done | sort -u
