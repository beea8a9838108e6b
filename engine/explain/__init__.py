"""The method step by step on one picture, as pictures and sentences."""
