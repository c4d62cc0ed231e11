"""What can be wrong with a policy, in the words of its writer: tables of whole sentences, Indonesian and English.

One file for each part of a policy. Names in braces are filled in where the fault is found (`gateway.policy.place.Fault`);
what a writer wrote stands in backticks. Lower case, no full stop, the hint apart.
"""
