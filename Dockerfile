# The controller's worker. Build and run it with docker-compose.yml beside this file.
# The base image is pinned to a version and not to a digest, like those in docker-compose.yml: pin the digest
# that you have looked at, in NODE_IMAGE. Packages of Debian are the newest of its release.
ARG NODE_IMAGE=node:20.20.2-bookworm-slim
FROM ${NODE_IMAGE} AS build
WORKDIR /landfall
COPY package.json package-lock.json ./
# No install scripts: nothing here needs one, and they are how a bad package would get in.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && node build/tools/assemble.js /installed

FROM ${NODE_IMAGE}
# git and ssh fetch the repositories that are deployed; tini passes signals on and reaps what git leaves.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates git openssh-client tini \
  && rm -rf /var/lib/apt/lists/* \
  # Owned by the worker's user, so that a volume mounted here is, too.
  && install -d -o node -g node -m 700 /var/lib/landfall /home/node/.ssh
ENV NODE_ENV=production LANDFALL_STATE=/var/lib/landfall
# The same files as in every installation: bundles and the host's side, without a package of npm.
COPY --from=build /installed /opt/landfall
WORKDIR /opt/landfall
USER node
# No HEALTHCHECK: the worker listens on nothing, and that its process lives is seen without one.
# Whether it takes work, the engine knows: the Temporal UI shows it as a poller of its task queue.
ENTRYPOINT ["tini", "--", "node", "/opt/landfall/build/package/landfall.js"]
CMD ["worker"]
