"""One vocabulary of faults for every mock."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(slots=True)
class Faults:
    """What is wrong with a device on a wire.

    Attributes:
        mute: takes everything, answers nothing.
        late_s: real seconds that every answer is late.
        garble: answers carry a wrong check sum.
        stuck: output that acknowledges and does not follow.
        foreign_unit: answers come from another unit.
        exception: every request gets this Modbus exception; 6 is "busy".
        split: answers come in two pieces.
        double: answers come twice.
        noise: a byte of noise comes before each answer.
    """

    mute: bool = False
    late_s: float = 0.0
    garble: bool = False
    stuck: int | None = None
    foreign_unit: bool = False
    exception: int | None = None
    split: bool = False
    double: bool = False
    noise: bool = False

    def set(self, name: str, value: object) -> None:
        """Set a fault by name.

        Raises:
            ValueError: no such fault.
        """
        names = [f.name for f in fields(self)]
        if name not in names:
            raise ValueError(f"no fault {name!r}; there are {', '.join(names)}")
        setattr(self, name, value)

    def clear(self) -> None:
        """Nothing is wrong any more."""
        for field in fields(self):
            setattr(self, field.name, field.default)
