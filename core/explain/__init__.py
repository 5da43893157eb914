"""What attention shows, drawn: heat on the joints, annotated pictures and video."""
