"""The steps that need a trained model: latents, reference, both decoders' answers, colours, the face put back.

Everything here is conversion's own (`engine.stages.conversion.swapped_face`), on one picture.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.arrays import RGBImage
from engine.errors import ContentRefused, WrongPerson
from engine.explain.canvas import Panel, labelled, sheet
from engine.explain.draw import latent_picture, masked
from engine.explain.face_in_photo import FaceInPhoto, around
from engine.explain.steps import DrawnStep
from engine.faces.detection.mesh import square_around
from engine.faces.face import bounding_box
from engine.faces.facesets.faceset import FaceSet
from engine.faces.measures import measure
from engine.faces.models import describer, expression_reader
from engine.faces.persons.identity import SAME_PERSON, distance
from engine.model.swapper import Swapper
from engine.project.checkpoints import checkpoint_folders
from engine.project.consent import require_consent
from engine.project.folder import ProjectFolder
from engine.project.settings import Project
from engine.project.stage import StageName
from engine.provenance.classifier import ContentClassifier
from engine.provenance.content import ClassifierSource
from engine.provenance.publish import ResultFacts
from engine.records.content_check import ContentOutcome
from engine.stages.conversion.guide import Guide, bent_reference
from engine.stages.conversion.references import References
from engine.stages.conversion.swapped_face import GuidedFace, PlacedFace, finished, large_square, painted, reduced
from engine.stages.own_model import require_own_model


@dataclass(frozen=True, eq=False)
class AllowedModel:
    """A project's model, allowed to be shown on a photo."""

    project: Project
    swapper: Swapper
    references: References
    facts: ResultFacts
    """What the credentials of the pictures state."""


def load_swapper(folder: ProjectFolder, project: Project) -> Swapper | None:
    """Return the newest model of a project; None where nothing was trained yet.

    Raises:
        ConsentMissing: Somebody has not agreed, or no longer does.
        ProjectError: There are models, and none can be used, or they are from another project.
    """
    require_consent(project, dt.date.today())
    require_own_model(folder, project)
    return Swapper.load(folder.checkpoints) if checkpoint_folders(folder.checkpoints) else None


def allow(
    subject: FaceInPhoto,
    folder: ProjectFolder,
    project: Project,
    swapper: Swapper,
    classifier: ClassifierSource = ContentClassifier,
) -> AllowedModel:
    """Check that the project's people have agreed to what the photo shows, and return the model for it.

    Raises:
        ConsentMissing: Somebody has not agreed, or no longer does.
        ContentRefused: The photo shows what this tool does not work on, or that could not be looked at.
        WrongPerson: The photo shows somebody else than the person who is replaced.
    """
    require_consent(project, dt.date.today())
    targets = FaceSet(folder.target_faces)
    agreed = targets.descriptor_of(targets.chosen_person(project.target.person))
    if distance(describer().describe(subject.photo, subject.face.landmarks), agreed) >= SAME_PERSON:
        raise WrongPerson(
            "The photo does not show the person who is replaced in this project.",
            "Only they have agreed to it. Take a picture of them, or leave --project out to see the steps up to there.",
        )
    if classifier().is_sexual(subject.photo):
        raise ContentRefused(
            "The photo shows sexual content. This tool does not work on that.",
            "Take another photo. Nothing was written.",
        )
    facts = ResultFacts(
        consent_sha256=project.consent.fingerprint(),
        model_sha256=swapper.model_hash,
        label=True,
        content_check=ContentOutcome.PASSED.value,
    )
    return AllowedModel(project, swapper, References(folder, project), facts)


