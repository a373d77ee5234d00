"""Owns the JUnit file of a check: a suite for each image, a case for each statement.

False is a failure; what could not be told is an error, never a failure; what was not asked is skipped.
Source: github.com/testmoapp/junitxml (what Jenkins, GitLab and others read), checked 2026-11-22.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from visionask.report.checks import chance, stated, verdict_word, why

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from visionask.core.verdict import Finding

_NO_XML = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # what XML 1.0 cannot hold in any spelling


def junit(findings: Sequence[Finding], *, seconds: float) -> bytes:
    """Write the file."""
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    root = Element("testsuites", {"name": "visionask check", **_counts(findings), "time": f"{seconds:.3f}"})
    for image in dict.fromkeys(finding.image for finding in findings):
        own = [finding for finding in findings if finding.image == image]
        suite = SubElement(root, "testsuite", {"name": _text(image), **_counts(own), "time": "0.000"})
        for finding in own:
            case = SubElement(
                suite, "testcase", {"name": _text(stated(finding)), "classname": _text(image), "time": "0.000"}
            )
            _fill(case, finding)
    indent(root)
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _counts(findings: Sequence[Finding]) -> dict[str, str]:
    verdicts = [finding.verdict for finding in findings]
    failures, skipped = verdicts.count("false"), verdicts.count("unasked")
    errors = sum(verdict in ("undecided", "refused", "error") for verdict in verdicts)
    counts = {"tests": len(verdicts), "failures": failures, "errors": errors, "skipped": skipped}
    return {name: str(count) for name, count in counts.items()}


def _fill(case: Element, finding: Finding) -> None:
    from xml.etree.ElementTree import SubElement

    if finding.verdict == "unasked":
        SubElement(case, "skipped", {"message": "not asked"})
    elif finding.verdict == "false":
        fact = _told(finding) if finding.point.rule.expect is None else f"not {finding.point.rule.expect}"
        SubElement(case, "failure", {"message": _text(fact), "type": "false"}).text = _text(why(finding) or fact)
    elif finding.error is not None:
        fields = {"message": _text(finding.error.message), "type": finding.error.code}
        SubElement(case, "error", fields).text = _text(finding.error.hint)
    else:
        SubElement(case, "system-out").text = _text(_told(finding))


def _told(finding: Finding) -> str:
    sure = chance(finding)
    return verdict_word(finding) if sure == "-" else f"{verdict_word(finding)} ({sure})"


def _text(text: str) -> str:
    """Spell what XML cannot hold visibly."""
    return _NO_XML.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
