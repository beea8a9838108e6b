"""Files as they are written, opened and refused: in one rename, within their folder, to their owner alone."""
