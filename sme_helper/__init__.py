"""What runs beside the dbt package `sme`: its command line and its embedded stack."""

__version__ = "0.1.0"
