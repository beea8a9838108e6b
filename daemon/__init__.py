"""The part that decides and supervises. It starts the stages as child processes and never computes itself."""
