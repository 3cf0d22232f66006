"""What changed with an event: 30 minutes before it beside 30 minutes after."""

from dataclasses import dataclass, field

from dashboard.figures import Unit


@dataclass
class Compared:
    """One figure 30 minutes before and after an event; `change` is in percent of `before`."""

    name: str
    unit: Unit
    before: float | None
    after: float | None
    change: float | None


@dataclass
class Comparison:
    """What changed with an event, in figures and in one sentence."""

    sentence: str
    figures: list[Compared]
    problems: list[str] = field(default_factory=list)
