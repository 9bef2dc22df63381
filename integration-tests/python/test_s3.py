"""An S3-compatible store behind a root of the server: read, write, and nothing outside the bucket."""

import subprocess

import boto3
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from conftest import CORPUS
from moto.server import ThreadedMotoServer

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "canary-secret-7f3a", "AWS_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def store():
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
    )
    client.create_bucket(Bucket="lake")
    client.create_bucket(Bucket="private")
    client.upload_file(str(CORPUS / "data" / "people.parquet"), "lake", "people/part-0.parquet")
    yield endpoint, client
    server.stop()


@pytest.fixture(scope="module")
def server(serve, store, tmp_path_factory):
    endpoint, _ = store
    config = tmp_path_factory.mktemp("s3") / "server.toml"
    config.write_text(
        f"""
[[storage.roots]]
name = "lake"
writable = true

[storage.roots.s3]
bucket = "lake"
endpoint = "{endpoint}"
region = "us-east-1"
allow_http = true
access_key_id = "{KEYS["AWS_ACCESS_KEY_ID"]}"
secret_access_key = "{KEYS["AWS_SECRET_ACCESS_KEY"]}"
"""
    )
    return serve("--config", str(config))


def sql(polybolos: str, server, text: str) -> subprocess.CompletedProcess:
    command = [polybolos, "sql", "--url", server.url, "-c", text, "--format", "arrow"]
    return subprocess.run(command, capture_output=True, check=False)


def table(done: subprocess.CompletedProcess) -> pa.Table:
    assert done.returncode == 0, done.stderr.decode()
    return pa.ipc.open_stream(done.stdout).read_all()


def test_files_of_the_bucket_are_read(polybolos: str, server) -> None:
    answer = table(sql(polybolos, server, "select count(*) as n, max(age) as oldest from 's3://lake/people/*.parquet'"))
    assert answer.to_pydict() == {"n": [10], "oldest": [61]}


def test_results_are_written_to_the_bucket(polybolos: str, server, store) -> None:
    _, client = store
    table(sql(polybolos, server, "copy (select 1 as x, 'a' as y) to 's3://lake/out/' stored as parquet"))
    keys = [entry["Key"] for entry in client.list_objects_v2(Bucket="lake", Prefix="out/")["Contents"]]
    assert len(keys) == 1
    body = client.get_object(Bucket="lake", Key=keys[0])["Body"].read()
    assert pq.read_table(pa.BufferReader(body)).to_pydict() == {"x": [1], "y": ["a"]}


def test_another_bucket_is_refused_and_no_secret_is_told(polybolos: str, server) -> None:
    done = sql(polybolos, server, "select * from 's3://private/x.parquet'")
    assert done.returncode == 1
    assert b"PERMISSION_DENIED" in done.stderr
    assert KEYS["AWS_SECRET_ACCESS_KEY"].encode() not in done.stderr
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in "".join(server.log)


def test_a_key_that_is_not_there_is_named(polybolos: str, server) -> None:
    done = sql(polybolos, server, "select * from 's3://lake/nobody.parquet'")
    assert done.returncode == 1
    assert b"FILE_NOT_FOUND" in done.stderr and b"nobody.parquet" in done.stderr
