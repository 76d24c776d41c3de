"""XML of CCSDS messages: text to a light tree with line numbers, and back.

Built on expat of the standard library. A document type or an entity is refused (nothing outside the message
is ever looked up); prefixes of namespaces are dropped unseen, since Space-Track sends ``xsi:`` undeclared;
several documents one after the other are read as one. Source: CCSDS 505.0-B-3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from xml.parsers import expat

from skypact.errors import FormatError, LimitError
from skypact.formats.fields import one_line, refuse_control_characters
from skypact.formats.reading import RawInput

DEPTH_LIMIT = 40
"""Deepest nesting read; a CDM in a combined message needs 8."""
_ROOT = "skypact"
_DECLARATION = re.compile(r"<\?xml\b[^>]*\?>")
_ENCODINGS_WITHOUT_MARK = (
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
)
_MARKS = ((b"\x00\x00\xfe\xff", "utf-32"), (b"\xff\xfe\x00\x00", "utf-32"))
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
INDENT = "  "
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
SCHEMA = (
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:noNamespaceSchemaLocation="http://sanaregistry.org/r/ndmxml/ndmxml-1.0-master.xsd"'
)
"""Attributes of every root element written: where the schema of the message lies."""


class XmlElement:
    """An element: local name, attributes by local name, text on one line, line, and children in order."""

    __slots__ = ("attributes", "children", "line", "tag", "text")

    def __init__(self, tag: str, attributes: dict[str, str], line: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.line = line
        self.text = ""
        self.children: list[XmlElement] = []

    def child(self, tag: str) -> XmlElement | None:
        """Return the first child of that name."""
        return next((c for c in self.children if c.tag == tag), None)

    def below(self, tag: str) -> Iterator[XmlElement]:
        """Yield all elements of that name below this one, in order; those inside such an element too."""
        for child in self.children:
            if child.tag == tag:
                yield child
            yield from child.below(tag)


def _build(raw: RawInput, text: str, deliver: Mapping[str, Callable[[XmlElement], None]]) -> list[XmlElement]:
    """Run expat over a text and return the elements at its top; the handlers are closures, for speed."""
    parser = expat.ParserCreate(encoding="utf-8")
    top = XmlElement(_ROOT, {}, 0)
    stack = [top]
    texts: list[str] = []
    has_references = "&#" in text

    def refuse(*_: object) -> None:
        raise FormatError(
            "a document type or entity is not read",
            where=raw.at(parser.CurrentLineNumber),
            remedy="remove the DOCTYPE line",
        )

    def start(tag: str, attributes: dict[str, str]) -> None:
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if attributes:
            attributes = {key.rpartition(":")[2]: one_line(value) for key, value in attributes.items()}
            if has_references:
                refuse_control_characters("".join(attributes.values()), raw.at(parser.CurrentLineNumber))
        if texts:
            texts.clear()
        element = XmlElement(tag, attributes, parser.CurrentLineNumber)
        stack[-1].children.append(element)
        stack.append(element)
        if len(stack) > DEPTH_LIMIT:
            raise LimitError(f"elements nested deeper than {DEPTH_LIMIT}", where=raw.at(element.line))

    def end(_: str) -> None:
        element = stack.pop()
        if texts:
            if not element.children:
                content = texts[0] if len(texts) == 1 else "".join(texts)
                element.text = one_line(content)
                if has_references:
                    refuse_control_characters(element.text, raw.at(element.line))
            texts.clear()
        if element.tag in deliver and len(stack) > 1:
            stack[-1].children.pop()
            deliver[element.tag](element)

    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = texts.append
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(f"<{_ROOT}>{text}</{_ROOT}>".encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        if what == expat.errors.XML_ERROR_TAG_MISMATCH and len(stack) > 1:
            what += f" (<{stack[-1].tag}> of line {stack[-1].line} is open)"
        raise FormatError(
            f"not well-formed XML: {what}", where=raw.at(error.lineno), remedy="is the file complete?"
        ) from None
    return top.children[0].children


def _decoded(raw: RawInput) -> str:
    """Return the text of a document in any encoding that XML allows without a declaration."""
    for start, encoding in (*_MARKS, *_ENCODINGS_WITHOUT_MARK):
        if raw.data.startswith(start):
            return raw.data.decode(encoding, errors="replace")
    return raw.text()


def read_xml(
    raw: RawInput, deliver: Mapping[str, Callable[[XmlElement], None]] | None = None
) -> list[XmlElement]:
    """Return the root elements of a text with one or more documents.

    Parameters
    ----------
    deliver
        Elements of these names are handed over as soon as they are closed and not kept, so that a file of
        many records needs the memory of one. Root elements are handed over too.

    Raises
    ------
    FormatError
        For text that is not well-formed (with its line), a document type, entities, or no element at all.
    LimitError
        For elements nested deeper than :data:`DEPTH_LIMIT`.
    """
    text = _DECLARATION.sub(lambda match: "\n" * match.group().count("\n"), _decoded(raw))
    refuse_control_characters(text, raw.name)
    if "<!DOCTYPE" in text:
        line = text.count("\n", 0, text.index("<!DOCTYPE")) + 1
        raise FormatError("a document type is not read", where=raw.at(line), remedy="remove the DOCTYPE line")
    roots = _build(raw, text, deliver or {})
    if not roots and not deliver:
        raise FormatError("no XML element in it", where=raw.name)
    return roots


def looks_like_xml(raw: RawInput) -> bool:
    """Say whether a file begins as XML does, in any encoding."""
    return bool(raw.data[:200].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<"))


def messages_of(root: XmlElement, tag: str) -> list[XmlElement]:
    """Return the messages of one kind in a document: its root, or those in a combined message, in order."""
    return [root] if root.tag == tag else list(root.below(tag))


def escaped(text: str) -> str:
    """Return text as it may stand in an element or attribute."""
    return text.translate(_ESCAPES)


def xml_line(depth: int, tag: str, text: str, unit: str = "") -> str:
    """Write an element without children as one line."""
    units = f' units="{escaped(unit)}"' if unit else ""
    if not text:
        return f"{INDENT * depth}<{tag}{units}/>\n"
    return f"{INDENT * depth}<{tag}{units}>{escaped(text)}</{tag}>\n"
