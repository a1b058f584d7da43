"""From text to phones: the dictionary, the rules, numbers, and what cannot be spoken."""
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import audio
from course_lib.audio.english import RULES, WORDS, number_words, word_phones
from course_lib.audio.phones import PHONES
from course_lib.audio.visemes import DIPHTHONGS, OF_PHONE


@pytest.mark.parametrize(("word", "phones"), [
    ("sentence", "S EH1 N T EH N S"), ("stopped", "S T AA1 P T"), ("table", "T EY1 B AX L"), ("light", "L AY1 T"),
    ("knee", "N IY1"), ("nation", "N EY1 SH AX N"), ("queen", "K W IY1 N"), ("city", "S IH1 T IY"),
    ("making", "M EY1 K IH NG"), ("boat", "B OW1 T"), ("measured", "M EH1 ZH ER D"), ("watches", "W AA1 CH AX Z"),
])
def test_rules_know_how_words_sound(word, phones):
    assert word not in WORDS
    assert word_phones(word) == phones.split()


@pytest.mark.parametrize(("number", "words"), [(0, "zero"), (20, "twenty"), (105, "one hundred five"), (2026, "two "
                         "thousand twenty six"), (1_000_000, "one million"), (10**9, "one" + " zero" * 9)])
def test_numbers_are_read(number, words):
    assert number_words(number) == words.split()


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz'", min_size=1, max_size=15))
def test_any_letters_give_phones_that_can_be_said_and_seen(word):
    for phone in word_phones(word):
        plain = phone.removesuffix("1")
        assert plain in PHONES and (plain in OF_PHONE or plain in DIPHTHONGS)


def test_every_phone_of_the_dictionary_and_the_rules_exists():
    listed = {p.removesuffix("1") for phones in WORDS.values() for p in phones}
    listed |= {p for rules in RULES.values() for rule in rules if rule[3] != "-" for p in rule[3].split("+")}
    assert listed <= set(PHONES)
    assert set(PHONES) == set(OF_PHONE) | set(DIPHTHONGS)


def test_punctuation_is_a_pause_and_stress_falls_on_vowels():
    names, stressed = audio.text_to_phones("Hello, I am Ada.")
    assert names[0] == names[-1] == "SIL" and names.count("SIL") == 3
    assert [names[k] for k in stressed] == ["OW", "AY", "EY"]


def test_what_cannot_be_spoken_is_left_out_and_named():
    with pytest.warns(UserWarning, match="left out, since it cannot be spoken: \U0001f600"):
        names, _ = audio.text_to_phones("Yes \U0001f600")
    assert names == ["SIL", "Y", "EH", "S", "SIL"]


@pytest.mark.parametrize(("text", "language", "phones"), [
    ("la máquina", "es", "L A M A K I N A"), ("quién jugó", "es", "K Y E N HH U G O"), ("sch\u00f6n", "de", "SH OE N"),
    ("ich spreche", "de", "IH X SH P R EH X AX"),
])
def test_other_languages(text, language, phones):
    names, stressed = audio.text_to_phones(text, language)
    assert names[1:-1] == phones.split() and stressed


@pytest.mark.parametrize(("text", "more", "words"), [
    ("", {}, "no word"), ("...", {}, "no word"), ("x" * 3000, {}, "3,000 characters"),
    ("hi", {"language": "xx"}, "en, es, de"), ("hi", {"voice": "Obama"}, "a Voice, or one of Ada"),
])
def test_bad_texts_are_refused(text, more, words):
    with pytest.raises(ValueError, match=words):
        audio.say(text, **more)


def test_a_sentence_is_spoken_the_same_way_each_time():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = (audio.say("Nobody has ever spoken this sentence.", "Grace") for _ in range(2))
    assert first.phones == second.phones and (first.samples == second.samples).all()
    assert 1.5 < len(first.samples) / first.rate < 5
