"""From a picture to the joints of the persons in it."""
