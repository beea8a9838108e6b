"""Verify files in a process of its own: `python -m engine.provenance [--consent SHA256] FILE...` prints one JSON line.

Files of unknown origin are opened here, so the process is confined first.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.errors import UnderstudioError
from engine.process.sandbox import confine, inspection_bounds
from engine.project.stage import ExitCode
from engine.provenance.certificate import MEANING, STUDIO_MEANING, signing_places
from engine.provenance.verify import verify
from engine.records.events import FailedEvent
from engine.records.verification import SignedBy, VerificationReport


def main(arguments: Sequence[str]) -> int:
    """Print a `VerificationReport`, or a `FailedEvent` where none can be made."""
    parser = argparse.ArgumentParser(prog="python -m engine.provenance", description=__doc__)
    parser.add_argument("--consent", metavar="SHA256")
    parser.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args(arguments)
    try:
        # Beside a file may lie the credentials that its container has no room for.
        beside = [place for path in options.files for place in (path.absolute().parent, path.resolve())]
        confine(inspection_bounds(readable=[*beside, *signing_places()]))
        found = tuple(verify(path, options.consent, detect_label=True) for path in options.files)
    except UnderstudioError as error:
        failure = FailedEvent.of(error)
        sys.stdout.write(failure.model_dump_json() + "\n")
        return ExitCode.FAILED
    signers = {each.signed_by for each in found}
    meaning = STUDIO_MEANING if SignedBy.STUDIO in signers else MEANING if signers != {None} else ""
    sys.stdout.write(VerificationReport(meaning=meaning, files=found).model_dump_json() + "\n")
    return ExitCode.DONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
