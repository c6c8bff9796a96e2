"""A database and an AWS account as somebody else has set them up, for --backend=exasol.

They are an embedded stack that only its addresses lead to: with another bucket and role than those
of the tests' own stack, without its CONNECTION, and without a control interface.

    python -m tests.elsewhere pytest --backend=exasol tests/end_to_end/test_serving.py
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sme_helper.local import environment as env
from sme_helper.local import provision
from sme_helper.local.stack import Stack

BUCKET = "somebody-elses-bucket"
ROLE_NAME = "SomebodyElsesExecution"
ROLE = f"arn:aws:iam::123456789012:role/{ROLE_NAME}"


@contextmanager
def elsewhere(**options: Any) -> Iterator[Stack]:
    """Started with options of `Stack.start`."""
    with Stack.start(**options) as stack:
        region = stack.environment["AWS_REGION"]
        stack.aws_client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": region}
        )
        stack.aws_client("iam").create_role(
            RoleName=ROLE_NAME, AssumeRolePolicyDocument=json.dumps(provision.TRUST)
        )
        with stack.connect() as connection:
            connection.execute(f"DROP CONNECTION {env.CONNECTION}")
        yield stack


def variables(stack: Stack) -> dict[str, str]:
    """What leads a run with --backend=exasol to it: with temporary keys, as a workflow has them."""
    keys = stack.aws_client("sts").get_session_token()["Credentials"]
    # As that of Exasol's docker image, the certificate has signed itself, and no file has it.
    known = {k: v for k, v in stack.environment.items() if k != "WEBSOCKET_CLIENT_CA_BUNDLE"}
    place = stack.exasol.ready
    return {
        **known,
        "EXASOL_DSN": f"{place['host']}/nocertcheck:{place['port']}",
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
        "SME_BUCKET": f"s3://{BUCKET}",
        "SME_ROLE": ROLE,
    }


def main(*command: str) -> int:
    # Jobs of a real account can be watched as well.
    with elsewhere(pace=1.0) as stack:
        programs = Path(sys.executable).parent
        environment = env.merged(os.environ, variables(stack), programs)
        return subprocess.run([*command], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
