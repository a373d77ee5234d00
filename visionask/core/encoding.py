"""The text of files that people write: UTF-8 or UTF-16, told by its byte order mark, with line ends of any system."""

import codecs


def decode_text(data: bytes) -> str:
    """Return a text without its byte order mark; line ends are LF. Raises UnicodeError for what is neither."""
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # what PowerShell's `>` writes
    text = data.decode("utf-16" if is_utf16 else "utf-8-sig")
    return text.replace("\r\n", "\n").replace("\r", "\n")
