"""GStreamer's RTSP server, to be a second judge of our client.

Run by the *system* Python, which has the bindings: gst_server.py USER NAME=CODEC=FILE..., the
password in GST_PASSWORD. Prints the port. A recording ends; each client gets it from its start.
"""

from __future__ import annotations

import os
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - versions come first

PAYLOADERS = {"h264": "h264parse ! rtph264pay", "hevc": "h265parse ! rtph265pay"}


def main() -> None:
    Gst.init(None)
    user, *mounts = sys.argv[1:]
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    server.set_auth(digest(user, os.environ["GST_PASSWORD"]))
    for mount in mounts:
        name, codec, file = mount.split("=", 2)
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(
            f'( filesrc location="{file}" ! qtdemux ! {PAYLOADERS[codec]} name=pay0 pt=96 '
            "config-interval=-1 )"
        )
        permissions = GstRtspServer.RTSPPermissions()
        for right in ("media.factory.access", "media.factory.construct"):
            permissions.add_permission_for_role("viewer", right, True)  # noqa: FBT003 - C's order
        factory.set_permissions(permissions)
        server.get_mount_points().add_factory(f"/{name}", factory)
    server.attach(None)
    sys.stdout.write(f"{server.get_bound_port()}\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


def digest(user: str, password: str) -> GstRtspServer.RTSPAuth:
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_digest(user, password, token)
    return auth


if __name__ == "__main__":
    main()
