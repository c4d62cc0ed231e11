"""Questions for the world, answered within one deadline, cached and asked once at a time."""
