"""Faces in pictures: found, followed, told apart, aligned, kept, and put back. The only door to dlib and LiteRT."""
