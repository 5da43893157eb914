"""The user's own recordings on disk: kept, repaired, imported, checked."""
