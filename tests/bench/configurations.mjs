// What the bench's servers are told: their configuration files, as text.

import { execFileSync } from 'node:child_process';
import path from 'node:path';

// Streams: how many events, and how many milliseconds between them. A thousand
// of the paced ones have 50,000 to 12,500 events a second.
export const STREAM = { events: 64, apart: 20 };
export const LONG = { events: 320, apart: 10 };
export const OPEN = { events: 40, apart: 100 };
export const PACES = [STREAM, { events: 48, apart: 30 },
	{ events: 36, apart: 40 }, { events: 20, apart: 80 }];
export const streamPath = ({ events, apart }, dialect = 'messages') =>
	`/stream/${events}/${apart}/${dialect}`;
export const DIALECTS = { messages: 'anthropic', chat: 'common',
	responses: 'openai', generate: 'google' };
export const CLIENT_KEY = 'ck-bench';
const DEAD_PORT = 1;	// nobody listens there
const FASTCGI_KEPT = 64;	// of each of nginx's workers

const nginx = (folder, name, http) => `
worker_processes 2;
worker_rlimit_nofile 16384;
pid ${folder}/${name}.pid;
error_log ${folder}/${name}.log error;
daemon off;
events { worker_connections 8192; }
http {
	access_log off;
	keepalive_requests 1000000;
	client_max_body_size 100m;
	client_body_buffer_size 128k;
	client_body_temp_path ${folder}/${name}-body;
	proxy_temp_path ${folder}/${name}-proxy;
	fastcgi_temp_path ${folder}/${name}-fastcgi;
	uwsgi_temp_path ${folder}/${name}-uwsgi;
	scgi_temp_path ${folder}/${name}-scgi;
	${http}
}`;

const kept = (name, where) => `
	upstream ${name} { server ${where}; keepalive 1024;
		keepalive_requests 1000000; }`;
const pass = (url) => `
		proxy_pass ${url};
		proxy_http_version 1.1;
		proxy_set_header Connection "";
		proxy_buffering off;
		proxy_request_buffering off;`;

// The floor.
export const proxy = (folder, port, upstream) => nginx(folder, 'proxy', `
	${kept('u', `127.0.0.1:${upstream}`)}
	server { listen 127.0.0.1:${port} backlog=4096;
		location / {${pass('http://u')} } }`);

// The floor of a TLS upstream.
export const proxyTls = (folder, port, secure) => nginx(folder, 'proxy-tls', `
	${kept('u', `127.0.0.1:${secure}`)}
	server { listen 127.0.0.1:${port} backlog=4096; location / {${
	    pass('https://u')}
		proxy_ssl_verify on;
		proxy_ssl_name bench;
		proxy_ssl_protocols TLSv1.2 TLSv1.3;
		proxy_ssl_trusted_certificate ${folder}/upstream.pem;
	} }`);

// The upstream as one with TLS and HTTP/1.1, as one with HTTP/2 (ALPN says so),
// and the same without TLS; a line in handshakes.log for each TLS connection that
// carries a request: "r" if its session was resumed.
export const secure = (folder, { front, http1, http2, upstream }) => nginx(folder, 'secure', `
	${kept('u', `127.0.0.1:${upstream}`)}
	map $connection_requests $is_first { 1 1; default 0; }
	log_format handshake '$ssl_session_reused $server_protocol';
	ssl_certificate ${folder}/upstream.pem;
	ssl_certificate_key ${folder}/upstream.key;
	ssl_session_cache shared:sessions:10m;
	http2_max_concurrent_streams 1024;
	server { listen 127.0.0.1:${front} backlog=4096;
		location / {${pass('http://u')} } }
	${[[http1, ''], [http2, 'http2']].map(([port, more]) => `
	server { listen 127.0.0.1:${port} ssl ${more} backlog=4096;
		access_log ${folder}/handshakes.log handshake if=$is_first;
		location / {${pass('http://u')} } }`).join('')}`);

export function certificate(folder) {
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
		'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
		'-subj', '/CN=bench', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:bench',
		'-keyout', path.join(folder, 'upstream.key'),
		'-out', path.join(folder, 'upstream.pem')], { stdio: 'pipe' });
}

