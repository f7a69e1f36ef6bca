"""State as rows of a PostgreSQL database."""
