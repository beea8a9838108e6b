"""What `understudio` can be told to do, a module for each group of commands."""
