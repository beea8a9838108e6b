"""Processes and their bounds: children, workers, the sandbox they run in, and how much memory they may fill."""
