"""How numbers are written in sentences, and which change there is from one to another."""


def count(number: float, noun: str) -> str:
    """Return "1 replica", "1,200 replicas"."""
    return f"{number:,.0f} {noun}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """Return a share of 0 to 100 as "0.6 %"."""
    return "< 0.01 %" if 0 < share < 0.01 else f"{share:.3g} %" if share < 100 else f"{share:,.0f} %"


def seconds(duration: float) -> str:
    """Return a duration as "4.3 ms", "1.2 s", "15 minutes"."""
    if duration < 0.9995:
        return f"{duration * 1_000:.3g} ms"
    return f"{duration:.3g} s" if duration < 90 else f"{duration / 60:.0f} minutes"


def change(before: float | None, after: float | None) -> float | None:
    """Return the change in percent of `before`; None if one is unknown, or nothing was there before."""
    return round(100 * (after - before) / before, 2) if before and after is not None else None


def digits(value: float | None) -> float | None:
    """Return four significant digits: more than a chart shows, and half of the document's size."""
    return None if value is None else float(f"{value:.4g}")
