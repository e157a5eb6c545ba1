"""The pages about documents and clauses, and the links that lead there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from desk.errors import NotFound
from desk.knowledge import load_shelf
from desk.office import Office
from desk.services import sources
from desk.services.citations import citations_of
from desk.settings import ROOT
from tests.builders import NOW, TODAY, an_office
from web.app import create_app

SHELF = load_shelf(ROOT / "knowledge")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return TestClient(create_app(an_office(tmp_path_factory.mktemp("sources"))))


def text_of(client: TestClient, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200, address
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    return page.text


@pytest.mark.parametrize("id_", sorted(SHELF.topics))
def test_every_citation_leads_to_a_page(client: TestClient, id_: str) -> None:
    for citation in citations_of(SHELF, SHELF.topics[id_], NOW):
        page = text_of(client, citation["url"])
        assert citation["document"] in page
        assert SHELF.topics[id_].title in page


def test_the_index_lists_every_document(client: TestClient) -> None:
    page = text_of(client, "/sources")
    for document in SHELF.documents.values():
        assert f'href="/sources/{document.id}"' in page
        assert document.title in page


@pytest.mark.parametrize("id_", sorted(SHELF.documents))
def test_a_documents_page_says_whether_it_applies_and_what_its_clauses_say(
    client: TestClient, id_: str
) -> None:
    page = text_of(client, f"/sources/{id_}")
    document = SHELF.documents[id_]
    state = {"in_force": "现行", "repealed": "已废止", "unverified": "待核实"}
    assert f">{state[document.status(TODAY)]}</span>" in page
    assert f"核对日期 {document.checked_on}" in page
    for clause in SHELF.register.clauses(id_):
        assert f'id="{clause.slug}"' in page
        text_of(client, f"/sources/{id_}/{clause.slug}")


def test_a_repealed_clause_names_its_successor(client: TestClient) -> None:
    page = text_of(client, "/sources/eia-law-2018/31")
    assert "2026-08-15起废止" in page
    assert 'href="/sources/code-2026/1095"' in page
    assert "5万元以下" in page


def test_the_opinion_is_quoted_and_nothing_else_is(client: TestClient) -> None:
    assert "原文：“一般不进行现场执法检查”" in text_of(client, "/sources/opinion-2021/10")
    for clause in SHELF.register.clauses("code-2026"):
        assert "<blockquote>" not in text_of(client, f"/sources/code-2026/{clause.slug}")


@pytest.mark.parametrize(
    "address", ["/sources/no-such-law", "/sources/code-2026/9999", "/sources/%3Cscript%3E"]
)
def test_an_unknown_address_is_a_page_of_its_own(client: TestClient, address: str) -> None:
    page = client.get(address)
    assert page.status_code == 404
    assert "没有这个页面" in page.text
    assert "<script>" not in page.text


def test_links_between_the_pages_lead_somewhere(client: TestClient) -> None:
    seen: set[str] = set()
    waiting = ["/sources"]
    while waiting:
        address = waiting.pop()
        if address not in seen:
            seen.add(address)
            found = re.findall(r'href="(/sources[^"#]*)', text_of(client, address))
            waiting += [link for link in found if link not in seen]
    assert len(seen) > len(SHELF.documents)


def test_the_service_knows_no_page_for_what_is_not_kept(tmp_path: Path) -> None:
    office: Office = an_office(tmp_path)
    for document, slug in (("no-such-law", "1"), ("code-2026", "9999")):
        with pytest.raises(NotFound):
            sources.clause(office.shelf, document, slug, TODAY)
