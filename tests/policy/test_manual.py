"""The examples of the manual's page about policies are a policy."""

import re

from tests.policy.cases import TESTS, compiled

PAGE = (TESTS.parent / "docs" / "manual" / "policy.md").read_text("utf-8")


def test_the_examples_of_the_manual_are_a_policy():
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    site, hosts, rules, license, agents = blocks
    files = {
        "site.yaml": re.sub(r"hosts: .*\n", hosts, site) + "sections: {foto: [/foto/]}\n",
        "rules.yaml": rules,
        "licenses/contoh-ai-2026.yaml": license,
        "agents/contoh.yaml": agents,
    }
    policy = compiled({name: text.encode() for name, text in files.items()})
    assert policy.warnings == ()
    assert [host.pattern for host in policy.hosts] == ["www.antara.example", "en.antara.example"]
    assert policy.licenses[0].agents == ("ContohBot",)
