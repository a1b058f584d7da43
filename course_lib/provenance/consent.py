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
    """What a consent.toml says.

    Args:
        subject: Who agreed.
        purpose: To what.
        date, expiry: datetime.date, first and last day on which it holds.
        sha256: Of the file.
    """

    subject: str
    purpose: str
    date: datetime.date
    expiry: datetime.date
    sha256: str


def template(today=None):
    """A consent.toml to fill in: the subject and the purpose are empty.

    Args:
        today: datetime.date, by default the present day.
    Returns:
        Its text.
    Lesson 01.
    """
    today = today or datetime.date.today()
    return (f'subject = ""         # who is in the pictures and agreed to this\n'
            f'purpose = ""         # what they agreed to, for instance "exercises of the course, never published"\n'
            f"date = {today}    # the day on which they agreed\n"
            f"expiry = {today + datetime.timedelta(days=365)}  # the last day on which it holds\n")


def require(folder, today=None):
    """The consent beside the images in a folder; it must be there, complete and not expired.

    Args:
        folder: Path of the folder.
        today: datetime.date, by default the present day.
    Returns:
        Consent.
    Raises:
        ConsentError: With the template to copy, when consent.toml is absent, cannot be read, lacks a field, or does not
            hold today.
    Lesson 01.
    """
    today = today or datetime.date.today()
    file = Path(folder) / FILE

    def refusal(reason):
        return ConsentError(f"{reason}. Pictures of people are opened only with their consent. Copy this into {file}, "
                            f"fill it in with the person who is shown, and try again:\n\n{template(today)}")

    try:
        raw = file.read_bytes()
        fields = tomllib.loads(raw.decode("utf-8-sig"))
    except FileNotFoundError:
        raise refusal(f"{folder} holds no {FILE}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise refusal(f"{file} cannot be read ({in_words(error)})") from error
    for name in ("subject", "purpose"):
        if not isinstance(fields.get(name), str) or not fields[name].strip():
            raise refusal(f"{file} names no {name}")
    days = {}
    for name in ("date", "expiry"):
        try:
            days[name] = _day(fields.get(name))
        except ValueError:
            problem = f"is {fields[name]!r}" if name in fields else "is missing"
            raise refusal(f"{name} {problem} in {file}; expected a day such as {today}") from None
    if days["date"] > today:
        raise refusal(f"{file} is dated {days['date']}, which is after today ({today})")
    if days["expiry"] < days["date"]:
        raise refusal(f"{file} expires on {days['expiry']}, before its own date {days['date']}")
    if days["expiry"] < today:
        raise refusal(f"the consent in {file} expired on {days['expiry']}")
    return Consent(fields["subject"].strip(), fields["purpose"].strip(), **days, sha256=hashlib.sha256(raw).hexdigest())


def _day(value):
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, str):
        return datetime.date.fromisoformat(value)
    raise ValueError(value)
