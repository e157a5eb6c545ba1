"""The running product in a real browser: the widget of a visitor, the console of staff."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from desk.clock import local
from tests.running import Product

# Nothing here needs the doomed product; it only gets the time to give up meanwhile.
pytestmark = [pytest.mark.product, pytest.mark.usefixtures("doomed")]

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 640}
QUESTION = "我们厂危废标签忘贴了,当天就改了,还会罚吗"
COMPANY = "宜昌市浏览器测试精细化工有限公司"
STAFF = "王晓梅"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not Path(path).exists():
        missing = f"no Chromium at {path}; install it, or set CHROMIUM to its path"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, product: Product) -> Iterator[BrowserContext]:
    """A fresh browser profile that may fetch from the product only and must not stumble."""
    context = browser.new_context(viewport=DESKTOP, locale="zh-CN", base_url=product.url)
    context.set_default_timeout(15_000)
    troubles: list[str] = []
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    context.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
    context.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((product.url, "data:", "blob:"))
            else troubles.append(f"fetched from elsewhere: {request.url}")
        ),
    )
    yield context
    context.close()
    assert troubles == []


class Widget:
    """The widget on a page; test ids reach through its shadow root."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.bots = page.locator('[data-testid="message"][data-author="bot"]')

    def open(self) -> None:
        self.page.get_by_test_id("bubble").click()
        expect(self.page.get_by_test_id("panel")).to_be_visible()
        expect(self.bots.first).to_be_visible()

    def say(self, text: str) -> Locator:
        """Type a message; the last reply to it."""
        before = self.bots.count()
        self.page.get_by_test_id("input").fill(text)
        self.page.get_by_test_id("send").click()
        return self._reply(before)

    def press(self, title: str | re.Pattern[str]) -> Locator:
        """Press a button of the last message; the last reply to it."""
        before = self.bots.count()
        self.bots.last.get_by_test_id("button").filter(has_text=title).first.click()
        return self._reply(before)

    def _reply(self, before: int) -> Locator:
        expect(self.bots.nth(before)).to_be_visible()
        expect(self.page.get_by_test_id("typing")).to_be_hidden()
        return self.bots.last


def ask_and_book(widget: Widget) -> str:
    """Ask a question, then book by buttons and typed text; the appointment's code."""
    answer = widget.say(QUESTION)
    citations = answer.get_by_test_id("citations")
    citations.locator("summary").click()
    expect(citations.locator("li").first).to_be_visible()
    expect(citations).to_contain_text("行政处罚法")
    expect(citations.locator("li .tag").first).to_have_text(re.compile("现行|已废止|待核实"))
    widget.say("我想预约接待日")
    expect(widget.press(re.compile(r"\d\d:\d\d"))).to_contain_text("单位的名称")
    widget.say(COMPANY)
    widget.say("王经理")
    widget.say("138 0013 8000")
    widget.press("2位")
    # The question before is the subject; what is left to ask is the goal.
    expect(widget.bots.last).to_contain_text(QUESTION)
    expect(widget.say("希望明确怎么补标签")).to_contain_text("请核对预约信息")
    card = widget.press("确认提交").get_by_test_id("appointment")
    expect(card).to_be_visible()
    expect(card).to_contain_text(COMPANY)
    expect(card.get_by_role("link")).to_have_attribute("href", re.compile("/appointments/"))
    code = re.search(r"R[2-9A-Z]{7}", card.inner_text())
    assert code
    return code[0]


def sign_in(page: Page, product: Product, name: str) -> None:
    password = product.desk("staff-add", name).rpartition(": ")[2].strip()
    page.goto("/console")
    page.get_by_label("姓名").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="咨询")).to_be_visible()


def day_of(product: Product, code: str) -> str:
    """The day in China of an appointment, for the address of the console's page."""
    found = product.visitor().http.get(f"/appointments/{code}", params={"phone_tail": "8000"})
    starts_at = found.raise_for_status().json()["appointment"]["starts_at"]
    return str(local(datetime.fromisoformat(starts_at)).date())


def test_a_visitor_asks_books_and_returns_and_staff_see_it_all(
    context: BrowserContext, product: Product
) -> None:
    page = context.new_page()
    page.goto("/")
    widget = Widget(page)
    widget.open()
    code = ask_and_book(widget)

    page.reload()
    widget.open()
    expect(widget.bots.last).to_contain_text(code)
    log = page.get_by_test_id("log")
    expect(log).to_contain_text(QUESTION)
    expect(log).to_contain_text(COMPANY)
    expect(widget.say("查询预约").get_by_test_id("appointment")).to_contain_text(code)

    staff = context.new_page()
    sign_in(staff, product, STAFF)
    expect(staff.get_by_role("link", name=QUESTION).first).to_be_visible()
    staff.get_by_role("link", name="接待日预约").click()
    expect(staff.get_by_role("heading", name="接待日预约")).to_be_visible()
    staff.goto(f"/console/appointments?day={day_of(product, code)}")
    row = staff.locator(f"#{code}")
    expect(row).to_contain_text(COMPANY)
    expect(row).to_contain_text("13800138000")
    expect(row).to_contain_text("已预约")


