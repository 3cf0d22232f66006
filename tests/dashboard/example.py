"""A realistic document: a week with a deployment and an outage. `python -m tests.dashboard.example` writes it anew."""

import json
import math
from pathlib import Path

from dashboard.document import CHARTS, Data
from dashboard.figures import (
    Answers,
    Chart,
    Check,
    Event,
    Exceptions,
    Health,
    PageStats,
    Replica,
    Series,
    Source,
    Span,
    Stats,
)

FILE = Path(__file__).parent / "example.json"
END = 1_795_541_840.0
WEEK, STEP, HOUR = 7 * 86_400, 1_800, 3_600
PODS, OUTAGE, DEPLOYED = 20, END - 2 * 86_400, END - 4 * 86_400


def example() -> Data:
    """Return the document."""
    times = [END - WEEK + STEP * n for n in range(1, WEEK // STEP + 1)]
    bars = [END - WEEK, *(time for time in range(int(END - WEEK) // HOUR * HOUR + HOUR, int(END), HOUR))]
    total = [round(HOUR * _requests(time)) for time in bars]
    failed = [30.0 if abs(time - OUTAGE) < HOUR else 0.01 for time in times]
    span = Span(
        *("7d", "7 days", END - WEEK, END, STEP, True, "hour", "the 7 days before", "range=7d"),
        earlier=f"from={END - 2 * WEEK:.0f}&to={END - WEEK:.0f}",
        later=None,
    )
    charts = {name: Chart(unit, times) for name, (_, unit) in CHARTS.items()}
    charts["requests"].series = [
        Series("homersimpson", [_requests(time) for time in times]),
        Series("covilha", [_requests(time) / 2 for time in times]),
        Series("homersimpson", [_requests(time - WEEK) for time in times], previous=True),
        Series("covilha", [None if time < END - 3 * 86_400 else _requests(time) / 3 for time in times], previous=True),
    ]
    charts["counts"] = Chart(
        "requests", bars, [Series("homersimpson", list(total)), Series("covilha", [one // 2 for one in total])]
    )
    charts["answers"].series = [
        Series("2xx", [round(_requests(at) * (1.5 - share / 100), 3) for at, share in zip(times, failed, strict=True)]),
        Series("3xx", [0.0 for _ in times]),
        Series("4xx", [0.05 for _ in times]),
        Series("5xx", [round(_requests(time) * share / 100, 3) for time, share in zip(times, failed, strict=True)]),
    ]
    charts["latency"].series = [
        Series(name, [round(factor * (4 if abs(time - OUTAGE) < HOUR else 1), 4) for time in times])
        for name, factor in (("p50", 0.0011), ("p95", 0.0043), ("p99", 0.0121))
    ]
    charts["replicas"].series = [
        Series(name, [round(_requests(time) * 1.5 / PODS * factor, 3) for time in times])
        for name, factor in (("lowest", 0.7), ("median", 1.0), ("highest", 1.4))
    ]
    return Data(
        at=END,
        refresh=60,
        source=Source("prometheus", "Prometheus at http://10.0.0.5:9090", scraped=END - 7.2),
        range=span,
        health=Health(
            "warning",
            "Needs attention",
            [
                Check("scrape", "Scrape", "ok", "The last scrape is 7 seconds old.", "requests"),
                Check("replicas", "Replicas", "warning", "1 of 20 replicas does not answer.", "replicas"),
                Check("errors", "Server errors", "ok", "1 of 6,313 answers failed (0.02 %).", "answers"),
                Check("latency", "Response time", "ok", "p95 is 4.3 ms; 4.1 ms at this hour yesterday.", "latency"),
                Check("alerts", "Alerts", "ok", "No alert is firing.", "requests"),
            ],
        ),
        stats=Stats(sum(total) * 3 // 2, 11_893, 0.62, 0.0011, 0.0043, 0.0121, 19, 20),
        pages=[
            _page("homersimpson", sum(total), 12.04),
            _page("covilha", sum(one // 2 for one in total), -3.2),
        ],
        charts=charts,
        answers=[
            Answers("homersimpson", "500", "GET", 11_893),
            Answers("<unnamed view>", "404", "GET", 30_240),
            Answers("homersimpson", "405", "POST", 17),
            Answers("homersimpson", "200", "GET", sum(total) - 11_910),
            Answers("covilha", "200", "GET", sum(one // 2 for one in total) - 52),
            Answers("covilha", "200", "HEAD", 52),
        ],
        exceptions=[Exceptions("TemplateDoesNotExist", 11_890), Exceptions("OSError", 3)],
        replicas=[_replica(number) for number in range(PODS)] + [_stopped(number) for number in range(PODS)],
        events=[
            Event(
                *("replaced", DEPLOYED, DEPLOYED + 300, "1.4.0: 20 replaced 09:37–09:42", "1.4.0", "0a1b2c3"),
                started=[f"homercovilha-7d9f8c6b5d-{number:05x}" for number in range(PODS)],
                stopped=[f"homercovilha-5c4b7f9d8b-{number:05x}" for number in range(PODS)],
            ),
        ],
    )


def _requests(time: float) -> float:
    return round(6 + 4 * math.sin(math.tau * time / 86_400), 2)


def _page(name: str, total: int, change: float) -> PageStats:
    return PageStats(
        *(name, f"/{name}", total, round(total / (1 + change / 100)), change),
        today=total // 14,
        yesterday=total // 15,
        today_change=7.1,
        all_time=total * 3,
        since=END - 15 * 86_400,
        rate=9.51,
        sparkline=[_requests(END - WEEK + n * WEEK / 28) for n in range(28)],
    )


def _replica(number: int) -> Replica:
    slow, missing = number == 3, number == 7
    return Replica(
        f"homercovilha-7d9f8c6b5d-{number:05x}",
        "missing" if missing else "up",
        *("1.4.0", "0a1b2c3", DEPLOYED + 15 * number, None, 181_440 + 977 * number, 0.0 if missing else 0.47),
        *(0.01, 0.0169 if slow else 0.0043),
        sparkline=[0.4 + 0.01 * (n % 9) for n in range(28)],
        odd=["Its p95 of 16.9 ms is 3.9 times the median of the replicas."] if slow else [],
    )


def _stopped(number: int) -> Replica:
    return Replica(
        *(f"homercovilha-5c4b7f9d8b-{number:05x}", "stopped", "1.3.2", "9f8e7d6", END - 9 * 86_400),
        *(DEPLOYED + 15 * number, 130_204 + 811 * number, None, 0.02, 0.0041),
        sparkline=[0.5] * 12 + [None] * 16,
    )


if __name__ == "__main__":
    FILE.write_text(json.dumps(example().as_json(), indent=1, ensure_ascii=False) + "\n")
