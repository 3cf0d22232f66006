"""Every variable that a pod is given is one that the settings read, and with them its site starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from homercovilha.environment import VARIABLES
from tests.deploy.k8s.manifests import Manifests
from tests.support.programs import ROOT

COMPONENTS = ["public", "admin"]


def run(environ: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the image, `python …`, with exactly the pod's environment."""
    assert command[0] == "python"
    return subprocess.run(
        [sys.executable, *command[1:]],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_variable_is_one_that_the_settings_read(manifests: Manifests, component: str) -> None:
    assert set(manifests.environment(component)) <= set(VARIABLES)


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_site_accepts_its_variables(manifests: Manifests, component: str) -> None:
    done = run(manifests.environment(component), "python", "-c", "import django; django.setup()")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_required_variable_is_missed_when_it_is_not_set(rendered: dict[str, Manifests], component: str) -> None:
    complete = rendered["local"].environment(component)
    required = []
    for name in complete:
        rest = {key: value for key, value in complete.items() if key != name}
        if run(rest, "python", "-c", "from django.conf import settings; settings.DEBUG").returncode:
            required.append(name)
    # Without the first it is the development site, which wsgi.py and manage.py each choose for themselves.
    assert sorted(required) == ["ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE", "SECRET_KEY"]


def test_replicas_have_distinct_names_and_counts_that_outlive_a_container(manifests: Manifests) -> None:
    environ = manifests.environment("public")
    assert environ["POD_NAME"] == "metadata.name"
    mounts = manifests.pods()["public"]["spec"]["containers"][0]["volumeMounts"]
    assert environ["PROMETHEUS_MULTIPROC_DIR"] in {mount["mountPath"] for mount in mounts}


def test_metrics_are_not_public(manifests: Manifests) -> None:
    assert manifests.environment("public")["METRICS_TOKEN"]


def test_only_the_init_container_that_needs_it_has_the_superusers_password(manifests: Manifests) -> None:
    having = [
        name
        for name, container in manifests.containers()
        if "DJANGO_SUPERUSER_PASSWORD" in manifests.environment(name.partition("/")[0], container)
    ]
    assert having == ["admin/superuser"]


def test_a_server_side_apply_finds_no_conflicting_default(manifests: Manifests) -> None:
    (field,) = [one["valueFrom"]["fieldRef"] for one in manifests.pods()["public"]["spec"]["containers"][0]["env"]]
    assert field == {"apiVersion": "v1", "fieldPath": "metadata.name"}


def test_the_sites_do_not_share_a_secret_key(manifests: Manifests) -> None:
    keys = {manifests.environment(component)["SECRET_KEY"] for component in COMPONENTS}
    assert len(keys) == len(COMPONENTS)


def test_the_admins_init_containers_make_its_database_and_its_first_user(
    rendered: dict[str, Manifests], tmp_path: Path
) -> None:
    manifests = rendered["local"]
    pod = manifests.pods()["admin"]
    for container in pod["spec"]["initContainers"]:
        environ = manifests.environment("admin", container)
        assert manifests.environment("admin").items() <= environ.items()
        done = run({**environ, "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}, *container["command"])
        assert done.returncode == 0, done.stderr
    # Where the settings put it when nothing else is said, there is the volume.
    database = run(
        manifests.environment("admin"),
        "python",
        "-c",
        "from django.conf import settings; print(settings.DATABASES['default']['NAME'])",
    )
    claimed = [volume["name"] for volume in pod["spec"]["volumes"] if "persistentVolumeClaim" in volume]
    mounts = {mount["mountPath"]: mount["name"] for mount in pod["spec"]["containers"][0]["volumeMounts"]}
    assert [mounts[str(Path(database.stdout.strip()).parent)]] == claimed
