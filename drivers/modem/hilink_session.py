"""HTTP to a HiLink device: session cookie, one token per order, login. The only user of aiohttp.

Source: public notes on the HiLink API. A session and its tokens end when somebody else logs in or
the device restarts; the device then answers 125001 to 125003, and a new pair is fetched once.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import Self

import aiohttp

from drivers.errors import BadReply, DeviceGone, DeviceTimeout, NotSupported
from drivers.modem.at_sim import Secret
from drivers.modem.hilink_values import (
    LOGIN_REQUIRED,
    NOT_SUPPORTED,
    STALE,
    HilinkRefusal,
    Values,
    compose,
    login_password,
    parse,
)

TOKEN = "__RequestVerificationToken"  # noqa: S105  # the header's name
_CSRF = re.compile(r'name="csrf_token"\s+content="([^"]+)"')


class HilinkUnsupported(NotSupported):
    """The firmware has no such page."""


class HilinkRefused(BadReply):
    """The device answered with an error; `code` is its number."""

    def __init__(self, device: str, what: str, refusal: HilinkRefusal) -> None:
        self.code = refusal.code
        super().__init__(device, f"{what}: {refusal}")


class HilinkSession:
    """One session with the device; requests go one after the other.

    Args:
        device: name for errors.
        url: of the web interface, e.g. http://192.168.8.1.
        user, password: for devices that want a login.
        timeout_s: real seconds for an answer.
    """

    def __init__(
        self, device: str, url: str, user: str, password: Secret | None, timeout_s: float
    ) -> None:
        self._device = device
        self._url = url.rstrip("/")
        self._user = user
        self._password = password
        self._timeout_s = timeout_s
        self._http: aiohttp.ClientSession | None = None
        self._cookie = ""
        self._tokens: deque[str] = deque()
        self._turn = asyncio.Lock()
        self._login_refused: HilinkRefusal | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(self, *_exc: object) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.close()
        self._cookie = ""
        self._tokens.clear()

    async def get(self, page: str) -> dict[str, str]:
        """Values of a page, e.g. `device/signal`.

        Raises:
            HilinkUnsupported: this firmware has no such page.
            HilinkRefused: the device said no.
            BadReply: no XML of a HiLink device.
            DeviceTimeout: no answer in time.
            DeviceGone: nobody there.
        """
        return parse(await self.text(page))

    async def text(self, page: str) -> str:
        """A page as it is; errors as `get`."""
        return await self._ask(page, None)

    async def post(self, page: str, values: Values) -> None:
        """Order something; errors as `get`."""
        await self._ask(page, values)

    async def _ask(self, page: str, values: Values | None) -> str:
        async with self._turn:
            remedies = {"renew", "login"}  # each once: a session may end, then want a login
            while True:
                try:
                    return await self._once(page, values)
                except HilinkRefusal as error:
                    try:
                        await self._remedy(error, remedies)
                    except HilinkRefusal as final:
                        raise self._told(page, final) from final

    async def _remedy(self, refusal: HilinkRefusal, left: set[str]) -> None:
        if refusal.code in STALE and "renew" in left:
            left.remove("renew")
            await self._renew()
        elif refusal.code == LOGIN_REQUIRED and self._password is not None and "login" in left:
            left.remove("login")
            await self._login(self._password)
        else:
            raise refusal

    def _told(self, page: str, refusal: HilinkRefusal) -> Exception:
        if refusal.code == NOT_SUPPORTED:
            return HilinkUnsupported(self._device, f"the firmware has no {page}")
        told = HilinkRefused(self._device, page, refusal)
        if refusal.code == LOGIN_REQUIRED:
            told.hint = "add `user` and `password` of the web interface to the bench file"
        return told

    async def _once(self, page: str, values: Values | None) -> str:
        if not self._cookie or (values is not None and not self._tokens):
            await self._renew()
        return await self._exchange(f"/api/{page}", values)

    async def _renew(self) -> None:
        """Fetch a session and a token; older firmware has the token elsewhere."""
        self._tokens.clear()
        try:
            said = parse(await self._exchange("/api/webserver/SesTokInfo", None))
            session, token = said.get("SesInfo", ""), said.get("TokInfo", "")
            self._cookie = session if "=" in session else f"SessionID={session}"
            self._tokens.append(token)
            return
        except HilinkRefusal as error:
            if error.code != NOT_SUPPORTED:
                raise
        self._cookie = self._cookie or "SessionID="
        try:
            said = parse(await self._exchange("/api/webserver/token", None))
            self._tokens.append(said.get("token", ""))
        except HilinkRefusal:
            self._tokens.extend(_CSRF.findall(await self._exchange("/", None, xml=False)))

    async def _login(self, password: Secret) -> None:
        if self._login_refused is not None:
            raise self._login_refused  # some wrong passwords in a row lock the device
        state = parse(await self._exchange("/api/user/state-login", None))
        if not self._tokens:
            await self._renew()
        kind = state.get("password_type", "0")
        secret = login_password(
            self._user, password.get_secret_value(), self._tokens[0] if self._tokens else "", kind
        )
        order = {"Username": self._user, "Password": secret, "password_type": kind}
        try:
            await self._exchange("/api/user/login", order)
        except HilinkRefusal as error:
            if error.code not in STALE:
                self._login_refused = error
            raise

    async def _exchange(self, path: str, values: Values | None, *, xml: bool = True) -> str:
        """One request; raises `HilinkRefusal` when the answer is an error."""
        if self._http is None:
            raise DeviceGone(self._device, f"{self._url}: not open")
        headers = {"Cookie": self._cookie} if self._cookie else {}
        if values is not None:
            headers |= {"Content-Type": "application/xml"}
            if self._tokens:
                headers[TOKEN] = self._tokens.popleft()
        data = None if values is None else compose(values).encode()
        method = "GET" if values is None else "POST"
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._http.request(
                    method, self._url + path, data=data, headers=headers, allow_redirects=False
                ) as response,
            ):
                text = (await response.read()).decode("utf-8", "replace")
                status = response.status
                self._remember(response)
        except TimeoutError:
            raise DeviceTimeout(
                self._device,
                f"no answer from {self._url}{path} within {self._timeout_s:g} s",
                hint="replug the modem",
            ) from None
        except aiohttp.ClientPayloadError as error:
            raise DeviceGone(self._device, f"{self._url}: answer broken off") from error
        except (aiohttp.ClientConnectionError, OSError) as error:
            raise DeviceGone(
                self._device,
                f"no web interface at {self._url}: {_reason(error)}",
                hint="check that the modem is plugged in, and that its network interface is up",
            ) from error
        except (aiohttp.ClientError, ValueError) as error:
            raise BadReply(self._device, f"{self._url}{path}: {_reason(error)}") from error
        if status == 404 or (xml and 300 <= status < 400):
            raise HilinkRefusal(NOT_SUPPORTED)
        if xml:
            self._understood(path, text)
        return text

    def _understood(self, path: str, text: str) -> None:
        try:
            parse(text)
        except HilinkRefusal:
            raise
        except ValueError as error:
            raise BadReply(
                self._device,
                f"{self._url}{path}: answer not understood: {error}",
                hint="check that `url` is the web interface of a HiLink modem",
            ) from error

    def _remember(self, response: aiohttp.ClientResponse) -> None:
        """The next tokens and, after a login, the new session."""
        heads = response.headers
        if f"{TOKEN}one" in heads:
            self._tokens.clear()
            self._tokens.extend(heads[name] for name in (f"{TOKEN}one", f"{TOKEN}two")
                                if name in heads)  # fmt: skip
        elif TOKEN in heads:
            self._tokens.extend(token for token in heads[TOKEN].split("#") if token)
        if (cookie := response.cookies.get("SessionID")) is not None:
            self._cookie = f"SessionID={cookie.value}"


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
