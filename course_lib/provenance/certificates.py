"""Keys, certificates and a time-stamping authority: who signed, who vouches for them, and when. Lesson 14.

Ed25519 keys and X.509 certificates from the package `cryptography`. Certificates carry the days on which they hold; no
function here looks at the clock unless no day is given.

References: Josefsson and Liusvaara 2017, RFC 8032 (Ed25519); Cooper et al. 2008, RFC 5280 (X.509); Adams et al. 2001,
RFC 3161 (time-stamps).
"""

import datetime
import hashlib
import json
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

DAYS = 365


@dataclass(frozen=True)
class Signer:
    """A private key with the certificates that say whose it is.

    Args:
        key: Ed25519PrivateKey.
        chain: Tuple of certificates, the signer's own first, the root's last.
    """

    key: Ed25519PrivateKey = field(repr=False)
    chain: tuple = field(repr=False)

    @property
    def name(self):
        """The name in the signer's certificate: whatever its issuer was willing to write there."""
        return common_name(self.chain[0].subject)

    def sign(self, data):
        """Sign bytes.

        Args:
            data: Bytes.
        Returns:
            64 bytes.
        """
        return self.key.sign(data)


def common_name(name):
    """The common name in an X.509 name.

    Args:
        name: x509.Name.
    Returns:
        str, "" when it has none.
    Lesson 14.
    """
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def authority(name, secret, start, days=10 * DAYS):
    """A root: a key that signs its own certificate. Nothing makes it trustworthy but somebody's decision to trust it.

    Args:
        name: Of the authority.
        secret: Text from which the key is made; the same text gives the same key.
        start: datetime.datetime with a time zone from which it holds.
        days: How long.
    Returns:
        Signer.
    Lesson 14.
    """
    key = _key(secret)
    return Signer(key, (_certificate(name, key.public_key(), name, key, start, days, True),))


def issue(issuer, name, secret, start, days=DAYS, may_issue=False):
    """A signer whose certificate another one signs.

    Args:
        issuer: Signer.
        name, secret, start, days: As for `authority`.
        may_issue: Whether it may sign certificates in its turn.
    Returns:
        Signer.
    Lesson 14.
    """
    key = _key(secret)
    own = _certificate(name, key.public_key(), issuer.name, issuer.key, start, days, may_issue)
    return Signer(key, (own, *issuer.chain))


def _key(secret):
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(secret.encode()).digest())


def _certificate(name, public, issuer, key, start, days, may_issue):
    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    serial = int.from_bytes(hashlib.sha256(f"{name} {issuer} {start} {public.public_bytes_raw().hex()}".encode())
                            .digest()[:16], "big") >> 1
    builder = x509.CertificateBuilder(
        issuer_name=named(issuer), subject_name=named(name), public_key=public, serial_number=serial + 1,
        not_valid_before=start, not_valid_after=start + datetime.timedelta(days=days))
    return builder.add_extension(x509.BasicConstraints(may_issue, None), critical=True).sign(key, None)


def chain_problem(chain, anchors, when, revoked=()):
    """Why a chain of certificates does not hold, in the words of a status code; "" when it does.

    Args:
        chain: Certificates, the signer's own first.
        anchors: Certificates of the roots that the verifier trusts.
        when: The moment at which the signature was made.
        revoked: Serial numbers that their issuer has withdrawn.
    Returns:
        "", "signingCredential.untrusted", "signingCredential.expired", "signingCredential.revoked" or
        "signingCredential.invalid".
    Lesson 14.
    """
    if not chain:
        return "signingCredential.invalid"
    for certificate, above in zip(chain, [*chain[1:], chain[-1]], strict=True):
        constraints = _extension(above)
        if constraints is None or (above is not certificate and not constraints.ca):
            return "signingCredential.invalid"
        try:
            certificate.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            return "signingCredential.untrusted" if above is certificate else "signingCredential.invalid"
    if any(c.serial_number in revoked for c in chain):
        return "signingCredential.revoked"
    if not all(c.not_valid_before_utc <= when <= c.not_valid_after_utc for c in chain):
        return "signingCredential.expired"
    return "" if chain[-1] in anchors else "signingCredential.untrusted"


def _extension(certificate):
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (x509.ExtensionNotFound, ValueError):
        return None


def verifies(certificate, signature, data):
    """Whether a signature over data was made with the key of a certificate.

    Args:
        certificate: x509.Certificate.
        signature, data: Bytes.
    Returns:
        bool.
    Lesson 14.
    """
    try:
        public = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return False
    if not isinstance(public, Ed25519PublicKey):  # the only kind that the course signs with
        return False
    try:
        public.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def to_text(chain):
    """Certificates as PEM text.

    Args:
        chain: Certificates.
    Returns:
        List of str.
    Lesson 14.
    """
    return [certificate.public_bytes(Encoding.PEM).decode() for certificate in chain]


def from_text(texts):
    """Certificates from PEM text.

    Args:
        texts: List of str.
    Returns:
        Tuple of certificates.
    Raises:
        ValueError: For text that holds none.
    Lesson 14.
    """
    return tuple(x509.load_pem_x509_certificate(text.encode()) for text in texts)


def timestamp(tsa, data, when):
    """A time-stamp: the authority signs the hash of the data together with the time. It proves "existed before".

    Args:
        tsa: Signer, the authority.
        data: Bytes; the authority sees only their hash.
        when: datetime.datetime with a time zone, by the authority's clock.
    Returns:
        dict of text, for `stamped_at`.
    Lesson 14.
    """
    body = {"digest": hashlib.sha256(data).hexdigest(), "time": when.isoformat()}
    return {**body, "signature": tsa.sign(_bytes(body)).hex(), "chain": to_text(tsa.chain)}


def stamped_at(token, data, anchors):
    """The time that a time-stamp proves for data, or None when it proves nothing.

    Args:
        token: dict, of `timestamp`.
        data: Bytes.
        anchors: Certificates of the time-stamping roots that the verifier trusts.
    Returns:
        datetime.datetime or None.
    Lesson 14.
    """
    try:
        chain, when = from_text(token["chain"]), datetime.datetime.fromisoformat(token["time"])
        good = verifies(chain[0], bytes.fromhex(token["signature"]), _bytes(
            {"digest": token["digest"], "time": token["time"]}))
        right = token["digest"] == hashlib.sha256(data).hexdigest()
        plain = token["signature"] == token["signature"].lower() and token["chain"] == to_text(chain)  # written one way
        return when if good and right and plain and not chain_problem(chain, anchors, when) else None
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError):
        return None


def _bytes(body):
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
