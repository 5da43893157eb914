"""Everything of Jointlight that works without a screen. Nothing below this folder imports Qt."""
