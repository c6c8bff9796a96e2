"""Ports that a restarted stack keeps."""

import socket

from sme_helper.local.ports import free_or_any


def test_a_free_port_is_kept_and_a_taken_one_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert free_or_any(port) == 0
    assert free_or_any(port) == port


def test_without_a_wish_any_port_will_do() -> None:
    assert free_or_any(None) == 0