def test_a_reply_of_staff_appears_in_the_open_widget(
    context: BrowserContext, product: Product
) -> None:
    page = context.new_page()
    page.goto("/")
    widget = Widget(page)
    widget.open()
    receipt = widget.say("转人工").get_by_test_id("receipt")
    code = re.search(r"Q[2-9A-Z]{7}", receipt.inner_text())
    assert code

    staff = context.new_page()
    sign_in(staff, product, STAFF + "二")
    staff.goto(f"/console/inquiries/{code[0]}")
    staff.locator("textarea").fill("请带上环评批复。")
    staff.get_by_role("button", name=re.compile("答复|回复|发送")).click()
    expect(staff.get_by_role("status")).to_be_visible()
    page.bring_to_front()
    page.reload()
    widget.open()
    reply = page.locator('[data-testid="message"][data-author="staff"]')
    expect(reply).to_contain_text("请带上环评批复。")


def test_a_citation_opens_the_page_of_its_clause(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/")
    widget = Widget(page)
    widget.open()
    answer = widget.say("环评法第31条现在还有效吗")
    answer.get_by_test_id("citations").locator("summary").click()
    repealed = answer.locator("li.citation").first
    expect(repealed).to_contain_text("已废止")
    expect(repealed).to_contain_text("由《中华人民共和国生态环境法典》替代")
    with context.expect_page() as opened:
        repealed.locator("a").click()
    clause = opened.value
    expect(clause.get_by_role("heading", level=1)).to_contain_text("第31条")
    clause.get_by_role("link", name="《中华人民共和国生态环境法典》第1095条").click()
    expect(clause.get_by_role("heading", level=1)).to_contain_text("第1095条")
    expect(clause.locator("main")).to_contain_text("环境影响登记表备案豁免")


def test_nothing_scrolls_sideways_on_a_phone(
    context: BrowserContext, product: Product, tmp_path: Path
) -> None:
    page = context.new_page()
    page.set_viewport_size(PHONE)
    for address in ("/sources", "/sources/code-2026", "/sources/opinion-2021/10"):
        page.goto(address)
        assert_fits(page, tmp_path / "sources.png")
    page.goto("/")
    assert_fits(page, tmp_path / "demo.png")
    widget = Widget(page)
    widget.open()
    code = ask_and_book(widget)
    assert_fits(page, tmp_path / "widget.png")
    log = page.get_by_test_id("log")
    assert log.evaluate("log => log.scrollWidth <= log.clientWidth")
    box = page.get_by_test_id("panel").bounding_box()
    assert box == {"x": 0, "y": 0, **PHONE}, "the panel fills the phone"
    page.close()

    staff = context.new_page()
    staff.set_viewport_size(PHONE)
    staff.goto("/console/login")
    assert_fits(staff, tmp_path / "login.png")
    sign_in(staff, product, STAFF + "三")
    assert_fits(staff, tmp_path / "inquiries.png")
    staff.get_by_role("link", name=QUESTION).first.click()
    expect(staff.get_by_role("heading").first).to_be_visible()
    assert_fits(staff, tmp_path / "inquiry.png")
    staff.goto(f"/console/appointments?day={day_of(product, code)}")
    expect(staff.locator(f"#{code}")).to_be_visible()
    assert_fits(staff, tmp_path / "appointments.png")
    day = day_of(product, code)
    for name, path in {
        "visit": f"/console/appointments/{code}",
        "sheet": f"/console/sheet?day={day}",
        "follow-ups": "/console/follow-ups",
        "exceptions": "/console/exceptions",
        "closing": f"/console/exceptions/new?kind=close&day={day}",
        "messages": "/console/messages",
    }.items():
        staff.goto(path)
        expect(staff.get_by_role("heading").first).to_be_visible()
        assert_fits(staff, tmp_path / f"{name}.png")


def test_a_verdict_card_and_its_page_fit_a_phone(
    context: BrowserContext, product: Product, tmp_path: Path
) -> None:
    page = context.new_page()
    page.set_viewport_size(PHONE)
    page.goto("/")
    widget = Widget(page)
    widget.open()
    widget.say("开始排污权测算")
    for answer in ("要买", "新建", "报告表", "没有", "工业", "9.2吨", "不清楚", "没有", "0.3吨"):
        widget.say(answer)
    card = widget.press("本市州").get_by_test_id("verdict")
    expect(card).to_contain_text("初步判断：符合")
    expect(card.locator("tbody tr")).to_have_count(4)
    card.get_by_test_id("verdict-steps").locator("summary").click()
    expect(card.locator("ol .tag").first).to_have_text(re.compile("现行|待核实"))
    log = page.get_by_test_id("log")
    assert log.evaluate("log => log.scrollWidth <= log.clientWidth")
    assert_fits(page, tmp_path / "verdict.png")
    with context.expect_page() as opened:
        card.get_by_test_id("download").click()
    sheet = opened.value
    sheet.set_viewport_size(PHONE)
    expect(sheet.get_by_role("button", name="打印")).to_be_visible()
    expect(sheet.locator("h2")).to_contain_text("要买")
    assert_fits(sheet, tmp_path / "sheet.png")
    assert sheet.pdf().startswith(b"%PDF")


def assert_fits(page: Page, file: Path) -> None:
    """The whole page as one picture is no wider than the window."""
    picture = page.screenshot(path=file, full_page=True)
    width, _ = struct.unpack(">II", picture[16:24])
    assert width == PHONE["width"], f"{file.stem} is {width} pixels wide"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
