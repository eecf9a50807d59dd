"""Different names for the same thing, in the checker's joined form: a table from general knowledge.

Acronyms made of the initials of their words need no row: entity_check.py recognises those.
"""

from __future__ import annotations

_GROUPS = """
co2 carbondioxide
h2o water
o2 oxygen
n2o nitrousoxide
no nitricoxide
ch4 methane
nh3 ammonia
h2 hydrogen
ca2 calcium
us usa unitedstates america american americans
uk unitedkingdom britain british england english
eu europeanunion europe european
china chinese
india indian
africa african
asia asian
germany german
france french
japan japanese
italy italian
spain spanish
canada canadian
australia australian
sweden swedish
denmark danish
finland finnish
norway norwegian
netherlands dutch
brazil brazilian
mexico mexican
korea korean
russia russian
israel israeli
iot internetofthings
covid covid19 sarscov2 coronavirus
hiv hiv1 humanimmunodeficiencyvirus aids
tb tuberculosis mtb mycobacteriumtuberculosis
kb kappab
nfkb nfkappab rela p65
ifn interferon
il interleukin
tnf tnfalpha tnfa tumornecrosisfactor tumournecrosisfactor
tgf tgfbeta tgfb transforminggrowthfactor
t2d t2dm type2diabetes
t1d t1dm type1diabetes iddm
uv ultraviolet
ir infrared
gw gravitationalwave
ipsc ips ipscs inducedpluripotent
esc escs es embryonicstem
mirna microrna mirnas micrornas mir
lncrna lincrna longnoncodingrna longnoncodingrnas
rct rcts randomizedcontrolledtrial randomisedcontrolledtrial \
randomizedtrial randomisedtrial randomizedtrials
p53 tp53 trp53
oct4 oct3 oct34 pou5f1
nlrp3 nalp3 cryopyrin
her2 erbb2 neu
pd1 pdcd1
pdl1 cd274 b7h1
cox2 ptgs2
erk erk1 erk2 mapk mapks mitogenactivated
akt pkb
p38 mapk14
myc cmyc nmyc
lkb1 stk11
glut4 slc2a4
glut1 slc2a1
apoe apolipoproteine
apoe4 apoeepsilon4 apolipoproteine4
ldl lowdensitylipoprotein
hdl highdensitylipoprotein
ldlc ldlcholesterol
hba1c a1c glycatedhemoglobin glycosylatedhemoglobin
chd coronaryheartdisease coronaryarterydisease cad
mi myocardialinfarction
ad alzheimer alzheimers alzheimersdisease
pd parkinson parkinsons parkinsonsdisease
sle lupus
hpv papillomavirus
hcv hepatitisc
hbv hepatitisb
wnt wingless
shh sonichedgehog
egfr erbb1
kat8 mof
rank tnfrsf11a
rankl tnfsf11
tcell tcells tlymphocyte tlymphocytes
bcell bcells blymphocyte blymphocytes
nk naturalkiller
ros reactiveoxygenspecies
tfeb transcriptionfactoreb
crp creactiveprotein
bmi bodymass
ecoli escherichiacoli
celegans caenorhabditiselegans worm worms nematode
drosophila fly flies
vitamind 25hydroxyvitamind
i 1
ii 2
iii 3
iv 4
""".strip().splitlines()

ALIASES: dict[str, frozenset[str]] = {}
"""Joined name -> all joined names of the same thing, itself included."""

for _line in _GROUPS:
    _group = frozenset(_line.split())
    for _name in _group:
        ALIASES[_name] = ALIASES.get(_name, frozenset()) | _group
