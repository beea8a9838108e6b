"""Publish a preview of what the model can do: signed, because it shows swapped faces as much as the result does."""

from __future__ import annotations

from engine.arrays import RGBImage
from engine.files import atomic
from engine.media.images import write_image
from engine.project.folder import ProjectFolder
from engine.project.settings import Project
from engine.provenance.publish import ResultFacts, publish

_UNLABELLED = "A table of faces for whoever trains the model; a label would hide the faces."


def publish_preview(
    folder: ProjectFolder,
    project: Project,
    name: str,
    picture: RGBImage,
    *,
    model_sha256: str,
    is_labelled: bool = False,
) -> None:
    """Write a preview, signed and with the digital source type in it.

    Args:
        folder: The project's folder.
        project: The project, whose consent record is named by its hash.
        name: Name of the file.
        picture: (H, W, 3) uint8 RGB.
        model_sha256: Digest of the weights that predicted it; empty where there were none.
        is_labelled: Whether the visible label is drawn in it.

    Raises:
        CertificateUnusable: There is nothing to sign with.
        OutOfDisk: There is no room.
        VerificationFailed: It could not be signed.
    """
    consent = project.consent.fingerprint()
    facts = ResultFacts(
        consent_sha256=consent,
        model_sha256=model_sha256,
        label=is_labelled,
        label_off_reason="" if is_labelled else _UNLABELLED,
    )
    atomic.remove_partials(folder.previews)
    with atomic.passing_folder(folder.work, "preview") as place:
        write_image(place / name, picture)
        publish(place / name, folder.previews / name, facts)
