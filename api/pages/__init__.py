"""Pages: the duty desk, as a shell that the browser fills from the store's own HTTP interface.

In this room: templates, style sheets, ES modules of our own, vendored Leaflet.
Never: a query, a person's data inside a page, an inline script.
"""

from api.pages.router import router

__all__ = ["router"]
