"""BucketFS: files in buckets, over HTTP(S) for clients and as folders for UDFs."""

from .server import BucketFsServer
from .store import BUCKET, READ_PASSWORD, SERVICE, WRITE_PASSWORD, Buckets

__all__ = ["BUCKET", "READ_PASSWORD", "SERVICE", "WRITE_PASSWORD", "BucketFsServer", "Buckets"]
