"""Whether the elements of a page are closed in their order, ids are there once, and links lead to some: page.py HTML."""

import html.parser
import sys


class Page(html.parser.HTMLParser):
    open, ids, links = [], [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if "href" in attributes:
            self.links.append(attributes["href"])

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"{self.getpos()}: </{tag}> in {self.open}"
        self.open.pop()


page = Page()
with open(sys.argv[1], encoding="ascii") as file:
    page.feed(file.read())
assert not page.open, f"open at the end: {page.open}"
assert len(page.ids) == len(set(page.ids)), "an id is there twice"
for link in page.links:
    assert link.startswith("#") and link[1:] in page.ids, f"{link} leads nowhere"
