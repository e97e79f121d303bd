"""HTML of a notebook's own, made fit for a page: nothing in it runs or loads, all of it closes.

What a page cannot hold is left out and noted, so that nothing is lost in silence. In prose what
only looks like a tag is shown as it was typed.

A library such as nh3 says nothing of what it leaves out, puts neither a link nor words in its
place, and looks into no style.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

from kumkm_analysis.runner.check_page import IMPLIED_END, SAFE_SCHEMES, STYLE_LOADS, STYLED, VOID

_HTML = (
    "a abbr address area article aside b bdi bdo big blockquote br button caption center cite "
    "code col colgroup data datalist dd del details dfn dialog div dl dt em fieldset figcaption "
    "figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd label legend li "
    "main map mark menu meter nav ol optgroup option output p picture pre progress q rp rt ruby s "
    "samp search section select small span strike strong style sub summary sup table tbody td "
    "textarea tfoot th thead time tr tt u ul var wbr"
)
HTML = frozenset(_HTML.split())
_SVG = (
    "svg g defs symbol use path rect circle ellipse line polyline polygon text tspan textpath "
    "image lineargradient radialgradient stop clippath mask pattern marker filter desc title "
    "feblend fecolormatrix fecomposite fedropshadow feflood fegaussianblur feimage femerge "
    "femergenode feoffset fetile feturbulence"
)
SVG = frozenset(_SVG.split())
_MATH = (
    "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom menclose "
    "msub msup msubsup munder mover munderover mmultiscripts mprescripts mtable mtr mtd semantics "
    "annotation none"
)
MATH = frozenset(_MATH.split())
AROUND = frozenset(
    {"html", "head", "body", "noscript", "form", "marquee", "nobr", "acronym", "slot"}
)  # what they hold is kept
UNSEEN = frozenset({"base", "link", "meta", "param", "source", "track"})
# What is left out with all that it holds, and noted.
LEFT_OUT = frozenset(
    "script iframe frame frameset object embed applet canvas audio video portal template".split()  # noqa: SIM905
)
LEADING = frozenset({"iframe", "frame", "embed", "audio", "video", "source"})
ATTRIBUTES = re.compile(
    r"on.*|srcdoc|srcset|action|formaction|ping|manifest|background|poster|lowsrc|dynsrc|data"
    r"|popover.*|autofocus|is|slot|nonce|target|data-annex"
)
REFERRING = frozenset({"for", "headers", "list", "aria-labelledby", "aria-describedby",
                       "aria-controls", "aria-owns", "usemap"})  # fmt: skip
REFERENCE, DRAWN_BY = re.compile(r"#([\w-]+)"), re.compile(r"(url\(\s*['\"]?#)([\w-]+)")
SEEN = frozenset({"img", "svg", "hr", "input", "meter", "progress", "math", "button", "select"})
UNSHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
Picture = Callable[[str, str], tuple[str, str]]


def clean(
    html: str, picture: Picture, *, prose: bool = False, prefix: str = ""
) -> tuple[str, list[str], bool]:
    """Return HTML that may stand on a page, what was left out, and whether anything is to be seen.

    ``picture`` returns for the address and the words of a picture where it is inside the page, or
    else HTML in its place. With a ``prefix`` every id is made one of the page: libraries draw
    them at random, and no output may be taken for another or for a figure of the page.

    >>> clean('<p onclick="x">a<script>1</script><b>c', lambda *_: ("", ""))
    ('<p>a<b>c</b></p>', ['script'], True)
    """
    cleaner = _Cleaner(picture, prose, prefix)
    cleaner.feed(html)
    cleaner.close()
    cleaner.end()
    return "".join(cleaner.parts), list(dict.fromkeys(cleaner.left_out)), cleaner.seen


class _Cleaner(HTMLParser):
    def __init__(self, picture: Picture, prose: bool, prefix: str) -> None:
        super().__init__(convert_charrefs=True)
        self.picture, self.prose, self.prefix = picture, prose, prefix
        self.parts: list[str] = []
        self.open: list[str] = []
        self.skipping: list[str] = []  # elements that are left out, the outermost first
        self.left_out: list[str] = []
        self.ids: dict[str, str] = {}
        self.styles: list[int] = []  # where among the parts styles are
        self.seen = False
        self.hidden = (
            0  # how deep the outermost open element is that shows nothing of what it holds
        )
        self.place = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element, or leave it out."""
        if self.skipping:
            self.skipping += [tag] if tag == self.skipping[0] else []
            self._lead_to(tag, dict(attrs).get("src") or "")
            return
        given = {name: value or "" for name, value in attrs}
        if tag in LEFT_OUT:
            self.left_out.append(tag)
            self._lead_to(tag, given.get("src", ""))
            self.skipping += [] if tag in VOID else [tag]
        elif tag == "title" and "svg" not in self.open:
            self.skipping.append(tag)
        elif tag == "img":
            self._img(given)
        elif self._known(tag):
            while self.open and self.open[-1] in IMPLIED_END.get(tag, ()):
                self.parts.append(f"</{self.open.pop()}>")
            self._see(tag in SEEN and given.get("type") != "hidden")
            self.parts.append(f"<{tag}{self._attributes(tag, given)}>")
            self.open += [] if tag in VOID else [tag]
            if not self.hidden and ("hidden" in given or UNSHOWN.search(given.get("style", ""))):
                self.hidden = len(self.open)
        elif (self.prose or not given) and tag not in AROUND | UNSEEN and "-" not in tag:
            self.handle_data(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element and close it."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID and (self.skipping or self.open[-1:] == [tag]):
            self._close(tag)

    def parse_endtag(self, i: int) -> int:
        """Note where an end stands, which may be none."""
        self.place = i
        return super().parse_endtag(i)

    def handle_endtag(self, tag: str) -> None:
        """Close an element if it is open."""
        known = self._known(tag) or tag in AROUND | UNSEEN | LEFT_OUT or tag == "title"
        if self.prose and not self.skipping and not known:
            self.handle_data(self.rawdata[self.place : self.rawdata.find(">", self.place) + 1])
        else:
            self._close(tag)

    def _known(self, tag: str) -> bool:
        """Tell whether a tag is one of HTML, or of the drawing or formula that is open."""
        if tag in HTML or tag in ("svg", "math"):
            return True
        return (tag in SVG and "svg" in self.open) or (tag in MATH and "math" in self.open)

    def _close(self, tag: str) -> None:
        if self.skipping:
            if tag == self.skipping[0]:
                self.skipping.pop()
        elif tag in self.open:
            while (last := self.open.pop()) != tag:
                self.parts.append(f"</{last}>")
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Keep a text; of a style what loads nothing."""
        if self.skipping:
            return
        if self.open and self.open[-1] == "style":
            self.styles.append(len(self.parts))
            self.parts.append(STYLE_LOADS.sub("none", data))
            return
        self._see(bool(data.strip()))
        self.parts.append(escape(data, quote=False))

    def end(self) -> None:
        """Close whatever is open; styles speak of what is called otherwise now."""
        self.parts += [f"</{tag}>" for tag in reversed(self.open)]
        for place in self.styles if self.ids else ():
            self.parts[place] = REFERENCE.sub(
                lambda found: f"#{self.ids.get(found[1], found[1])}", self.parts[place]
            )

    def _lead_to(self, tag: str, address: str) -> None:
        """Put a link in the place of what lies elsewhere."""
        if tag in LEADING and address.startswith(("http://", "https://")):
            self.seen = True
            self.parts.append(f'<a href="{escape(address)}">{escape(address)}</a>')

    def _see(self, something: bool) -> None:
        """Note whether something is to be seen, which it is not in what is hidden."""
        if len(self.open) < self.hidden:
            self.hidden = 0
        self.seen |= something and not self.hidden

    def _img(self, given: dict[str, str]) -> None:
        self._see(True)
        address, instead = self.picture(given.get("src", ""), given.get("alt", ""))
        if not address:
            link = re.fullmatch(r"<a [^>]*>(.*)</a>", instead, re.DOTALL)
            self.parts.append(link[1] if link and "a" in self.open else instead)
            return
        kept = {name: value for name, value in given.items() if name not in ("src", "alt")}
        fit = "max-width:100%" + ("" if "height" in given else ";height:auto")
        kept["style"] = f"{fit};{given['style']}" if given.get("style") else fit
        rest = self._attributes("img", kept)
        self.parts.append(f'<img alt="{escape(given.get("alt", ""))}" src="{address}"{rest}>')

    def _attributes(self, tag: str, given: dict[str, str]) -> str:
        return "".join(
            f' {name}="{escape(kept)}"'
            for name, value in given.items()
            if re.fullmatch(r"[a-z][a-z0-9_.:-]*", name)
            and (kept := self._attribute(tag, name, value)) is not None
        )

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        """Return what an attribute may say, nothing where it may not stand."""
        if ATTRIBUTES.fullmatch(name) or name == "src":
            return None
        if name == "id":
            return self._renamed(value)
        if name in REFERRING:
            return " ".join(self._renamed(one) for one in value.split())
        if name in ("href", "xlink:href"):
            value = self._renamed(value) if value.startswith("#") else value
            address = re.sub(r"[\x00-\x20]", "", value).lower()
            scheme = re.match(r"[a-z][a-z0-9+.-]*:", address)
            if tag in ("a", "area"):
                if not scheme or scheme[0] in SAFE_SCHEMES:
                    return value
                self.left_out.append(f"{tag} href={scheme[0]}")
                return None
            return value if address.startswith(("#", "data:image/")) else None
        if name in STYLED:
            value = STYLE_LOADS.sub("none", value)
            return DRAWN_BY.sub(lambda found: found[1] + self._renamed(found[2]), value)
        if name == "class":
            value = " ".join(one for one in value.split() if not one.startswith("kumkm-"))
        return value

    def _renamed(self, name: str) -> str:
        if not self.prefix:
            return name
        bare = name.removeprefix("#")
        new = self.ids.setdefault(bare, f"{self.prefix}{len(self.ids) + 1}")
        return f"#{new}" if name.startswith("#") else new
