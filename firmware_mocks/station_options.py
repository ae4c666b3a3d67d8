"""Options of a charging station that stands alone, and what they mean."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

PASSWORD, TOKEN = "RIG_STATION_PASSWORD", "RIG_STATION_TOKEN"


def add_options(one: argparse.ArgumentParser) -> None:
    """Options of a station that no other mock has."""
    one.add_argument(
        "--password-file", type=Path, metavar="FILE",
        help=f"password in a file, text or hex:DIGITS; or in the variable {PASSWORD}",
    )  # fmt: skip
    one.add_argument(
        "--api", metavar="PORT|HOST:PORT|unix:PATH", help="serve the HTTP interface; port 0: any"
    )
    one.add_argument(
        "--api-token-file", type=Path, metavar="FILE",
        help=f"its token; or in the variable {TOKEN}; made up on TCP if there is none",
    )  # fmt: skip
    one.add_argument(
        "--json-lines", action="store_true", help="operations on stdin, answers, events on stdout"
    )
    one.add_argument("--no-control", action="store_true", help="without the control channel")
    one.add_argument("--talk", action="store_true", help="say on stderr what the station does")
    one.add_argument("--wire", action="store_true", help="show every frame on stderr")


def password_of(
    args: argparse.Namespace, environment: Mapping[str, str] = os.environ
) -> bytes | None:
    """The password that a station is delivered with; None without.

    Raises:
        ValueError: it is empty, or no hexadecimal where it should be.
    """
    if args.password is not None:
        return bytes(args.password)
    file = getattr(args, "password_file", None)
    text = environment.get(PASSWORD) if file is None else file.read_text().rstrip("\r\n")
    if text is None:
        return None
    where = PASSWORD if file is None else str(file)
    if text.startswith("hex:"):
        try:
            password = bytes.fromhex(text[4:])
        except ValueError:
            raise ValueError(f"{where}: what follows hex: is not hexadecimal") from None
    else:
        password = text.encode()
    if not password:
        raise ValueError(f"{where}: the password is empty")
    return password


def token_of(args: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> str | None:
    """The token of the HTTP interface; None for one that is made up."""
    if args.api_token_file is not None:
        return str(args.api_token_file.read_text()).strip()
    return environment.get(TOKEN)
