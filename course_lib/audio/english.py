"""English text to phones: a small dictionary, then letter-to-sound rules. Lesson 08.

The rules are in the manner of Elovitz et al., "Letter-to-sound rules for automatic translation of English text to
phonetics" (IEEE Trans. ASSP 24(6), 1976): the first rule that fits at a letter says what its letters sound like.
"""

import re

# Words that the rules would get wrong; 1 marks the stressed vowel. Words without a mark carry no stress.
WORDS = {entry.split()[0]: entry.split()[1:] for entry in """
a AX|an AX N|and AX N D|the DH AX|of AH V|to T UW|in IH N|is IH Z|it IH T|i AY1|you Y UW|he HH IY|she SH IY|we W IY
they DH EY|be B IY|been B IH N|was W AH Z|were W ER|are AA R|am AE M|have HH AE V|has HH AE Z|had HH AE D|do D UW
does D AH1 Z|did D IH D|done D AH1 N|not N AA1 T|no N OW1|none N AH1 N|one W AH1 N|once W AH1 N S|two T UW1
four F AO1 R|eight EY1 T|my M AY|your Y AO R|our AW ER|their DH EH R|there DH EH R|where W EH1 R|who HH UW1
whose HH UW1 Z|what W AH1 T|would W UH D|could K UH D|should SH UH D|some S AH M|come K AH1 M|from F R AH M
for F AO R|or AO R|as AE Z|at AE T|by B AY|this DH IH S|that DH AE T|these DH IY Z|those DH OW Z|with W IH TH
without W IH DH AW1 T|said S EH1 D|says S EH1 Z|say S EY1|any EH1 N IY|many M EH1 N IY|people P IY1 P AX L
person P ER1 S AX N|woman W UH1 M AX N|women W IH1 M AX N|friend F R EH1 N D|voice V OY1 S|voices V OY1 S AX Z
video V IH1 D IY OW|videos V IH1 D IY OW Z|picture P IH1 K CH ER|image IH1 M AX JH|real R IY1 AX L|fake F EY1 K
synthetic S IH N TH EH1 T IH K|computer K AX M P Y UW1 T ER|face F EY1 S|mouth M AW1 TH|eye AY1|eyes AY1 Z
lips L IH1 P S|word W ER1 D|words W ER1 D Z|work W ER1 K|world W ER1 L D|speak S P IY1 K|speech S P IY1 CH
hear HH IY1 R|heard HH ER1 D|sound S AW1 N D|listen L IH1 S AX N|people's P IY1 P AX L Z|never N EH1 V ER
ever EH1 V ER|every EH1 V R IY|very V EH1 R IY|only OW1 N L IY|other AH1 DH ER|another AX N AH1 DH ER
mother M AH1 DH ER|about AX B AW1 T|again AX G EH1 N|against AX G EH1 N S T|because B IH K AO1 Z|before B IH F AO1 R
after AE1 F T ER|water W AO1 T ER|money M AH1 N IY|move M UW1 V|moves M UW1 V Z|movie M UW1 V IY|love L AH1 V
live L IH1 V|give G IH1 V|gone G AO1 N|good G UH1 D|great G R EY1 T|head HH EH1 D|bread B R EH1 D|ready R EH1 D IY
build B IH1 L D|buy B AY1|busy B IH1 Z IY|sure SH UH1 R|talk T AO1 K|walk W AO1 K|through TH R UW|though DH OW
thought TH AO1 T|enough IH N AH1 F|laugh L AE1 F|know N OW1|known N OW1 N|answer AE1 N S ER|minute M IH1 N AX T
second S EH1 K AX N D|hour AW1 ER|today T AX D EY1|tomorrow T AX M AA1 R OW|president P R EH1 Z AX D AX N T
machine M AX SH IY1 N|model M AA1 D AX L|signal S IH1 G N AX L|truth T R UW1 TH|true T R UW1|false F AO1 L S
question K W EH1 S CH AX N|hello HH AX L OW1|name N EY1 M|please P L IY1 Z|thank TH AE1 NG K|thanks TH AE1 NG K S
yes Y EH1 S|okay OW K EY1|tiger T AY1 G ER|psychology S AY K AA1 L AX JH IY|deepfake D IY1 P F EY K
deepfakes D IY1 P F EY K S|nobody N OW1 B AX D IY|camera K AE1 M R AX|evidence EH1 V IH D AX N S|quiet K W AY1 AX T
changes CH EY1 N JH AX Z|change CH EY1 N JH|mr M IH1 S T ER|zero Z IH1 R OW|three TH R IY1|five F AY1 V|six S IH1 K S
seven S EH1 V AX N|nine N AY1 N|ten T EH1 N|eleven IH L EH1 V AX N|twelve T W EH1 L V|thirteen TH ER T IY1 N
fifteen F IH F T IY1 N|twenty T W EH1 N T IY|thirty TH ER1 T IY|forty F AO1 R T IY|fifty F IH1 F T IY
sixty S IH1 K S T IY|seventy S EH1 V AX N T IY|eighty EY1 T IY|ninety N AY1 N T IY|hundred HH AH1 N D R AX D
thousand TH AW1 Z AX N D|million M IH1 L Y AX N|ada EY1 D AX|bruno B R UW1 N OW|chidi CH IY1 D IY
dolores D AX L AO1 R AX S|elif EH L IY1 F|finn F IH1 N|grace G R EY1 S|hiro HH IH1 R OW|ines IY N EH1 S
jamal JH AX M AA1 L|kavya K AA1 V Y AX|leo L IY1 OW
""".strip().replace("\n", "|").split("|")}

