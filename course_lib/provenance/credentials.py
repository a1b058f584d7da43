"""Real Content Credentials (C2PA) by the reference implementation, where the optional package is installed. Lesson 14.

`make extras` installs c2pa-python, and from then on every JPEG, PNG, WebP and MP4 that the course writes holds a C2PA
manifest too. Nothing is fetched from the network: remote manifests and revocation lists stay switched off. The
certificates are made here and no trust list knows them.

Reference: C2PA 2.4; contentauth/c2pa-python 0.38.
"""

import datetime
import io
import json
import os
import secrets
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from course_lib.profile import cache_dir

ABSENT = ("The package c2pa is not installed, so this cell is skipped: `make extras` installs it. The course's own "
          "manifests work in the same way.")
KINDS = {"jpeg": "image/jpeg", "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "mp4": "video/mp4"}
SYNTHETIC = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"
YEAR = 365  # days for which the course's own certificate holds


def available():
    """Whether c2pa-python can be used here.

    Returns:
        bool.
    Lesson 14.
    """
    try:
        import c2pa  # noqa: F401
    except (ImportError, OSError, RuntimeError):
        return False
    return True


def test_chain(now=None, days=30):
    """A root and a signer's certificate as C2PA demands them: EC P-256, with key usage, extended usage, identifiers.

    Args:
        now: datetime.datetime with a time zone at which they begin to hold; by default an hour ago.
        days: How long they hold.
    Returns:
        (signer's chain in PEM, private key in PEM, root in PEM), bytes.
    Lesson 14.
    """
    start = now or datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def certificate(name, public, issuer, signing_key, ca):
        def named(text):
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text),
                              x509.NameAttribute(NameOID.ORGANIZATION_NAME, "deepfake course, test only")])

        usage = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                               "encipher_only", "decipher_only"), False)
        builder = x509.CertificateBuilder(named(issuer), named(name), public, x509.random_serial_number(), start,
                                          start + datetime.timedelta(days=days))
        for extension, critical in (
                (x509.BasicConstraints(ca, None), True),
                (x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **usage), True),
                (x509.SubjectKeyIdentifier.from_public_key(public), False),
                (x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), False),
                *([] if ca else [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)])):
            builder = builder.add_extension(extension, critical)
        return builder.sign(signing_key, hashes.SHA256()).public_bytes(Encoding.PEM)

    root = certificate("Test root", root_key.public_key(), "Test root", root_key, True)
    leaf = certificate("Test signer", key.public_key(), "Test root", root_key, False)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return leaf + root, private, root


def sign(data, kind, chain, private, assertions, title="picture"):
    """A file with a C2PA manifest in it.

    Args:
        data: Bytes of the file.
        kind: A key of KINDS.
        chain, private: PEM, as `test_chain` gives them.
        assertions: List of {"label", "data"}.
        title: Of the file.
    Returns:
        Bytes.
    Lesson 14.
    """
    out = io.BytesIO()
    _sign(KINDS[kind], io.BytesIO(data), out, chain, private, assertions, title)
    return out.getvalue()


def _sign(mime, source, target, chain, private, assertions, title):
    import c2pa

    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=private,
                                                       ta_url=None))
    context = c2pa.Context.from_dict({"builder": {"thumbnail": {"enabled": False}}})
    text = json.dumps({"claim_generator_info": [{"name": "deepfake course"}], "title": title,
                       "assertions": assertions})
    c2pa.Builder(text, context=context).sign(signer, mime, source, target)


def own_chain():
    """The certificates with which this computer's course signs what it writes: made once, kept in the cache.

    Returns:
        (signer's chain in PEM, private key in PEM, root in PEM), bytes, as of `test_chain`.
    Lesson 14.
    """
    return _own_chain(str(cache_dir()), datetime.date.today())


@lru_cache(4)
def _own_chain(folder, today):
    file = os.path.join(folder, "credentials.json")
    try:
        with open(file, encoding="utf-8") as stored:
            record = json.load(stored)
        if str(today) < record["until"]:
            return tuple(record[name].encode() for name in ("chain", "private", "root"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # none yet, or a damaged one
    made = test_chain(days=YEAR)
    until = today + datetime.timedelta(days=YEAR - 1)
    part = f"{file}.{secrets.token_hex(4)}"
    with open(os.open(part, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as stored:
        json.dump({"until": str(until), **dict(zip(("chain", "private", "root"), (pem.decode() for pem in made),
                                                   strict=True))}, stored)
    os.replace(part, file)
    return made


def sign_file(path, suffix, title):
    """Put a C2PA manifest into a file that the course has just written: action "created", compositeSynthetic.

    Args:
        path: The file, which is replaced.
        suffix: ".jpg", ".mp4" and so on: what kind of file it is.
        title: Of the file.
    Returns:
        True, or False where the package is absent or does not know that kind of file.
    Lesson 14.
    """
    mime = KINDS.get(suffix.lower().removeprefix("."))
    if mime is None or not available():
        return False
    chain, private, _ = own_chain()
    actions = [{"action": "c2pa.created", "digitalSourceType": SYNTHETIC}]
    signed = f"{path}.{secrets.token_hex(4)}"
    try:
        with open(path, "rb") as source, open(signed, "w+b") as target:
            _sign(mime, source, target, chain, private, [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
                  title)
        os.replace(signed, path)
    finally:
        if os.path.exists(signed):
            os.remove(signed)
    return True


def read(data, kind, root=None):
    """What the reference validator says of a file.

    Args:
        data: Bytes of the file.
        kind: A key of KINDS.
        root: PEM of a root that is trusted, or None.
    Returns:
        (state, list of failure codes, manifest store as dict); ("None", [reason], {}) where there is no manifest.
    Lesson 14.
    """
    return _read(KINDS[kind], io.BytesIO(data), root)


def read_file(path):
    """What the reference validator says of a file, this computer's course being trusted.

    Args:
        path: The file; its suffix says what kind it is.
    Returns:
        dict: "state" ("Trusted", "Valid", "Invalid", "None", or "not examined"), "codes" of failures and "signer".
    Lesson 14.
    """
    mime = KINDS.get(os.path.splitext(path)[1].lower().removeprefix("."))
    if mime is None or not available():
        return {"state": "not examined", "codes": [], "signer": ""}
    with open(path, "rb") as file:
        state, codes, store = _read(mime, file, own_chain()[2])
    active = store.get("manifests", {}).get(store.get("active_manifest"), {})
    return {"state": state, "codes": codes, "signer": active.get("signature_info", {}).get("common_name", "")}


def _read(mime, stream, root):
    import c2pa

    settings = {"verify": {"remote_manifest_fetch": False, "verify_trust": root is not None}}
    if root is not None:
        settings["trust"] = {"user_anchors": root.decode()}
    try:
        with c2pa.Reader(mime, stream, context=c2pa.Context.from_dict(settings)) as reader:
            results = reader.get_validation_results() or {}
            failures = [item["code"] for item in results.get("activeManifest", {}).get("failure", [])]
            return reader.get_validation_state(), failures, json.loads(reader.json())
    except c2pa.C2paError as error:
        return "None", [str(error).split(":")[0]], {}
