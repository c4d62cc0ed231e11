"""Written permission: the contract as a value."""
