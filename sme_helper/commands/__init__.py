"""The commands of `sme`, one module a group: arguments and output only."""
