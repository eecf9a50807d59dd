"""An invented day of 121 works, and nine examples of a reader of world models, spikes and brains.

Some works say what the reader asks for, some only have the words of it scattered (`real-world`, and
`model` somewhere else), and most are about other things.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.work import Announcement, Record, Version

DAY = "2026-03-11"  # a Wednesday
BEFORE = "2026-03-02"
NUM_OTHERS = 80
"""Works of the day in words of their own, beside those that are written out below."""

EXAMPLES = (
    ("World models that plan in a learned latent space", "A world model predicts what a camera will see. Planning in its latent states needs few trials."),
    ("Learning a world model of a cluttered kitchen", "A robot watches people cook and learns a world model. It rehearses grasps before it moves."),
    ("Dreaming agents: world models with sparse memory", "Agents rehearse in a world model with a sparse memory and forget less."),
    ("Spiking neural networks with delays", "Spiking neural networks learn synaptic delays. Training needs surrogate gradients."),
    ("Energy of spiking neural networks on analog chips", "We measure the energy of spiking neural networks on analog neuromorphic chips."),
    ("Surrogate gradients for deep spiking neural networks", "Deep spiking neural networks are trained by surrogate gradients, layer by layer."),
    ("Replay in the sleeping brain", "Hippocampal replay in the sleeping brain strengthens memories of places."),
    ("Predictive coding in the visual brain", "Cortical neurons of the visual brain signal errors of prediction."),
    ("A map of navigation signals in the mouse brain", "Neurons across the mouse brain carry signals of heading and speed."),
)  # fmt: skip

NAMED = {
    "harbour": ("A world model that rehearses harbour manoeuvres", "Ferries dock by planning in a learned model of the harbour. The world model predicts tide and drift.", "cs.RO"),
    "gardens": ("Small world models for greenhouse robots", "Pruning is planned in a compact world model that fits on a battery-powered arm.", "cs.RO"),
    "kitchen": ("Imagining the next recipe step", "An agent learns a world model of cooking from videos and imagines what a step does.", "cs.LG"),
    "grasping": ("面向机器人抓取的世界模型", "我们学习一个世界模型，用来预测抓取的结果。", "cs.RO"),
    "mortgage": ("A benchmark of language agents on mortgage files", "Files of the real world are long and messy. Agents read real-world mortgage contracts, and each model is graded by clerks. The world of lending changes fast. No model reads all footnotes.", "cs.CL"),
    "forecast": ("Forecasting the load of 5G cells with sparse transformers", "Real-world load of 5G cells varies by the hour. Our forecasting model needs a single pass. We release traces from around the world. A larger model gains little.", "cs.NI"),
    "lifts": ("Checking real-world models of lifts", "Controllers of lifts are checked against real-world models of doors.", "cs.LO"),
    "rain": ("Spiking neural networks that count rain drops", "Spiking neural networks on a rooftop sensor count drops with a milliwatt.", "cs.NE"),
    "delays": ("Event-driven pruning of SNNs", "Synapses of spiking neural networks (SNNs) are pruned while events arrive.", "cs.NE"),
    "low_power": ("脉冲神经网络的低功耗训练", "我们在芯片上训练脉冲神经网络，功耗很低。", "cs.NE"),
    "songbird": ("Song rehearsal in the sleeping songbird brain", "Neurons of the songbird brain replay syllables at night.", "eess.AS"),
    "larvae": ("Whole-brain recordings of swimming larvae", "Light-sheet recordings follow most neurons of the larval brain during turns.", "physics.bio-ph"),
    "snails": ("Cilia keep the beat of pond snails", "Beating cilia of pond snails are coupled by mucus, not by nerves.", "q-bio.NC"),
    "primes": ("Prime races in short intervals", "We bound the bias of prime races under a hypothesis on zeros.", "math.NT"),
    "glaze": ("Cracks in ceramic glaze", "Thermal stress of glaze on stoneware follows a power law of thickness.", "cond-mat.mtrl-sci"),
    "tides_1": ("World models of tidal flats, part I: sand", "A world model of tidal flats predicts ripples of sand from drone video. We plan survey flights in it and map channels after each storm.", "cs.CV"),
    "tides_2": ("World models of tidal flats, part II: mud", "A world model of tidal flats predicts ripples of mud from drone video. We plan survey flights in it and map channels after each storm.", "cs.CV"),
    "auction": ("Truthful auctions for shared cargo bikes", "Bids for cargo bikes are truthful if prices follow a second-price rule.", "cs.GT"),
    "kelp": ("Kelp forests from multispectral drones", "Drones map canopies of kelp at low water with five bands.", "cs.CV"),
    "lattice": ("Cold atoms in a kagome lattice", "Atoms in a kagome lattice show flat bands at low filling.", "cond-mat.quant-gas"),
    "compiler": ("A compiler for stencil codes with masks", "Masks of stencil codes are hoisted out of loops by the compiler.", "cs.PL"),
    "asteroid": ("Spin states of small near-Earth asteroids", "Light curves of nineteen asteroids give periods and poles.", "astro-ph.EP"),
    "vaccine": ("Waning of protection in a seasonal trial", "Protection wanes by a third within eight months of the trial.", "q-bio.PE"),
    "poems": ("Rhyme and stress in machine-made sonnets", "Readers judge rhyme and stress of sonnets that were sampled with constraints.", "cs.CL"),
    "queues": ("Fluid limits of queues with impatient guests", "Queues with impatient guests have a fluid limit with jumps.", "math.PR"),
    "bridges": ("Fatigue of hangers on suspension bridges", "Hangers are monitored by accelerometers through two winters.", "eess.SP"),
    "neutrino": ("Light sterile neutrinos and reactor spectra", "Reactor spectra at three baselines exclude part of the plane.", "hep-ex"),
    "graphs": ("Treewidth of random intersection graphs", "Treewidth of intersection graphs jumps at a sharp threshold.", "math.CO"),
    "privacy": ("Private counts of visitors in parks", "Counts of visitors are released with noise that hides each visit.", "cs.CR"),
    "proteins": ("Folding of knotted proteins under load", "Knotted proteins fold slowly when pulled at one end.", "q-bio.BM"),
    "insurance": ("Drought insurance by satellite indices", "Payouts by satellite indices miss a quarter of the dry farms.", "q-fin.RM"),
    "sensors": ("Drift of cheap ozone sensors", "Ozone sensors drift with humidity; weekly co-location removes most of it.", "physics.ao-ph"),
    "music": ("Beat tracking for brass bands", "Brass bands rush before cadences, which beat trackers miss.", "cs.SD"),
    "ships": ("Hull roughness and fuel of coastal ships", "Roughness of the hull explains a tenth of the fuel of coastal ships.", "physics.flu-dyn"),
    "theorem": ("A proof assistant for tilings", "Tilings of the plane are checked by a proof assistant.", "cs.LO"),
    "wheat": ("Genomic selection in winter wheat", "Selection by markers shortens a breeding cycle of wheat by two years.", "q-bio.GN"),
    "lasers": ("Chirped pulses in hollow fibres", "Chirped pulses broaden in hollow fibres filled with neon.", "physics.optics"),
    "tax": ("Evasion of a small excise on bottles", "An excise on bottles is evaded at borders of counties.", "econ.GN"),
    "caves": ("Acoustic mapping of flooded caves", "Echoes map flooded caves where divers cannot go.", "eess.AS"),
    "clouds": ("Entrainment at the tops of shallow clouds", "Entrainment at cloud tops depends on droplets more than on shear.", "physics.ao-ph"),
    "hashes": ("Collisions of reduced-round sponge hashes", "Sponge hashes of four rounds have practical collisions.", "cs.CR"),
}  # fmt: skip
"""Name -> title, abstract and category of a work of the day."""

_SUBJECTS = (
    "amber basalt cedar dialect enamel fresco gypsum harvest ivory jasper kiln lichen marble nectar "
    "orchid pollen quarry resin saffron timber umber velvet walnut yarrow zinc anvil barley copper "
    "damask ember flint granite hemlock indigo juniper kestrel lantern mortar nutmeg obsidian parchment "
    "quartz rosin sandal thistle urchin vellum willow xenon yeast zephyr acorn birch clover dahlia elm "
    "fennel ginger heather iris jade larch maple nettle oats poppy quince rush sedge tansy vetch wheat"
)


def invented_key(number: int) -> str:
    return f"arxiv:2603.{number:05d}"


NUMBER_OF = {name: number for number, name in enumerate(NAMED, 1)}
KEY_OF = {name: invented_key(number) for name, number in NUMBER_OF.items()}
"""Name of a work of the day -> its key."""

EXAMPLE_KEYS = tuple(invented_key(number) for number in range(501, 501 + len(EXAMPLES)))


def invented_day(people: Mapping[str, str] | None = None) -> Iterator[Record]:
    """Yield the works of the day and, announced before it, the examples.

    Args:
        people: Name of a work -> its first author; others are by people of their own.
    """
    for name, (title, abstract, category) in NAMED.items():
        author = (people or {}).get(name, f"Person of {name}")
        yield _record(NUMBER_OF[name], title, abstract, category, author, DAY)
    words = _SUBJECTS.split()
    for number in range(101, 101 + NUM_OTHERS):
        drawn = Random(number).sample(words, 16)
        title, abstract = " ".join(drawn[:4]), f"Notes on {' '.join(drawn[4:])}."
        yield _record(number, title, abstract, "physics.hist-ph", f"Person {number}", DAY)
    for number, (title, abstract) in enumerate(EXAMPLES, 501):
        yield _record(number, title, abstract, "cs.LG", f"Person {number}", BEFORE)


def _record(number: int, title: str, abstract: str, category: str, author: str, day: str) -> Record:
    identifier = Identifier("arxiv", f"2603.{number:05d}")
    return Record(
        "arxiv_announce",
        f"oai:{identifier.value}v1",
        (identifier,),
        title,
        authors=(Author(author), Author(f"Colleague of {author}")),
        abstract=abstract,
        categories=(category,),
        version=1,
        datestamp=day,
        published=day,
        versions=(Version(1, announced=day),),
        announcements=(Announcement("arxiv_announce", day, "new", category, 1),),
    )
