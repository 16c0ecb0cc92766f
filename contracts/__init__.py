"""What the hub promises about data, as files (ODCS 3.2) and as values; imports nothing else of ours.

    load, lint       contract files -> values            model     the values
    yaml_models      files of a deployment -> values     errors    the root of the error tree
    lazy_modules     libraries loaded on first use       logs      loggers of all floors

Names are imported from their modules: whoever needs only the errors does not wait for YAML.
"""
