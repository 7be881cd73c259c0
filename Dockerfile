# One image for every role: the same launcher, templates and preparation as on a bare machine.
FROM debian:forky AS asterisk
RUN apt-get update \
 && apt-get install -y --no-install-recommends asterisk asterisk-core-sounds-en asterisk-moh-opsound-wav \
 && apt-get clean \
 && touch /hotline-complete

FROM debian:12
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates tzdata \
 && rm -rf /var/lib/apt/lists/*
# The stamp makes it the bundled Asterisk that `prepare` would otherwise fetch itself.
COPY --from=asterisk / /var/lib/hotline/rootfs
ENV HOME=/root HOTLINE_DATA_DIR=/data HOTLINE_LOG_JSON=true
WORKDIR /opt/hotline
COPY . .
RUN ./hotline prepare
VOLUME /data
ENTRYPOINT ["./hotline"]
CMD ["up"]
