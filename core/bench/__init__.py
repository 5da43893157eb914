"""How fast Jointlight is on this machine."""
