"""Invented works the tests of this area cite; no real paper says this."""

from __future__ import annotations

from academichub.checker.check import Evidence

WORKS = {
    "quill": Evidence(
        1,
        "QuillNet: Sparse Attention for Long Documents",
        "Large language models struggle with documents longer than their context window. We present QuillNet, a sparse "
        "attention architecture that reads up to 64,000 tokens with linear memory. On the LongBench benchmark QuillNet "
        "improves accuracy from 61.2% to 68.9% over a dense transformer while using 3.5 times less memory. Training took "
        "12 days on 32 GPUs. QuillNet does not improve short-document question answering.",
    ),
    "reef": Evidence(
        2,
        "Heat tolerance of reef corals after repeated bleaching",
        "We followed 214 coral colonies on three reefs in the Red Sea between 2011 and 2019. Colonies that survived a first "
        "bleaching event were twice as likely to survive a second one. Symbiont density increased by 40% in surviving "
        "colonies, and heat shock protein HSP70 was upregulated. Mortality was lower at depths below 12 m than in shallow "
        "water. These results suggest that acclimatisation, rather than selection, explains the rise in tolerance.",
    ),
    "dust": Evidence(
        3,
        "Dust in the disc of a nearby young star",
        "Using ALMA at 1.3 mm we image the protoplanetary disc around the star TX-7 at a resolution of 25 mas. The disc has "
        "two gaps at 31 and 58 au, which may be carved by giant planets. We measure a dust mass of $2\\times10^{-4}$ solar "
        "masses and a temperature of 20 K at 100 au. No emission of CO is detected inside the inner gap.",
    ),
    "market": Evidence(
        4,
        "Reinforcement learning for limit order books",
        "Market makers quote prices under inventory risk. We train a reinforcement learning agent on simulated limit order "
        "books and compare it with the Avellaneda-Stoikov strategy. The agent earns 15% more profit with half the "
        "inventory variance, and it remains stable when volatility doubles. Transfer to real data of the Tokyo exchange "
        "loses one third of the gain.",
    ),
    "gene": Evidence(
        5,
        "Loss of KLR9 protects mice from liver fibrosis",
        "Liver fibrosis is driven by activated stellate cells. Here we show that mice lacking the kinase KLR9 develop less "
        "fibrosis after carbon tetrachloride exposure. Deletion of Klr9 in stellate cells reduced collagen deposition by "
        "55% and suppressed TGF-beta signalling. A small-molecule inhibitor of KLR9 had the same effect in human liver "
        "slices, which suggests that KLR9 is a therapeutic target in fibrotic disease.",
    ),
    "prime": Evidence(
        6,
        "Gaps between almost primes in short intervals",
        "We prove that every interval of the form $[x, x+x^{0.45}]$ contains an integer with at most two prime factors for "
        "all sufficiently large x. The proof combines a weighted sieve with new bounds for bilinear forms. Under the "
        "Riemann hypothesis the exponent can be reduced to 0.4.",
    ),
}
"""Six works of six fields by a short name."""
