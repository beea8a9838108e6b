"""The parts of training: what is learnt from, what covers faces, the state of a run, and its preview."""
