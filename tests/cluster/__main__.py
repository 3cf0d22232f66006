"""`make cluster`: the promise on a real cluster, from the first apply to a kill, and the table that shows it."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.cluster import scenario
from tests.cluster.kubectl import ClusterError, cluster
from tests.cluster.kubernetes import Kubernetes


def main() -> int:
    """Run the scenario; return 0 if every answered request was counted."""
    parser = argparse.ArgumentParser(prog="make cluster", description=__doc__)
    parser.add_argument("--context", default="", help="context of a cluster that is there; default: make one")
    parser.add_argument("--image", default="", help="image that this cluster's nodes have or can pull, with its tag")
    given = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as directory, cluster(given.context, given.image) as (kubectl, image):
            print(f"applying overlays/local to {kubectl.context} …", flush=True)
            with Kubernetes(kubectl, image) as site:
                outcome = scenario.run(site, Path(directory), "5s")
    except ClusterError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"\n{outcome.table()}")
    return 0 if outcome.is_exact() else 1


if __name__ == "__main__":
    sys.exit(main())
