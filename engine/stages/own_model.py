"""Whether the trained model that lies in a project is this project's own."""

from __future__ import annotations

import numpy as np

from engine.errors import ProjectError, WrongPerson
from engine.faces.facesets.faceset import FaceSet
from engine.faces.persons.identity import SAME_PERSON, distance
from engine.model.checkpoint import People, read_checkpoint_facts
from engine.project.checkpoints import checkpoint_folders
from engine.project.folder import ProjectFolder
from engine.project.settings import Project
from engine.role import Role


def people_of(folder: ProjectFolder, project: Project) -> People | None:
    """Return who source and target are, or None where that is not known of both."""
    try:
        sets = [(FaceSet(folder.faces_of(role)), project.person_of(role)) for role in Role]
        source, target = (tuple(each.descriptor_of(each.chosen_person(wanted)).tolist()) for each, wanted in sets)
    except WrongPerson:
        return None
    return source, target


def require_own_model(folder: ProjectFolder, project: Project) -> None:
    """Refuse to go on with a model that was trained on two other people.

    Where only one of the two is another, the user has chosen another person, and what was learnt of the other person is
    still of use.

    Raises:
        ProjectError: The newest checkpoint was put there from another project.
    """
    for path in checkpoint_folders(folder.checkpoints)[-1:]:
        try:
            learnt = read_checkpoint_facts(path).people
        except ProjectError:
            # Whoever wants its weights says what is wrong with it.
            return
        present = people_of(folder, project)
        if learnt is None or present is None:
            return
        if all(
            distance(np.array(was, np.float32), np.array(now, np.float32)) >= SAME_PERSON
            for was, now in zip(learnt, present, strict=True)
        ):
            raise ProjectError(
                f"The trained model {path.name} is from another project: it has learnt two other people.",
                f"Take the folder work/{path.parent.name} away and start again: training begins again. "
                "Nothing else is lost.",
            )
