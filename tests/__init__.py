"""The tests mirror the tree of gateway/; `engines` starts the real programs that some of them drive."""
