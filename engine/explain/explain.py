"""Explain the method on one photo: pictures, sentences, and one page with both.

The method is that of Dalal & Triggs 2005, Felzenszwalb et al. 2010 and King 2015 up to the found face
(`engine.explain.hog`, `engine.explain.search`), of Kartynnik et al. 2019 (arXiv:1907.06724) for the mesh, and from
there on the product's own, by its own code.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from engine.arrays import RGBImage
from engine.errors import ProjectError, WrongPerson
from engine.explain.canvas import WIDTH, labelled, shrunk
from engine.explain.face_in_photo import FaceInPhoto, faces_to_explain
from engine.explain.page import html_page
from engine.explain.steps import DrawnStep, steps_without_model
from engine.files import atomic
from engine.media.images import write_image
from engine.project.consent import require_consent
from engine.project.folder import ProjectFolder
from engine.provenance.publish import ResultFacts, publish
from engine.records.explanation import PAGE, STEPS_FILE, ExplainedStep, Explanation, read_explanation, write_explanation

if TYPE_CHECKING:
    from engine.explain.trained import AllowedModel

_SMALL_WIDTH = 480
_SMALL_QUALITY = 70


def explain(photo: Path, out: Path, project: ProjectFolder | None = None, *, small: bool = False) -> Explanation:
    """Write the steps of the method on a photo.

    Args:
        photo: A picture with a face in it, or a video, of which a frame is taken.
        out: A folder that is absent, empty, or holds an explanation, which is replaced.
        project: Shows the steps of its trained model too, where it has one.
        small: Write JPEG of half the size, without the page, as for the set that comes with the product.

    Returns:
        What was written.

    Raises:
        ConsentMissing: The project's people have not agreed, or no longer do.
        ContentRefused: The photo shows what this tool does not work on.
        MediaError: The photo cannot be read, or shows no face.
        OutOfDisk: There was no room.
        ProjectError: The project or its model cannot be used, or the folder holds something else.
        VerificationFailed: A synthetic picture could not be signed.
        WrongPerson: The photo shows somebody else than the person who is replaced in the project.
    """
    subject, allowed = _face_and_model(photo, project)
    _clear(out)
    drawn = chain(steps_without_model(subject), _with_model(subject, allowed) if allowed else ())
    explanation = Explanation(steps=tuple(_written(drawn, out, allowed.facts if allowed else None, small=small)))
    write_explanation(out, explanation)
    if not small:
        atomic.write_text(out / PAGE, html_page(explanation, out, photo.name))
    return explanation


def _face_and_model(photo: Path, project: ProjectFolder | None) -> tuple[FaceInPhoto, AllowedModel | None]:
    """Return the face and, where it may be shown, the model: all is read and checked before anything is written."""
    allowed = None if project is None else _allowed_face_and_model(photo, project)
    return allowed or (next(faces_to_explain(photo)), None)


def _allowed_face_and_model(photo: Path, project: ProjectFolder) -> tuple[FaceInPhoto, AllowedModel] | None:
    """Return the first face of the person who agreed to be replaced, and the model; None where there is none yet."""
    wanted = project.load()
    require_consent(wanted, dt.date.today())
    if not project.checkpoints.is_dir():
        return None
    # Keras takes seconds and 600 MB, which only a trained model is worth.
    from engine.explain.trained import allow, load_swapper

    swapper = load_swapper(project, wanted)
    if swapper is None:
        return None
    refused: WrongPerson | None = None
    for subject in faces_to_explain(photo):
        try:
            return subject, allow(subject, project, wanted, swapper)
        except WrongPerson as error:
            refused = error
    assert refused is not None
    raise refused


def _with_model(subject: FaceInPhoto, allowed: AllowedModel) -> Iterator[DrawnStep]:
    from engine.explain.trained import steps_with_model

    return steps_with_model(subject, allowed)


def _clear(out: Path) -> None:
    """Remove an explanation that was there before.

    Raises:
        ProjectError: There is something else.
    """
    out.mkdir(parents=True, exist_ok=True)
    before = {STEPS_FILE, PAGE}
    if (out / STEPS_FILE).exists():
        before |= {step.picture for step in read_explanation(out).steps}
    if others := sorted(path.name for path in out.iterdir() if path.name not in before):
        raise ProjectError(
            f"{out.name} holds other files already, such as {others[0]}.", "Name a new folder. Nothing was changed."
        )
    for name in before:
        (out / name).unlink(missing_ok=True)


def _written(
    steps: Iterable[DrawnStep], out: Path, facts: ResultFacts | None, *, small: bool
) -> Iterator[ExplainedStep]:
    """Write each step's picture, and yield its title and sentences."""
    for number, step in enumerate(steps, start=1):
        name = f"{number:02d}-{step.name}{'.jpg' if small else '.png'}"
        picture = shrunk(step.sheet, _SMALL_WIDTH if small else WIDTH)
        if not step.is_synthetic:
            write_image(out / name, picture, _SMALL_QUALITY)
        elif facts is not None:
            _publish(out / name, facts, picture)
        yield ExplainedStep(
            title=step.title, words=step.words, picture=name, stage=step.stage, is_synthetic=step.is_synthetic
        )


def _publish(path: Path, facts: ResultFacts, picture: RGBImage) -> None:
    """Label and sign a picture with a predicted face; the folder gets no such picture in any other way."""
    with tempfile.TemporaryDirectory(prefix="explain-") as place:
        unsigned = Path(place, path.name)
        write_image(unsigned, labelled(picture), _SMALL_QUALITY)
        publish(unsigned, path, facts)
