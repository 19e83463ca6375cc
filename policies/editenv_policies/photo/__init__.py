"""A user's own photo, edited by a team or a trained coordinator; see ``editenv edit``."""
