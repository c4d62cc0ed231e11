"""The policy: from a folder of YAML that a lawyer can read to one frozen value, or to every problem it has."""
