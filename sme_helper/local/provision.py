"""What an administrator sets up once for sme: a key pair, a bucket, a role, a CONNECTION.

Each step can be repeated.
"""

import configparser
import json
import os
import secrets
import string
from pathlib import Path
from typing import Any

from sme_helper.local.environment import BUCKET, CONNECTION, ROLE
from sme_helper.quoting import literal

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def make_credentials(file: Path) -> None:
    """Write a fresh random key pair in the format of the AWS tools, unless the file exists.

    Only the owner may read it.
    """
    if file.exists():
        return
    key_id = "AKIA" + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(16))
    secret = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(40))
    _write_private(
        file, f"[default]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n"
    )


def read_credentials(file: Path) -> tuple[str, str]:
    """The access key id and the secret access key."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(file)
    profile = parser["default"]
    return profile["aws_access_key_id"], profile["aws_secret_access_key"]


def admit_key(file: Path, credentials: Path) -> None:
    """Write the key pair for the AWS stand-in, which then accepts no other key."""
    key_id, secret = read_credentials(credentials)
    _write_private(file, f"[key {key_id}]\nsecret = {secret}\n")


def create_bucket(s3: Any, region: str) -> None:
    """Create the bucket for training data and models with a boto3 S3 client."""
    try:
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": region})
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass


def create_role(iam: Any) -> None:
    """Create the execution role, with which SageMaker works, by a boto3 IAM client."""
    try:
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))
    except iam.exceptions.EntityAlreadyExistsException:
        pass


def connection_statement(region: str, key_id: str, secret: str) -> str:
    """The statement that makes the CONNECTION through which Exasol and its UDFs use AWS."""
    address = f"https://{BUCKET}.s3.{region}.amazonaws.com"
    return (
        f"CREATE OR REPLACE CONNECTION {CONNECTION} TO {literal(address)} "
        f"USER {literal(key_id)} IDENTIFIED BY {literal(secret)}"
    )


def _write_private(file: Path, content: str) -> None:
    # Written aside and moved, so that a kill in between leaves no half of a file.
    written = file.with_name(file.name + ".new")
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(content)
    written.replace(file)
