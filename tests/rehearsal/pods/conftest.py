"""The image, built once as the Dockerfile says."""

import os
from collections.abc import Iterator

import pytest

from tests.rehearsal.pods.engine import Engine
from tests.rehearsal.pods.stand_in import root_file_system, wheels
from tests.support.programs import ROOT

BASE = "docker.io/library/python:3.13-slim-trixie"
IMAGE = "localhost/homercovilha"
VERSION, REVISION = "1.0.0", "0123456789abcdef"


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if os.geteuid() != 0:
        sentence = "Images and pods need root: sudo make rehearsal"
        pytest.fail(sentence) if os.environ.get("CI") == "true" else pytest.skip(sentence)
    engine = Engine(tmp_path_factory.mktemp("engine"))
    yield engine
    engine.remove_everything()


@pytest.fixture(scope="session")
def image(engine: Engine) -> str:
    """Return the name of the image that the Dockerfile makes of this checkout."""
    engine.podman("import", "--quiet", str(root_file_system()), BASE)
    name = f"{IMAGE}:{VERSION}"
    options = ["--isolation=chroot", "--format=docker", "--pull-never", f"--volume={wheels()}:/wheels:ro"]
    arguments = [f"--build-arg=VERSION={VERSION}", f"--build-arg=REVISION={REVISION}", f"--tag={name}"]
    engine.buildah("bud", *options, *arguments, str(ROOT))
    return name
