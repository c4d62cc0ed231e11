"""The policies that the guides show are whole, and do what the guides say: the examples beside them hold."""

import json
import re

import pytest
from click.testing import CliRunner

from docs.contents import MANUAL
from gateway.cli import main as izin

#: A file of a policy in a page: its first line names it.
FILE = re.compile(r"^```yaml\n# koran/(?P<path>[\w/-]+\.yaml)\n.*?^```", re.DOTALL | re.MULTILINE)
GUIDES = ("from-nginx", "from-ai-robots-txt", "from-anubis")


@pytest.mark.parametrize("guide", GUIDES)
def test_the_policy_of_a_guide_does_what_the_guide_says(guide, tmp_path):
    for file in FILE.finditer((MANUAL / f"{guide}.md").read_text("utf-8")):
        path = tmp_path / file["path"]
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(file[0].splitlines()[1:-1]), "utf-8")
    told = CliRunner().invoke(izin, ["test", str(tmp_path), "--json"], catch_exceptions=False)
    found = json.loads(told.stdout)
    assert found["failures"] == []
    assert found["examples"] > 5
    assert found["unreached"] == [], "each rule that the guide shows has an example"
