"""English sentences without end, for synthetic voices: a small grammar and its words. Lesson 08.

Words from HELD_OUT are in no training sentence, so a measurement on them says what a model makes of new words. The
words that stand in PATTERNS themselves (the, a, and) are in both.
"""

import numpy as np

WORDS = {
    "noun": "river window garden table mountain doctor teacher summer paper bottle kitchen morning ticket station "
            "market pocket shadow mirror hammer farmer lemon button dinner basket village forest letter bridge train "
            "ship dog cat horse bird house street lamp chair floor bell cake milk sugar rain snow cloud star moon "
            "book song map film boat car shop park road door wall stone clock shoe coat hat knife spoon plate cup",
    "adjective": "small big old young happy simple perfect broken golden silver empty heavy soft quick slow warm cold "
                 "dark bright round long short blue green yellow black white brown quiet famous common modern",
    "verb": "moves brings follows finds opens makes paints helps shows carries builds covers likes takes leaves saves "
            "watches needs keeps holds throws drops wants hears forgets remembers visits",
    "place": "before behind above below near over under beside past",
    "adverb": "today often never always slowly softly maybe again soon now",
}  # fmt: skip
HELD_OUT = {
    "noun": "apple elephant piano family museum pepper tomato camel problem ribbon feather butter melon puzzle pilot",
    "adjective": "beautiful purple funny clever smooth public gentle bitter",
    "verb": "prefers improves observes forgives combines admires borrows",
    "place": "beyond within against around",
    "adverb": "finally perhaps rarely yesterday carefully",
}
PATTERNS = ("the {adjective} {noun} {verb} the {noun} {place} the {noun}", "my {noun} {verb} a {adjective} {noun}",
            "{adverb} the {noun} {verb} every {noun}", "we know that the {adjective} {noun} {adverb} {verb} a {noun}",
            "you and the {noun} were {place} a {adjective} {noun}", "the {noun} and the {noun} are {adjective}, but a "
            "{adjective} {noun} {verb} them {adverb}")


def sentence(seed, held_out=False):
    """A random sentence.

    Args:
        seed: Integer or numpy Generator.
        held_out: Whether its words are from HELD_OUT instead of WORDS.
    Returns:
        English text.
    Lesson 08.
    """
    rng = np.random.default_rng(seed)
    lists = {kind: text.split() for kind, text in (HELD_OUT if held_out else WORDS).items()}
    pattern, words = str(rng.choice(PATTERNS)), []
    for word in pattern.split():
        kind = word.strip("{},")
        words.append(word.replace(f"{{{kind}}}", str(rng.choice(lists[kind]))) if kind in lists else word)
    text = " ".join(words)
    return text[0].upper() + text[1:] + "."
