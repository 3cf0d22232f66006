"""What processes cost, as Linux tells it in /proc."""

from pathlib import Path


def cpu_seconds(*pids: int) -> float:
    """Return the CPU time that the processes' threads used so far, in seconds.

    From schedstat, which counts nanoseconds, where stat counts ticks of ten milliseconds.
    """
    threads = (file for pid in pids for file in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(int(file.read_text().split()[0]) for file in threads) / 1e9


def memory_megabytes(pid: int) -> tuple[float, float]:
    """Return a process's unique memory (what would be freed if it ended) and its proportional share, in MB."""
    kilobytes = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value, _ = line.split()
        kilobytes[name.rstrip(":")] = int(value)
    unique = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return unique * 1024 / 1e6, kilobytes["Pss"] * 1024 / 1e6
