"""What other programs are told of a policy in their own language, so that they need not ask about every request. Pure."""
