"""Pieces of text that make careless readers work too hard when they are repeated. No IO."""

from __future__ import annotations

LATEX = (
    r"\frac{", r"\textcolor{", r"\sqrt[", r"\sqrt[3]{", r"\mathrm{", r"\text{", r"\href{", r"\url{", r"\input{",
    r"\begin{x}", r"\end{x}", r"\begin{array}{", r"\begin{document}", r"\(", r"\)", r"\[", r"\]", "$", "$$", "$x", "$5 a",
    r"\$", "\\", r"\\", "\\'", r"\'{", r"\'e", r"\H{", r"\c ", r"\footnote{$", r"\left(", r"\mathbb ", r"\ensuremath{$",
    "{", "}", "{}", "{{}", "}{", "^", "_", "^{", "_{", "^{a", "10^{-", "x_", " ^", "  _ ", "~", "%", "&", "#", r"\&",
    r"\rm ", r"\frac12", r"\frac{a}{", r"\alpha", r"\verb|", r"\def\x{", r"\cite{", "``", "''", "--", "---",
)  # fmt: skip
"""LaTeX: macros and formulas that never close, scripts, accents, quotes."""

MARKUP = (
    "<b>", "</b>", "<b", "<", ">", "<>", "</", "<!--", "-->", "<!", "<![CDATA[", "]]>", "<?", "?>", "<p>", "<br/>",
    "<sup>", "<sup>2</sup>", "<sub>", "<msup>", "<mfrac>", "<mml:math>", "<tex-math>", "<title>", "<a href='", '<a b="',
    "<x:y ", "<scp>", "</scp>", "<div>", "<ul><li>", "<h1>", "<script>", "<svg>", "<pre>\n", "<alternatives>", "<mark>",
    "&lt;", "&amp;", "&amp;lt;", "&", "&#", "&#1", "&#x", "&#xD800;", "&a", "&nbsp;", "&lt;b&gt;", "&#60;",
)  # fmt: skip
"""HTML, JATS and MathML, whole and broken, once and twice escaped."""

PUNCTUATION = (
    "(", ")", "()", "((a", "[", "]", "[]", '"', "'", '" ', "“", "”", "‘", "’", "«", "»", ".", "..", ". ", ", ", ",", ";",
    ":", ": ", "-", "- ", " - ", "–", "—", "/", "//", "|", "!", "?", "? ", "*", "+", "=", "@", "_ ", "…", "。", "，", "、",
    "；", "：", "（", "）", "《", "》", "·", "e.g. ", "i.e., ", "et al. ", "Fig. ", "(A) ", "A. ", "a.b.", "a,b", "a-b",
    "a'b", "a b", "(a) (", "a (b", ") (", "[1] ",
)  # fmt: skip
"""Marks, and words with marks between them."""

SPACES = (
    " ", "  ", "\t", "\n", "\r\n", "\n\n", " \n", "\u00a0", "\u2003", "\u3000", "\u200b", "\u200d", "\u2028", "\x0b",
    "\x00", "\x1f", "\u00ad", "a ", " a", "a\n", "a\t",
)  # fmt: skip
"""White space and what looks like it."""

LETTERS = (
    "a", "A", "aA", "aB", "é", "e\u0301", "\u0301", "\u0308\u0323", "\u202e", "\u2066", "\u200f", "👩\u200d", "👍🏽", "ﬁ", "ß",
    "İ", "ı", "ſ", "中", "中文", "量子", "一", "十", "百万", "三点五", "二〇二六年", "亿", "两", "第一", "가", "あ", "א", "ع",
    "α", "Ω", "∑", "x²", "₂", "𝐀", "\ue000", "\ufffd", "\ud800", "Aa ", "AaBb", "A1", "1a", "co-", "non", "not ", "no ",
)  # fmt: skip
"""Letters of many scripts, combining marks, direction marks, joiners, private characters."""

NUMBERS = (
    "1", "0", "12", "1,", "1,000", "1,000,", "1.", "1.2", "1.2.", "1 000", "1 ", "1-", "1–2", "1/", "1/2", "1e", "1e5",
    "1e-", "-1", "+1", "±", "1±", "1 ± 2 ", "10^", "10^{-3}", "1×", "1x", "1 x 10", "1%", "1 %", "$1", "1st", "one ",
    "two hundred ", "million ", "half ", "twenty-", "1 km ", "1 km/s", "km s^-1", "m^2 ", "p < 0.", "p=", "n = 1", "～1",
    "１", "٣", "2026-", "2026-06-", "2026/06", "12:00:", "1990s", "1980-", "IV", "XIV ",
)  # fmt: skip
"""Numbers, units, ranges, dates."""

NAMES = (
    "and ", " and ", "and", " & ", "Li, ", "Li; ", "Li Wei, ", "Curie, M., ", "Curie M ", "M. ", "M.-", "van der ", "de ",
    "Jr., ", "III ", "et al ", "et al., ", "等", "a@", "a@b.", "@b.c ", "a@b.c (", "by ", "作者:", "Collaboration: ", ": ",
    "O'", "Mc", "A-B ", "李", "李明、", "李;", "AB ", "ABC, ",
)  # fmt: skip
"""What parts the names of a list."""

FILES = (
    "@article{", "@article{a,", "@a", "@string{a = ", '@string{a = "', "@comment{", "@", "title = {", 'title = "', "a = {b},",
    "a # ", "\n@article{a,\n", "\n}", "TY  - JOUR\n", "ER  - \n", "AU  - A\n", "TI  - a\n", "\nTY  - ", "  - ", "{\"a\":",
    '{"a":{', "[{", '"a",', '[""', "null,", "\\u0061", "\\ud800", "http://", "https://a.b/", "http://a.b?", "%20", "10.1/",
    "10.1234/a", "doi:", "arXiv:", "2606.01234", "2606.01234v", "hep-th/", "pmid:", "978-", "1234-567X ", "urn:", "www.",
    "data: ", "id: ", "<opml>", "<outline>", "<item>", "<rdf:li>", "<dc:creator>", "\ufeff",
)  # fmt: skip
"""Entries of library files and feeds, identifiers, addresses."""

QUERIES = (
    "AND ", "OR ", "NOT ", "- ", "-a ", "-(", "+a ", '"a" ', '"a', "author:", "title:", 'title:"', "author:(", "a* ", "*",
    "a:b ", "::", "a OR ", "(a OR ", "a AND (", "NEAR/1 ", "year:2026 ", "date:", "day:2026-01-01..", "..", "a~", "a^2 ",
    "cat:cs.", "arxiv:", "{a}", "a:(b ", "NOT NOT ", "()", "\\\"",
)  # fmt: skip
"""What a search query may hold."""

PIECES: tuple[str, ...] = tuple(
    dict.fromkeys(
        (*LATEX, *MARKUP, *PUNCTUATION, *SPACES, *LETTERS, *NUMBERS, *NAMES, *FILES, *QUERIES)
    )
)
"""Every piece once."""
