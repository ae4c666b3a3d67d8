"""Options of `rig station` in a YAML file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from rig.client.errors import UsageProblem
from rig.config.nodes import Document, read_document
from rig.config.validation import Strict, in_order, validate
from rig.errors import ConfigError


def _integer(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _number(value: object) -> object:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


class StationFile(Strict):
    """What such a file may say; paths are seen from its folder."""

    csms: str | None = None
    id: str | None = None
    persona: str | None = None
    defects: tuple[str, ...] = ()
    password_file: Path | None = None
    root_certificate: tuple[Path, ...] = ()
    manufacturer_root: tuple[Path, ...] = ()
    crl: tuple[Path, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    security_profile: Annotated[int, BeforeValidator(_integer), Field(ge=1, le=3)] | None = None
    endpoint: tuple[str, ...] = ()
    disk: Path | None = None
    seed: Annotated[int, BeforeValidator(_integer)] | None = None
    time_scale: (
        Annotated[float, BeforeValidator(_number), Field(gt=0, allow_inf_nan=False)] | None
    ) = None
    api: str | None = None
    api_token_file: Path | None = None


def read_options(file: Path) -> dict[str, object]:
    """The options that a file gives, by the names of the command's parameters.

    Raises:
        UsageProblem: every problem of the file, with position.
    """
    try:
        document = read_document(file)
        said = validate(StationFile, document)
        if missing := list(_missing_files(file, document, said)):
            raise ConfigError(*in_order(missing, document.file))
    except ConfigError as error:
        raise UsageProblem(str(error), error.problems) from error
    options: dict[str, object] = {}
    for name in said.model_fields_set:
        value = getattr(said, name)
        if isinstance(value, tuple):
            value = tuple(_seen_from(file, one) for one in value)
        options["identity" if name == "id" else name] = _seen_from(file, value)
    persona = options.get("persona")
    if isinstance(persona, str) and (file.parent / persona).is_file():
        options["persona"] = file.parent / persona
    return options


def _missing_files(file: Path, document: Document, said: StationFile) -> Iterator[str]:
    """A problem for each file that is named and not there; the disk may be made."""
    for name in said.model_fields_set - {"disk"}:
        value = getattr(said, name)
        several = isinstance(value, tuple)
        for place, one in enumerate(value if several else (value,)):
            if isinstance(one, Path) and not (file.parent / one).is_file():
                path = (name, place) if several else (name,)
                yield document.problem(path, f"no such file: {file.parent / one}; check the path")


def _seen_from(file: Path, value: object) -> object:
    return file.parent / value if isinstance(value, Path) else value
