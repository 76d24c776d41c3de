"""The morning brief: what a person needs to know first, in sentences made from the same facts as the page."""

from __future__ import annotations

from dataclasses import dataclass

from skypact.astro.timescales import NS_PER_DAY
from skypact.node.views import wording
from skypact.node.views.report import (
    ASSET,
    DECISION_LEAD_D,
    FOLDED,
    ConjunctionRow,
    ReportData,
    decide_by_tai_ns,
)


@dataclass(frozen=True)
class Brief:
    """The sentences at the top of the page and of the printed summary."""

    headline: str
    urgent: bool
    decision: str
    changes: str
    picture: str


def compose(data: ReportData) -> Brief:
    """Write the brief for ``data``."""
    return Brief(
        headline=_headline(data),
        urgent=bool(data.decisions),
        decision=_decision(data),
        changes=_changes(data),
        picture=_picture(data),
    )


def pair(row: ConjunctionRow) -> str:
    """Name the two objects of a conjunction."""
    return f"{row.name_1 or row.norad_1} and {row.name_2 or row.norad_2}"


def _headline(data: ReportData) -> str:
    if data.decisions:
        first = min(data.decisions, key=lambda r: r.tca_tai_ns)
        by = decide_by_tai_ns(first.tca_tai_ns)
        needs = "conjunction needs" if len(data.decisions) == 1 else "conjunctions need"
        if by <= data.present_tai_ns:
            return f"{len(data.decisions)} {needs} a decision, the first one now: {pair(first)}."
        return f"{len(data.decisions)} {needs} a decision, the first by {wording.day_and_time(by)} UTC."
    if data.assets:
        return "No conjunction of your assets needs a decision."
    return f"{wording.plural(data.listed, 'conjunction')} in the window; no assets are declared yet."


def _decision(data: ReportData) -> str:
    if not data.assets:
        return (
            "Say which objects you answer for with 'skypact assets add NUMBER', "
            "and this page ranks them first and says what needs a decision by when."
        )
    asset_rows = int((data.encounters.group == ASSET).sum())
    text = (
        f"{wording.plural(asset_rows, 'encounter')} of {wording.plural(data.assets, 'asset')} in the window."
    )
    if data.decisions:
        worst = max(data.decisions, key=lambda r: (r.pc_max or 0.0, -r.miss_km))
        text += f" Highest probability: {pair(worst)}, {wording.distance(worst.miss_km)}"
        text += f" at {wording.day_and_time(worst.tca_tai_ns)} UTC."
    return text


def _changes(data: ReportData) -> str:
    changes = data.changes
    if changes is None:
        return "This is the first run of this node: there is nothing to compare with yet."
    ago = wording.span((data.made_tai_ns - changes.previous_tai_ns) / NS_PER_DAY)
    return (
        f"Since the last run ({ago} ago): {changes.new:,} new, {changes.closer:,} closer, "
        f"{changes.farther:,} farther, {changes.gone:,} gone; {changes.ahead:,} came into the window."
    )


def _picture(data: ReportData) -> str:
    folded = int((data.encounters.group == FOLDED).sum())
    return (
        f"{len(data.encounters):,} encounters within {data.threshold_km:g} km among {len(data.catalog):,} "
        f"objects in {wording.span(data.hours / 24.0)}; {folded:,} of them folded away, "
        f"because nobody can act on them or one operator does."
    )


def summary(data: ReportData) -> list[str]:
    """Return the lines that the command prints: the brief and the conjunctions that want a decision."""
    parts = compose(data)
    lines = [parts.headline, parts.decision, parts.changes, parts.picture]
    for row in data.decisions[:5]:
        by = decide_by_tai_ns(row.tca_tai_ns)
        due = "now" if by <= data.present_tai_ns else f"by {wording.day_and_time(by)}"
        lines.append(
            f"  decide {due}: {pair(row)}, {wording.distance(row.miss_km)} "
            f"at {wording.day_and_time(row.tca_tai_ns)} UTC, Pc at most {wording.probability(row.pc_max)}"
        )
    return lines


__all__ = ["DECISION_LEAD_D", "Brief", "compose", "pair", "summary"]
