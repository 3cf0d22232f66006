"""Puts the families of many replicas together: one HELP and TYPE each, all samples behind it."""

from exporter.exposition import Family
from exporter.reading import SUFFIXES, BrokenExpositionError


class Merged:
    """The families of the replicas added so far. Each replica is in it as a whole or not at all."""

    def __init__(self) -> None:
        self.families: dict[str, Family] = {}
        self._pods: set[str] = set()
        # Which family each name of a sample belongs to.
        self._owners = dict.fromkeys(GATHERING_NAMES, "")

    def add(self, pod: str, families: list[Family]) -> None:
        """Add a replica; raises BrokenExpositionError where it contradicts those added before."""
        if pod in self._pods:
            raise BrokenExpositionError(f"another replica is called {pod!r} too")
        owners: dict[str, str] = {}
        for family in families:
            known = self.families.get(family.name)
            if known and known.type != family.type:
                raise BrokenExpositionError(f"{family.name!r} is a {family.type} here and a {known.type} elsewhere")
            for suffix in {"", *SUFFIXES[family.type]}:
                name = family.name + suffix
                if self._owners.get(name, owners.get(name, family.name)) != family.name:
                    raise BrokenExpositionError(f"{name!r} belongs to two families")
                owners[name] = family.name
        self._pods.add(pod)
        self._owners.update(owners)
        for family in families:
            known = self.families.setdefault(family.name, Family(family.name, family.type, family.help))
            known.samples.extend(family.samples)


# The families that only a gathering itself may have.
GATHERING_NAMES = ("homercovilha_peer_up", "homercovilha_peers", "homercovilha_gathering_seconds")
