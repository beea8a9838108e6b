"""Where a face is: found in whole pictures, and followed through a video."""
