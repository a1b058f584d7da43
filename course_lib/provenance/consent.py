"""Consent: a folder of a user's own photographs is opened only beside a consent.toml. Lesson 01."""

import datetime
import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from course_lib.faults import in_words

FILE = "consent.toml"


class ConsentError(ValueError):
    """There is no valid consent for a folder; the message holds the template to fill in."""


@dataclass(frozen=True)
class Consent:
    """subject: who agreed. purpose: to what. date, expiry: datetime.date, from and to which it holds (both included).
    sha256: of the file."""

    subject: str
    purpose: str
    date: datetime.date
    expiry: datetime.date
    sha256: str


def template(today=None):
    """The text of a consent.toml to fill in: the subject and the purpose are left empty. Lesson 01."""
    today = today or datetime.date.today()
    return (f'subject = ""         # who is in the pictures and agreed to this\n'
            f'purpose = ""         # what they agreed to, for instance "exercises of the course, never published"\n'
            f"date = {today}    # the day on which they agreed\n"
            f"expiry = {today + datetime.timedelta(days=365)}  # the last day on which it holds\n")


def require(folder, today=None):
    """The Consent beside the pictures in `folder`; it must be there, complete and not expired.

    folder: path of the folder. today: a datetime.date, by default the present day. Raises ConsentError, with the
    template to copy, when consent.toml is absent, cannot be read, lacks a field, or does not hold today. Lesson 01.
    """
    today = today or datetime.date.today()
    file = Path(folder) / FILE

    def refuse(why):
        return ConsentError(f"{why}. Pictures of people are opened only with their consent. Copy this into {file}, "
                            f"fill it in with the person who is shown, and try again:\n\n{template(today)}")

    try:
        raw = file.read_bytes()
        found = tomllib.loads(raw.decode("utf-8-sig"))
    except FileNotFoundError:
        raise refuse(f"{folder} holds no {FILE}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise refuse(f"{file} cannot be read ({in_words(error)})") from error
    for name in ("subject", "purpose"):
        if not isinstance(found.get(name), str) or not found[name].strip():
            raise refuse(f"{file} names no {name}")
    days = {}
    for name in ("date", "expiry"):
        try:
            days[name] = _day(found.get(name))
        except ValueError:
            given = f"is {found[name]!r}" if name in found else "is missing"
            raise refuse(f"{name} {given} in {file}; expected a day such as {today}") from None
    if days["date"] > today:
        raise refuse(f"{file} is dated {days['date']}, which is after today ({today})")
    if days["expiry"] < days["date"]:
        raise refuse(f"{file} expires on {days['expiry']}, before its own date {days['date']}")
    if days["expiry"] < today:
        raise refuse(f"the consent in {file} expired on {days['expiry']}")
    return Consent(found["subject"].strip(), found["purpose"].strip(), **days, sha256=hashlib.sha256(raw).hexdigest())


def _day(value):
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, str):
        return datetime.date.fromisoformat(value)
    raise ValueError(value)
