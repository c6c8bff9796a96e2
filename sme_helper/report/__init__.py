"""`sme report`: from the registry and a table of predictions to one page with pictures."""
