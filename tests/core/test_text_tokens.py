"""Text tokens: counts pinned from tiktoken itself, the framing as measured, and the fallback without a tokenizer.

The counts were made with tiktoken 0.14.0 `encode_ordinary` on 2026-11-22, its vocabularies taken from the wheel
bpe-openai 0.1.4 (SHA-256 as tiktoken expects them: o200k_base 446a9538, cl100k_base 223921b7).
"""
# other scripts are what is counted

from __future__ import annotations

import subprocess
import sys

import pytest

from visionask.config.catalog import load_catalog
from visionask.core.catalog import Framing, Model
from visionask.core.text_tokens import count_messages, count_text

COUNTS = [  # text, o200k_base, cl100k_base
    ("tiktoken is great!", 6, 6),
    ("What is in this image?", 6, 6),
    ("Tell me a joke.", 5, 5),
    ("Count the red cars. Answer with a number only.", 11, 11),
    ("<|endoftext|>", 7, 7),
    ("<|im_start|>system<|im_end|>", 13, 13),
    ("Hello, world!", 4, 4),
    ("hello world", 2, 2),
    (" hello", 1, 1),
    ("Hello  world", 3, 3),
    ("HELLO WORLD", 3, 3),
    ("a", 1, 1),
    ("A" * 100, 13, 13),
    ("x" * 1000, 125, 125),
    ("antidisestablishmentarianism", 6, 6),
    ("I'm sure they'll say it's John's.", 7, 11),
    ("camelCaseAndSNAKE_CASE", 7, 7),
    ("!!!???...", 3, 3),
    ("2 + 2 = 4", 7, 7),
    ("1234567890", 4, 4),
    ("3.14159265358979", 7, 7),
    ("2026-11-22T17:20:11Z", 13, 13),
    ("https://example.com/a/b.jpg?x=1&y=2#z", 17, 17),
    ("user@example.com", 3, 3),
    ("C:\\Users\\me\\Pictures\\IMG_0001.JPG", 13, 13),
    ("😀", 1, 2),
    ("👨\u200d👩\u200d👧\u200d👦", 11, 18),
    ("🇩🇪🇫🇷", 8, 12),
    ("❤\ufe0f\u200d🔥 is hot", 5, 10),
    ("👍🏽", 3, 6),
    ("你好,世界", 3, 6),
    ("这张图片里有什么?", 6, 9),
    ("この画像には何が写っていますか?", 9, 12),
    ("이 이미지에는 무엇이 있습니까?", 8, 16),
    ("Что на этой картинке?", 7, 9),
    ("ماذا يوجد في هذه الصورة؟", 7, 18),
    ("Wie viele Äpfel liegen im Körbchen?", 11, 13),
    ("Qu'est-ce qu'il y a là-dedans ?", 12, 12),
    ("Ποιο είναι το χρώμα;", 9, 19),
    ("สวัสดีชาวโลก", 7, 13),
    ("Tiếng Việt có dấu", 5, 10),
    ("def f(x):\n    return x ** 2\n", 11, 11),
    ("for (int i = 0; i < n; ++i) { sum += a[i]; }", 22, 22),
    ('{"name": "cat", "age": 3, "tags": ["a", "b"]}', 22, 21),
    ('<div class="x">&nbsp;</div>', 9, 9),
    ("SELECT * FROM t WHERE id = 1;", 10, 10),
    (" ", 1, 1),
    ("          ", 1, 1),
    ("\n\n\n", 1, 1),
    ("\t\tx", 2, 2),
    ("a\r\nb\r\n", 4, 4),
    ("   leading and trailing   ", 5, 5),
    ("line one\n\n\n    line two", 6, 6),
    ("e\u0301 vs \u00e9", 4, 4),
    ("\u200b\u200d\ufeff", 3, 4),
    ("\u00a0\u2003\u3000", 3, 4),
    ("\x00\x01\x1b[31m", 6, 5),
    ("", 0, 0),
]


@pytest.mark.parametrize(("text", "o200k", "cl100k"), COUNTS, ids=lambda value: ascii(value)[:24])
def test_counts_are_those_of_tiktoken(text: str, o200k: int, cl100k: int):
    assert count_text(text, "o200k_base") == (o200k, False)
    assert count_text(text, "cl100k_base") == (cl100k, False)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("a\udc80b", 3, id="as a?b"),
        pytest.param("\ud83d", 1, id="as ?"),
    ],
)
def test_lone_surrogates_of_the_command_line_are_counted(text: str, tokens: int):
    assert count_text(text, "o200k_base") == (tokens, False)


