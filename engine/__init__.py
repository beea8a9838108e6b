"""The part that computes: faces out of media, a model out of faces, a video out of a model.

It knows nothing of daemons or terminals. Modules directly in this package are light and safe to import anywhere;
the packages below it load heavy libraries.
"""
