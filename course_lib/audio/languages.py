"""Spanish and German text to phones, for dubbing: both are written nearly as they are spoken. Lesson 08."""

import re
import unicodedata

SPANISH = [tuple(rule.split("/")) for rule in """
ch/CH ll/Y rr/RR qu(?=[ei])/K gu(?=[ei])/G gü/G+W c(?=[eiéí])/S c/K g(?=[eiéí])/HH j/HH h/- ñ/N+Y z/S v/B x/K+S y$/I
y(?![a-z])/I y/Y
á/A1 é/E1 í/I1 ó/O1 ú/U1 ü/U a/A e/E i(?=[aeoáéó])/Y i/I o/O u(?=[aeoáéó])/W u/U w/W k/K b/B d/D f/F g/G l/L m/M n/N
p/P r/R s/S t/T
""".split()]  # fmt: skip
GERMAN = [tuple(rule.split("/")) for rule in """
tsch/CH sch/SH ^sp/SH+P ^st/SH+T (?<=[eiäöür])ch/X (?<=ie)ch/X ch/HH ck/K ph/F qu/K+V tz/T+S ss/S ß/S pf/P+F ng/NG
nk/NG+K dt/T th/T
ie/I ei/AY ai/AY eu/OY äu/OY au/AW aa/A ee/E oo/O eh/E ah/A oh/O uh/U ih/I üh/UE öh/OE äh/E ig$/IH+X er$/AX en$/AX+N
e$/AX
z/T+S v/F w/V s(?=[aeiouäöü])/Z s/S j/Y y/UE x/K+S c/K b$/P d$/T g$/K ä/EH ö/OE ü/UE a/A e/EH i/IH o/AO u/UH
bb/B dd/D ff/F gg/G ll/L mm/M nn/N pp/P rr/R tt/T b/B d/D f/F g/G h/HH k/K l/L m/M n/N p/P r/R t/T
""".split()]  # fmt: skip
DIGITS = {"es": "cero uno dos tres cuatro cinco seis siete ocho nueve".split(),
          "de": "null eins zwei drei vier fünf sechs sieben acht neun".split()}
VOWELS = {"A", "E", "I", "O", "U", "UE", "OE", "AY", "OY", "AW", "EH", "IH", "AO", "UH"}


def word_phones(word, language):
    """One word as phones.

    Args:
        word: Letters, lower case.
        language: "es" or "de".
    Returns:
        A list of phones; the stressed vowel ends in "1" (Spanish: the written accent, otherwise by the ending; German:
        the first full vowel).
    Lesson 08.
    """
    rules, at, found = {"es": SPANISH, "de": GERMAN}[language], 0, []
    word = unicodedata.normalize("NFC", word)
    while at < len(word):
        for pattern, phones in rules:
            if match := re.compile(pattern.removeprefix("^")).match(word, at):
                if pattern[0] == "^" and at:
                    continue
                found += [] if phones == "-" else phones.split("+")
                at = match.end()
                break
        else:
            at += 1
    return found if any(phone.endswith("1") for phone in found) else _stressed(found, word, language)


def _stressed(phones, word, language):
    vowels = [k for k, phone in enumerate(phones) if phone in VOWELS]
    if not vowels:
        return phones
    last_but_one = language == "es" and len(vowels) > 1 and re.search("[aeiouns]$", word)
    k = vowels[-2 if last_but_one else -1] if language == "es" else vowels[0]
    return [*phones[:k], phones[k] + "1", *phones[k + 1:]]
