"""The wizard's page: projects in a browser, with their results to watch and a place to bring photos and video."""
