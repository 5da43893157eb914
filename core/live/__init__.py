"""The live session: threads, windows, decisions. No Qt."""
