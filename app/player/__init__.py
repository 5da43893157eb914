"""What plays a clip, on any page."""
