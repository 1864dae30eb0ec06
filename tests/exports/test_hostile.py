import csv
import io
import re
import unicodedata
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from autograder.exports import FORMATS, csv_grades, html_page, junit_xml
from autograder.report import codec

TAGS = """
html head meta title style body main header footer nav section h1 h2 h3 p a b strong small span div code pre ul ol li dl dt dd table thead
tbody tfoot tr th td figure figcaption svg g path circle text details summary
"""
ATTRIBUTES = """
lang charset http-equiv content name class id href style title aria-hidden aria-label aria-labelledby role tabindex scope viewbox width
height x y d cx cy r dy text-anchor
"""
VOID = {"meta"}
DRAWN = {"path", "circle"}


class Reader(HTMLParser):
    """Collects what a browser would see, and fails where tags do not close in order."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.ids, self.links, self.text = [], set(), [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name == "href"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(content):
    reader = Reader()
    reader.feed(content.decode("utf-8"))
    reader.close()
    assert not reader.open
    return reader


def pages(reports):
    return [html_page.class_page(reports, title=reports[0].title), *map(html_page.student_page, reports)]


def test_no_text_becomes_markup(hostile):
    for content in pages(hostile):
        page = read(content)
        assert page.tags <= set(TAGS.split())
        assert {name for name, _ in page.attributes} <= set(ATTRIBUTES.split())
        assert b"<script" not in content
        assert content.count(b"<style") == 1
        assert content.count(b"</style") == 1


def test_no_text_becomes_a_link_out_or_a_second_id(hostile):
    for content in pages(hostile):
        page = read(content)
        assert len(page.ids) == len(set(page.ids))
        assert all(re.fullmatch(r"#exercise-\d+|[\w%.~-]*/[\w%.~-]*/report\.html", link) for link in page.links)
        assert not any(link.startswith(("/", "..")) for link in page.links)
        assert all(link[1:] in page.ids for link in page.links if link.startswith("#"))


def test_nothing_hidden_or_unprintable_is_in_a_page(hostile):
    for content in [*pages(hostile), csv_grades.write(hostile), junit_xml.write(hostile)]:
        bad = {character for character in content.decode("utf-8") if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
        assert bad <= {"\n", "\t"}


def test_a_page_stays_of_a_size_that_a_phone_can_load(hostile):
    assert all(len(content) < 200_000 for content in pages(hostile))


def test_the_xml_parses_and_names_stay_unique(hostile):
    cases = list(ET.fromstring(junit_xml.write(hostile)).iter("testcase"))
    assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
    assert len(cases) == sum(len(exercise.parts) for report in hostile for exercise in report.exercises)


def test_no_cell_is_a_formula(hostile):
    rows = list(csv.reader(io.StringIO(csv_grades.write(hostile).decode("utf-8"), newline="")))
    assert len(rows) == len(hostile) + 1
    assert len({len(row) for row in rows}) == 1
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for row in rows for cell in row)


def test_every_format_writes_utf_8(hostile):
    for made in FORMATS.values():
        if made.of_class is not None:
            assert made.of_class.write(hostile).decode("utf-8")
        if made.of_report is not None:
            assert all(made.of_report.write(report).decode("utf-8") for report in hostile)


def test_a_report_survives_its_own_json(hostile):
    for report in hostile:
        content = codec.dumps(report)
        assert codec.dumps(codec.loads(content)) == content
