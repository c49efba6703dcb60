# syntax=docker/dockerfile:1

# The same Debian as below, so that the program finds the C library that it was linked with.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
COPY . .
# The caches outlive the layer: after a change only what it touches is compiled again.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --features rust --bin hivesync \
    && install -D target/release/hivesync /out/hivesync

FROM debian:bookworm-slim
# tini takes leave of what git leaves behind: a first process has to, and the service is none.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git openssh-client tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent hivesync \
    && install --directory --owner=hivesync --group=hivesync --mode=0700 /data
COPY --from=build /out/hivesync /usr/local/bin/hivesync

ENV HIVESYNC_DATA_DIR=/data \
    HIVESYNC_HTTP__LISTEN=0.0.0.0:8080
USER hivesync
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 CMD ["hivesync", "healthcheck"]
ENTRYPOINT ["tini", "--", "hivesync"]
CMD ["serve"]
