"""What little is needed to solve an id: floors that every learned policy must beat."""