def model(name: str) -> Model:
    found = load_catalog().find(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "messages", "tokens"),
    [
        pytest.param("gpt-4o", ["Describe the picture."], 4 + 7, id="gpt-4o: text + 7"),
        pytest.param("gpt-4o", ["Tell me a joke."], 12, id="5 + 7, as measured on gpt-4o, 4.1, 4.5, 4-turbo"),
        pytest.param("gpt-4.1", ["Tell me a joke."], 12, id="gpt-4.1"),
        pytest.param("gpt-4-turbo", ["Tell me a joke."], 12, id="gpt-4-turbo"),
        pytest.param("o3", ["Tell me a joke."], 11, id="o3: 5 + 6, as measured"),
        pytest.param("gpt-5", ["Tell me a joke."], 11, id="11 in the token-counting guide"),
        pytest.param("gpt-5-mini", ["Tell me a joke."], 12, id="gpt-5-mini: one more"),
        pytest.param("gpt-5.4-mini", ["Tell me a joke."], 12, id="gpt-5.4-mini: one more"),
        pytest.param("gpt-6-luna", ["What is in this image?"], 12, id="gpt-6-luna: 6 + 6"),
        pytest.param("gpt-4o", ["You are a helpful assistant.", "Hello!"], 19, id="19 in the API reference"),
        pytest.param("gpt-6-luna", ["", ""], 10, id="empty messages are framed too"),
    ],
)
def test_messages_are_framed_as_the_provider_bills_them(name: str, messages: list[str], tokens: int):
    counted = count_messages(model(name), messages)
    assert (counted.tokens, counted.is_about) == (tokens, False)


def test_without_a_known_framing_the_count_is_about_right():
    counted = count_messages(Model(name="somebody-elses", entry=None), ["What is in this image?"])
    assert (counted.tokens, counted.is_about) == (6, True)


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.strip()


BLOCKER = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "splintr":
            raise ImportError("no wheel for this platform")

sys.meta_path.insert(0, Missing())
"""


def test_without_the_tokenizer_a_count_is_a_quarter_of_the_bytes_and_says_about():
    printed = run(
        BLOCKER
        + """
from visionask.config.catalog import load_catalog
from visionask.core.text_tokens import count_messages, count_text
print(count_text("x" * 8, "o200k_base"), count_text("x" * 9, "o200k_base"), count_text("", "o200k_base"))
print(count_text("\\u4f60\\u597d", "cl100k_base"), count_text("a\\udc80b", "o200k_base"))
print(count_messages(load_catalog().find("gpt-4o"), ["x" * 8]))
"""
    )
    assert printed.splitlines() == [
        "(2, True) (3, True) (0, False)",
        "(2, True) (1, True)",
        "TextCount(tokens=9, is_about=True)",
    ]


def test_the_tokenizer_is_loaded_only_when_there_is_text():
    printed = run(
        """
import sys
import visionask.core.plan
from visionask.core.text_tokens import count_text
count_text("", "o200k_base")
print("splintr" in sys.modules)
count_text("x", "o200k_base")
print("splintr" in sys.modules)
"""
    )
    assert printed.split() == ["False", "True"]


def test_text_of_another_tokenizer_is_about_a_factor_more():
    model = Model(
        name="m", entry="m", encoding="o200k_base", text_factor=1.3, framing=Framing(message_tokens=4, reply_tokens=3)
    )
    counted = count_messages(model, ["tiktoken is great!"])
    assert (counted.tokens, counted.is_about) == (15, True)  # 6 x 1.3 = 7.8, and 7 around it


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_released_encoding_frees_its_memory_and_counts_stay_known():
    pytest.importorskip("splintr")
    code = """
from visionask.core.text_tokens import count_text, release_encoders
def resident_mib():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20
counts, sizes = [], []
for release in (lambda: None, release_encoders, lambda: None):
    release()
    counts.append(count_text("tiktoken is great!", "o200k_base"))
    sizes.append(resident_mib())
print(counts == [(6, False)] * 3, sizes[0] - sizes[1] > 10, sizes[2] - sizes[1] < 2)
"""
    assert run(code).split() == ["True"] * 3


def test_text_of_a_model_that_nobody_knows_is_about_a_token_for_four_bytes():
    assert count_messages(Model(name="m", entry=None), ["tiktoken is great!"]) == (5, True)  # 18 bytes
