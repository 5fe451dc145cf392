# One image for both programs. Alone, it runs them together:
#
#	docker build -t droid2api .
#	docker run -d -p 127.0.0.1:3000:3000 -v droid2api:/var/lib/droid2api \
#	    -e DROID_REFRESH_KEY=... -e DROID2API_CLIENT_KEYS=... droid2api
#
# A DROID_REFRESH_KEY is good once: what replaces it is kept in the volume. Where there
# can be none a FACTORY_API_KEY is the credential (conf/container has recipes).
#
# Who may use the credential: holders of a client key. Without keys nobody, as a
# container cannot see on which address its port is published; published on
# 127.0.0.1 only, -e DROID2API_LOCAL_PEERS=gateway admits this machine's clients.
#
# docker-compose.yml runs each in a container of its own. Of Debian, unchanged: bash,
# lighttpd and the libraries; of this tree: the two programs and scripts.

FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
	autoconf automake gcc libc6-dev libcurl4-openssl-dev libfcgi-dev \
	libjson-c-dev libseccomp-dev libsqlite3-dev libssl-dev libzstd-dev \
	make pkg-config zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN rm -rf build && ./autogen.sh && mkdir build && cd build \
    && ../configure -q && make -s -j"$(nproc)" \
    && install -D -s -t /out/build/fcgi fcgi/droid2api.fcgi \
    && if [ -e tokend/tokend ]; then \
	install -D -s -t /out/build/tokend tokend/tokend; fi \
    && install -D -t /out ../start.sh ../conf/docker/entry.sh \
    && install -D -m 644 -t /out/conf ../conf/config.json \
    && install -D -m 644 -t /out/conf/lighttpd \
	../conf/lighttpd/standalone.conf.in \
    && install -D -m 644 -t /out/conf/lighttpd/errors \
	../conf/lighttpd/errors/* \
    && install -D -t /out/conf/start ../conf/start/*.sh \
    && install -D -m 644 -t /out/conf/systemd/sysusers \
	../conf/systemd/sysusers/* \
    && install -D -m 644 -t /out/conf/systemd/tmpfiles \
	../conf/systemd/tmpfiles/*

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
	ca-certificates libcurl4 libfcgi0ldbl libjson-c5 libseccomp2 \
	libsqlite3-0 libssl3 libzstd1 lighttpd zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 900 droid2api \
    && useradd --system --uid 901 --gid 900 --no-create-home tokend \
    && useradd --system --uid 902 --gid 900 --no-create-home droid2api \
    && install -d -m 0775 -g droid2api /var/lib/droid2api \
    && install -d -m 0700 -o tokend -g droid2api /var/lib/droid2api/login \
    && install -d -m 2750 -o tokend -g droid2api /var/lib/droid2api/token
COPY --from=build /out /opt/droid2api

ENV DROID2API_BUILD=/opt/droid2api/build \
    DROID2API_STATE=/var/lib/droid2api \
    DROID2API_LISTEN=0.0.0.0 \
    HOME=/nonexistent
# Both programs as one user; docker-compose.yml gives each its own.
USER tokend
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/${PORT:-3000} && printf 'GET /health HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
STOPSIGNAL SIGTERM
WORKDIR /var/lib/droid2api
ENTRYPOINT ["/opt/droid2api/entry.sh"]
