"""The marking of results: the visible label, signed content credentials, and the verification of both."""
