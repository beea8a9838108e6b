"""Measure a result against its original, and tell a person what came out."""
