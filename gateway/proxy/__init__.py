"""The doors: the relay in front of an origin, the gate around an application, and what both need."""
