"""The shape of a network, as plain numbers: what a checkpoint must agree with before its weights are used."""

from __future__ import annotations

from dataclasses import dataclass

_LARGEST_SIZE, _MOST_FILTERS, _MOST_BLOCKS = 384, 512, 4
"""More than any preset has. A network is built before it is filled from a file, and a stranger may have named its
shape: to build the largest of these takes 4 GB."""


@dataclass(frozen=True)
class ModelSpec:
    """All that decides the shapes of the weights."""

    size: int
    """Side of the square pictures in and out, in pixels; a multiple of 16."""
    encoder: tuple[int, int, int]
    """Filters of the encoder at a quarter, an eighth and a sixteenth of the size."""
    code: int
    """Length of the latent vector of a face: pose, expression, gaze, lighting.

    Checkpoints name it so, and the names of folders hold a digest of this class's `repr`: it cannot be renamed.
    """
    middle: int
    """Filters of the shared picture that the latent vector is expanded to, at a sixteenth of the size."""
    decoder: tuple[int, ...]
    """Filters of each decoder from an eighth of the size on, doubling the resolution from one to the next."""
    residual: tuple[int, ...]
    """Residual blocks of each decoder at these resolutions."""
    reference: tuple[int, ...] = ()
    """Filters with which the source's decoder looks at its reference, at each of these resolutions. Empty in what
    earlier versions trained: their decoder has no reference. Such a network converts, and is trained no further."""

    def __post_init__(self) -> None:
        """Refuse what cannot be built.

        Raises:
            ValueError: The numbers do not fit together.
        """
        if self.size % 16 or self.size <= 0:
            raise ValueError(f"size must be a positive multiple of 16, not {self.size}")
        if not 1 <= len(self.decoder) <= 3 or len(self.decoder) != len(self.residual):
            raise ValueError("decoder and residual must be equally long, one to three numbers")
        if len(self.reference) not in (0, len(self.decoder)):
            raise ValueError("reference must be as long as decoder, or empty")
        filters = (*self.encoder, *self.decoder, *self.reference, self.code, self.middle)
        if min(filters) < 1 or min(self.residual) < 0:
            raise ValueError("filters and code must be positive, residual blocks not negative")
        if self.size > _LARGEST_SIZE or max(filters) > _MOST_FILTERS or max(self.residual) > _MOST_BLOCKS:
            raise ValueError("the network is larger than any of this program")

    @property
    def head_block(self) -> int:
        """Side of the block of pixels that each position of the last features turns into."""
        return 8 >> (len(self.decoder) - 1)
