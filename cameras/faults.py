"""What libav's exceptions mean. Their own texts are never passed on: they hold the password."""

from __future__ import annotations

import socket
import ssl

import av.error

from cameras import errors
from cameras.settings import StreamSettings


def while_opening(
    trouble: Exception, settings: StreamSettings, *, took_s: float
) -> errors.SourceError:
    """Why a stream did not open, after `took_s` seconds."""
    where = settings.safe_url
    match trouble:
        case av.error.HTTPUnauthorizedError() | av.error.HTTPForbiddenError():
            who = "wrong user name or password" if settings.username else "it asks for a password"
            return errors.Unauthorized(f"{where}: {who}")
        case av.error.HTTPNotFoundError():
            return errors.NotFound(f"{where}: the camera has no such stream")
        case ConnectionRefusedError():
            return errors.Unreachable(f"{where}: connection refused")
        case TimeoutError() | av.error.ExitError():
            return _no_answer(settings)
        case PermissionError() if settings.is_file:
            return errors.Unreadable(
                f"{where}: may not be read", "give this user the right to read it"
            )
    if settings.is_file:
        return errors.Unreadable(f"{where}: not a video file")
    if took_s >= settings.connect_timeout_s:  # libav says "invalid data" for silence, too
        return _no_answer(settings)
    return _ask_the_socket(settings) or errors.Unreadable(
        f"{where}: the camera answers, but not with a stream ({type(trouble).__name__})"
    )


def _no_answer(settings: StreamSettings) -> errors.SourceError:
    return errors.Unreachable(
        f"{settings.safe_url}: no answer within {settings.connect_timeout_s:g} s"
    )


def _ask_the_socket(settings: StreamSettings) -> errors.SourceError | None:
    """Libav says the same for silence, a wrong name and a refused certificate: find out which."""
    where = settings.safe_url
    address = (settings.host, settings.port)
    try:
        with socket.create_connection(address, settings.connect_timeout_s) as raw:
            if settings.is_tls:
                context = ssl.create_default_context(
                    cafile=str(settings.ca_file) if settings.ca_file else None
                )
                with context.wrap_socket(raw, server_hostname=settings.host):
                    pass
    except ssl.SSLCertVerificationError as refused:
        return errors.CertificateRefused(f"{where}: certificate refused: {refused.verify_message}")
    except ssl.SSLError as refused:
        return errors.CertificateRefused(f"{where}: no TLS with it: {refused.reason}")
    except socket.gaierror:
        return errors.Unreachable(f"{where}: the name {settings.host!r} is unknown")
    except TimeoutError:
        return _no_answer(settings)
    except OSError as trouble:
        return errors.Unreachable(f"{where}: {trouble.strerror or 'cannot be reached'}")
    return None


def while_reading(trouble: Exception, settings: StreamSettings) -> errors.SourceError:
    """Why an open stream broke off."""
    where = settings.safe_url
    if isinstance(trouble, TimeoutError | av.error.ExitError):
        return errors.TimedOut(f"{where}: silent for {settings.read_timeout_s:g} s")
    return errors.StreamEnded(f"{where}: the connection broke ({type(trouble).__name__})")
