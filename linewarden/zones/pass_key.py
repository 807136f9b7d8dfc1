"""Who may use the page: whoever holds the link that the terminal shows, in one browser.

The link's token counts once and gives the browser a cookie; the next link is printed then. Other
sites cannot use the cookie (SameSite) nor reach the page by a name of their own (`Host`).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable

from fastapi import Request


class PassKey:
    """The token of the present link, and the cookie of the browsers that used one.

    `tell` is given each new link.
    """

    def __init__(self, port: int, tell: Callable[[str], None]) -> None:
        self._port, self._tell = port, tell
        self._cookie = secrets.token_urlsafe(24)
        self._token = ""
        self.cookie_name = f"linewarden_zones_{port}"
        self._renew("")

    @property
    def cookie(self) -> str:
        """The value of the cookie."""
        return self._cookie

    def take(self, token: str) -> bool:
        """Whether this is the link's token; it counts once."""
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return False
        self._renew("opened; for another browser: ")
        return True

    def is_ours(self, request: Request) -> bool:
        """Whether the address is this machine's own, so that no other site's name leads here."""
        names = {f"127.0.0.1:{self._port}", f"localhost:{self._port}"}
        origin = request.headers.get("origin")
        own = origin is None or origin in {f"http://{name}" for name in names}
        return own and request.headers.get("host") in names

    def knows(self, request: Request) -> bool:
        """Whether the browser has the cookie."""
        given = request.cookies.get(self.cookie_name, "")
        return hmac.compare_digest(given.encode(), self._cookie.encode())

    def _renew(self, before: str) -> None:
        self._token = secrets.token_urlsafe(18)
        self._tell(f"{before}http://127.0.0.1:{self._port}/?token={self._token}")
