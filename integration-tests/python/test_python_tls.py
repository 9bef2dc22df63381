"""The Python package against a server with TLS and tokens."""

import datetime as dt
import ipaddress
import pathlib
import subprocess

import polybolos as pb
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    made = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture(scope="module")
def guarded(serve, polybolos: str, tmp_path_factory) -> tuple[str, str, pathlib.Path]:
    """Address and token of a server, and the authority to trust."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = certificate(folder)
    made = subprocess.run([polybolos, "token", "--name", "me"], capture_output=True, text=True, check=True)
    line = next(line for line in made.stderr.splitlines() if line.startswith("me:"))
    (folder / "tokens").write_text(line + "\n", encoding="utf-8")
    server = serve("--tls-cert", str(cert), "--tls-key", str(key), "--tokens", str(folder / "tokens"))
    return f"grpc+tls://127.0.0.1:{server.port}", made.stdout.strip(), cert


def test_a_trusted_server_and_a_right_token_make_a_session(guarded) -> None:
    url, token, authority = guarded
    for ca in (authority, authority.read_bytes()):
        with pb.connect(url, token=token, tls=pb.Tls(ca=ca)) as session:
            assert session.range(3).count() == 3


def test_the_token_may_come_from_the_environment(guarded, monkeypatch) -> None:
    url, token, authority = guarded
    monkeypatch.setenv("POLYBOLOS_TOKEN", token)
    with pb.connect(url, tls=pb.Tls(ca=authority)) as session:
        assert session.range(1).count() == 1


def test_a_wrong_token_is_refused_and_never_shown(guarded) -> None:
    url, _, authority = guarded
    with pytest.raises(pb.UnauthenticatedError) as caught:
        pb.connect(url, token="not-the-secret-one", tls=pb.Tls(ca=authority))
    assert "not-the-secret-one" not in str(caught.value)


def test_an_authority_that_is_not_trusted_is_told(guarded) -> None:
    url, token, _ = guarded
    with pytest.raises(pb.UnavailableError):
        pb.connect(url, token=token)


def test_wrong_certificates_are_told_at_once(guarded, tmp_path: pathlib.Path) -> None:
    url, token, authority = guarded
    with pytest.raises(FileNotFoundError):
        pb.connect(url, token=token, tls=pb.Tls(ca=tmp_path / "nowhere.pem"))
    with pytest.raises(TypeError, match="go together"):
        pb.connect(url, token=token, tls=pb.Tls(ca=authority, certificate=authority))
    with pytest.raises(pb.InvalidArgumentError, match=r"grpc\+tls"):
        pb.connect(url.replace("+tls", ""), tls=pb.Tls(ca=authority))
    assert "pem" not in repr(pb.Tls(key=b"pem"))
