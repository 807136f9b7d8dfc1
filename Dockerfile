# One image for both roles: `docker run … linewarden edge --config /etc/linewarden/edge.yaml`
# or `… linewarden server --config /etc/linewarden/server.yaml`. x86-64 and arm64.
FROM python:3.11-slim-bookworm

# An account without rights; its only writable place is the volume.
RUN useradd --system --home-dir /var/lib/linewarden --create-home linewarden

WORKDIR /opt/linewarden
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY vision vision
COPY models models
COPY cameras cameras
COPY events events
COPY api api
COPY datasets datasets
COPY linewarden linewarden
RUN pip install --no-cache-dir -c constraints.txt .

USER linewarden
VOLUME /var/lib/linewarden
# The page and the API of the server role; the edge role listens on nothing.
EXPOSE 8080
ENTRYPOINT ["linewarden"]
CMD ["--help"]
