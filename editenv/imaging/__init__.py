"""Pure functions on pictures: the pixel work behind tools and scenes."""
