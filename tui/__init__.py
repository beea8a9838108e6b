"""The part that asks and shows: the wizard, and the `understudio` command."""
