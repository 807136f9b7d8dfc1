"""Settings of the store, checked whole; secrets that everybody knows are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from api.errors import SettingsError

KNOWN_SECRETS = frozenset(
    [
        "admin",
        "administrator",
        "changeit",
        "changeme",
        "default",
        "demo",
        "example",
        "guest",
        "letmein",
        "linewarden",
        "metrics",
        "minio",
        "minioadmin",
        "miniosecret",
        "password",
        "password1",
        "postgres",
        "postgresql",
        "qwerty",
        "root",
        "s3cr3t",
        "secret",
        "test",
        "token",
        "welcome",
    ]
)
_EXTRA = "0123456789!@#$-_."
MIN_SECRET = 12
MIN_TOKEN = 16


class StoreSettings(BaseModel):
    """What one store needs to run. Build it with `StoreSettings.check(...)` for one clear line.

    `key` is the file of the store's key (`store.key` in `folder` unless stated, made if missing);
    `blobs` is a folder or `s3://bucket/prefix`; `folder` holds what may be made again (uploads in
    progress, playable copies, a cache of S3). Sizes are bytes, times seconds, `radius_m` metres.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    folder: Path = Path("linewarden-store")
    key: Path | None = None
    database_url: SecretStr | None = None
    blobs: str | None = None
    s3_endpoint: str | None = None
    s3_region: str = "us-east-1"
    s3_access_key: str | None = None
    s3_secret_key: SecretStr | None = None
    radius_m: Annotated[float, Field(gt=0, le=10_000)] = 50.0
    metrics_token: SecretStr | None = None
    public_url: str | None = None
    cookie_secure: bool = False
    max_envelope_bytes: Annotated[int, Field(ge=4096, le=4 * 2**20)] = 512 * 1024
    max_media_bytes: Annotated[int, Field(ge=4096)] = 256 * 2**20
    cache_bytes: Annotated[int, Field(ge=2**20)] = 2 * 2**30
    session_idle_s: Annotated[int, Field(ge=60, le=86_400)] = 1800
    session_total_s: Annotated[int, Field(ge=60, le=7 * 86_400)] = 12 * 3600
    status_stale_s: Annotated[int, Field(ge=5)] = 90
    shelve_max_s: Annotated[int, Field(ge=60, le=7 * 86_400)] = 8 * 3600

    @staticmethod
    def check(**values: object) -> StoreSettings:
        """Settings from plain values. Raises SettingsError with one line for the first fault."""
        try:
            return StoreSettings.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            said = first["msg"].removeprefix("Value error, ")
            raise SettingsError(f"{where}: {said}" if where else said) from None

    @property
    def database(self) -> URL:
        """The stated database, else SQLite in the folder; psycopg 3 for PostgreSQL."""
        if self.database_url is None:
            return make_url(f"sqlite:///{(self.folder / 'store.db').resolve()}")
        url = make_url(self.database_url.get_secret_value())
        if url.drivername in ("postgresql", "postgres"):
            return url.set(drivername="postgresql+psycopg")
        return url

    @property
    def key_file(self) -> Path:
        """The file of the store's own key."""
        return self.key or self.folder / "store.key"

    @property
    def blobs_url(self) -> str:
        """The stated folder or bucket, else a folder beside the database."""
        return self.blobs or str((self.folder / "blobs").resolve())

    @field_validator("database_url")
    @classmethod
    def _database_is_known(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        try:
            url = make_url(value.get_secret_value())
        except ArgumentError:
            raise ValueError("is no database URL; sqlite:///file or postgresql://…") from None
        if url.get_backend_name() not in ("sqlite", "postgresql", "postgres"):
            raise ValueError("must be sqlite:///file or postgresql://…")
        if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
            raise ValueError("must name a file: sqlite:///path/store.db")
        if url.password is not None:
            refuse_weak(str(url.password), "the database password", MIN_SECRET)
        return value

    @field_validator("metrics_token")
    @classmethod
    def _token_is_strong(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            refuse_weak(value.get_secret_value(), "the metrics token", MIN_TOKEN)
        return value

    @field_validator("s3_secret_key")
    @classmethod
    def _key_is_strong(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            refuse_weak(value.get_secret_value(), "the S3 secret key", MIN_SECRET)
        return value

    @field_validator("public_url")
    @classmethod
    def _public_url_is_an_origin(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must be https://host or http://host:port")
        return value.rstrip("/") if value else None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        parts = urlsplit(self.blobs or "")
        if parts.scheme == "s3":
            if len(parts.netloc) < 3 or "@" in parts.netloc:
                raise ValueError("blobs must be s3://bucket/prefix, a bucket of 3 letters or more")
            if (self.s3_access_key is None) != (self.s3_secret_key is None):
                raise ValueError("s3_access_key and s3_secret_key are given together or not at all")
        elif parts.scheme and parts.scheme != "file":
            raise ValueError("blobs must be a folder or s3://bucket/prefix")
        if self.cookie_secure and (self.public_url or "https:").startswith("http:"):
            raise ValueError("cookie_secure needs a public_url of https://…")
        return self


def refuse_weak(secret: str, what: str, at_least: int) -> None:
    """ValueError if everybody knows `secret`, or it is shorter than `at_least` characters."""
    plain = secret.lower()
    if plain in KNOWN_SECRETS or plain.strip(_EXTRA) in KNOWN_SECRETS:
        raise ValueError(f"{what} is a default that everybody knows; choose a random one")
    if len(secret) < at_least or len(set(secret)) < 5:
        raise ValueError(f"{what} is too weak; at least {at_least} characters, not repeated ones")
