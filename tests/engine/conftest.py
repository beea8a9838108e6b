"""What several tests of the engine ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def nothing_is_compiled() -> Iterator[None]:
    """A few small steps are done sooner than compiled."""
    import tensorflow

    tensorflow.config.run_functions_eagerly(True)
    yield
    tensorflow.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def gains_of_few_faces() -> Iterator[None]:
    """Of drawn faces nothing is learnt by bending many of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.faces.reenactment.fit_gains.LOOKED_AT", 4)
        yield
