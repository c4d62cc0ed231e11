"""The demonstration: a stub news site, scripted clients, and a table of what the gateway decided about each.

`newsroom` reads `content/` into values, `pages` renders them and `site` serves them. `wire` sends requests as they are
written, `script` reads `clients.yaml` (who asks for what, and what the policy says to it). `stage` starts the gateway
as a process of its own, `play` lets the clients come on, `follow` finds each decision in the journal, and `table`
prints it. So what is shown is the real `izin serve` in front of an origin that knows nothing of it.
"""
