"""The lecture page: attention shown, questioned, and before an audience."""
