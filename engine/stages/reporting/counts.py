"""Count what became of the target's frames."""

from __future__ import annotations

from collections.abc import Collection

from engine.records.report import FrameCounts


def count_frames(
    total: int,
    changed: Collection[int],
    implausible: Collection[int],
    deleted: Collection[int],
    others: Collection[int],
) -> FrameCounts:
    """Return how many frames were changed and why the others were not, each frame counted once.

    Args:
        total: Frames of the video.
        changed: Frames in which the person's face was replaced.
        implausible: Frames in which the person's points do not lie as those of a face do.
        deleted: Frames in which the person's picture was deleted.
        others: Frames in which somebody else was seen.
    """
    left = set(range(total)) - set(changed)
    guessed = left & set(implausible)
    removed = (left & set(deleted)) - guessed
    strangers = (left & set(others)) - guessed - removed
    return FrameCounts(
        total=total,
        changed=total - len(left),
        no_face=len(left) - len(guessed) - len(removed) - len(strangers),
        other_person=len(strangers),
        picture_deleted=len(removed),
        implausible=len(guessed),
    )
