"""The tokens of BERT by the definition (google-research/bert tokenization.py, as Hugging Face's BertNormalizer, BertPreTokenizer and WordPiece have it), with Python's own Unicode tables.

    python3 bert_reference.py tokenizer.json                  writes bert-uncased.jsonl: texts and their tokens
    python3 bert_reference.py tokenizer.json corpus.jsonl     prints the SHA-256 of the tokens of a corpus: "title text", a line of numbers for each
"""
import hashlib
import json
import random
import re
import sys
import unicodedata

tokenizer = json.load(open(sys.argv[1], encoding="utf-8"))
vocabulary = tokenizer["model"]["vocab"]
longest = tokenizer["model"]["max_input_chars_per_word"]
added = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
split_added = re.compile("(" + "|".join(re.escape(token) for token in added) + ")")


def chinese(c):
    blocks = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)]
    return any(first <= ord(c) <= last for first, last in blocks)


def white(c):
    return c in " \t\n\r\x0b\x0c\x85\u2028\u2029" or unicodedata.category(c) == "Zs"


def punctuation(c):
    return 33 <= ord(c) <= 47 or 58 <= ord(c) <= 64 or 91 <= ord(c) <= 96 or 123 <= ord(c) <= 126 or unicodedata.category(c).startswith("P")


def normalize(text):
    clean = ""
    for c in text:
        if c in "\t\n\r":
            clean += " "
        elif ord(c) in (0, 0xFFFD) or unicodedata.category(c).startswith("C"):
            continue
        else:
            clean += " " if white(c) else c
    spaced = "".join(f" {c} " if chinese(c) else c for c in clean)
    plain = "".join(c for c in unicodedata.normalize("NFD", spaced) if unicodedata.category(c) != "Mn")
    # A character at a time: no final sigma.
    return "".join(c.lower() for c in plain)


def words(text):
    word = ""
    for c in normalize(text):
        if white(c) or punctuation(c):
            if word:
                yield word
            word = ""
            if not white(c):
                yield c
        else:
            word += c
    if word:
        yield word


def pieces(word):
    if len(word) > longest:
        return [vocabulary["[UNK]"]]
    ids, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                ids.append(vocabulary[piece])
                start = end
                break
        else:
            return [vocabulary["[UNK]"]]
    return ids


def encode(text):
    ids = []
    for part in split_added.split(text):
        ids += [added[part]] if part in added else [i for word in words(part) for i in pieces(word)]
    return [101] + ids + [102] if ids else []


if len(sys.argv) > 2:
    digest = hashlib.sha256()
    for line in open(sys.argv[2], encoding="utf-8"):
        document = json.loads(line)
        digest.update((" ".join(map(str, encode(document["title"] + " " + document["text"]))) + "\n").encode())
    print(digest.hexdigest())
    sys.exit()

texts = [
    "hello world", "Hello, my dog is cute", "", "   \t\n", "line one\nline two\r\nline three\ttab", "UPPER lower MiXeD", "café naïve Ångström façade", "cafe\u0301 combining", "Việt Nam", "ĲSSEL ﬁnance ½ ²",
    "İstanbul ISTANBUL ıstanbul", "ΟΔΥΣΣΕΥΣ Σίσυφος", "straße STRASSE ẞ", "한국어 텍스트", "日本語のテキスト", "中文字符mixed with中文", "𠀀𪜀 rare ideographs 豈", "кириллица Ёлка й", "عربي مُشَكَّل", "हिन्दी भाषा", "ไทย ภาษา",
    "zero\u200bwidth\u200djoin\ufeff", "soft\u00adhyphen", "nul\u0000 \ufffd bell\u0007", "nbsp\u00a0thin\u2009ideographic\u3000end", "line\u2028sep\u2029para", "vertical\u000btab form\u000cfeed nel\u0085next",
    "$100 + 5% = ~105€ <tag> a_b c^d `code` {x} |y|", "don't \u201cquote\u201d \u2018single\u2019 em\u2014dash ellipsis\u2026 ¿qué?", "e-mail@example.com https://example.com/a?b=c&d=1", "3.14 1,000,000 10^-3 α=0.05",
    "unaffable supercalifragilisticexpialidocious", "x" * 100, "x" * 101, "\U0001d518" * 60 + " math", "\U0001d518" * 101, "😀 emoji 👍🏽 🇩🇪", "[CLS] in [SEP] the [MASK] text [UNK] [PAD]", "[cls] [ SEP ]", "a[SEP]b",
    "H\u2082O CO\u2082 m\u00b2 \u00b5g", "\u00c5 \u212b \u2126 \u1e9b\u0323", "\u0f73 \u0958 \u09cb \u302e", "private\ue000use", "ﷺ ﬃ ㎏ ①", "Ǆ ǅ ǆ Ω ω",
]
chance = random.Random(1)
ranges = [(0x20, 0x7E), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF), (0x5D0, 0x5EA), (0x620, 0x64A), (0x900, 0x97F), (0x1E00, 0x1FFE), (0x2000, 0x206F), (0x20A0, 0x20BF), (0x2190, 0x21FF),
          (0x3040, 0x30FF), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0xF900, 0xFA2D), (0xFF01, 0xFF5E), (0x1D400, 0x1D7FF), (0x20000, 0x20FFF), (0x2B81E, 0x2B930)]
for _ in range(300):
    text = ""
    for _ in range(chance.randint(1, 12)):
        first, last = chance.choice(ranges)
        text += "".join(chr(chance.randint(first, last)) for _ in range(chance.randint(1, 8))) + chance.choice(["", " ", "the ", "ing", "\n"])
    texts.append(text)
with open("bert-uncased.jsonl", "w", encoding="utf-8") as file:
    for text in texts:
        file.write(json.dumps({"text": text, "ids": encode(text)}) + "\n")
