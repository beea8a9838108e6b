"""The computer that this runs on: its cores and memory, graphics cards, mounts, and the user's own folders."""
