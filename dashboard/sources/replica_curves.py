"""The replicas in Prometheus' answers: a curve for each, and when each started or went."""

from dashboard.data import Curve, Mark
from dashboard.prometheus import Series
from dashboard.ranges import Range

# More lines than this cannot be told apart.
MOST_CURVES = 10


def busiest(replicas: list[Series], times: list[float]) -> list[Curve]:
    """Return a curve for each replica, by name; where they are too many, the less busy ones summed in one."""

    def requests(one: Series) -> float:
        return sum(value or 0 for value in one.values.values())

    ordered = sorted(replicas, key=requests, reverse=True)
    shown, rest = (
        (ordered, []) if len(ordered) <= MOST_CURVES else (ordered[: MOST_CURVES - 1], ordered[MOST_CURVES - 1 :])
    )
    curves = sorted((Curve(one.labels.get("pod", "?"), one.at(times)) for one in shown), key=lambda curve: curve.name)
    if rest:
        curves.append(
            Curve(
                f"{len(rest)} others", [_total(values) for values in zip(*(one.at(times) for one in rest), strict=True)]
            )
        )
    return curves


def marks(presence: list[Series], shown: Range) -> list[Mark]:
    """Return when replicas started or went, in order of time, from the answer to `queries.presence(shown.window)`.

    Where all replicas come into sight at once, Prometheus began to look; where all are lost at once, it cannot see:
    neither is a mark.
    """
    seen = {one.labels.get("pod", "?"): (min(one.values), max(one.values)) for one in presence if one.values}
    if not seen:
        return []
    earliest = min(first for first, _ in seen.values())
    latest = max(last for _, last in seen.values())
    started = [Mark(first, pod, "started") for pod, (first, _) in seen.items() if first > earliest]
    # It stays in the window for as long as the window is, so it was last seen that much earlier.
    late = shown.window - shown.step
    went = [Mark(last - late, pod, "went") for pod, (_, last) in seen.items() if last < latest]
    return sorted(started + went, key=lambda mark: (mark.time, mark.pod))


def _total(values: tuple[float | None, ...]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
