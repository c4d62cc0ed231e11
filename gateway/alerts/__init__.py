"""Alerts that reach a person: what is told of, when, in which words, and how it gets there.

`kinds` and `ledger` say what is to be told, without telling it, `wording` how it reads; `mail` and `webhook` bring it; and
`alerting` keeps at it, beside the requests and never in their way.
"""
