"""The review console: a web application in which people look at what the gateway decided, and why.

Theory of operation. It is a process of its own with a listener of its own, and reads what any other command reads: the
policy's folder, the journal and its index. It serves no visitor of the site, so nothing that goes wrong here reaches one.
It writes two things: `console.sqlite` in the journal's folder, which holds accounts and sessions, and events of the
journal, through the socket of the process that writes it: each look at personal data, each change.

What it shows came from hostile clients. Every text goes through `shown.inert` and Jinja's escaping, pages load nothing
but the console's own files, and no script or style stands in a page. A page is a function of a `Visit`: who asks, in which
language, for what. The table `PAGES` in `gateway.console.app` names them all.
"""
