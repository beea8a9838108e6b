"""Pictures and videos, in and out. The only door to PyAV, moviepy, Pillow and ffmpeg."""
