"""Checks suite 2 of the envelope against OpenSSL, in both directions.

    python3 tests/peers/sm_peer.py

builds `app/envelope/examples/sm_peer.rs` and puts questions to it. SM2 and SM3 are the `openssl` command's (3.0 or
later), SM4-GCM is that of the package `cryptography`, whose wheels carry an OpenSSL of their own (requirements.txt).
Nothing here is shared with the crate: objects, messages, slips and keys are taken apart and put together from the
format in the crate's documentation.

The last line says how many checks held; the exit code is 0 only if all did.
"""

import hashlib
import pathlib
import secrets
import subprocess
import sys
import tempfile

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROUNDS = 24  # enough for coordinates and signatures with and without a leading zero byte
SIGNER_ID = "1234567812345678"
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
OBJECT, MESSAGE, SLIP = b"mingbai object\x01", b"mingbai county message\x01", b"mingbai slip\x01"
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

OID_EC_PUBLIC_KEY = bytes.fromhex("06072a8648ce3d0201")
OID_SM2 = bytes.fromhex("06082a811ccf5501822d")


class Crate:
    """The example program, asked one line at a time."""

    def __init__(self):
        command = ["cargo", "run", "--quiet", "-p", "envelope", "--example", "sm_peer"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, command, *arguments):
        words = [word if isinstance(word, str) else word.hex() or "-" for word in arguments]
        self.process.stdin.write(" ".join([command, *words]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            sys.exit("the example program ended")
        return answer

    def ask_bytes(self, command, *arguments):
        answer = self.ask(command, *arguments)
        if answer.startswith("refused"):
            return None
        return b"" if answer == "-" else bytes.fromhex(answer)


class Checks:
    """What was checked and whether it held."""

    def __init__(self):
        self.held = {}
        self.failed = 0

    def that(self, name, holds):
        if holds:
            self.held[name] = self.held.get(name, 0) + 1
        else:
            self.failed += 1
            print(f"FAILED: {name}")


def der(tag, *parts):
    """A DER value of less than 128 bytes, which all of ours are."""
    body = b"".join(parts)
    assert len(body) < 128
    return bytes([tag, len(body)]) + body


def der_number(value):
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def undo_numbers(encoded):
    """The two numbers of a signature in DER."""
    assert encoded[0] == 0x30 and encoded[1] == len(encoded) - 2
    numbers, rest = [], encoded[2:]
    while rest:
        assert rest[0] == 0x02
        numbers.append(int.from_bytes(rest[2 : 2 + rest[1]], "big"))
        rest = rest[2 + rest[1] :]
    r, s = numbers
    return r, s


class OpenSsl:
    """The `openssl` command, with its files in a folder that is gone afterwards."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def file(self, content):
        path = self.folder / secrets.token_hex(8)
        path.write_bytes(content)
        return str(path)

    def run(self, *arguments):
        """What it writes, or None if it refuses."""
        done = subprocess.run(["openssl", *arguments], capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else None

    def sm3(self, content):
        return self.run("dgst", "-sm3", "-binary", self.file(content))

    def private_key(self, number):
        """A key file of a secret number: SEC 1 `ECPrivateKey`."""
        secret = der(0x04, number.to_bytes(32, "big"))
        return self.file(der(0x30, der_number(1), secret, der(0xA0, OID_SM2)))

    def public_point(self, private):
        """The compressed point of a key file."""
        key = self.run(
            "ec", "-inform", "DER", "-in", private, "-pubout", "-outform", "DER", "-conv_form", "compressed"
        )
        return key[-33:]

    def public_key(self, point):
        """A key file of a compressed point: `SubjectPublicKeyInfo`."""
        algorithm = der(0x30, OID_EC_PUBLIC_KEY, OID_SM2)
        return self.file(der(0x30, algorithm, der(0x03, b"\x00", point)))

    def sign(self, private, content):
        return self.run(
            "pkeyutl", "-sign", "-keyform", "DER", "-inkey", private, "-rawin", "-digest", "sm3",
            "-pkeyopt", f"distid:{SIGNER_ID}", "-in", self.file(content),
        )

    def verifies(self, point, content, signature):
        done = self.run(
            "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", self.public_key(point), "-rawin",
            "-digest", "sm3", "-pkeyopt", f"distid:{SIGNER_ID}", "-in", self.file(content),
            "-sigfile", self.file(signature),
        )
        return done is not None

    def encrypt(self, point, content):
        return self.run(
            "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", self.public_key(point),
            "-in", self.file(content),
        )

    def decrypt(self, private, content):
        return self.run("pkeyutl", "-decrypt", "-keyform", "DER", "-inkey", private, "-in", self.file(content))


def sm4_gcm_seal(key, nonce, header, plain):
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(header)
    return encryptor.update(plain) + encryptor.finalize() + encryptor.tag


def sm4_gcm_open(key, nonce, header, sealed):
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, sealed[-16:])).decryptor()
    decryptor.authenticate_additional_data(header)
    try:
        return decryptor.update(sealed[:-16]) + decryptor.finalize()
    except InvalidTag:
        return None


def grow(openssl, purpose, seed):
    """The secret number that the format grows from a seed."""
    for attempt in range(256):
        number = int.from_bytes(openssl.sm3(purpose + b"\x01" + seed + bytes([attempt])), "big")
        if 1 <= number <= ORDER - 2:
            return number
    raise AssertionError("no number grew")


def key_id(public):
    return hashlib.sha256(b"mingbai key\x01" + public).digest()[:4]


class Parties:
    """A kiosk and a county, their keys grown from seeds by OpenSSL alone."""

    def __init__(self, openssl, kiosk_seed, county_seed):
        self.kiosk_seed, self.county_seed = kiosk_seed, county_seed
        signing, opening = b"mingbai sm2 signing", b"mingbai sm2 opening"
        self.kiosk = openssl.private_key(grow(openssl, signing, kiosk_seed))
        self.county_opening = openssl.private_key(grow(openssl, opening, county_seed[:32]))
        self.county_signing = openssl.private_key(grow(openssl, signing, county_seed[32:]))
        self.kiosk_point = openssl.public_point(self.kiosk)
        self.sealing_point = openssl.public_point(self.county_opening)
        self.county_point = openssl.public_point(self.county_signing)
        self.kiosk_public = b"\x02" + (3).to_bytes(2, "big") + self.kiosk_point
        self.county_public = b"\x02" + self.sealing_point + self.county_point

    def header(self, kind, packing):
        kiosk = (3).to_bytes(2, "big") + key_id(self.kiosk_public)
        return bytes([1, 2, kind, packing]) + kiosk + key_id(self.county_public)


def undo_tail(signed):
    """What is signed, and the signature in DER before the last byte, which is its length."""
    length = signed[-1]
    return signed[: -1 - length], signed[-1 - length : -1]


def with_tail(signed, signature):
    return signed + signature + bytes([len(signature)])


def open_object(openssl, parties, sealed):
    """The content of an object; None if its signature or its seal does not hold."""
    signed, signature = undo_tail(sealed)
    if not openssl.verifies(parties.kiosk_point, OBJECT + signed, signature):
        return None
    header, rest = signed[:14], signed[14:]
    if header != parties.header(1, 0):
        return None
    wrapped_length = 2 + rest[1]
    key = openssl.decrypt(parties.county_opening, rest[:wrapped_length])
    nonce, body = rest[wrapped_length : wrapped_length + 12], rest[wrapped_length + 12 :]
    return None if key is None else sm4_gcm_open(key, nonce, header, body)


def seal_object(openssl, parties, plain):
    header, key, nonce = parties.header(1, 0), secrets.token_bytes(16), secrets.token_bytes(12)
    wrapped = openssl.encrypt(parties.sealing_point, key)
    signed = header + wrapped + nonce + sm4_gcm_seal(key, nonce, header, plain)
    return with_tail(signed, openssl.sign(parties.kiosk, OBJECT + signed))


def flipped(content):
    """The bytes with one bit of their last third another, past everything that only names keys."""
    at = len(content) * 2 // 3
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def check_keys(checks, crate, parties):
    ours = crate.ask("keys", parties.kiosk_seed, parties.county_seed)
    theirs = f"{parties.kiosk_public.hex()} {parties.county_public.hex()}"
    checks.that("both grow the same keys from a seed", ours == theirs)


def check_objects(checks, crate, openssl, parties, plain, random_seed):
    ours = crate.ask_bytes("seal", parties.kiosk_seed, parties.county_public, random_seed, plain)
    checks.that("OpenSSL opens the crate's object", open_object(openssl, parties, ours) == plain)
    checks.that(
        "OpenSSL refuses the crate's object with a bit changed", open_object(openssl, parties, flipped(ours)) is None
    )
    theirs = seal_object(openssl, parties, plain)
    opened = crate.ask_bytes("open", parties.kiosk_public, parties.county_seed, theirs)
    checks.that("the crate opens OpenSSL's object", opened == plain)
    opened = crate.ask_bytes("open", parties.kiosk_public, parties.county_seed, flipped(theirs))
    checks.that("the crate refuses OpenSSL's object with a bit changed", opened is None)
    signed, _ = undo_tail(theirs)
    for_a_slip = with_tail(signed, openssl.sign(parties.kiosk, SLIP + signed))
    opened = crate.ask_bytes("open", parties.kiosk_public, parties.county_seed, for_a_slip)
    checks.that("the crate refuses OpenSSL's object signed for another purpose", opened is None)


def check_messages(checks, crate, openssl, parties):
    ours = crate.ask_bytes("sign", parties.county_seed)
    signed, signature = undo_tail(ours)
    begins = ours[:6] == bytes([1, 2]) + key_id(parties.county_public)
    verified = openssl.verifies(parties.county_point, MESSAGE + signed, signature)
    checks.that("OpenSSL verifies the crate's county message", begins and verified)
    # CBOR: [2, {0: "140428-003-000018-4", 1: 5, 3: 7}]
    body = bytes.fromhex("8202a3") + b"\x00\x73140428-003-000018-4" + bytes.fromhex("01050307")
    signed = ours[:6] + body
    theirs = with_tail(signed, openssl.sign(parties.county_signing, MESSAGE + signed))
    answer = crate.ask("verify", parties.county_public, theirs)
    checks.that("the crate verifies OpenSSL's county message", answer == "status 140428-003-000018-4")
    answer = crate.ask("verify", parties.county_public, flipped(theirs))
    checks.that("the crate refuses OpenSSL's county message with a bit changed", answer.startswith("refused"))


def check_slips(checks, crate, openssl, parties):
    code = crate.ask("issue", parties.kiosk_seed)
    number = 0
    for digit in code:
        number = number << 5 | DIGITS.index(digit)
    content = (number >> 3).to_bytes(99, "big")
    signed, r, s = content[:35], content[35:67], content[67:]
    signature = der(0x30, *(der_number(int.from_bytes(part, "big")) for part in (r, s)))
    verified = signed[0] == 2 and openssl.verifies(parties.kiosk_point, SLIP + signed, signature)
    checks.that("OpenSSL verifies the crate's slip code", verified)

    signed = b"\x02" + secrets.token_bytes(16) + (140428).to_bytes(4, "big") + b"\x00\x03" + secrets.token_bytes(12)
    r, s = undo_numbers(openssl.sign(parties.kiosk, SLIP + signed))
    content = signed + r.to_bytes(32, "big") + s.to_bytes(32, "big")
    number = int.from_bytes(content, "big") << 3
    code = "".join(DIGITS[number >> 5 * place & 31] for place in reversed(range(159)))
    answer = crate.ask("check", parties.kiosk_public, code)
    checks.that("the crate verifies OpenSSL's slip code", answer == "genuine")
    altered = code[:30] + DIGITS[DIGITS.index(code[30]) ^ 1] + code[31:]
    answer = crate.ask("check", parties.kiosk_public, altered)
    checks.that("the crate refuses OpenSSL's slip code with a digit changed", answer.startswith("refused"))


def main():
    checks, crate = Checks(), Crate()
    with tempfile.TemporaryDirectory() as folder:
        openssl = OpenSsl(folder)
        # The seeds and the content of the object that the crate's tests pin.
        pinned = Parties(openssl, b"\x11" * 32, b"\x22" * 64)
        check_objects(checks, crate, openssl, pinned, "明白".encode(), b"\x33" * 32)
        for round_number in range(ROUNDS):
            parties = Parties(openssl, secrets.token_bytes(32), secrets.token_bytes(64))
            plain = secrets.token_bytes(37 * round_number)
            check_keys(checks, crate, parties)
            check_objects(checks, crate, openssl, parties, plain, secrets.token_bytes(32))
            check_messages(checks, crate, openssl, parties)
            check_slips(checks, crate, openssl, parties)
    for name, times in checks.held.items():
        print(f"{times:4}  {name}")
    print(f"{sum(checks.held.values())} checks held, {checks.failed} failed")
    return 0 if checks.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
