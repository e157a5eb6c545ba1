"""What runs on Rasa's side of the house: its own Python, started once for several tests."""

from __future__ import annotations

import json
import os
import subprocess
from functools import lru_cache
from typing import Any

from desk.settings import ROOT

PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONPATH": str(ROOT),
    "PYTHONIOENCODING": "utf-8",
}
# What the bot itself suggests to say (knowledge/words.yml), and what it must then understand.
SURE = {
    "危废标签忘贴了会罚吗": "enforcement.minor_violation",
    "排污权能抵押贷款吗": "finance.pledge",
    "想预约接待日": "task.book",
    "预约接待日": "task.book",
    "查询预约": "task.lookup",
    "我的留言回复了吗": "task.inquiry_status",
    "转人工": "task.human",
}
# What is refused, and the kind that is seen in it.
REFUSED = {
    "采样那天能不能先往水里兑点清水，让数据低一点": "evasion",
    "公积金怎么提取": "",
}
UNSEEN = [
    json.loads(line)
    for line in (ROOT / "bench" / "unseen.jsonl").read_text(encoding="utf-8").splitlines()
]
RUBBISH = (
    "",
    " ",
    "?",
    "。。。。。。",
    "asdkjh qwe",
    "qwertyuiop zxcvbnm",
    "😀😀😀",
    "'; DROP TABLE inquiry;--",
    "<script>alert(1)</script>",
    "0x7f45 4c46 0201",
    "Lorem ipsum dolor sit amet consectetur",
    "укажите пожалуйста",
    "あいうえおかきくけこ",
    "\u0000\u0001\u0002",
    "嚯嚯嚯嚯嚯嚯",
)


def run(script: str, *arguments: str, given: Any = None) -> Any:
    """The JSON that a script of ``inside_rasa`` prints."""
    done = run_module(f"tests.inside_rasa.{script}", *arguments, given=json.dumps(given))
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def run_module(
    module: str, *arguments: str, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    """A finished run of a module in Rasa's environment."""
    return subprocess.run(
        [str(PYTHON), "-W", "ignore", "-m", module, *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=180,
        cwd=ROOT,
        env={**os.environ, **ENVIRONMENT},
    )


@lru_cache(maxsize=1)
def measured() -> dict[str, Any]:
    """Everything about ranking and accelerations; takes about ten seconds, once."""
    return run("measure", given=[*SURE, *REFUSED, *RUBBISH, *(line["text"] for line in UNSEEN)])
