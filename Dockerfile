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
# docker-compose.yml runs each in a container of its own.
#
# In the image are both programs, their scripts, and of Debian the files that those
# use, unchanged: conf/docker/root.sh puts them together, for the architecture that it
# runs on. What Debian has mended since comes in by
# `docker build --pull --no-cache -t droid2api .`

FROM debian:trixie-slim AS build
RUN apt-get update && apt-get upgrade -y \
    && apt-get install -y --no-install-recommends \
	autoconf automake ca-certificates gcc libc6-dev libcurl4-openssl-dev \
	libfcgi-dev libjson-c-dev libseccomp-dev libsqlite3-dev libssl-dev \
	libzstd-dev lighttpd make pkg-config zlib1g-dev
WORKDIR /src
COPY . .
RUN rm -rf build && ./autogen.sh && mkdir build && cd build \
    && ../configure -q && make -s -j"$(nproc)" \
    && ../conf/docker/root.sh . /image

FROM scratch
COPY --from=build /image /

ENV PATH=/usr/sbin:/usr/bin \
    DROID2API_BUILD=/opt/droid2api/build \
    DROID2API_STATE=/var/lib/droid2api \
    DROID2API_LISTEN=0.0.0.0 \
    HOME=/nonexistent
# tokend's: both programs as one user; docker-compose.yml gives each its own.
USER 901:900
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/${PORT:-3000} && printf 'GET /health HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
STOPSIGNAL SIGTERM
WORKDIR /var/lib/droid2api
ENTRYPOINT ["/opt/droid2api/entry.sh"]