def steps_with_model(subject: FaceInPhoto, allowed: AllowedModel) -> Iterator[DrawnStep]:
    """Yield the steps in order."""
    swapper, settings, landmarks = allowed.swapper, allowed.project.convert, subject.face.landmarks
    guide = _guide(subject, allowed.references)
    square = large_square(subject.photo, landmarks, guide.side)
    aligned = reduced(square, swapper.size)
    yield _latent(aligned, swapper)
    reference = bent_reference(guide, allowed.references.triangles, square)
    yield _bent(aligned, reference.picture)
    as_source, learned = swapper.swap(aligned[None], reduced(reference.picture, swapper.size)[None])
    as_target, _ = swapper.reconstruct(aligned[None])
    yield _answers(aligned, as_source[0], as_target[0], swapper.step)
    guided = GuidedFace(PlacedFace(0, 0, landmarks), guide)
    swapped = painted(guided, square, reference, as_source[0], learned[0]).blended(settings)
    seen = finished(swapped, [swapped], [0])
    yield DrawnStep(
        "colour",
        "The colours of the scene",
        (
            "Where the painted face and the bent photograph agree, it gets the photograph's fine detail: skin, lashes, "
            "teeth. Folds of a smile or a frown that no photograph shows are taken from the photo. Then light and "
            "complexion are made those of the photo, evenly from its edge inwards.",
            "The mask that the model has learnt, without what is before the face, says what of it will be seen.",
        ),
        sheet(
            [
                Panel(as_source[0], "as painted"),
                Panel(seen.swap, "with detail, colours matched"),
                Panel(masked(seen.swap, seen.mask), "what is taken"),
            ]
        ),
        StageName.CONVERT,
        is_synthetic=True,
    )
    yield _pasted(subject, seen.laid_into(subject.photo, settings.sharpen))


def _guide(subject: FaceInPhoto, references: References) -> Guide:
    landmarks = subject.face.landmarks
    expression = expression_reader().read(subject.photo, square_around(landmarks))
    return references.guide_of_photo(measure(subject.face, subject.photo), landmarks, expression)


def _bent(aligned: RGBImage, reference: RGBImage) -> DrawnStep:
    return DrawnStep(
        "reference",
        "A photograph to start from",
        (
            "Among the pictures of the person who will appear, the one that looks most alike in pose and expression is "
            "taken, and bent until eyes, brows and mouth lie where this face would have them.",
            "What bending cannot make is the decoder's work; the inside of a mouth that no picture shows is this "
            "face's own.",
        ),
        sheet([Panel(aligned, "the square"), Panel(reference, "the photograph, bent")]),
        StageName.CONVERT,
        is_synthetic=True,
    )


def _latent(aligned: RGBImage, swapper: Swapper) -> DrawnStep:
    latent = swapper.latents(aligned[None])[0]
    return DrawnStep(
        "code",
        "The code in the middle",
        (
            f"The encoder squeezes the square into {len(latent):,} numbers, shown as little squares: amber ones are "
            "high, dark ones low.",
            "They tell where the face looks and what it does rather than whose it is, since the same encoder has to "
            "serve both people.",
        ),
        sheet(
            [
                Panel(aligned, "the square"),
                Panel(latent_picture(latent), f"its code: {len(latent)} numbers", is_pixels=True),
            ]
        ),
        StageName.TRAIN,
    )


def _answers(aligned: RGBImage, as_source: RGBImage, as_target: RGBImage, step: int) -> DrawnStep:
    return DrawnStep(
        "answers",
        "Two answers to one code",
        (
            f"Two decoders have each learnt to draw one person from such codes, in {step:,} steps: the target's "
            "decoder gives the face back, and the source's, which sees the bent photograph too, draws the other person "
            "doing the same.",
            "That is the whole trick: one person's expression, the other person's face.",
        ),
        sheet(
            [
                Panel(aligned, "the square"),
                Panel(as_target, "the target's decoder"),
                Panel(as_source, "the source's decoder"),
            ]
        ),
        StageName.CONVERT,
        is_synthetic=True,
    )


def _pasted(subject: FaceInPhoto, after: RGBImage) -> DrawnStep:
    box = bounding_box(subject.face.landmarks)
    before, _ = around(subject.photo, box, 2.6)
    swapped, _ = around(after, box, 2.6)
    return DrawnStep(
        "pasted",
        "Put back into the picture",
        (
            "The painted face is turned back, sharpened like the photo around it, and laid over it through the soft "
            "mask; not a dot outside is touched.",
            "Nobody did in truth what this picture shows, so it bears a label and a signature, and both people were "
            "asked.",
        ),
        sheet([Panel(before, "before"), Panel(np.ascontiguousarray(labelled(swapped)), "after")]),
        StageName.CONVERT,
        is_synthetic=True,
    )