# A rule is left/letters/right/phones. Left and right are regular expressions (V a vowel, C a consonant, * anything, ^
# and $ the ends of the word); "+" joins phones, "-" is silence. The letter before the colon is the one that all rules
# behind it begin with.
_RULES = """
a: */augh/*/AO */au/*/AO */aw/*/AO */air/*/EH+R */ai/*/EY */ay/*/EY */age/$/AX+JH */ar/$/ER ^C?/ar/$/AA+R
   */are/$/EH+R */ar/[aeiou]/EH+R */ar/*/AA+R */all/*/AO+L */alk/*/AO+K [a-z]{2}/able/$/AX+B+AX+L
   */a/(ble|dle|tle)/EY C/al/$/AX+L */a/C(e$|es$|ed$|ing)/EY */a/(st|th|ng)e$/EY */a/C[iy]C*[aeo]/EY
   */a/(tion|cian)/EY w/a/(?![kgx])/AA .+/a/$/AX */a/*/AE
b: */bb/*/B m/b/$/- */b/*/B
c: ^/ch/r/K */cch/*/CH */tch/*/CH */ch/*/CH s/c/[eiy]/- */ci/[ao]/SH */cc/[eiy]/K+S */cc/*/K */ck/*/K */c/[eiy]/S
   */c/*/K
d: */dd/*/D */dge/*/JH */dg/*/JH */d/*/D
e: */eigh/*/EY */ei/*/IY */ear/C/ER */ear/*/IH+R */ea/d$/EH */ea/(th|lth|sure|nt)/EH */ea/*/IY */eer/*/IH+R */ee/*/IY
   */ew/*/Y+UW [rl]/eu/*/UW */eu/*/Y+UW */ey/$/IY */ey/*/EY [td]/ed/$/AX+D ([pkfxc]|sh|ch|ss)/ed/$/T */ed/$/D
   ([sxzcg]|sh|ch)/es/$/AX+Z V.*/es/$/Z V.*C/e/$/- V.*C/e/(ly|ness|ment|ful|less)/- ^C*/e/$/IY */er/$/ER */er/C/ER
   */er/V/EH+R V.*C/el/$/AX+L V.*C/en/$/AX+N V.*/ent/$/AX+N+T */e/C(e$|es$|ed$)/IY ^[rd]/e/CV/IH */e/*/EH
f: */ff/*/F */f/*/F
g: */ght/*/T */gg/*/G ^/gn/*/N */gn/$/N */gh/$/- i/gh/*/- ^/gh/*/G */gu/[ei]/G ^/g/(et|irl|if|ear|oo)/G */ge/$/JH
   */ge/(s$|d$|ment|ous)/JH */g/[eiy]/JH */g/*/G
h: V/h/$/- */h/V/HH */h/*/-
i: */igh/*/AY */ign/$/AY+N */ild/$/AY+L+D */ind/$/AY+N+D */ique/$/IY+K */ie/$/AY */ied/$/AY+D */ies/$/IY+Z */ie/*/IY
   */ir/V/AY+R */ir/*/ER */ize/$/AY+Z */ise/$/AY+Z */ing/$/IH+NG */i/C(e$|es$|ed$|er$|ers$)/AY ^C*/i/C?$/IH ^/i/$/AY
   */ia/*/IY+AX */io/*/IY+AX */i/$/IY */i/*/IH
j: */j/*/JH
k: ^/k/n/- */kk/*/K */k/*/K
l: */ll/*/L C/le/$/AX+L o/l/[km]/- */l/*/L
m: */mm/*/M */m/*/M
n: */nn/*/N */nge/$/N+JH */ng/(er|est|$|s$|ed$|ly)/NG */ng/*/NG+G */nges/$/N+JH+AX+Z */n/([kqx]|c(?![eiyh]))/NG
   */n/*/N
o: */ough/t/AO */ough/*/OW */ould/*/UH+D */ous/$/AX+S */our/*/AO+R */ou/[pv]/UW */ou/*/AW */ow/n$/AW */ow/$/OW
   */ow/*/OW */oor/*/AO+R */oo/k/UH */oo/*/UW */oy/*/OY */oi/*/OY */oa/*/OW */oe/$/OW w/or/[dkmst]/ER
   [a-z]{3}/or/$/ER */or/*/AO+R */old/*/OW+L+D */oll/$/OW+L */ost/$/OW+S+T */o/C(e$|es$|ed$|er$|en$|ing)/OW
   C/on/$/AX+N */o/$/OW */o/(th|ng)/AO */o/C[iu]V/OW */o/*/AA
p: */ph/*/F */pp/*/P ^/ps/*/S */p/*/P
q: */que/$/K */qu/*/K+W */q/*/K
r: */rr/*/R ^/rh/*/R ^/wr/*/R */r/*/R
s: */sch/*/S+K */sh/*/SH */sion/$/ZH+AX+N */ssion/$/SH+AX+N */ss/*/S */sur/e/ZH+ER */sc/[eiy]/S
   V/s/(e$|es$|ed$|ing|y$)/Z ([bdglmnrvw]|V)/s/$/Z V/sm/$/Z+AX+M */s/*/S
t: */tion/*/SH+AX+N */tial/*/SH+AX+L */ture/*/CH+ER */tch/*/CH */tt/*/T ^/th/(e|a|is|en|ere|ey|em|us)$/DH */th/er/DH
   */the/$/DH */th/*/TH s/t/(le|en)$/- */t/*/T
u: */ur/V/Y+UH+R */ur/*/ER */uy/*/AY g/u/V/- g/ue/$/- [rljs]/ue/$/UW */ue/$/Y+UW [rljs]/u/CV/UW ch/u/CV/UW
   */u/C[eiao]/Y+UW */ui/*/UW ^/uni/*/Y+UW+N+IH */u/$/UW */ull/$/UH+L f/ul/$/AX+L */u/*/AH
v: */v/*/V
w: */wh/o/HH */wh/*/W ^/wr/*/R */w/*/W
x: ^/x/*/Z */x/*/K+S
y: ^/y/*/Y ^C*/y/$/AY */y/$/IY C/y/Ce$/AY C/y/*/IH */y/*/Y
z: */zz/*/Z */z/*/Z
"""
_CLASSES = {"V": "[aeiouy]", "C": "[bcdfghjklmnpqrstvwxz]"}


