"""Settings of the server role: `server.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from linewarden.secret import read_secret
from linewarden.settings_parts import OpenUrl, Part
from linewarden.yamlfile import ConfigError, read_document, validate


class ServerSettings(Part):
    """`server.yaml`; every key has a default that suits one machine."""

    listen: Annotated[str, Field(pattern=r"^\S+:\d{1,5}$")] = "127.0.0.1:8080"
    folder: Path = Path("linewarden-store")
    database: OpenUrl | None = None
    database_env: str | None = None
    blobs: OpenUrl | None = None
    radius_m: Annotated[float, Field(gt=0, le=10_000)] = 50.0
    metrics_token_env: str | None = None
    metrics_token_file: Path | None = None
    secure_cookie: bool = False

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def database_url(self) -> str:
        """The stated database, else SQLite in the folder; ValueError if its variable is unset."""
        stated = read_secret(self.database_env, None) or self.database
        return stated or f"sqlite:///{(self.folder / 'store.db').resolve()}"

    @property
    def blobs_url(self) -> str:
        """The stated blob store, else a folder."""
        return self.blobs or str((self.folder / "blobs").resolve())

    def metrics_token(self) -> str | None:
        """The token that /metrics asks for; ValueError says what is missing."""
        return read_secret(self.metrics_token_env, self.metrics_token_file)


def load_server(file: Path | None) -> ServerSettings:
    """Read and check `server.yaml`; without a file, the defaults."""
    if file is None:
        return ServerSettings()
    document = read_document(file)
    settings, problems = validate(document, ServerSettings)
    if settings is None or problems:
        raise ConfigError(problems)
    return settings
