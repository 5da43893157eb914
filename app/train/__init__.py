"""The train page: own models, made and moved."""
