"""Whether all is well, told from the numbers."""

from collections.abc import Iterator, Mapping

# More server errors than this share of the answers are a concern; a lone one is not.
TOLERATED_ERRORS = 0.01

# Prometheus scrapes every 15 seconds: this is four missed scrapes.
OLDEST_SCRAPE = 60


def concerns(numbers: Mapping[str, float | None]) -> Iterator[str]:
    """Yield a sentence for each of the data's numbers that is not as it should be, and what to do about it."""
    age, up, known = numbers.get("age"), numbers.get("replicas.up"), numbers.get("replicas.known")
    errors, responses = numbers.get("errors"), numbers.get("responses")
    if age is not None and age > OLDEST_SCRAPE:
        yield (
            f"The last scrape is {age:.0f} seconds old. The targets page of Prometheus says why it gets no newer one."
        )
    if up is not None and known is not None and up < known:
        yield (
            f"{known - up:.0f} of {known:.0f} replicas {'does' if known - up == 1 else 'do'} not answer. "
            "See kubectl get pods, and the log of those that are not ready."
        )
    if errors and responses and errors > TOLERATED_ERRORS * responses:
        yield (
            f"{errors:,.0f} of {responses:,.0f} answers were server errors. "
            "The log of the replicas has the traceback of each."
        )
