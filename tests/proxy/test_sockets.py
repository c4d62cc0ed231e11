"""A port that cannot be had is said in words, with what to do."""

import socket

import pytest

from gateway.proxy.sockets import ListenError, beside, bind, reserve, shown
from gateway.settings import Address


def test_a_free_port_is_listened_on_and_can_be_had_again():
    first = bind(Address("127.0.0.1", 0), "--listen")
    port = first.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)), first:
        assert shown(first) == f"127.0.0.1:{port}"
        assert not first.getblocking()
        accepted, _ = first.accept()
        accepted.close()  # leaves TIME_WAIT behind on our side
    bind(Address("127.0.0.1", port), "--listen").close()


def test_ipv6_is_written_in_brackets():
    try:
        bound = bind(Address("::1", 0), "--listen")
    except ListenError:
        pytest.skip("this machine has no IPv6")
    with bound:
        assert shown(bound) == f"[::1]:{bound.getsockname()[1]}"


def test_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            ListenError, match=f"cannot listen on 127.0.0.1:{port}: address already in use"
        ) as caught:
            bind(Address("127.0.0.1", port), "--listen")
        assert "`--listen HOST:PORT`" in caught.value.hint


def test_workers_listen_beside_each_other_and_nobody_else_does():
    with reserve(Address("127.0.0.1", 0), "--listen") as reserved:
        where = Address("127.0.0.1", reserved.getsockname()[1])
        with beside(reserved) as first, beside(reserved) as second:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(where, 5).close()  # nobody listens yet
            first.listen()
            second.listen()
            lines = [socket.create_connection(where, 5) for _ in range(32)]
            for one in (first, second):
                one.accept()[0].close()  # of so many each has some
            for line in lines:
                line.close()
            for take in (bind, reserve):
                with pytest.raises(ListenError, match="already in use"):
                    take(where, "--listen")
    bind(where, "--listen").close()
