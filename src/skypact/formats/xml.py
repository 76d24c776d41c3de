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


class _Builder:
    """Takes the events of expat and builds the tree."""

    def __init__(self, raw: RawInput, deliver: Mapping[str, Callable[[XmlElement], None]]) -> None:
        self.raw = raw
        self.deliver = deliver
        self.top = XmlElement(_ROOT, {}, 0)
        self.stack = [self.top]
        self.texts: list[str] = []
        self.parser = expat.ParserCreate(encoding="utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.texts.append
        self.parser.StartDoctypeDeclHandler = self.refuse_document_type
        self.parser.EntityDeclHandler = self.refuse_document_type

    def refuse_document_type(self, *_: object) -> None:
        raise FormatError(
            "a document type or entity is not read",
            where=self.raw.at(self.parser.CurrentLineNumber),
            remedy="remove the DOCTYPE line",
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.stack) > DEPTH_LIMIT:
            raise LimitError(
                f"elements nested deeper than {DEPTH_LIMIT}", where=self.raw.at(self.parser.CurrentLineNumber)
            )
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if attributes:
            attributes = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        self.texts.clear()
        element = XmlElement(tag, attributes, self.parser.CurrentLineNumber)
        self.stack[-1].children.append(element)
        self.stack.append(element)

    def end(self, _: str) -> None:
        element = self.stack.pop()
        if not element.children:
            element.text = " ".join("".join(self.texts).split("\n")).strip() if self.texts else ""
        self.texts.clear()
        take = self.deliver.get(element.tag)
        if take is not None and len(self.stack) > 1:
            self.stack[-1].children.pop()
            take(element)


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
    if "<!DOCTYPE" in text:
        line = text.count("\n", 0, text.index("<!DOCTYPE")) + 1
        raise FormatError("a document type is not read", where=raw.at(line), remedy="remove the DOCTYPE line")
    builder = _Builder(raw, deliver or {})
    try:
        builder.parser.Parse(f"<{_ROOT}>{text}</{_ROOT}>".encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        if (
            error.code in (expat.errors.codes[expat.errors.XML_ERROR_TAG_MISMATCH],)
            and len(builder.stack) > 2
        ):
            what += f" (<{builder.stack[-1].tag}> of line {builder.stack[-1].line} is open)"
        raise FormatError(
            f"not well-formed XML: {what}", where=raw.at(error.lineno), remedy="is the file complete?"
        ) from None
    roots = builder.top.children[0].children
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
