"""Sends one message over one channel with requests, and says in a code what went wrong.

Nothing of a message, an address or a reply gets into a log or an exception: addresses hold keys,
messages hold telephones.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import requests

from desk.outbox_settings import OutboxSettings, fill, read_headers
from desk.services.outbox_texts import Outgoing

# To connect, and between two bytes; together with the deadline well below ``outbox.CLAIM``.
TIMEOUTS = (5, 15)
_DEADLINE_SECONDS = 20
_MOST_BYTES = 64 * 1024


class Refused(Exception):
    """The other side did not take the message; the argument is a code for staff."""


def send(settings: OutboxSettings, channel: str, message: Outgoing) -> str | None:
    """Deliver a message. None when the other side took it, else the code of a reason: ``timeout``,
    ``connection``, ``http_500`` (a status), ``errcode_45009`` (WeCom's), ``refused``."""
    try:
        _CHANNELS[channel](settings, message)
    except Refused as refusal:
        return str(refusal)
    except requests.Timeout:
        return "timeout"
    except requests.RequestException:
        return "connection"
    return None


def _wecom(settings: OutboxSettings, message: Outgoing) -> None:
    """A group robot: a text of at most 2048 bytes; taken when ``errcode`` is 0."""
    text = message.text.encode()[:2048].decode(errors="ignore")
    body = {"msgtype": "text", "text": {"content": text}}
    reply = _post(settings, settings.wecom_url, message, json=body)
    try:
        code = json.loads(reply)["errcode"]
    except (ValueError, KeyError, TypeError):
        raise Refused("refused") from None
    if code != 0:
        raise Refused(f"errcode_{code}"[:40])


def _webhook(settings: OutboxSettings, message: Outgoing) -> None:
    """A webhook: JSON, signed when there is a secret."""
    body = json.dumps(message.data, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"}
    if settings.webhook_secret:
        digest = hmac.new(settings.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Desk-Signature"] = f"sha256={digest}"
    _post(settings, settings.webhook_url, message, data=body, headers=headers)


def _sms(settings: OutboxSettings, message: Outgoing) -> None:
    """A gateway for text messages, in the shape that the settings give."""
    shape = settings.sms_format
    contents = fill(settings.sms_template, shape, message.facts)
    where = "json" if shape == "json" else "params" if settings.sms_method == "GET" else "data"
    headers = read_headers(settings.sms_headers)
    more: dict[str, Any] = {where: contents, "headers": headers, "method": settings.sms_method}
    reply = _post(settings, settings.sms_url, message, **more)
    if settings.sms_accepts.encode() not in reply:
        raise Refused("refused")


_CHANNELS = {"wecom": _wecom, "webhook": _webhook, "sms": _sms}


def _post(
    settings: OutboxSettings,
    url: str,
    message: Outgoing,
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    **contents: Any,
) -> bytes:
    """Send; the beginning of the reply, of a status of 2xx."""
    with requests.Session() as session:
        session.trust_env = False  # a .netrc or a variable must not decide where telephones go
        if settings.proxy:
            session.proxies = {"http": settings.proxy, "https": settings.proxy}
        with session.request(
            method,
            url,
            headers={**(headers or {}), "Idempotency-Key": message.id},
            timeout=TIMEOUTS,
            allow_redirects=False,
            stream=True,
            **contents,
        ) as answer:
            if not 200 <= answer.status_code < 300:
                raise Refused(f"http_{answer.status_code}")
            return _read(answer)


def _read(answer: requests.Response) -> bytes:
    """The first bytes of a reply, however slowly or endlessly it comes."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    read = b""
    for part in answer.iter_content(4096):
        read += part
        if len(read) >= _MOST_BYTES:
            break
        if time.monotonic() > deadline:
            raise requests.Timeout()
    return read[:_MOST_BYTES]
