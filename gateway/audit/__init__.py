"""The audit log: the journal that is written first, and everything that reads it."""
