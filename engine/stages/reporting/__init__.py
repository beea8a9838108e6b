"""The parts of the report: a result is measured against its original, and the figures are shown on a page."""
