"""The playground: a page on which people and policies edit a picture, call by call."""
