"""Connections under the guard, counted at a listener: denied means that no TCP connection was made at all."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace

import anyio
import httpx2
import pytest

from shared.outbound.client import AsyncGuardedTransport, GuardedTransport, guarded_client
from shared.outbound.guard import UNREACHABLE, AsyncGuardedBackend, Guard, GuardedBackend
from shared.settings import Settings
from tests.shared.outbound.listening import INTERNAL, POLICY, PUBLIC, Listener, Names, guard, listening

SPELLINGS = [
    *("127.0.0.1", "127.1", "127.0.1", "0x7f000001", "0x7f.1", "2130706433", "017700000001", "0177.0.0.1"),
    *("localhost", "LocalHost", "localhost.", "0.0.0.0", "0", "127.255.255.254", "127.0.0.3", "[::1]", "[::]"),  # noqa: S104  not bound
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]"),
    *("[2002:7f00:1::]", "[0:0:0:0:0:ffff:7f00:0001]", "user@127.0.0.1", "127.0.0.1%2f", "①②⑦.⓪.⓪.①", "127。0。0。1"),
]
"""Hosts that lead to 127.0.0.1 on some system or other."""
REFUSALS = (httpx2.ConnectError, httpx2.InvalidURL)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def get(listener: Listener, host: str, guard: Guard) -> int:
    with httpx2.Client(transport=GuardedTransport(guard), timeout=5) as client:
        return client.get(f"http://{host}:{listener.port}/").status_code


def get_async(listener: Listener, host: str, guard: Guard) -> int:
    async def ask() -> int:
        async with httpx2.AsyncClient(transport=AsyncGuardedTransport(guard), timeout=5) as client:
            return (await client.get(f"http://{host}:{listener.port}/")).status_code

    return anyio.run(ask)


both = pytest.mark.parametrize("ask", [get, get_async], ids=["sync", "async"])
Ask = Callable[[Listener, str, Guard], int]


class TestConnecting:
    @both
    @pytest.mark.parametrize("host", SPELLINGS)
    def test_no_spelling_of_a_denied_address_is_connected_to(self, listener: Listener, ask: Ask, host: str) -> None:
        """However 127.0.0.1 is written, nothing connects to it."""
        with pytest.raises(REFUSALS):
            ask(listener, host, Guard(POLICY))

        assert listener.connections == []

    @both
    def test_a_permitted_address_is(self, listener: Listener, ask: Ask) -> None:
        """A name that leads to permitted addresses is connected to at one of them."""
        assert ask(listener, "good.example", guard(Names(good=[[PUBLIC]]))) == 200
        assert listener.connections == [PUBLIC]

    @both
    @pytest.mark.parametrize("answers", [[PUBLIC, INTERNAL], [INTERNAL, PUBLIC], [PUBLIC, "::1"], [PUBLIC, "10.0.0.1"]])
    def test_one_denied_answer_is_enough(self, listener: Listener, ask: Ask, answers: list[str]) -> None:
        """A name with a permitted and a denied address is not connected to at all."""
        with pytest.raises(httpx2.ConnectError):
            ask(listener, "mixed.example", guard(Names(mixed=[answers])))

        assert listener.connections == []

    @both
    def test_a_name_that_changes_gains_nothing(self, listener: Listener, ask: Ask) -> None:
        """The address that was judged is the one connected to, and the next connection is judged anew."""
        names = Names(turncoat=[[PUBLIC], [INTERNAL]])
        lying = guard(names)

        assert ask(listener, "turncoat.example", lying) == 200
        with pytest.raises(httpx2.ConnectError):
            ask(listener, "turncoat.example", lying)

        assert listener.connections == [PUBLIC]
        assert names.asked == ["turncoat.example"] * 2

    @both
    def test_our_own_parts_are_denied_in_allowed_networks(self, listener: Listener, ask: Ask) -> None:
        """Where our database listens, nobody is let through, though its network is allowed."""
        names = Names(alias=[[PUBLIC]], database=[[PUBLIC]])
        policy = replace(POLICY, own_parts=frozenset({("database", listener.port)}))

        with pytest.raises(httpx2.ConnectError):
            ask(listener, "alias.example", Guard(policy, names))

        assert listener.connections == []

    def test_denied_and_silent_sound_alike(self, listener: Listener) -> None:
        """The error of a denied address names neither host nor address."""
        with pytest.raises(httpx2.ConnectError) as denied:
            get(listener, "inside.example", guard(Names(inside=[[INTERNAL]])))

        assert str(denied.value) == UNREACHABLE

    def test_an_unknown_name_is_a_connect_error(self, listener: Listener) -> None:
        """A name without an address is what anyone calls unreachable."""
        with pytest.raises(httpx2.ConnectError):
            get(listener, "nowhere.example", guard(Names(nowhere=[[]])))


class TestDetours:
    def test_redirects_are_not_followed(self, settings: Settings) -> None:
        """A redirect is the answer; nobody goes where it points."""
        with listening() as inside, listening(_redirect(inside.port)) as outside:
            with guarded_client(settings, timeout=5) as client:
                answer = client.get(f"http://{PUBLIC}:{outside.port}/")

            assert (answer.status_code, inside.connections) == (302, [])

    def test_proxy_variables_are_not_read(
        self, listener: Listener, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A proxy named in the environment is not asked."""
        with listening() as proxy:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            with guarded_client(settings, timeout=5) as client:
                client.get(f"http://{PUBLIC}:{listener.port}/")

            assert (proxy.connections, listener.connections) == ([], [PUBLIC])

    def test_cookies_are_not_kept(self, settings: Settings) -> None:
        """What a host sets in one answer does not come back with the next request."""
        answer = (
            b"HTTP/1.1 200 OK\r\nset-cookie: session=of-one-tenant\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
        with listening(answer) as listener, guarded_client(settings, timeout=5) as client:
            for _ in range(2):
                client.get(f"http://{PUBLIC}:{listener.port}/")

        assert all(b"of-one-tenant" not in request for request in listener.requests)
        assert len(listener.requests) == 2

    def test_there_are_no_unix_sockets(self) -> None:
        """A path on this machine is not something to connect to."""
        with pytest.raises(NotImplementedError):
            GuardedBackend(guard()).connect_unix_socket("/run/docker.sock")
        with pytest.raises(NotImplementedError):
            anyio.run(AsyncGuardedBackend(guard()).connect_unix_socket, "/run/docker.sock")


class TestTls:
    def test_checks_the_name_not_the_address(self) -> None:
        """The server is asked for its certificate by the host's name, though the connection goes to an address."""
        asked: list[str] = []

        class Recording(ssl.SSLContext):
            def wrap_socket(self, *_arguments: object, **options: object) -> ssl.SSLSocket:
                asked.append(str(options["server_hostname"]))
                raise ssl.SSLError("enough")

        with listening() as listener:
            transport = GuardedTransport(guard(Names(good=[[PUBLIC]])), tls=Recording(ssl.PROTOCOL_TLS_CLIENT))
            with httpx2.Client(transport=transport) as client, pytest.raises((httpx2.ConnectError, ssl.SSLError)):
                client.get(f"https://good.example:{listener.port}/")

        assert asked == ["good.example"]


class TestErrors:
    def test_are_those_clients_know(self) -> None:
        """A server that hangs up in the middle is an error of httpx2, which the SDK turns into its own."""
        half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"
        with listening(half) as listener, pytest.raises(httpx2.RemoteProtocolError):
            get(listener, PUBLIC, Guard(POLICY))


def _redirect(port: int) -> bytes:
    return f"HTTP/1.1 302 Found\r\nlocation: http://{INTERNAL}:{port}/\r\ncontent-length: 0\r\n\r\n".encode()
