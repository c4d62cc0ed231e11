"""What `make bench` shows of its figures, and what it asks: the measuring itself is no test's business."""

import socketserver
import threading
from xml.etree import ElementTree as ET

import pytest

from bench import report
from bench.arrivals import arrive
from bench.measure import Pace, Round, median_of, median_pace
from bench.scenes import SCENES, UNHURRIED, make_policy, make_script, make_site
from bench.targets import NAMES
from gateway.lookups.folder import PolicyFolder

NGINX = Round(1000.0, 1.0, 2.0, 50.0, 4.0, 0.0, 0)
IZIN = Round(600.0, 1.5, 2.5, 100.0, 40.0, 0.25, 1)


def test_every_scene_can_be_told():
    named = {name for scene in SCENES for name in scene.targets}
    assert named == set(NAMES)
    assert all("nginx" in scene.targets for scene in SCENES), "the ratios are to nginx"
    assert set(UNHURRIED) <= {scene.name for scene in SCENES}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_ratios_are_to_nginx(scene):
    lines = report.table(scene, {"nginx": NGINX, "izin": IZIN}).splitlines()
    assert [cell.strip() for cell in lines[-3 if scene.status is None else -1].split("|")[2:10]] == [
        *("600", "0.60", "1.50", "2.50", "100.0", "0.50", "40", "1")
    ]
    assert ("refuses 25%" in lines[-1]) is (scene.status is None)


def test_what_a_proxy_adds_is_the_difference_to_none():
    said = report.pace_table(SCENES[0], "few", 500.0, {"direct": Pace(0.5, 1.0), "izin": Pace(0.75, 3.0)})
    assert "| 0.75 | 0.25 | 3.00 | 2.00 |" in said


def test_figures_are_medians_and_faults_are_all_counted():
    rounds = [IZIN._replace(rps=rps) for rps in (1.0, 9.0, 2.0)]
    assert median_of(rounds) == IZIN._replace(rps=2.0, unexpected=3)
    assert median_pace([Pace(1, 9), Pace(3, 5), Pace(2, 7)]) == Pace(2, 7)


def test_the_plot_is_a_picture():
    drawn = report.plot({scene: {"direct": NGINX, "nginx": NGINX, "izin": IZIN} for scene in SCENES})
    texts = [one.text for one in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("0.50") == len(SCENES)
    assert not any("no proxy" in text for text in texts)


def test_the_site_and_its_policy_are_there(tmp_path):
    root, script = make_site(tmp_path), make_script(tmp_path).read_text()
    for scene in SCENES:
        assert scene.script or scene.status == 403 or (root / scene.path[1:]).is_file()
    assert script.count("compatible; ") == 260
    (license_,) = PolicyFolder(make_policy(tmp_path)).load().licenses
    assert license_.quota is None
    assert license_.rate is None


class Slow(socketserver.BaseRequestHandler):
    """Answers in pieces, the first connection only once there is another one."""

    def handle(self):
        lines, another = self.server.lines, self.server.another
        lines.append(self)
        if len(lines) > 1:
            another.set()
        while self.request.recv(1000):
            another.wait()
            for piece in (b"HTTP/1.1 200 OK\r\nContent-", b"Length: 6\r\n\r\nabc", b"def"):
                self.request.sendall(piece)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128  # by default five, and whoever comes then waits for seconds

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Slow)
        self.lines, self.another = [], threading.Event()


def test_nobody_who_arrives_waits_for_anothers_answer():
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        took = arrive(server.server_address[1], b"GET / HTTP/1.1\r\n\r\n", 400, 0.1)
        server.shutdown()
    assert len(took) == 35, "but for those that warm up"
    assert min(took) > 0
    assert len(server.lines) > 1, "and the second one did not wait for the first"
