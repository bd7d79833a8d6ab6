"""The systemd unit: systemd accepts it, and our command line accepts what it starts."""

from __future__ import annotations

import configparser
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from openmg.cli import main

UNIT = Path(__file__).resolve().parents[3] / "systemd" / "openmg-authority@.service"
OPENMG = Path(sys.executable).with_name("openmg")
INSTALLED = "/opt/openmg/.venv/bin/openmg"


def test_what_it_starts_is_a_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(UNIT.read_text())
    service = unit["Service"]
    program, *arguments = shlex.split(service["ExecStart"].replace("%i", "no-such-node"))
    assert program == INSTALLED
    monkeypatch.setattr(sys, "argv", ["openmg", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == int(service["RestartPreventExitStatus"])
    assert "/var/lib/openmg/no-such-node: no node here" in capsys.readouterr().err
    assert service["LoadCredential"].startswith("passphrase:")
    assert {"User", "ProtectSystem", "NoNewPrivileges", "Restart"} <= set(service)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_knows_every_line_of_it(tmp_path: Path) -> None:
    here = tmp_path / "openmg-authority@.service"
    here.write_text(UNIT.read_text().replace(INSTALLED, str(OPENMG)))
    done = subprocess.run(["systemd-analyze", "verify", here], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
