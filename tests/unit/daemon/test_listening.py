"""The API on a TCP port: who may, from where, and what is refused at the start."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rig.client.access import is_loopback
from rig.daemon.api import application
from rig.daemon.listening import TcpListener, tcp_listener
from rig.daemon.main import _listen
from rig.daemon.service import RigService
from rig.errors import ConfigError

TOKEN = "a-token-of-the-lab"  # noqa: S105


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    file.chmod(0o600)
    return file


@pytest.fixture
def cert(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "cert.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("9310", "give HOST:PORT"),
        ("127.0.0.1:http", "give HOST:PORT"),
        ("127.0.0.1:70000", "give HOST:PORT"),
        ("0.0.0.0:0", "add --tls-cert and --tls-key"),
        ("lab.example:9310", "add --tls-cert and --tls-key"),
        ("[::]:9310", "add --tls-cert and --tls-key"),
    ],
)
def test_where_not_to_listen(tmp_path: Path, token_file: Path, where: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        tcp_listener(where, token_file, None, None, tmp_path)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_loopback_needs_no_tls(tmp_path: Path, token_file: Path, host: str) -> None:
    where = f"[{host}]:0" if ":" in host else f"{host}:0"
    assert is_loopback(host)
    assert tcp_listener(where, token_file, None, None, tmp_path).tls is None


def test_tokens_that_are_none(tmp_path: Path, token_file: Path) -> None:
    token_file.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        tcp_listener("127.0.0.1:0", token_file, None, None, tmp_path)
    token_file.chmod(0o600)
    for text in ("short", "", "twenty characters \x00 of", "zwanzig schöne zeichen"):
        token_file.write_text(text)
        with pytest.raises(ConfigError, match="16 printable"):
            tcp_listener("127.0.0.1:0", token_file, None, None, tmp_path)
    with pytest.raises(ConfigError, match="No such file"):
        tcp_listener("127.0.0.1:0", tmp_path / "none", None, None, tmp_path)


def test_a_token_of_our_own_is_made_once_and_for_us_alone(tmp_path: Path) -> None:
    first = tcp_listener("127.0.0.1:0", None, None, None, tmp_path / "state")
    again = tcp_listener("127.0.0.1:0", None, None, None, tmp_path / "state")
    assert first.token == again.token
    assert len(first.token) > 30
    assert (tmp_path / "state" / "api-token").stat().st_mode & 0o777 == 0o600
    assert first.token not in repr(first)


def test_a_certificate_that_is_none(tmp_path: Path, token_file: Path) -> None:
    with pytest.raises(ConfigError, match=r"--tls-cert .*not usable"):
        tcp_listener("127.0.0.1:0", token_file, token_file, None, tmp_path)


async def ask(url: str, tls: ssl.SSLContext | None = None, **headers: str) -> int:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/v1/bench", ssl=tls or True, headers=headers) as answer:
            assert (await answer.json())["name" if answer.status == 200 else "error"]
            return answer.status


async def served(service: RigService, tcp: TcpListener) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(application(service, tcp.token), access_log=None)
    await runner.setup()
    return runner, await _listen(runner, tcp)


async def test_the_token_opens_the_port_and_nothing_else_does(
    service: RigService, token_file: Path, tmp_path: Path
) -> None:
    tcp = tcp_listener("127.0.0.1:0", token_file, None, None, tmp_path)
    runner, url = await served(service, tcp)
    try:
        assert await ask(url) == 401
        for wrong in (f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer", "Bearer ",
                      f"Basic {TOKEN}", TOKEN, "Bearer ü", "Bearer \udcff"):  # fmt: skip
            assert await ask(url, Authorization=wrong) == 401, wrong
        assert await ask(url, Authorization=f"Bearer {TOKEN}") == 200
        assert await ask(url, Authorization=f"bearer {TOKEN}") == 200
        with pytest.raises(ConfigError, match=r"Address already in use; choose another|in use"):
            await _listen(runner, tcp_listener(url[7:], token_file, None, None, tmp_path))
    finally:
        await runner.cleanup()


async def test_the_unix_socket_needs_no_token(service: RigService, tmp_path: Path) -> None:
    runner = web.AppRunner(application(service, TOKEN), access_log=None)
    await runner.setup()
    try:
        await web.UnixSite(runner, tmp_path / "sock").start()
        connector = aiohttp.UnixConnector(str(tmp_path / "sock"))
        async with aiohttp.ClientSession(connector=connector) as session:
            async with session.get("http://rigd/v1/bench") as answer:
                assert answer.status == 200
    finally:
        await runner.cleanup()


async def test_tls_for_those_from_elsewhere(
    service: RigService, token_file: Path, cert: Path, tmp_path: Path
) -> None:
    tcp = tcp_listener("0.0.0.0:0", token_file, cert, None, tmp_path)
    runner, url = await served(service, tcp)
    try:
        url = url.replace("0.0.0.0", "localhost")  # noqa: S104
        trusted = ssl.create_default_context(cafile=cert)
        assert url.startswith("https://")
        assert await ask(url, trusted, Authorization=f"Bearer {TOKEN}") == 200
        assert await ask(url, trusted) == 401
        with pytest.raises(aiohttp.ClientError):
            await ask(url.replace("https", "http"), Authorization=f"Bearer {TOKEN}")
    finally:
        await runner.cleanup()
