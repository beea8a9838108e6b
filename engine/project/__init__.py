"""One job on disk: what is wanted, where everything lies, what may be done, and the markers of what is done."""
