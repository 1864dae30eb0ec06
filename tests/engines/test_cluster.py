"""The connection to a scheduler, on clients that do as they are told."""

import time

import pytest

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'gradient-autograder[dask]'")
from distributed.client import ClosedClientError

from autograder.engines import cluster, connecting
from autograder.engines.cluster import Call, Cluster
from autograder.errors import GraderError


class Client:
    """One that is in a state, for good, and can't even be closed."""

    def __init__(self, status):
        self.status, self.closed = status, False

    def sync(self, *_, **__):
        return {"workers": {"tls://worker": {}}}

    @property
    def scheduler(self):
        return self

    identity = None

    def close(self, **_):
        self.closed = True
        raise ValueError("IOStream is not idle; cannot convert to SSL")


class Pending:
    """A future of which nothing is heard."""

    status = "pending"

    def cancel(self):
        raise ClosedClientError("Client is closed. Can't send cancel-keys message.")


@pytest.fixture
def connect(monkeypatch):
    """Gives a function: clients that are there to be had, one after the other -> a cluster."""

    def make(*clients):
        coming = iter(clients)
        monkeypatch.setattr(connecting, "connect", lambda *_: next(coming))
        return Cluster("tls://10.0.0.1:8786")

    monkeypatch.setattr(cluster, "POLL_SECONDS", 0.01)
    return make


def test_a_client_that_tries_to_reconnect_for_ever_is_replaced_and_its_calls_come_back_lost(connect, monkeypatch):
    monkeypatch.setattr(cluster, "TRY_SECONDS", 0.05)
    stuck, fresh = Client("connecting"), Client("running")
    here = connect(stuck, fresh)
    here._workers = {"tls://worker": {}}
    here._calls["one"] = call = Call("tls://worker", until=1e12, key="one", future=Pending())
    back = []
    while not back:
        assert not here.is_connected
        back = here.returned()
    assert back == [call]
    assert here.is_connected
    assert call.lost
    assert stuck.closed
    assert not fresh.closed


def test_a_scheduler_that_does_not_come_back_ends_the_run_and_closing_says_nothing_more(connect, monkeypatch):
    monkeypatch.setattr(cluster, "BACK_SECONDS", 0.1)
    here = connect(Client("connecting"))
    here.returned()
    time.sleep(0.2)
    with pytest.raises(GraderError, match="ended, and did not come back within"):
        here.returned()
    here.close()
