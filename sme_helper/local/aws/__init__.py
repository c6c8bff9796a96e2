"""The AWS stand-in: S3 by moto, and SageMaker Autopilot that trains and predicts."""
