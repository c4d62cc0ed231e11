"""The demonstration: a stub news site, scripted clients, and a table of what the gateway decided about each.

`newsroom` reads `content/` into values, `site` serves them, `wire` sends requests as they are written,
`script` reads `clients.yaml` (who asks for what, and what the policy says to it), `table` prints.
Nothing here imports the gateway: `gateway.cli.demo` brings the two together, so that what is shown is the
real `izin serve` in front of an origin that knows nothing of it.
"""
