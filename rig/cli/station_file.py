"""Options of `rig station` in a YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from rig.client.errors import UsageProblem
from rig.config.nodes import read_document
from rig.config.validation import Strict, validate
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
    certificate: Path | None = None
    key: Path | None = None
    security_profile: Annotated[int, BeforeValidator(_integer), Field(ge=1, le=3)] | None = None
    disk: Path | None = None
    seed: Annotated[int, BeforeValidator(_integer)] | None = None
    time_scale: Annotated[float, BeforeValidator(_number), Field(gt=0)] | None = None
    api: str | None = None
    api_token_file: Path | None = None


def read_options(file: Path) -> dict[str, object]:
    """The options that a file gives, by the names of the command's parameters.

    Raises:
        UsageProblem: every problem of the file, with position.
    """
    try:
        said = validate(StationFile, read_document(file))
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


def _seen_from(file: Path, value: object) -> object:
    return file.parent / value if isinstance(value, Path) else value