// nginx before responders: {PORT: [socket, whether connections are kept]}.
export const fastcgi = (folder, name, fronts) => nginx(folder, name,
    Object.entries(fronts).map(([port, [socket, keep]]) => `
	upstream r${port} { server unix:${socket};${keep
	    ? ` keepalive ${FASTCGI_KEPT};` : ''} }
	server { listen 127.0.0.1:${port} backlog=4096; location / {
		include /etc/nginx/fastcgi_params;
		fastcgi_pass r${port};
		fastcgi_keep_conn ${keep ? 'on' : 'off'};
		fastcgi_buffering off;
		fastcgi_request_buffering off;
	} }`).join(''));

export const lighttpd = (folder, name, port, socket) => `
server.modules = ( "mod_fastcgi" )
server.port = ${port}
server.bind = "127.0.0.1"
server.document-root = "${folder}"
server.errorlog = "${folder}/${name}.log"
server.upload-dirs = ( "${folder}" )
server.max-request-size = 102400
server.max-keep-alive-requests = 1000000000
server.stream-response-body = 2
server.listen-backlog = 4096
server.max-fds = 16384
server.max-connections = 4096
fastcgi.server = ( "/" => (( "socket" => "${socket}",
	"check-local" => "disable", "tcp-fin-propagate" => "enable" )))
`;

// One endpoint and model for each dialect ("chat", "chat-stream"); one with a
// policy ("edit"); three upstreams for one model ("three"), or two and one that is
// dead ("one-dead"); a long stream ("long"); streams of each pace ("pace-40"); one
// that stays open ("open"); the upstream behind the secure front ("front", "tls",
// "http2", each with one that stays open, too).
export function gateway(folder, ports, processes) {
	const endpoint = [];
	const add = (name, type, port, place, more = {}) => endpoint.push({ name,
		type, profile: 'plain', auth: 'none', base_url: `http${
		    port === http1 || port === http2 ? 's' : ''}://127.0.0.1:${
		    port}${place}`, ...more });
	const { upstream, front, http1, http2 } = ports;

	add('edit', 'anthropic', upstream, '/messages', { profile: 'factory',
		auth: undefined });
	for (const name of ['first', 'second', 'third'])
		add(name, 'anthropic', upstream, '/messages');
	add('dead', 'anthropic', DEAD_PORT, '/messages');
	add('long', 'anthropic', upstream, streamPath(LONG));
	for (const pace of PACES)
		add(`pace-${pace.apart}`, 'anthropic', upstream,
		    streamPath(pace));
	add('open', 'anthropic', upstream, streamPath(OPEN));
	for (const [suffix, place] of [['', '/messages'],
		['-open', streamPath(OPEN)]]) {
		add(`front${suffix}`, 'anthropic', front, place);
		add(`tls${suffix}`, 'anthropic', http1, place);
		add(`http2${suffix}`, 'anthropic', http2, place,
		    { http2: true });
	}
	for (const [name, type] of Object.entries(DIALECTS)) {
		add(name, type, upstream, `/${name}`);
		add(`${name}-stream`, type, upstream, streamPath(STREAM, name));
	}
	const several = (id, ...names) => ({ id, type: 'anthropic',
		reasoning: 'auto', upstreams: names.map((name) =>
			({ endpoint: name })) });

	return JSON.stringify({ processes, workers: 1200, access: 'open',
		user_agent_url: '', limits_url: '', body_max_mb: 100,
		client_keys: [{ name: 'bench', key: CLIENT_KEY }],
		log_file: `${folder}/gateway.log`,
		ca_file: `${folder}/upstream.pem`,
		system_prompt: 'You are Droid, an AI software engineering agent.',
		endpoint, models: [several('three', 'first', 'second', 'third'),
		    several('one-dead', 'first', 'second', 'dead'),
		    ...endpoint.map(({ name, type }) => ({ id: name, type,
			endpoint: name,
			reasoning: name === 'edit' ? 'high' : 'auto' }))] });
}
