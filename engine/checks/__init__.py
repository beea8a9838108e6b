"""The parts of the quick look through media (`engine.check`)."""
