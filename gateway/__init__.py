"""Izin: a gateway that enforces a publisher's notice against AI crawling without written permission.

One request in one sentence: read the request, identify who sends it, decide under the policy, record the
decision, enforce it, and record the outcome. Each verb is a module; `app.py` is the only one that knows them all.
"""

__version__ = "0.1.0"
