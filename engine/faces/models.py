"""The models that a worker has loaded, one set per thread.

Loading them takes as long as a hundred frames, so a worker keeps them; and a detector shared by two threads crashes the
process.
"""

from __future__ import annotations

import threading
from functools import lru_cache

import cv2

from engine.faces.detection.detect import Detector
from engine.faces.detection.find import FaceFinder, Finders
from engine.faces.detection.mesh import Mesh
from engine.faces.detection.turned import TurnedDetector, TurnedInParts
from engine.faces.occlusion import OcclusionReader
from engine.faces.persons.identity import Describer
from engine.faces.reenactment.expression import ExpressionReader

_THREADS_KEPT = 64


def detector_and_mesh() -> tuple[Detector, Mesh]:
    """Return this thread's detector of upright faces, the one that is explained, and its mesh.

    Raises:
        MediaError: A model's file is not installed.
    """
    return _detector_and_mesh(threading.get_ident())


def finder_and_mesh() -> tuple[FaceFinder, Mesh]:
    """Return what this thread finds faces with, whichever way up they are, and its mesh.

    Raises:
        MediaError: A model's file is not installed.
    """
    return _finder_and_mesh(threading.get_ident())


def describer() -> Describer:
    """Return this thread's describer."""
    return _describer(threading.get_ident())


def expression_reader() -> ExpressionReader:
    """Return this thread's reader of expressions."""
    return _expression_reader(threading.get_ident())


def occlusion_reader() -> OcclusionReader:
    """Return this thread's reader of what is before faces."""
    return _occlusion_reader(threading.get_ident())


@lru_cache(maxsize=_THREADS_KEPT)
def _detector_and_mesh(thread: int) -> tuple[Detector, Mesh]:
    # One worker a core: more threads inside each only slow one another down.
    cv2.setNumThreads(0)
    return Detector(), Mesh()


@lru_cache(maxsize=_THREADS_KEPT)
def _finder_and_mesh(thread: int) -> tuple[FaceFinder, Mesh]:
    detector, mesh = _detector_and_mesh(thread)
    # Where HOG sees an upright face on an inverted head, the one that saw it inverted is right.
    turned = TurnedDetector()
    return Finders([turned, detector], TurnedInParts(turned)), mesh


@lru_cache(maxsize=_THREADS_KEPT)
def _describer(thread: int) -> Describer:
    return Describer()


@lru_cache(maxsize=_THREADS_KEPT)
def _expression_reader(thread: int) -> ExpressionReader:
    return ExpressionReader()


@lru_cache(maxsize=_THREADS_KEPT)
def _occlusion_reader(thread: int) -> OcclusionReader:
    return OcclusionReader()
