"""`izin compile` writes what other programs need of a policy."""

from click.testing import CliRunner

from gateway.cli import main


def test_it_writes_where_it_is_told(tmp_path):
    out = tmp_path / "izin.conf"
    ran = CliRunner().invoke(main, ["compile", "nginx", "policies/antara", "--out", str(out)])
    assert (ran.exit_code, ran.output) == (0, f"wrote {out}\n")
    printed = CliRunner().invoke(main, ["compile", "nginx", "policies/antara"])
    assert printed.output == out.read_text("utf-8")
    assert 'map "$izin_open$http_user_agent|' in printed.output


def test_what_cannot_be_done_is_said(tmp_path):
    assert CliRunner().invoke(main, ["compile", "apache", "policies/antara"]).exit_code == 2
    ran = CliRunner().invoke(main, ["compile", "nginx", "policies/antara", "--out", str(tmp_path / "none/x")])
    assert ran.exit_code == 1
    assert "cannot be written: No such file or directory" in ran.output
