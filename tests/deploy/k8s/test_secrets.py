"""Secrets are random, can be read by their user only, and never reach the repository."""

import subprocess
from pathlib import Path

import pytest

from homercovilha.environment import VARIABLES
from tests.deploy.k8s.manifests import OVERLAYS, copy_sources
from tests.support.programs import ROOT, require


@pytest.fixture
def made(tmp_path: Path) -> list[Path]:
    copy_sources(tmp_path)
    return sorted(tmp_path.glob("deploy/k8s/overlays/*/made-by-make-secrets/*.env"))


def test_each_overlay_gets_different_secrets(made: list[Path]) -> None:
    assert [(file.parts[-3], file.name) for file in made] == [
        (overlay, name) for overlay in sorted(OVERLAYS) for name in ("admin.env", "public.env", "superuser.env")
    ]


def test_every_value_is_random_and_only_its_user_can_read_it(made: list[Path]) -> None:
    values = []
    for file in made:
        assert file.stat().st_mode & 0o777 == 0o600
        lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
        assert {line.partition("=")[0] for line in lines} <= set(VARIABLES)
        values += [line.partition("=")[2] for line in lines]
    assert len(values) == len(set(values)) == 4 * len(OVERLAYS)
    # 36 random bytes in base64.
    assert {len(value) for value in values} == {48}


def test_existing_secrets_are_kept(made: list[Path]) -> None:
    before = {file: file.read_bytes() for file in made}
    made[0].unlink()
    command = made[0].parents[5] / "scripts/make-secrets"
    done = subprocess.run([command], capture_output=True, text=True, check=True)
    assert done.stdout.count("Wrote ") == 1
    after = {file: file.read_bytes() for file in made}
    assert after.pop(made[0]) != before.pop(made[0])
    assert after == before


def test_password_in_an_older_admin_env_moves_to_the_init_containers_secret(made: list[Path]) -> None:
    admin, _, superuser = made[:3]
    superuser.unlink()
    before = admin.read_text()
    admin.write_text(f"DJANGO_SUPERUSER_PASSWORD=of-the-user-that-is-there\n{before}")
    command = made[0].parents[5] / "scripts/make-secrets"
    for said in (1, 0):
        done = subprocess.run([command], capture_output=True, text=True, check=True)
        assert done.stdout.count("Moved DJANGO_SUPERUSER_PASSWORD ") == done.stdout.count("\n") == said
        assert admin.read_text() == before
        assert superuser.read_text() == "DJANGO_SUPERUSER_PASSWORD=of-the-user-that-is-there\n"
        assert {file.stat().st_mode & 0o777 for file in (admin, superuser)} == {0o600}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_git_ignores_them_and_keeps_their_examples(overlay: str) -> None:
    secrets = ROOT / "deploy/k8s/overlays" / overlay / "made-by-make-secrets/public.env"
    for file, ignored in ((secrets, True), (secrets.with_name("public.env.example"), False)):
        command = [require("git"), "check-ignore", "--quiet", str(file)]
        assert subprocess.run(command, cwd=ROOT, check=False).returncode == (0 if ignored else 1)
