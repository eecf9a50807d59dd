"""Invented works to search in, English and Chinese."""

from __future__ import annotations

from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.work import Announcement, Record


def work(
    number: int,
    title: str,
    abstract: str = "",
    authors: tuple[str, ...] = ("Ada Lovelace",),
    **more: object,
) -> Record:
    names = (Identifier("arxiv", f"2606.{number:05d}"),)
    values: dict[str, object] = {
        "categories": ("cs.LG",),
        "published": "2026-06-10",
        "datestamp": "2026-06-10",
        **more,
    }
    return Record(
        "arxiv_oai", f"oai:{number}", names, title, tuple(map(Author, authors)), abstract, **values
    )  # type: ignore[arg-type]


WORKS = (
    work(1, "Diffusion模型用于图像生成", "我们研究扩散模型的推理速度。"),
    work(
        2,
        "检索增强生成综述",
        "本文综述检索增强的大语言模型，并比较其推理能力。",
        ("李明", "王小红"),
        categories=("cs.CL",),
    ),
    work(
        3,
        "Graph neural networks for molecules",
        "Message passing networks predict molecular properties.",
        ("Jean-Pierre Müller", "Wei Wang"),
    ),
    work(
        4,
        "Training transformers at scale",
        "We trained self-attention models on long documents.",
        ("Akshay B. Krishnamurthy", "Ray O'Brien"),
    ),
    work(
        5,
        "The Erd\\H{o}s graph and $\\alpha$-Fe$_2$O$_3$",
        'A na\\"ive bound for TNF-\u03b1 under COVID-19.',
        ("Paul Erd\u0151s",),
        categories=("math.CO",),
        published="2024",
    ),
    work(
        6,
        "Neural operators",
        "Operators that learn; networks of graphs are not studied.",
        ("Wang Wei",),
        venue="Physical Review X",
        announcements=(Announcement("arxiv_announce", "2026-06-15", "new", "physics.comp-ph", 1),),
        categories=("physics.comp-ph", "cs.LG"),
    ),
    work(
        7,
        "Attention is all you need, again",
        "To be or not to be: the question of attention.",
        ("Ann A. Other",),
        published="2025-01-02",
    ),
)
