"""The parts of extraction: the plan, one side, a chunk of a video, the persons seen, and how far each face reaches."""
