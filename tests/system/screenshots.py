"""Pictures of the running page: `python -m tests.system.screenshots --out docs/images`.

Without --url it runs the demo by itself and ends it afterwards. With --url the password comes from
the environment variable LINEWARDEN_PASSWORD.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.system.page_driver import HERE, missing

PAGE = re.compile(r"page (\S+) +login (\S+) +password (\S+)")


@contextmanager
def demo() -> Iterator[tuple[str, str, str]]:
    """Address, name and password of a demo that runs meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "linewarden.cli",
            "demo",
            "--port",
            "0",
            "--folder",
            folder,
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            yield _page_of(process)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


def _page_of(process: subprocess.Popen[str]) -> tuple[str, str, str]:
    assert process.stdout
    for line in process.stdout:
        found = PAGE.search(line)
        if found:
            url, name, password = found.groups()
            return url, name, password
    raise SystemExit("the demo ended before it told its page")


def take(url: str, name: str, password: str, out: Path) -> int:
    """Exit code of the script that takes them."""
    out.mkdir(parents=True, exist_ok=True)
    command = ["node", "screenshots.mjs", url, name, password, str(out.resolve())]
    return subprocess.run(command, cwd=HERE, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--url", help="a page that runs already")
    parser.add_argument("--user", default="demo")
    args = parser.parse_args()
    lacking = missing()
    if lacking:
        raise SystemExit(lacking)
    if args.url:
        return take(args.url, args.user, os.environ.get("LINEWARDEN_PASSWORD", ""), args.out)
    with demo() as (url, name, password):
        return take(url, name, password, args.out)


if __name__ == "__main__":
    raise SystemExit(main())
