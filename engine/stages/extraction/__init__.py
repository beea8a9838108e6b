"""The parts of extraction: the plan, one side, a chunk of a video, the persons, and the limits on a video."""
