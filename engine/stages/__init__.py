"""The stages of a project: extract, train, convert, report. Each reads a project folder and ends with a marker."""
