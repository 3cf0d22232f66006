"""How many lines a replica's metrics may have."""

from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict

from exporter import peers, scraping, sharing
from tests.exporter.conftest import Configure
from tests.support.hostile import Peer, answers


def _peer_up() -> float:
    found = {family.name: family for family in strict(scraping.scrape().decode())}
    return float(found["homercovilha_peer_up"].samples[0].value)


def test_replica_with_too_many_lines_is_left_out_with_the_remedy_and_read_with_more(
    configure: Configure, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(peers, "_known", {})
    monkeypatch.setattr(sharing, "directory", lambda: tmp_path)
    series = "".join(f'x_total{{a="{number}",pod="other"}} 1.0\n' for number in range(12_000))
    text = f"# HELP x X.\n# TYPE x counter\n{series}# EOF\n"
    with Peer(answers(text)) as peer:
        configure(peers=[peer.address])
        assert _peer_up() == 0
        assert "raise EXPORTER['most_lines']" in caplog.text
        configure(peers=[peer.address], most_lines=20_000)
        assert _peer_up() == 1
