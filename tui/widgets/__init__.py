"""The parts that screens are put together from. They report and never decide."""
