"""The parts of training: what is learnt from, which faces are occluded, the state of a run, and its preview."""
