"""What every test gets does what it is for."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

TESTS = """
import logging
import pytest

def test_that_warns():
    logging.getLogger("daemon.disk").warning("The disk is nearly full.")

def test_that_logs_an_error():
    logging.getLogger("daemon.disk").error("The disk is on %s.", "fire")

@pytest.mark.logs_errors
def test_that_expects_one():
    logging.getLogger("daemon.disk").error("The disk is on fire.")
"""


@pytest.mark.slow
def test_an_error_in_the_log_fails_a_test_that_did_not_expect_it(tmp_path: Path) -> None:
    (tmp_path / "test_disk.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [*command, "-c", str(ROOT / "pyproject.toml"), str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert "3 passed, 1 error" in ran.stdout
    assert "ERROR at teardown of test_that_logs_an_error" in ran.stdout
    assert "daemon.disk: The disk is on fire." in ran.stdout
    assert ran.returncode == 1
