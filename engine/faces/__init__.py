"""Faces in pictures: detection, tracking, identity, alignment, storage, blending. The only user of dlib and LiteRT."""
