"""A person's own photo through a team or a trained coordinator; see ``editenv edit``."""
