"""The example in deploy/redis: one command, two gateways, one count."""

from functools import partial
from pathlib import Path

from tests.engines import free_port, need, running, until
from tests.live import rig

RUN = Path(__file__).parents[2] / "deploy/redis/run"
RULES = """\
rules:
  - {id: alat, who: tools, where: ["/"], verdict: allow, rate: {limit: 4/day, burst: 4, by: agent}}
"""


def test_two_gateways_count_as_one(tmp_path):
    need("redis-server", "redis-server")
    policy = rig.write_policy(tmp_path / "koran", rules=RULES)
    names = ("FRONT", "LISTEN", "ADMIN", "SECOND_ADMIN")
    ports = {name: free_port() for name in names}
    env = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    with rig.echoing() as origin:
        env |= {"POLICY": str(policy), "ORIGIN": f"127.0.0.1:{origin}", "FOLDER": str(tmp_path / "f")}
        env |= {"IZIN_FETCH": "no"}

        def ready(program):
            return "Serving http" in program.output()

        with running([RUN], tmp_path, ready=ready, env={**rig.CLEAN, **env}, seconds=60) as program:
            doors = [ports["FRONT"], ports["LISTEN"]]
            statuses = [rig.ask(doors[number % 2], "/", "curl/8.5.0").status for number in range(6)]
            # Each counts for itself where the server did not answer within 50 ms, as it may on a busy machine.
            assert statuses == [200] * 4 + [429] * 2 or "shared state lost" in program.output()
            for name in ("ADMIN", "SECOND_ADMIN"):
                metrics = partial(rig.ask, ports[name], "/metrics")
                until(lambda ask=metrics: b"izin_shared_state_lanes 2.0" in ask().body)
            secret = (tmp_path / "f/redis-password").read_text().strip()
            assert len(secret) == 32
            assert secret not in program.output()
