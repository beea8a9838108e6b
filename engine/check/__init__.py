"""The quick check of pictures and videos before a project is made: `check.py` does it, the others are its parts."""
