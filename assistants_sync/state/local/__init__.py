"""State in files beside the project."""
