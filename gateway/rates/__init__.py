"""Rates: how fast a client may come. What one is (`rate`), who has used how much (`counters`), and whom one counts (`due`)."""
