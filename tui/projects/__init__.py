"""The projects that are there: read, put into words, and edited."""
