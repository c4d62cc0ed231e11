"""The seal: what makes the record checkable by somebody who trusts nobody. Octets in, octets out.

Theory of operation. The entries of a lane are the leaves of a Merkle tree (`tree`, RFC 6962 section 2.1). At intervals
its size and root are written down as a checkpoint (`checkpoint`) and signed (`note`). Whoever keeps a checkpoint can
tell ever after whether an entry under it was changed, removed or put in, by a proof of a few hashes. The tree's hashes
are kept as tiles (`tiles`), from which every proof can be cut without reading the entries again.
"""
