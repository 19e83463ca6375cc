"""Members of a team whose roles are played by models."""
