"""`articles` in site.yaml: how the site tells when an article was published."""

from gateway.policy.articles import LAST_MODIFIED, Articles, dated_path, is_field
from gateway.policy.faults import site as faults
from gateway.policy.reader import Reader
from gateway.policy.source import Node, Table, shown
from gateway.vocabulary import NotMeantError


def read_articles(reader: Reader, node: Node) -> Articles | None:
    """The one way that is named: `{header: NAME}`, `{path: /YYYY/MM/DD/}` or `{date: sitemap}`; None if it cannot be read."""
    fields = reader.fields(node, "`articles`", optional=("header", "path", "date"))
    if isinstance(node, Table) and len(node.rows) != 1:
        reader.wrong(node.place, faults.ARTICLES_ONE_WAY, header=LAST_MODIFIED)
        return None
    if "header" in fields:
        name = reader.text(fields["header"], "`header`", 64)
        if name is None or is_field(name):
            return None if name is None else Articles(name.lower())
        reader.wrong(fields["header"].place, faults.NO_FIELD, text=shown(name))
    if "date" in fields:
        text = reader.text(fields["date"], "`date`", 64)
        if text is None or text == "sitemap":
            return None if text is None else Articles(None, None, sitemap=True)
        reader.wrong(fields["date"].place, faults.NO_DATE_SOURCE, text=shown(text))
    if "path" in fields:
        text = reader.text(fields["path"], "`path`")
        try:
            return None if text is None else Articles(None, dated_path(text))
        except NotMeantError as error:
            reader.wrong(fields["path"].place, faults.NO_DATED_PATH, text=shown(text or ""), why=error.why)
    return None
