# One image for both roles, x86-64 and arm64; settings are mounted, state is in the volume:
#   docker build -t linewarden .
#   docker run -v /etc/linewarden:/etc/linewarden:ro -v linewarden:/var/lib/linewarden \
#     linewarden edge --config /etc/linewarden/edge.yaml
# The server likewise, with `-p 8080:8080` and `listen: 0.0.0.0:8080` in server.yaml.
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
WORKDIR /var/lib/linewarden
VOLUME /var/lib/linewarden
# The page and the API of the server role; the edge role listens on nothing.
EXPOSE 8080
ENTRYPOINT ["linewarden"]
CMD ["--help"]
