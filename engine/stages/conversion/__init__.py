"""The parts of conversion: the faces of the target, and a segment of the video."""
