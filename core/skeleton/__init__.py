"""Joint layouts, sequences of poses, and the one function that turns joints into network input."""
