# Stands for node:*-bookworm-slim: Node and npm of this machine, and its authorities, for `npm ci` in a build.
ARG DEBIAN=landfall-local/debian
FROM ${DEBIAN}
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
# The base of the test hosts has packages of its own only; the worker's image takes Debian's.
RUN echo 'deb http://deb.debian.org/debian bookworm main' >/etc/apt/sources.list \
  && ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
  && userdel --remove deploy \
  && useradd --uid 1000 --create-home --shell /bin/bash node
