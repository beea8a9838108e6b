"""The part that computes: faces out of media, a model out of faces, a video out of a model.

It knows nothing of daemons or terminals. These may import `engine.project`, `engine.records` and what the contract in
pyproject.toml names besides; the rest loads TensorFlow, dlib or ffmpeg, and runs in processes of its own.
"""
