"""`make demo`: three replicas behind one port, a Prometheus with a generated week, the dashboard, and visitors.

Everything listens on loopback addresses only, and ends with this process. It is built from the tests' servers.
"""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from demo import state
from demo.replicas import Replicas
from demo.visitors import Visitors
from tests.e2e.dashboard.week import Week
from tests.support.admin_site import USERNAME, admin_site
from tests.support.haproxy import HAProxy
from tests.support.programs import find
from tests.support.prometheus import Prometheus
from tests.support.servers import ROOT, Gunicorn

# The addresses of the generated week's last replicas, which the live ones take over.
PEER, HOSTS = "127.0.1.{}", ["127.0.1.1", "127.0.1.3", "127.0.1.5"]
INTERVAL = "2s"
REMEDIES = {
    "haproxy": "sudo apt-get install haproxy",
    "prometheus": "make programs, or https://prometheus.io/download/ on the PATH",
    "promtool": "make programs, or https://prometheus.io/download/ on the PATH",
}


def main() -> int:
    """Run until a signal ends it; return 1 if it cannot start."""
    missing = [f"{program} is missing. Get it with: {REMEDIES[program]}" for program in REMEDIES if not find(program)]
    if already := state.running():
        missing.append(f"A demo is running already, as process {already.pid}. End it with Ctrl-C in its terminal.")
    if missing:
        print("\n".join(missing), file=sys.stderr)
        return 1
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    with tempfile.TemporaryDirectory(prefix="homercovilha-demo-") as name:
        try:
            with _children_end(), ExitStack() as stack:
                _run(Path(name), stack)
        except KeyboardInterrupt:
            print("\nThe demo has ended.")
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            print(f"\nThe demo could not go on: {error}\n{_logs(Path(name))}", file=sys.stderr)
            return 1
    return 0


def _run(folder: Path, stack: ExitStack) -> None:
    began, since, password = time.monotonic(), int(time.time()), secrets.token_urlsafe(12)
    print("Starting …", flush=True)
    site = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "HOMERCOVILHA_VERSION": "1.4.0",
        "HOMERCOVILHA_REVISION": "9f3d27b",
    }
    replicas = Replicas(folder / "replicas", HOSTS, **site)
    proxy = HAProxy(folder / "haproxy", HOSTS, replicas.port, replicas.internal_port)
    target = f"127.0.0.1:{proxy.port}"
    scrape = {"job_name": "homercovilha", "static_configs": [{"targets": [target]}]}
    prometheus = Prometheus(folder / "prometheus", [scrape], INTERVAL)
    # The same target and peers as live, so that the live series continue the generated ones.
    peer = f"{PEER}:{replicas.internal_port}"
    week = Week(since, days=7.1, detailed_days=7.1, pods=len(HOSTS), ahead=0, instance=target, peer=peer)

    stack.callback(state.FILE.unlink, missing_ok=True)
    _collect_static_files()
    with ThreadPoolExecutor() as threads:
        admin = threads.submit(admin_site, folder / "admin", password, **site, PROMETHEUS_URL=prometheus.url)
        started = threads.submit(stack.enter_context, replicas)
        # The longest, here where a signal ends it.
        week.make_blocks(folder / "prometheus/data")
        started.result()
        stack.enter_context(proxy)
        stack.enter_context(prometheus)
        stack.enter_context(admin.result())
    prometheus.wait_for(f'up{{job="homercovilha"}} and timestamp(up) > {since}')
    stack.enter_context(Visitors(proxy.url))
    dashboard = f"{admin.result().url}/admin/metrics/"
    current = state.State(os.getpid(), since, str(proxy.folder), prometheus.url, dashboard, replicas.pids())
    current.write()
    print(
        f"""
  The pages    {proxy.url}/    served by {len(HOSTS)} replicas behind HAProxy
  Metrics      {proxy.url}/metrics
  Dashboard    {dashboard}    user: {USERNAME}    password: {password}
  Prometheus   {prometheus.url}/

  Ready after {time.monotonic() - began:.1f} s. The week up to now is generated; what follows is measured.
  Kill replicas and workers with `make demo-chaos` in a second terminal. Ctrl-C here ends everything.
""",
        flush=True,
    )
    while True:
        time.sleep(0.1)
        sentences = replicas.restart_ended()
        for sentence in sentences:
            print(f"  {time.strftime('%H:%M:%S')}  {sentence}", flush=True)
        if sentences:
            current.replicas = replicas.pids()
            current.write()
        for part in (proxy, prometheus, admin.result()):
            assert part.process.poll() is None, f"{part.process.args!r} ended with {part.process.returncode}"


def _collect_static_files() -> None:
    """Collect the sites' static files unless they are newer than what they are made from."""
    sources = [ROOT / "requirements.txt", *ROOT.glob("*/static/**/*")]
    newest = max(file.stat().st_mtime for file in sources)
    for site in ("public", "admin"):
        manifest = ROOT / "staticfiles" / site / "staticfiles.json"
        if not manifest.exists() or manifest.stat().st_mtime < newest:
            command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
            subprocess.run(command, cwd=ROOT, env=Gunicorn(site=site).environ, check=True)


def _stop(*_: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def _children_end() -> Iterator[None]:
    """End on leaving all that was started, also what a failure interrupted on its start."""
    try:
        yield
    finally:
        tasks = Path("/proc/self/task").glob("*/children")
        for pid in [int(pid) for task in tasks for pid in task.read_text().split()]:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)


def _logs(folder: Path) -> str:
    """Return the last lines of each log."""
    logs = {file: file.read_text(errors="replace").splitlines()[-5:] for file in folder.rglob("*log")}
    return "\n".join(f"{file.name}: {line}" for file, lines in logs.items() for line in lines)


if __name__ == "__main__":
    sys.exit(main())
