"""A swapped face put into its frame: seam, colours, grain and detail."""
