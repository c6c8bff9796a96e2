"""Objects in S3."""


def delete_prefix(client, bucket, prefix):
    """Deletes every object below a prefix that ends with a slash. Returns how many."""
    if not prefix.endswith("/"):
        raise ValueError("a prefix without a closing slash would match its neighbours too")
    count = 0
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        keys = [{"Key": entry["Key"]} for entry in page.get("Contents", [])]
        if keys:
            client.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
            count += len(keys)
    return {"deleted": count}


def split_uri(uri):
    """The bucket and the key of an address such as s3://bucket/key."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def keys_below(client, bucket, folder):
    """The keys of all objects in a folder and its subfolders."""
    prefix = folder.rstrip("/") + "/"
    keys = []
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        keys += [entry["Key"] for entry in page.get("Contents", [])]
    return keys
