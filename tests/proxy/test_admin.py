"""The admin listener: for the people who run the gateway."""

from prometheus_client import CollectorRegistry, Gauge
from starlette.testclient import TestClient

from gateway.proxy.admin import Readiness, admin_app
from gateway.warned import JOURNAL


def test_health_readiness_and_metrics():
    registry = CollectorRegistry()
    Gauge("izin_contoh", "An example", registry=registry).set(7)
    state = [Readiness(True, (JOURNAL.of(state="penuh"),), {"version": 3})]
    looks = []

    async def look():
        looks.append(state[0])

    client = TestClient(admin_app(lambda: state[0], registry, look))
    assert client.get("/health").json() == {"status": "ok"}
    ready = client.get("/ready")
    assert (ready.status_code, ready.headers["cache-control"]) == (200, "no-store")
    assert ready.json() == {
        "ready": True,
        "warnings": [{"code": "journal", "id": "jurnal: penuh", "en": "journal: penuh", "about": ""}],
        "version": 3,
    }
    state[0] = Readiness(False, (), {})
    assert client.get("/ready").status_code == 503
    assert client.get("/health").status_code == 200, "it lives all the same"
    metrics = client.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert "izin_contoh 7.0" in metrics.text
    assert len(looks) == 3
    assert client.get("/").status_code == 404
    assert client.post("/ready").status_code == 405
