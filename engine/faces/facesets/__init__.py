"""The faces of one side, kept: a folder of aligned pictures, and a database of what is known of each."""
