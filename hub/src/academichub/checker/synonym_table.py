"""Synonyms and opposites in the language of abstracts: tables from general knowledge."""

from __future__ import annotations

from academichub.checker.word_weights import stem

_MORE = (
    "increase raise elevate enhance boost augment upregulate promote heighten improve higher rise "
    "amplify strengthen"
)
_LESS = (
    "decrease reduce lower diminish decline lessen suppress inhibit attenuate downregulate drop "
    "fall impair weaken"
)
_SYNONYMS = f"""
{_MORE} gain greater grow
{_LESS} smaller shrink mitigate
cause lead induce trigger drive provoke result
prevent avoid block protect stop
cancer tumor carcinoma neoplasm malignancy oncology tumorigenesis carcinogenesis cancerous
heart cardiac cardiovascular coronary myocardial
kidney renal nephropathy
liver hepatic hepatocyte
lung pulmonary respiratory
brain cerebral neural neuronal neuron cortical
mouse mice murine rodent
child children pediatric infant newborn neonatal
death mortality fatal lethal die survival
drug medication pharmacological therapeutic treatment therapy treat
skin cutaneous dermal epidermal
bone skeletal osteogenic
gut intestine intestinal gastrointestinal
blood serum plasma hematopoietic
stomach gastric
sugar glucose glycemic
fat adipose lipid obesity
pregnancy pregnant gestational maternal
woman women female
man men male
adult elderly older aging age
illness disease disorder condition
gene genetic genomic genome
mutation mutant variant polymorphism
protein polypeptide peptide
show demonstrate reveal indicate find report observe establish prove
suggest propose hypothesize imply
use employ utilize apply adopt leverage exploit
method approach technique procedure algorithm scheme framework
model architecture network
fast quick rapid speed efficient accelerate
big large substantial considerable huge massive extensive
small little minor tiny compact lightweight
new novel recent
important crucial critical essential vital key necessary significant
risk hazard odds likelihood probability chance
link associate association correlate correlation relate relationship connection
predict forecast predictor predictive anticipate
measure quantify assess evaluate estimate gauge evaluation assessment
compare versus contrast relative
train learn training learning
error mistake inaccuracy
accuracy precision exactness accurate precise
picture image imaging visual vision
speech spoken voice audio acoustic
language linguistic text textual
robot robotic manipulation
galaxy galactic galaxies
star stellar
sun solar
planet planetary exoplanet
earth terrestrial
sea ocean marine oceanic
climate climatic weather
light optical photonic photon
heat thermal temperature
quantum qubit
speedup accelerate faster
dataset data corpus benchmark
question query
answer response reply
person people human individual participant subject patient
cell cellular
tissue organ
virus viral
bacteria bacterial microbial microbe bacterium
antibody immune immunity immunological immunization
infection infect infectious infected
inflammation inflammatory
diet dietary nutrition nutritional
smoking smoke tobacco cigarette
stroke cerebrovascular ischemic
hypertension pressure hypertensive
surgery surgical operation
trial randomized
require need depend demand necessary necessitate
contain include comprise consist possess
absence lack deficient deficiency loss deletion knockout missing without
create build construct develop generate produce produce synthesize formation form
begin initiate onset start
end terminate cease completion
exceed surpass outperform beat better superior
equal equivalent comparable same similar identical
different distinct differ difference diverse
solve address tackle resolve
explain elucidate clarify account
control regulate modulate govern regulation
interact interaction bind binding
activate activation stimulate activator
cheap inexpensive affordable cost
safe safety secure
hard difficult challenging challenge
simple easy straightforward
cut slash halve
enable allow permit facilitate
maintain preserve retain sustain
limit restrict constrain bound
detect identify recognize detection identification recognition discover
classify categorize classification
student pupil learner
teacher educator instructor
school education educational
money financial economic economy
company firm business enterprise
government policy political
""".strip().splitlines()

_OPPOSITES = (
    (f"{_MORE} more", f"{_LESS} less worsen"),
    ("activate stimulate", "inhibit suppress block deactivate inactivate"),
    ("shorten shorter", "lengthen prolong extend longer"),
    ("greater", "fewer smaller"),
    ("more", "fewer"),
    ("positive positively", "negative negatively"),
    ("gain", "loss"),
    ("above over exceed", "below under"),
    ("outperform surpass beat superior better", "underperform inferior worse"),
    ("slow slower", "fast faster accelerate"),
    ("presence present", "absence absent lack"),
    ("stable stability", "unstable instability"),
    ("cheap inexpensive", "expensive"),
    ("necessary required", "unnecessary dispensable"),
    ("sufficient", "insufficient"),
    ("early earlier", "late later"),
    ("susceptible sensitive", "resistant resistance"),
    ("maximal maximum", "minimal minimum"),
    ("deficiency deficient", "sufficiency excess"),
)

SYNONYMS: dict[str, frozenset[str]] = {}
"""Stem -> the stems that can replace it, itself included."""

for _line in _SYNONYMS:
    _stems = frozenset(stem(word) for word in _line.split())
    for _stem in _stems:
        SYNONYMS[_stem] = SYNONYMS.get(_stem, frozenset()) | _stems

OPPOSITES: dict[str, frozenset[str]] = {}
"""Stem -> the stems with the opposite meaning."""

for _left, _right in _OPPOSITES:
    _a, _b = (frozenset(stem(word) for word in side.split()) for side in (_left, _right))
    for _stem in _a:
        OPPOSITES[_stem] = OPPOSITES.get(_stem, frozenset()) | _b
    for _stem in _b:
        OPPOSITES[_stem] = OPPOSITES.get(_stem, frozenset()) | _a
