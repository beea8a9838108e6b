"""The quick look through pictures and videos before a project is made: `check.py` is it, the others are its parts."""
