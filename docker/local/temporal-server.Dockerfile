# Stands for temporalio/server.
ARG DEBIAN=landfall-local/debian
FROM ${DEBIAN}
COPY temporal-server nc /usr/local/bin/
COPY temporal-entrypoint.sh /etc/temporal/entrypoint.sh
WORKDIR /etc/temporal
USER 1000:1000
CMD ["/etc/temporal/entrypoint.sh"]
