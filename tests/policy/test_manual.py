"""The examples of the manual's page about policies are a policy."""

import re

from tests.policy.cases import TESTS, compiled

PAGE = (TESTS.parent / "docs" / "manual" / "policy.md").read_text("utf-8")


def test_the_examples_of_the_manual_are_a_policy():
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    site, sections, hosts, rules, order, rates, license, agents = blocks
    files = {
        "site.yaml": re.sub(r"hosts: .*\n", hosts, site) + sections,
        "rules.yaml": rules + order + rates,
        "licenses/contoh-ai-2026.yaml": license,
        "agents/contoh.yaml": agents,
    }
    policy = compiled({name: text.encode() for name, text in files.items()})
    assert policy.warnings == ()
    assert [host.pattern for host in policy.hosts] == ["www.antara.example", "en.antara.example"]
    assert policy.hosts[0].at(1_800_000_000_000_000).legal.keys() == {"everyone"}
    assert policy.licenses[0].agents == ("ContohBot",)
