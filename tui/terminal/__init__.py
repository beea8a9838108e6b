"""The terminal the wizard runs in: what it can show, what it is told, how keys arrive, and the way to it by ssh."""
