"""The label page: recordings, labels, names, import and export."""
