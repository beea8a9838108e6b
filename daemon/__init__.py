"""The part that decides and supervises. It starts the engine as child processes and never imports its heavy half."""
