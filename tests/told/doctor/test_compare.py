"""Two robots.txt compared by what they mean."""

import pytest

from gateway.policy.robots import RobotsFile
from gateway.told.doctor.compare import Difference, differences


@pytest.mark.parametrize(
    ("written", "merged"),
    [("/cari", "/cari"), ("/hasil cari", "/hasil%20cari"), ("/diskon%", "/diskon%25"), ("/a**b", "/a*b")],
)
def test_what_the_origin_closes_may_be_closed_however_its_file_spells_it(written, merged):
    served = f"User-agent: *\nDisallow: {merged}\n".encode()
    meant = b"User-agent: *\nAllow: /\n"
    origin = RobotsFile(f"User-agent: *\nDisallow: {written}\n".encode())
    assert list(differences(served, meant, (), ("/",), origin)) == []
    (found,) = differences(served, meant, (), ("/",), None)
    assert found == Difference("*", merged.replace("*", "x"), opens=False)
