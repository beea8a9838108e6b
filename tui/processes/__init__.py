"""The processes that the wizard starts and follows: the engine, a gathering, the daemon, the server of the web page."""
