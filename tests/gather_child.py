"""The child that gathers, with a door that leads to the tests' server and nowhere else to ask.

`python -m tests.gather_child SERVER-URL WISH`
"""

from __future__ import annotations

import sys

import engine.gather.run
from engine.__main__ import main
from engine.gather.wish import GatherWish
from tests.gather_server import open_door

if __name__ == "__main__":
    engine.gather.run.Door = lambda contact: open_door()
    wish = GatherWish.model_validate_json(sys.argv[2])
    here = wish.model_copy(update={"openverse_url": sys.argv[1], "commons_url": sys.argv[1]})
    sys.exit(main(["gather", here.model_dump_json()]))