def _read(rule):
    left, letters, right, phones = rule.split("/")
    left, right = (re.sub("[VC]", lambda match: _CLASSES[match[0]], side) for side in (left, right))
    return left, letters, right, phones


RULES = {block[0]: [_read(rule) for rule in block[2:].split()] for block in re.split(r"\n(?=[a-z]:)", _RULES.strip())}

ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen""".split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
SPELLED = dict(zip("abcdefghijklmnopqrstuvwxyz", """EY B+IY S+IY D+IY IY EH+F JH+IY EY+CH AY JH+EY K+EY EH+L EH+M EH+N
OW P+IY K+Y+UW AA+R EH+S T+IY Y+UW V+IY D+AH+B+AX+L+Y+UW EH+K+S W+AY Z+IY""".split()))


def number_words(number):
    """A whole number in English words.

    Args:
        number: 0 to 999,999,999.
    Returns:
        A list of words; for larger ones its digits one by one.
    Lesson 08.
    """
    if number < 20:
        return [ONES[number]]
    if number < 100:
        return [TENS[number // 10], *number_words(number % 10)][: 1 + (number % 10 > 0)]
    for unit, name in ((1_000_000, "million"), (1000, "thousand"), (100, "hundred")):
        if unit <= number < 1000 * unit:
            rest = number_words(number % unit) if number % unit else []
            return [*number_words(number // unit), name, *rest]
    return [ONES[int(digit)] for digit in str(number)]


def word_phones(word):
    """One English word as phones.

    Args:
        word: Letters a to z and apostrophes, lower case.
    Returns:
        A list of ARPAbet phones; the stressed vowel ends in "1".
    Lesson 08.
    """
    if word in WORDS:
        return list(WORDS[word])
    letters, at, found = word.replace("'", ""), 0, []
    if not re.search(_CLASSES["V"], letters):
        return [phone for letter in letters for phone in SPELLED[letter].split("+")]
    while at < len(letters):
        for left, middle, right, phones in RULES[letters[at]]:
            if (letters.startswith(middle, at) and (left == "*" or re.search(f"(?:{left})$", letters[:at]))
                    and (right == "*" or re.match(right, letters[at + len(middle):]))):
                found += [] if phones == "-" else phones.split("+")
                at += len(middle)
                break
        else:
            at += 1
    return stress(found)


def stress(phones):
    """Marks the first full vowel of a word as stressed.

    Args:
        phones: ARPAbet.
    Returns:
        A list in which that vowel ends in "1".
    Lesson 08.
    """
    from course_lib.audio.phones import VOWELS

    for k, phone in enumerate(phones):
        if phone in VOWELS and phone != "AX":
            return [*phones[:k], phone + "1", *phones[k + 1:]]
    return list(phones)
