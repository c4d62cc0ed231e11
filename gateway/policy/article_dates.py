"""`articles` in site.yaml: how the site tells when an article was published."""

from gateway.policy.articles import LAST_MODIFIED, Articles, dated_path, is_field
from gateway.policy.reader import Reader
from gateway.policy.source import Node, Table, shown


def read_articles(reader: Reader, node: Node) -> Articles | None:
    """The one way that is named: `{header: NAME}`, `{path: /YYYY/MM/DD/}` or `{date: sitemap}`; None if it cannot be read."""
    fields = reader.fields(node, "`articles`", optional=("header", "path", "date"))
    if isinstance(node, Table) and len(node.rows) != 1:
        hint = f"`header: {LAST_MODIFIED}`, another response field, `path: /YYYY/MM/DD/` or `date: sitemap`"
        reader.wrong(node.place, "`articles` says in one way how an article's date is known", hint)
        return None
    if "header" in fields:
        name = reader.text(fields["header"], "`header`", 64)
        if name is None or is_field(name):
            return None if name is None else Articles(name.lower())
        reader.wrong(fields["header"].place, f"`{shown(name)}` is no name of a response field")
    if "date" in fields:
        text = reader.text(fields["date"], "`date`", 64)
        if text is None or text == "sitemap":
            return None if text is None else Articles(None, None, sitemap=True)
        reader.wrong(fields["date"].place, f"`{shown(text)}` is no source of dates", "`date: sitemap`")
    if "path" in fields:
        text = reader.text(fields["path"], "`path`")
        try:
            return None if text is None else Articles(None, dated_path(text))
        except ValueError as error:
            hint = "such as `/YYYY/MM/DD/`"
            reader.wrong(fields["path"].place, f"`{shown(text or '')}` is no date in a path: {error}", hint)
    return None
