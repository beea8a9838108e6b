"""One module a screen. Screens decide what happens next; workers never touch widgets."""
