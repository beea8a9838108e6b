"""Processes and their bounds: child processes, workers, the sandbox they run in, and the memory they may use."""
