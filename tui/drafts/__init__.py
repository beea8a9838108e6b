"""A new project before it is one: the answers given so far, what is still missing, and how they become a folder."""
