"""Settings that must not be used are refused with one line that shows no secret."""

from __future__ import annotations

import pytest

from api.errors import SettingsError
from api.settings import StoreSettings


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"metrics_token": "changeme"}, "metrics_token: the metrics token is a default"),
        ({"metrics_token": "Password123!"}, "metrics_token: the metrics token is a default"),
        ({"metrics_token": "kX93jf"}, "metrics_token: the metrics token is too weak"),
        ({"metrics_token": "abababababababababab"}, "too weak"),
        (
            {"blobs": "s3://media", "s3_access_key": "me", "s3_secret_key": "minioadmin"},
            "s3_secret_key: the S3 secret key is a default",
        ),
        (
            {"database_url": "postgresql://lw:postgres@db/lw"},
            "database_url: the database password is a default",
        ),
        ({"database_url": "postgresql://lw:k4Q9x@db/lw"}, "the database password is too weak"),
        ({"database_url": "mysql://db/lw"}, "sqlite:///file or postgresql://"),
        ({"database_url": "sqlite://"}, "must name a file"),
        ({"database_url": "store.db"}, "is no database URL"),
        ({"blobs": "ftp://x/y"}, "a folder or s3://bucket/prefix"),
        ({"blobs": "s3://me"}, "a bucket of 3 letters or more"),
        ({"blobs": "s3://media", "s3_access_key": "x"}, "given together"),
        ({"radius_m": 0}, "radius_m: Input should be greater than 0"),
        ({"cookie_secure": True, "public_url": "http://store"}, "https"),
        ({"surprise": 1}, "surprise: Extra inputs are not permitted"),
    ],
)
def test_bad_settings_are_refused_in_one_line(values: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        StoreSettings.check(**values)
    message = str(caught.value)
    assert said in message
    assert "\n" not in message
    secret = values.get("metrics_token") or values.get("s3_secret_key") or "k4Q9x"
    assert str(secret) not in message


def test_a_repr_shows_no_secret() -> None:
    settings = StoreSettings.check(
        database_url="postgresql://lw:Zk3-9fQw81vLr@db/lw", metrics_token="Yk3-9fQw81_vLrTn42"
    )
    assert "Zk3" not in repr(settings)
    assert "Yk3" not in repr(settings)
    assert settings.database.drivername == "postgresql+psycopg"
