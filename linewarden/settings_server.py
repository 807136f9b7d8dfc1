"""Settings of the server role: `server.yaml`. Every key has a default that suits one machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from linewarden.errors import CommandError
from linewarden.secret import read_secret
from linewarden.settings_parts import OpenUrl, Part
from linewarden.yamlfile import ConfigError, Finding, read_document, validate

if TYPE_CHECKING:
    from api.settings import StoreSettings


def _database_url(url: str) -> str:
    try:
        secret = urlsplit(url).password is not None or "password=" in url.lower()
    except ValueError:
        raise Finding("cannot be read as a URL", "write it as sqlite:///path/store.db") from None
    if secret:
        raise Finding("holds a password", "put the URL into a variable and name it: database_env")
    return url


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and int(port) <= 65_535):
        raise Finding(f"is {text!r}", "write address and port (0 to 65535): 127.0.0.1:8080")
    return text


class ServerSettings(Part):
    """What the server needs to run. Secrets are named here and stand elsewhere."""

    listen: Annotated[str, AfterValidator(_address)] = "127.0.0.1:8080"
    folder: Path = Path("linewarden-store")
    key: Path | None = None
    database: Annotated[str, AfterValidator(_database_url)] | None = None
    database_env: str | None = None
    blobs: OpenUrl | None = None
    s3_endpoint: OpenUrl | None = None
    s3_region: str = "us-east-1"
    s3_access_key_env: str | None = None
    s3_secret_key_env: str | None = None
    radius_m: Annotated[float, Field(gt=0, le=10_000)] = 50.0
    status_stale_s: Annotated[int, Field(ge=5, le=86_400)] = 90
    shelve_max_s: Annotated[int, Field(ge=60, le=7 * 86_400)] = 8 * 3600
    metrics_token_env: str | None = None
    metrics_token_file: Path | None = None
    public_url: OpenUrl | None = None
    secure_cookie: bool = False

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    def store(self) -> StoreSettings:
        """The settings of the store, secrets read. `CommandError`, or the store's own error."""
        from api.settings import StoreSettings  # an edge has no need of the store's libraries

        try:
            secrets = {
                "database_url": read_secret(self.database_env, None) or self.database,
                "metrics_token": read_secret(self.metrics_token_env, self.metrics_token_file),
                "s3_access_key": read_secret(self.s3_access_key_env, None),
                "s3_secret_key": read_secret(self.s3_secret_key_env, None),
            }
        except ValueError as error:
            message, _, remedy = str(error).partition("; ")
            raise CommandError(message, remedy) from None
        return StoreSettings.check(
            folder=self.folder,
            key=self.key,
            blobs=self.blobs,
            s3_endpoint=self.s3_endpoint,
            s3_region=self.s3_region,
            radius_m=self.radius_m,
            status_stale_s=self.status_stale_s,
            shelve_max_s=self.shelve_max_s,
            public_url=self.public_url,
            cookie_secure=self.secure_cookie,
            **secrets,
        )


def load_server(file: Path | None) -> ServerSettings:
    """Read and check `server.yaml`; without a file, the defaults."""
    if file is None:
        return ServerSettings()
    document = read_document(file)
    settings, problems = validate(document, ServerSettings)
    if settings is None or problems:
        raise ConfigError(problems)
    return settings
