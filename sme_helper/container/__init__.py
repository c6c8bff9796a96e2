"""Language containers: building one, and bringing it to BucketFS."""
