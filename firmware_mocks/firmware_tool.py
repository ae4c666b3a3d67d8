"""`python -m firmware_mocks firmware-image`: an image that the emulated station installs."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from firmware_mocks.charging_station.firmware_image import make_image, sign

KIND = "firmware-image"


def add_options(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer it on the command line."""
    text = "write an image of the station's firmware; with a key, print its signature, too"
    one = kinds.add_parser(KIND, help=text, description=text)
    one.add_argument("file", type=Path)
    one.add_argument("--version", default="2.0.0", help="of BootNotification after the update")
    one.add_argument("--size", type=int, default=65536, metavar="BYTES", help="of its payload")
    one.add_argument("--corrupt", action="store_true", help="its installation fails")
    one.add_argument("--key", type=Path, metavar="FILE", help="PEM of the key that signs it")


def write_image(args: argparse.Namespace) -> None:
    """Write it; one line of JSON says what it is.

    Raises:
        ValueError: no version, size or key.
        OSError: no such folder or file.
    """
    data = make_image(args.version, args.size, corrupt=args.corrupt)
    said: dict[str, object] = {"file": str(args.file), "version": args.version, "bytes": len(data)}
    if args.key is not None:
        said["signature"] = sign(data, load_pem_private_key(args.key.read_bytes(), None))
    args.file.write_bytes(data)
    print(json.dumps(said))  # noqa: T201  # stdout is data
