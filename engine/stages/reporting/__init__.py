"""The parts of the report: a result measured against its original, and what a person is told of it."""
