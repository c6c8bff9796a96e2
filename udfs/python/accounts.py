"""AWS accounts: a CONNECTION can be made anew and lead to another one than before."""

from .errors import SmeError


def account_in(arn):
    """The account in the ARN of a resource, arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE."""
    return arn.split(":")[4]


def account_of(client):
    """The account that the keys lead to, by the name of any job there, for AWS deletes no job.
    None where it has none: then nothing of sme is in it."""
    jobs = client.list_auto_ml_jobs(MaxResults=1)["AutoMLJobSummaries"]
    return account_in(jobs[0]["AutoMLJobArn"]) if jobs else None


def check_account(client, thing, arn, account):
    """Raises E-SME-145 where the keys lead to another account than the one that a thing is in:
    whether that one has something of the name says nothing about it.

    Args:
        thing: such as `Endpoint APSPredictor`.
        arn: of what AWS has under the name, or None where it has nothing.
        account: the one that the thing is in, or None where that is not known.
    """
    if account is None:
        return
    here = account_in(arn) if arn else account_of(client)
    if here != account:
        raise SmeError(
            "E-SME-145",
            f"{thing} of this registry is in AWS account {account}, and the CONNECTION leads to "
            f"{here or 'an account without any training job'}. Give a CONNECTION that leads to "
            f"{account}, or choose another name for one of its own. Nothing was changed.",
        )
