"""Merges the families of many replicas: one HELP and TYPE each, followed by all samples."""

from collections.abc import Iterable

from exporter.exposition import Family
from exporter.reading import BrokenExpositionError, names


class Merged:
    """The families of the replicas added so far; none may use a name in `reserved`. Replicas are added atomically."""

    def __init__(self, reserved: Iterable[str]) -> None:
        self.families: dict[str, Family] = {}
        self._pods: set[str] = set()
        # Which family each sample name belongs to.
        self._owners = dict.fromkeys(reserved, "")

    def add(self, pod: str, families: list[Family]) -> None:
        """Add a replica; raises BrokenExpositionError if it contradicts those added before."""
        if pod in self._pods:
            raise BrokenExpositionError(f"another replica is called {pod!r} too")
        owners: dict[str, str] = {}
        for family in families:
            known = self.families.get(family.name)
            if known and known.type != family.type:
                raise BrokenExpositionError(f"{family.name!r} is a {family.type} here and a {known.type} elsewhere")
            for name in names(family):
                if self._owners.get(name, family.name) != family.name:
                    raise BrokenExpositionError(f"{name!r} belongs to two families")
                owners[name] = family.name
        self._pods.add(pod)
        self._owners.update(owners)
        for family in families:
            known = self.families.setdefault(family.name, Family(family.name, family.type, family.help))
            known.samples.extend(family.samples)
