"""Where frames come from: camera, video file, performer. One protocol for all (`source.py`)."""
