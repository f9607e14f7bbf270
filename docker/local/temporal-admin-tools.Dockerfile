# Stands for temporalio/admin-tools.
ARG DEBIAN=landfall-local/debian
FROM ${DEBIAN}
COPY temporal temporal-sql-tool /usr/local/bin/
COPY schema /etc/temporal/schema
USER 1000:1000
