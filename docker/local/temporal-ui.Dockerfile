# Stands for temporalio/ui.
ARG DEBIAN=landfall-local/debian
FROM ${DEBIAN}
WORKDIR /home/ui-server
COPY ui-server ./
COPY ui-config.yaml ./config/docker.yaml
USER 1000:1000
ENTRYPOINT ["./ui-server", "--env", "docker", "start"]
