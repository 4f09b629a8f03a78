# The program with the Swift runtime inside it, on a small Debian.
FROM swift:6.3-bookworm AS build
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends \
        libcairo2-dev libcurl4-openssl-dev libpango1.0-dev libpq-dev libsqlite3-dev libssl-dev libzint-dev \
        pkg-config zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN swift build -c release --product waybill --static-swift-stdlib \
    && install -D .build/release/waybill /out/waybill

FROM debian:bookworm-slim
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends \
        ca-certificates curl fonts-noto-core fonts-wqy-microhei libcairo2 libcurl4 libpango-1.0-0 \
        libpangocairo-1.0-0 libpq5 postgresql-client libsqlite3-0 libssl3 libstdc++6 libzint2.11 tzdata zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /data --uid 10001 waybill
COPY --from=build /out/waybill /usr/local/bin/waybill
USER waybill
WORKDIR /data
VOLUME /data
EXPOSE 8080
ENV WAYBILL_DATABASE=sqlite:/data/waybill.db WAYBILL_HOST=0.0.0.0 WAYBILL_PORT=8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8080/health/ready"]
ENTRYPOINT ["waybill"]
CMD ["serve"]
